// A shard backwards, from the last piece to the first: the head (with a readout, before all pieces), then each
// layer's recurrence and, after it, one product for each gradient. All gradients are added up over the pieces.
#pragma once

#include "shard.h"

namespace elman {

// The gradient of a weight: A^T B over all steps and rows of a piece, where A (.., a_k apart) has the
// gradients of what the weight gives and B (.., b_k apart) what it is given. Rows are blocks of A's columns,
// to go where `order` says.
template <class T>
void Shard<T>::weight_gradient(std::ptrdiff_t cells, const T* a, std::ptrdiff_t a_k, Columns rows,
                               const int* order, const T* b, std::ptrdiff_t b_k, Columns columns, T* to) {
  outer_memory_.reserve(outer_products_memory(columns.padded));
  for (int part = 0; part < columns.blocks; ++part)
    s_.kernels.outer_products({.m = rows,
                               .m_order = order,
                               .n = columns.size,
                               .k = cells,
                               .a = a,
                               .a_k = a_k,
                               .b = b + part * columns.padded,
                               .b_k = b_k,
                               .c = to + part * columns.size,
                               .c_row = columns.logical(),
                               .memory = outer_memory_.data()});
}

template <class T>
void Shard<T>::weight_gradients(int l, int d, Piece p, T* gradient) {
  const CellFacts& f = s_.facts;
  const Layout::Direction& at = layout_.directions[place(l, d)];
  const Layer& layer = layers_[std::size_t(l)];
  const std::ptrdiff_t S = s_.slot_columns();
  const T* const da = layer.slots[d].data() + first_cell(p) * S;
  if (f.recurrent) {
    const Columns h{1, s_.H, s_.Hp};
    weight_gradient(cells(p), da + (f.slots - f.gates) * s_.Hp, S, s_.gates(), f.hidden_order,
                    states_at(layer, 0, p.first + (d ? 2 : 0), d), state_row(), h, gradient + at.weight_hh);
  }
  if (s_.looks_up(l)) {
    collect_symbols(p, da, rows_gradient_[d].data());
  } else {
    const Input x = input_of(l, p);
    weight_gradient(cells(p), da, S, s_.gates(), f.input_order, x.x, x.columns.physical(), x.columns,
                    gradient + at.weight_ih);
  }
  if (s_.architecture.bias) bias_gradients(p, da, at, gradient);
}

template <class T>
void Shard<T>::bias_gradients(Piece p, const T* da, const Layout::Direction& at, T* gradient) {
  const CellFacts& f = s_.facts;
  const std::ptrdiff_t S = s_.slot_columns(), hidden_slots = (f.slots - f.gates) * s_.Hp;
  sums_.reserve(S);
  s_.kernels.column_sums(cells(p), S, da, S, sums_.data());
  for (int g = 0; g < f.gates; ++g) {
    s_.kernels.add(s_.H, sums_.data() + g * s_.Hp, gradient + at.bias_ih + f.input_order[g] * s_.H);
    if (f.recurrent)
      s_.kernels.add(s_.H, sums_.data() + hidden_slots + g * s_.Hp,
                     gradient + at.bias_hh + f.hidden_order[g] * s_.H);
  }
}

// One-hot inputs: each symbol collects the gradients of its occurrences in a row of its own ...
template <class T>
void Shard<T>::collect_symbols(Piece p, const T* da, T* rows) {
  const std::ptrdiff_t row = s_.gates().physical(), first = first_cell(p);
  for (std::ptrdiff_t i = 0; i < cells(p); ++i)
    s_.kernels.add(row, da + i * s_.slot_columns(), rows + symbols_[std::size_t(first + i)] * row);
}

// ... which is a column of the weights.
template <class T>
void Shard<T>::look_up_gradient(std::span<const std::int32_t> used, const T* rows, T* to) {
  const int V = s_.architecture.inputs;
  const std::ptrdiff_t row = s_.gates().physical();
  for (int g = 0; g < s_.facts.gates; ++g)
    for (int j = 0; j < s_.H; ++j) {
      T* const unit = to + std::ptrdiff_t(s_.facts.input_order[g] * s_.H + j) * V;
      for (const std::int32_t v : used) unit[v] = rows[v * row + g * s_.Hp + j];
    }
}

template <class T>
void Shard<T>::input_gradients(int l, int d, Piece p, const Packed<T>& packed, bool accumulate, T* to) {
  const Columns in = s_.input_of(l);
  Product<T> product = packed.directions[place(l, d)].input_back.times(
      cells(p), layers_[std::size_t(l)].slots[d].data() + first_cell(p) * s_.slot_columns(),
      s_.slot_columns(), to, in.physical());
  product.accumulate = accumulate;
  s_.kernels.multiply(product);
}

// The gradients of the final states: given, or zero.
template <class T>
void Shard<T>::end(States<const T> dfinal) {
  for (int l = 0; l < s_.L; ++l)
    for (int d = 0; d < s_.D; ++d)
      for (int k = 0; k < s_.facts.states; ++k) {
        Buffer<T>& dstates = layers_[std::size_t(l)].dstates[d][k];
        dstates.reserve(rows_ * s_.Hp);
        std::fill_n(dstates.data(), rows_ * s_.Hp, T(0));
        for (std::ptrdiff_t b = 0; dfinal && b < rows_; ++b)
          copy(dfinal.at[k] + (std::ptrdiff_t(place(l, d)) * batch_ + position_[std::size_t(b)]) * s_.H, s_.H,
               dstates.data() + b * s_.Hp);
      }
}

template <class T>
void Shard<T>::initial_gradients(int l, int d, T* gradient, States<T> dinitial) {
  const std::ptrdiff_t at = std::ptrdiff_t(place(l, d));
  for (int k = 0; k < s_.facts.states; ++k)
    for (std::ptrdiff_t b = 0; b < rows_; ++b) {
      const T* from = layers_[std::size_t(l)].dstates[d][k].data() + b * s_.Hp;
      if (from_parameters_ && layout_.initial[k] >= 0)
        s_.kernels.add(s_.H, from, gradient + layout_.initial[k] + at * s_.H);
      if (dinitial) copy(from, s_.H, dinitial.at[k] + (at * batch_ + position_[std::size_t(b)]) * s_.H);
    }
}

// The head: the gradients of its parameters and of x, which it read, from those of some logits. A few answers
// at a time, so that their logits are in the cache from the product that makes them to the one that uses them.
template <class T>
template <class F>
void Shard<T>::answer_gradients(const Packed<T>& packed, F& from, Some all, T* gradient, T* dx) {
  const std::ptrdiff_t row = packed.output.padded;
  T* const weights = packed.sampled ? some_weights_.data() : gradient + layout_.head_weight;
  T* const biases = packed.sampled ? some_biases_.data() : gradient + layout_.head_bias;
  for (std::ptrdiff_t done = 0; done < all.count; done += kPiece) {
    const Some some{all.first + done, std::min<std::ptrdiff_t>(kPiece, all.count - done)};
    T* const to = dx + done * state_row();
    from(some);
    const T* const dlogits = logits_.data();
    weight_gradient(some.count, dlogits, row, packed.output, nullptr, read_by_head(some.first), state_row(),
                    s_.hidden, weights);
    if (layout_.head_bias >= 0) {
      sums_.reserve(row);
      s_.kernels.column_sums(some.count, row, dlogits, row, sums_.data());
      s_.kernels.add(packed.output.size, sums_.data(), biases);
    }
    s_.kernels.multiply(packed.head_back.times(some.count, dlogits, row, to, state_row()));
    if (packed.sampled) positive_gradients(packed, some, gradient, to);
    if (!terms_.empty()) term_gradients(packed, some, gradient, to);
  }
}

template <class T>
void Shard<T>::positive_gradients(const Packed<T>& packed, Some some, T* gradient, T* dx) {
  for (std::ptrdiff_t i = 0; i < some.count; ++i) {
    const T d = positives_.data()[i];
    if (weights_.data()[i] == 0) continue;
    const std::ptrdiff_t target = target_symbols_[std::size_t(i)], at = target * s_.hidden.logical();
    const T* const x = read_by_head(some.first + i);
    for (int k = 0; k < s_.D; ++k) {
      s_.kernels.add_multiple(s_.H, d, x + k * s_.Hp, gradient + layout_.head_weight + at + k * s_.H);
      s_.kernels.add_multiple(s_.H, d, packed.all_weights + at + k * s_.H, dx + i * state_row() + k * s_.Hp);
    }
    if (layout_.head_bias >= 0) gradient[layout_.head_bias + target] += d;
  }
}

template <class T>
void Shard<T>::negative_gradients(const Packed<T>& packed, T* gradient) {
  const std::ptrdiff_t reads = s_.hidden.logical();
  for (std::ptrdiff_t j = 0; j < packed.output.size; ++j) {
    const std::ptrdiff_t item = packed.negatives.items[std::size_t(j)];
    s_.kernels.add(reads, some_weights_.data() + j * reads, gradient + layout_.head_weight + item * reads);
    if (layout_.head_bias >= 0) gradient[layout_.head_bias + item] += some_biases_.data()[j];
  }
}

template <class T>
template <class F>
void Shard<T>::backward(Piece p, const Packed<T>& packed, F& from, T* gradient, bool into_inputs) {
  dy_.reserve(cells(p) * state_row()), dy_below_.reserve(cells(p) * state_row());
  Buffer<T>*dy = &dy_, *below = &dy_below_;
  if (s_.readout) {
    Reading<T> r = reading(p, packed);
    r.dread = dread_.data(), r.dweight = dreadout_.data();
    r.dh = dy->data() - first_cell(p) * state_row();
    s_.readout->backward(r);
  } else {
    answer_gradients(packed, from, {first_cell(p), cells(p)}, gradient, dy->data());
  }

  for (int l = s_.L - 1; l >= 0; --l) {
    if (drops(l)) drop(l, p, dy->data(), dy->data());
    T* const to = l > 0 ? below->data() : dx_.data() + first_cell(p) * s_.input.padded;
    for (int d = 0; d < s_.D; ++d) {
      Recurrence<T> r = recurrence(l, d, p);
      for (int k = 0; k < s_.facts.states; ++k) r.dstates[k] = layers_[std::size_t(l)].dstates[d][k].data();
      r.recurrent = packed.directions[place(l, d)].recurrent_back.data.data();
      r.dy = dy->data() + d * s_.Hp - first_cell(p) * state_row();
      s_.cell.backward(r);
      weight_gradients(l, d, p, gradient);
      if (l > 0 || into_inputs) input_gradients(l, d, p, packed, d > 0, to);
    }
    std::swap(dy, below);
  }
}

template <class T>
template <class F>
void Shard<T>::backward(const Packed<T>& packed, F&& from, States<const T> dfinal, const Touched& touched,
                        T* gradient, T* dx, States<T> dinitial) {
  const Architecture& a = s_.architecture;
  const bool into_inputs = a.embedding > 0 || dx;
  for (const Span& span : touched.spans) std::fill_n(gradient + span.begin, span.end - span.begin, T(0));
  if (packed.sampled) {
    some_weights_.reserve(packed.output.size * s_.hidden.logical()), some_biases_.reserve(packed.output.size);
    std::fill_n(some_weights_.data(), packed.output.size * s_.hidden.logical(), T(0));
    std::fill_n(some_biases_.data(), packed.output.size, T(0));
  }
  if (into_inputs) dx_.reserve(cells() * s_.input.padded);
  const std::ptrdiff_t row = s_.gates().physical();
  for (int d = 0; s_.looks_up(0) && d < s_.D; ++d) {
    rows_gradient_[d].reserve(a.inputs * row);
    for (const std::int32_t v : packed.used) std::fill_n(rows_gradient_[d].data() + v * row, row, T(0));
  }
  end(dfinal);
  if (s_.readout) {
    begin_reading_back();
    answer_gradients(packed, from, {0, rows_}, gradient, dread_.data());
  }
  for (int i = pieces() - 1; i >= 0; --i) backward(piece(i), packed, from, gradient, into_inputs);
  if (s_.scored()) end_reading_back(gradient);
  if (packed.sampled) negative_gradients(packed, gradient);

  for (int l = 0; l < s_.L; ++l)
    for (int d = 0; d < s_.D; ++d) initial_gradients(l, d, gradient, dinitial);
  for (int d = 0; s_.looks_up(0) && d < s_.D; ++d)
    look_up_gradient(packed.used, rows_gradient_[d].data(),
                     gradient + layout_.directions[place(0, d)].weight_ih);
  const int I = s_.input.size;
  for (std::ptrdiff_t i = 0; a.embedding > 0 && i < cells(); ++i)
    s_.kernels.add(I, dx_.data() + i * s_.input.padded,
                   gradient + layout_.embedding + symbols_[std::size_t(i)] * I);
  if (dx)
    each_cell([&](std::ptrdiff_t i, std::ptrdiff_t t, std::ptrdiff_t b, bool) {
      copy(dx_.data() + i * s_.input.padded, I, dx + (t * batch_ + b) * I);
    });
}

template <class T>
double Shard<T>::learn(const Packed<T>& packed, const Loss<T>& l, const Examples<T>& e, const Window& w,
                       T scale, const Touched& touched, T* gradient) {
  double total = 0;
  const auto from = [&](Some some) {
    take_targets(l, e, w, some);
    answer(packed, some);
    total += loss(packed, l, some, scale, nullptr);
  };
  backward(packed, from, {}, touched, gradient, nullptr, {});
  return total;
}

template <class T>
void Shard<T>::backward(const Packed<T>& packed, const T* dy, States<const T> dfinal, const Touched& touched,
                        T* gradient, T* dx, States<T> dinitial) {
  backward(packed, [&](Some some) { take_gradient(dy, some); }, dfinal, touched, gradient, dx, dinitial);
}

}  // namespace elman
