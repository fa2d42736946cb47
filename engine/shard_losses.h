// What answers cost, and the gradient of their logits: for some answers at a time, in working order.
#pragma once

#include <limits>

#include "shard.h"

namespace elman {

template <class T>
void Shard<T>::take_targets(const Loss<T>& l, const Examples<T>& e, const Window& w, Some some) {
  const int O = s_.architecture.outputs;
  const std::ptrdiff_t start = s_.readout ? 0 : w.start;
  weights_.reserve(some.count);
  if (l.ranks()) {
    positives_.reserve(some.count);
    std::fill_n(positives_.data(), some.count, T(0));
  }
  if (l.of_symbols())
    target_symbols_.resize(std::size_t(some.count));
  else
    targets_.reserve(some.count * O);
  each_answer(some, [&](std::ptrdiff_t i, std::ptrdiff_t t, std::ptrdiff_t b, bool answered) {
    const std::ptrdiff_t from = (start + t) * e.columns + w.columns[std::size_t(b)];
    T& weight = weights_.data()[i];
    weight = !answered ? T(0) : e.weights ? e.weights[from] : T(1);
    if (l.of_symbols())
      target_symbols_[std::size_t(i)] = weight == 0 ? 0 : e.target_symbols[from];
    else
      copy(e.targets + from * O, O, targets_.data() + i * O);
  });
}

template <class T>
double Shard<T>::loss(const Packed<T>& packed, const Loss<T>& l, Some some, T scale, T* each) {
  if (l.ranks()) return rank(packed, l, some, scale, each);
  return s_.kernels.loss(l, {.rows = some.count,
                             .outputs = s_.architecture.outputs,
                             .logits = logits_.data(),
                             .row = s_.output.padded,
                             .targets = targets_.data(),
                             .symbols = target_symbols_.data(),
                             .weights = weights_.data(),
                             .scale = scale,
                             .each = each});
}

// The positive beside the negatives that are packed or, where all outputs are, beside each of them once.
template <class T>
double Shard<T>::rank(const Packed<T>& packed, const Loss<T>& l, Some some, T scale, T* each) {
  const Columns columns = packed.output;
  const std::ptrdiff_t reads = s_.hidden.logical();
  own_.reserve(some.count), hits_.resize(std::size_t(some.count));
  offsets_.reserve(columns.padded), ranking_memory_.reserve(columns.padded);
  std::fill_n(offsets_.data(), columns.padded, T(0));
  if (packed.sampled) copy(packed.negatives.offsets.data(), columns.size, offsets_.data());
  std::fill_n(offsets_.data() + columns.size, columns.padded - columns.size,
              -std::numeric_limits<T>::infinity());
  const bool corrected = packed.sampled && l.correction == Correction::all;
  for (std::ptrdiff_t i = 0; i < some.count; ++i) {
    const std::int32_t target = target_symbols_[std::size_t(i)];
    if (weights_.data()[i] == 0) continue;
    hits_[std::size_t(i)] = packed.sampled ? packed.negatives.place(target) : target;
    if (corrected) own_.data()[i] = -Negatives<T>::correction(l, target);
    T& logit = positives_.data()[i];
    if (!packed.sampled) {
      logit = logits_.data()[i * columns.padded + target];
      continue;
    }
    if (packed.all_biases) logit += packed.all_biases[target];
    const T* const x = read_by_head(some.first + i);
    for (int d = 0; d < s_.D; ++d)
      logit += s_.kernels.dot(s_.H, x + d * s_.Hp, packed.all_weights + target * reads + d * s_.H);
  }
  return s_.kernels.rank(l, {.rows = some.count,
                             .logits = logits_.data(),
                             .row = columns.padded,
                             .offsets = offsets_.data(),
                             .positives = positives_.data(),
                             .own = corrected ? own_.data() : nullptr,
                             .hits = hits_.data(),
                             .weights = weights_.data(),
                             .scale = scale,
                             .memory = ranking_memory_.data(),
                             .each = each});
}

template <class T>
void Shard<T>::take_gradient(const T* dy, Some some) {
  const int O = s_.output.size, row = s_.output.padded;
  logits_.reserve(some.count * row);
  each_answer(some, [&](std::ptrdiff_t i, std::ptrdiff_t t, std::ptrdiff_t b, bool answered) {
    T* to = logits_.data() + i * row;
    std::fill_n(to, row, T(0));
    if (answered) copy(dy + (t * batch_ + b) * O, O, to);
  });
}

template <class T>
void Shard<T>::give_losses(const Packed<T>& packed, const Loss<T>& l, const Examples<T>& e, const Window& w,
                           T* losses) {
  const Some all{0, answers()};
  losses_.reserve(all.count);
  take_targets(l, e, w, all);
  loss(packed, l, all, T(1), losses_.data());
  each_answer([&](std::ptrdiff_t i, std::ptrdiff_t t, std::ptrdiff_t b, bool) {
    losses[t * batch_ + b] = losses_.data()[i];
  });
}

}  // namespace elman
