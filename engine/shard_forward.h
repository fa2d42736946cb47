// A shard forwards: for each layer one product with all inputs of a piece, then the recurrence; then, with a
// readout, its reading of the piece. The head is apart: in training it goes backwards with the rest.
#pragma once

#include "shard.h"

namespace elman {

template <class T>
const T* Shard<T>::outputs_of(int l, Piece p) const {
  const Layer& layer = layers_[std::size_t(l)];
  return (drops(l) ? layer.dropped.data() : states_at(layer, 0, 1, 0)) + first_cell(p) * state_row();
}

template <class T>
typename Shard<T>::Input Shard<T>::input_of(int l, Piece p) const {
  if (l == 0) return {x_.data() + first_cell(p) * s_.input.padded, s_.input};
  return {outputs_of(l - 1, p), s_.hidden};
}

template <class T>
Recurrence<T> Shard<T>::recurrence(int l, int d, Piece p) {
  Layer& layer = layers_[std::size_t(l)];
  Recurrence<T> r = {};
  r.steps = steps_, r.rows = int(rows_), r.active = active_.data(), r.reversed = d == 1;
  r.first = p.first, r.last = p.last;
  r.hidden = s_.H, r.padded = s_.Hp;
  r.slots = layer.slots[d].data();
  r.state_row = state_row();
  for (int k = 0; k < s_.facts.states; ++k) r.states[k] = states_at(layer, k, 0, d);
  if (noise_.on) r.noise = T(s_.architecture.noise * noise_.share);
  r.noise_row = layer.noise_rows[d].data();
  r.heartbeat = heartbeat_, r.calls_back = calls_back_;
  return r;
}

// Symbols to the rows of their embedding.
template <class T>
void Shard<T>::look_up(const T* parameters) {
  x_.reserve(cells() * s_.input.padded);
  for (std::ptrdiff_t i = 0; i < cells(); ++i)
    copy(parameters + layout_.embedding + std::ptrdiff_t(symbols_[std::size_t(i)]) * s_.input.size,
         s_.input.size, x_.data() + i * s_.input.padded);
}

// The initial state: given, or learned, or a constant; and the rows' keys of the noise.
template <class T>
void Shard<T>::begin(int l, int d, const T* parameters, States<const T> initial) {
  Layer& layer = layers_[std::size_t(l)];
  for (int k = 0; k < s_.facts.states; ++k)
    for (std::ptrdiff_t b = 0; b < rows_; ++b) {
      T* to = states_at(layer, k, first_slot(d), d) + b * state_row();
      std::fill(to + s_.H, to + s_.Hp, T(0));  // padding may hold anything from an earlier shape, even NaN
      const std::ptrdiff_t at = std::ptrdiff_t(place(l, d));
      if (initial)
        copy(initial.at[k] + (at * batch_ + position_[std::size_t(b)]) * s_.H, s_.H, to);
      else if (layout_.initial[k] >= 0)
        copy(parameters + layout_.initial[k] + at * s_.H, s_.H, to);
      else
        std::fill_n(to, s_.H, T(s_.architecture.initial));
    }
  auto& keys = layer.noise_rows[d];
  keys.resize(std::size_t(rows_));
  if (noise_.on)
    for (std::size_t b = 0; b < keys.size(); ++b)
      keys[b] = derive(derive(noise_.key, place(l, d)), row_number(position_[b]));
}

// Dropout of a layer's outputs in a piece, or, the same mask, of their gradients. Its keys are apart from
// those of the noise.
template <class T>
void Shard<T>::drop(int l, Piece p, const T* from, T* to) const {
  const std::uint64_t key = derive(noise_.key, std::uint64_t(s_.L * s_.D + l));
  each_cell(p, [&](std::ptrdiff_t i, std::ptrdiff_t t, std::ptrdiff_t b, bool) {
    for (int d = 0; d < s_.D; ++d) {
      const std::ptrdiff_t at = (i - first_cell(p)) * state_row() + d * s_.Hp;
      const std::uint64_t here =
          derive(derive(derive(key, std::uint64_t(t)), row_number(b)), std::uint64_t(d));
      s_.kernels.dropout(s_.H, T(dropout_of(l)), here, from + at, to + at);
    }
  });
}

// What the inputs of a piece give to the slots.
template <class T>
void Shard<T>::drive(int l, int d, Piece p, const typename Packed<T>::Direction& weights) {
  const std::ptrdiff_t S = s_.slot_columns(), input_slots = s_.gates().physical();
  const std::ptrdiff_t first = first_cell(p), last = first + cells(p);
  T* const slots = layers_[std::size_t(l)].slots[d].data();
  const T* const bias = weights.bias.data();
  if (s_.looks_up(l)) {
    for (std::ptrdiff_t i = first; i < last; ++i)
      copy(weights.rows.data() + symbols_[std::size_t(i)] * input_slots, input_slots, slots + i * S);
  } else {
    const Input x = input_of(l, p);
    Product<T> product = weights.input.times(cells(p), x.x, x.columns.physical(), slots + first * S, S);
    product.bias = bias;
    s_.kernels.multiply(product);
  }
  for (std::ptrdiff_t i = first; S > input_slots && i < last; ++i)
    copy(bias + input_slots, S - input_slots, slots + i * S + input_slots);
}

// What the head reads for answer `first`, and on.
template <class T>
const T* Shard<T>::read_by_head(std::ptrdiff_t first) const {
  return (s_.readout ? read_.data() : outputs_of(s_.L - 1, whole())) + first * state_row();
}

template <class T>
void Shard<T>::answer(const Packed<T>& packed, Some some) {
  const std::ptrdiff_t row = packed.output.padded;
  logits_.reserve(some.count * row);
  Product<T> head = packed.head.times(some.count, read_by_head(some.first), state_row(), logits_.data(), row);
  head.bias = packed.head_bias.data();
  s_.kernels.multiply(head);
  if (!terms_.empty()) add_terms(packed, some);
}

template <class T>
void Shard<T>::answer(const Packed<T>& packed) {
  answer(packed, {0, answers()});
}

template <class T>
void Shard<T>::forward(Piece p, const Packed<T>& packed) {
  for (int l = 0; l < s_.L; ++l) {
    Layer& layer = layers_[std::size_t(l)];
    for (int d = 0; d < s_.D; ++d) {
      const auto& weights = packed.directions[place(l, d)];
      drive(l, d, p, weights);
      Recurrence<T> r = recurrence(l, d, p);
      r.recurrent = weights.recurrent.data.data();
      s_.cell.forward(r);
    }
    if (drops(l)) {
      const std::ptrdiff_t at = first_cell(p) * state_row();
      drop(l, p, states_at(layer, 0, 1, 0) + at, layer.dropped.data() + at);
    }
  }
  if (s_.readout) s_.readout->forward(reading(p, packed));
}

template <class T>
void Shard<T>::forward(const Packed<T>& packed, const T* parameters, States<const T> initial, Noise noise,
                       Heartbeat* heartbeat, bool calls_back) {
  noise_ = noise, heartbeat_ = heartbeat, calls_back_ = calls_back;
  from_parameters_ = !initial;
  if (s_.architecture.embedding > 0) look_up(parameters);
  for (int l = 0; l < s_.L; ++l) {
    Layer& layer = layers_[std::size_t(l)];
    for (int k = 0; k < s_.facts.states; ++k) layer.states[k].reserve((steps_ + 2) * rows_ * state_row());
    if (drops(l)) layer.dropped.reserve(cells() * state_row());
    for (int d = 0; d < s_.D; ++d) {
      layer.slots[d].reserve(cells() * s_.slot_columns());
      begin(l, d, parameters, initial);
    }
  }
  for (int i = 0; i < pieces(); ++i) forward(piece(i), packed);
  if (s_.readout) end_reading();
}

}  // namespace elman
