// Terms: extra logits that come from outside of the network, from counts say.
//
//   logits += sum_k m_k v_k    m = A x + c, with what the head reads, x
//
// v_k is a row of a sparse matrix, another one at each answer; A (`terms.weight`) and c (`terms.bias`) are learned.
// Hence
//
//   dm_k = v_k . dlogits    dA = dm x^T    dc = dm    dx += A^T dm
//
// Where the head has negatives, a term counts for those and for the positive.
#pragma once

#include "shard.h"

namespace elman {

// f(i, k, output, value) for all values of all terms at some answers.
template <class T>
template <class F>
void Shard<T>::each_term(Some some, F&& f) const {
  each_answer(some, [&](std::ptrdiff_t i, std::ptrdiff_t t, std::ptrdiff_t b, bool answered) {
    if (!answered) return;
    const std::ptrdiff_t at = (terms_start_ + t) * terms_columns_ + columns_[std::size_t(b)];
    for (std::size_t k = 0; k < terms_.size(); ++k) {
      const Term<T>& term = terms_[k];
      const std::int32_t row = term.rows[at];
      if (row < 0) continue;
      for (std::int64_t j = term.begins[row]; j < term.begins[row + 1]; ++j)
        f(i, std::ptrdiff_t(k), term.outputs[j], term.values[j]);
    }
  });
}

template <class T>
void Shard<T>::add_terms(const Packed<T>& packed, Some some) {
  const std::ptrdiff_t N = std::ptrdiff_t(terms_.size()), row = packed.output.padded;
  term_weights_.reserve(some.count * N);
  for (std::ptrdiff_t i = 0; i < some.count; ++i)
    for (std::ptrdiff_t k = 0; k < N; ++k) {
      T& m = term_weights_.data()[i * N + k];
      m = packed.flat[layout_.term_bias + k];
      for (int d = 0; d < s_.D; ++d)
        m += s_.kernels.dot(s_.H, packed.flat + layout_.term_weight + (k * s_.D + d) * s_.H,
                            read_by_head(some.first + i) + d * s_.Hp);
    }
  each_term(some, [&](std::ptrdiff_t i, std::ptrdiff_t k, std::int32_t output, T value) {
    const T logit = term_weights_.data()[i * N + k] * value;
    const std::int32_t place = packed.sampled ? packed.negatives.place(output) : output;
    if (place >= 0) logits_.data()[i * row + place] += logit;
    if (packed.sampled && output == target_symbols_[std::size_t(i)]) positives_.data()[i] += logit;
  });
}

template <class T>
void Shard<T>::term_gradients(const Packed<T>& packed, Some some, T* gradient, T* dx) {
  const std::ptrdiff_t N = std::ptrdiff_t(terms_.size()), row = packed.output.padded;
  term_weights_.reserve(some.count * N);
  T* const dm = term_weights_.data();
  std::fill_n(dm, some.count * N, T(0));
  each_term(some, [&](std::ptrdiff_t i, std::ptrdiff_t k, std::int32_t output, T value) {
    const std::int32_t place = packed.sampled ? packed.negatives.place(output) : output;
    if (place >= 0) dm[i * N + k] += value * logits_.data()[i * row + place];
    if (packed.sampled && output == target_symbols_[std::size_t(i)])
      dm[i * N + k] += value * positives_.data()[i];
  });
  for (std::ptrdiff_t i = 0; i < some.count; ++i)
    for (std::ptrdiff_t k = 0; k < N; ++k) {
      const T d = dm[i * N + k];
      gradient[layout_.term_bias + k] += d;
      for (int e = 0; e < s_.D; ++e) {
        const std::ptrdiff_t at = layout_.term_weight + (k * s_.D + e) * s_.H;
        s_.kernels.add_multiple(s_.H, d, read_by_head(some.first + i) + e * s_.Hp, gradient + at);
        s_.kernels.add_multiple(s_.H, d, packed.flat + at, dx + i * state_row() + e * s_.Hp);
      }
    }
}

}  // namespace elman
