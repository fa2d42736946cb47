// A shard backwards: the head, then each layer's recurrence and, after it, one product for each gradient.
#pragma once

#include "shard.h"

namespace elman {

// The gradient of a weight: A^T B over all steps and rows, where A (.., a_k apart) has the gradients of what
// the weight gives and B (.., b_k apart) what it is given. Rows are blocks of A's columns, to go where
// `order` says. Where the weight's rows fill whole vectors it is computed in place; else by way of product_,
// which has room for the padding.
template <class T>
void Shard<T>::weight_gradient(const T* a, std::ptrdiff_t a_k, Columns rows, const int* order, const T* b,
                               std::ptrdiff_t b_k, Columns columns, T* to) {
  const bool in_place = columns.padded == columns.size;
  const std::ptrdiff_t width = columns.physical();
  if (!in_place) product_.reserve(rows.logical() * width);
  outer_memory_.reserve(outer_products_memory(width));
  s_.kernels.outer_products({.m = rows,
                             .m_order = order,
                             .n = width,
                             .k = cells(),
                             .a = a,
                             .a_k = a_k,
                             .b = b,
                             .b_k = b_k,
                             .c = in_place ? to : product_.data(),
                             .c_row = width,
                             .memory = outer_memory_.data()});
  for (int j = 0; !in_place && j < rows.logical(); ++j)
    for (int part = 0; part < columns.blocks; ++part)
      copy(product_.data() + j * width + part * columns.padded, columns.size,
           to + j * std::ptrdiff_t(columns.logical()) + part * columns.size);
}

template <class T>
void Shard<T>::weight_gradients(int l, int d, T* gradient) {
  const CellFacts& f = s_.facts;
  const Layout::Direction& at = layout_.directions[place(l, d)];
  const Layer& layer = layers_[std::size_t(l)];
  const std::ptrdiff_t S = s_.slot_columns();
  const T* const da = layer.slots[d].data();
  if (f.recurrent) {
    const Columns h{1, s_.H, s_.Hp};
    weight_gradient(da + (f.slots - f.gates) * s_.Hp, S, s_.gates(), f.hidden_order,
                    states_at(layer, 0, d ? 2 : 0, d), state_row(), h, gradient + at.weight_hh);
  }
  if (s_.looks_up(l)) {
    look_up_gradient(da, gradient + at.weight_ih);
  } else {
    const Input x = input_of(l);
    weight_gradient(da, S, s_.gates(), f.input_order, x.x, x.columns.physical(), x.columns,
                    gradient + at.weight_ih);
  }
  if (s_.architecture.bias) bias_gradients(da, at, gradient);
}

template <class T>
void Shard<T>::bias_gradients(const T* da, const Layout::Direction& at, T* gradient) {
  const CellFacts& f = s_.facts;
  const std::ptrdiff_t S = s_.slot_columns(), hidden_slots = (f.slots - f.gates) * s_.Hp;
  sums_.reserve(S);
  s_.kernels.column_sums(cells(), S, da, S, sums_.data());
  for (int g = 0; g < f.gates; ++g) {
    copy(sums_.data() + g * s_.Hp, s_.H, gradient + at.bias_ih + f.input_order[g] * s_.H);
    if (f.recurrent)
      copy(sums_.data() + hidden_slots + g * s_.Hp, s_.H, gradient + at.bias_hh + f.hidden_order[g] * s_.H);
  }
}

// One-hot inputs: each symbol's column of the weights collects the gradients of its occurrences.
template <class T>
void Shard<T>::look_up_gradient(const T* da, T* to) {
  const CellFacts& f = s_.facts;
  const int V = s_.architecture.inputs;
  const std::ptrdiff_t row = s_.gates().physical();
  rows_gradient_.reserve_zeroed(V * row);
  for (std::ptrdiff_t i = 0; i < cells(); ++i)
    s_.kernels.add(row, da + i * s_.slot_columns(), rows_gradient_.data() + symbols_[std::size_t(i)] * row);
  for (int g = 0; g < f.gates; ++g)
    for (int j = 0; j < s_.H; ++j) {
      T* const unit = to + std::ptrdiff_t(f.input_order[g] * s_.H + j) * V;
      for (int v = 0; v < V; ++v) unit[v] = rows_gradient_.data()[v * row + g * s_.Hp + j];
    }
}

template <class T>
void Shard<T>::input_gradients(int l, int d, const Packed<T>& packed, bool accumulate, T* to) {
  const Columns in = s_.input_of(l);
  Product<T> product = packed.directions[place(l, d)].input_back.times(
      cells(), layers_[std::size_t(l)].slots[d].data(), s_.slot_columns(), to, in.physical());
  product.accumulate = accumulate;
  s_.kernels.multiply(product);
}

template <class T>
void Shard<T>::initial_gradients(int l, int d, T* gradient, States<T> dinitial) {
  const std::ptrdiff_t at = std::ptrdiff_t(place(l, d));
  for (int k = 0; k < s_.facts.states; ++k)
    for (std::ptrdiff_t b = 0; b < rows_; ++b) {
      const T* from = dstates_[k].data() + b * s_.Hp;
      if (from_parameters_ && layout_.initial[k] >= 0)
        for (int j = 0; j < s_.H; ++j) gradient[layout_.initial[k] + at * s_.H + j] += from[j];
      if (dinitial) copy(from, s_.H, dinitial.at[k] + (at * batch_ + position_[std::size_t(b)]) * s_.H);
    }
}

template <class T>
void Shard<T>::backward(const Packed<T>& packed, States<const T> dfinal, T* gradient, T* dx,
                        States<T> dinitial) {
  const Architecture& a = s_.architecture;
  const bool into_inputs = a.embedding > 0 || dx;
  for (const std::ptrdiff_t offset : {layout_.initial[0], layout_.initial[1]})
    if (offset >= 0) std::fill_n(gradient + offset, s_.L * s_.D * s_.H, T(0));

  // The head.
  const std::ptrdiff_t row = s_.output.padded;
  weight_gradient(logits_.data(), row, s_.output, nullptr, states_at(layers_.back(), 0, 1, 0), state_row(),
                  s_.hidden, gradient + layout_.head_weight);
  if (layout_.head_bias >= 0) {
    sums_.reserve(row);
    s_.kernels.column_sums(cells(), row, logits_.data(), row, sums_.data());
    copy(sums_.data(), s_.output.size, gradient + layout_.head_bias);
  }
  const std::ptrdiff_t widest = std::max<std::ptrdiff_t>(state_row(), into_inputs ? s_.input.padded : 0);
  dy_.reserve(cells() * widest), dy_below_.reserve(cells() * widest);
  Buffer<T>*dy = &dy_, *below = &dy_below_;
  s_.kernels.multiply(packed.head_back.times(cells(), logits_.data(), row, dy->data(), state_row()));

  for (int l = s_.L - 1; l >= 0; --l) {
    for (int d = 0; d < s_.D; ++d) {
      Recurrence<T> r = recurrence(l, d);
      for (int k = 0; k < s_.facts.states; ++k) {
        dstates_[k].reserve(rows_ * s_.Hp);
        std::fill_n(dstates_[k].data(), rows_ * s_.Hp, T(0));
        for (std::ptrdiff_t b = 0; dfinal && b < rows_; ++b)
          copy(dfinal.at[k] + (std::ptrdiff_t(place(l, d)) * batch_ + position_[std::size_t(b)]) * s_.H, s_.H,
               dstates_[k].data() + b * s_.Hp);
        r.dstates[k] = dstates_[k].data();
      }
      r.recurrent = packed.directions[place(l, d)].recurrent_back.data.data();
      r.dy = dy->data() + d * s_.Hp;
      s_.cell.backward(r);
      weight_gradients(l, d, gradient);
      initial_gradients(l, d, gradient, dinitial);
      if (l > 0 || (into_inputs && !s_.looks_up(l))) input_gradients(l, d, packed, d > 0, below->data());
    }
    if (l > 0 && drops(l - 1)) drop(l - 1, below->data(), below->data());
    std::swap(dy, below);
  }

  const T* inputs = dy->data();
  const int I = s_.input.size;
  if (a.embedding > 0) {
    std::fill_n(gradient + layout_.embedding, std::ptrdiff_t(a.inputs) * I, T(0));
    for (std::ptrdiff_t i = 0; i < cells(); ++i)
      s_.kernels.add(I, inputs + i * s_.input.padded,
                     gradient + layout_.embedding + symbols_[std::size_t(i)] * I);
  }
  if (dx)
    each_cell([&](std::ptrdiff_t i, std::ptrdiff_t t, std::ptrdiff_t b, bool) {
      copy(inputs + i * s_.input.padded, I, dx + (t * batch_ + b) * I);
    });
}

}  // namespace elman
