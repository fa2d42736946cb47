// A shard's door: from the caller's arrays into working order (rows sorted by length, padded to vectors), and
// back.
#pragma once

#include "shard.h"

namespace elman {

template <class T>
void Shard<T>::take(const Examples<T>& e, const Window& w, std::ptrdiff_t first, std::ptrdiff_t count) {
  steps_ = w.steps, rows_ = count, batch_ = std::ptrdiff_t(w.columns.size());
  const std::size_t B = std::size_t(count);
  position_.resize(B), active_.resize(std::size_t(steps_));
  std::iota(position_.begin(), position_.end(), std::int32_t(first));
  if (e.lengths)
    std::sort(position_.begin(), position_.end(), [&](std::int32_t a, std::int32_t b) {
      const int la = w.length(e, a), lb = w.length(e, b);
      return la != lb ? la > lb : a < b;
    });
  int still = int(count);
  for (int t = 0; t < steps_; ++t) {
    while (still > 0 && w.length(e, position_[std::size_t(still - 1)]) <= t) --still;
    active_[std::size_t(t)] = still;
  }

  terms_ = e.terms, terms_start_ = s_.readout ? 0 : w.start, terms_columns_ = e.columns, columns_ = w.columns;
  if (s_.readout) begin_reading();

  const int I = s_.architecture.inputs;
  const bool symbols = s_.architecture.symbols;
  if (symbols)
    symbols_.resize(std::size_t(cells()));
  else
    x_.reserve(cells() * s_.input.padded);
  each_cell([&](std::ptrdiff_t i, std::ptrdiff_t t, std::ptrdiff_t b, bool running) {
    // Padding is replaced by zeros: whatever it holds, it must not reach a product.
    const std::ptrdiff_t from = (w.start + t) * e.columns + w.columns[std::size_t(b)];
    if (symbols)
      symbols_[std::size_t(i)] = running ? e.symbols[from] : 0;
    else if (T* to = x_.data() + i * s_.input.padded; running)
      copy(e.dense + from * I, I, to);
    else
      std::fill_n(to, I, T(0));
  });
}

template <class T>
void Shard<T>::give_outputs(T* y) const {
  const int O = s_.output.size;
  each_answer([&](std::ptrdiff_t i, std::ptrdiff_t t, std::ptrdiff_t b, bool answered) {
    T* to = y + (t * batch_ + b) * O;
    if (answered)
      copy(logits_.data() + i * s_.output.padded, O, to);
    else
      std::fill_n(to, O, T(0));
  });
}

template <class T>
void Shard<T>::give_final(States<T> final) const {
  for (int l = 0; l < s_.L; ++l)
    for (int d = 0; d < s_.D; ++d)
      for (int k = 0; k < s_.facts.states; ++k)
        for (std::ptrdiff_t b = 0; b < rows_; ++b)
          copy(states_at(layers_[std::size_t(l)], k, last_slot(d), d) + b * state_row(), s_.H,
               final.at[k] + (std::ptrdiff_t(place(l, d)) * batch_ + position_[std::size_t(b)]) * s_.H);
}

template <class T>
void Shard<T>::give_trace(T* const* gates, States<T> states) const {
  const CellFacts& f = s_.facts;
  const std::ptrdiff_t H = s_.H;
  for (int l = 0; l < s_.L; ++l)
    for (int d = 0; d < s_.D; ++d) {
      const Layer& layer = layers_[std::size_t(l)];
      const std::ptrdiff_t at = std::ptrdiff_t(place(l, d));
      each_cell([&](std::ptrdiff_t i, std::ptrdiff_t t, std::ptrdiff_t b, bool running) {
        for (int g = 0; g < f.gates; ++g) {
          T* to = gates[f.input_order[g]] + ((at * steps_ + t) * batch_ + b) * H;
          if (running)
            copy(layer.slots[d].data() + i * s_.slot_columns() + g * s_.Hp, H, to);
          else
            std::fill_n(to, H, T(0));
        }
      });
      for (int k = 0; k < f.states; ++k)
        for (int t = 0; t <= steps_; ++t)
          for (std::ptrdiff_t b = 0; b < rows_; ++b)
            copy(states_at(layer, k, t + d, d) + b * state_row(), H,
                 states.at[k] + ((at * (steps_ + 1) + t) * batch_ + position_[std::size_t(b)]) * H);
    }
}

}  // namespace elman
