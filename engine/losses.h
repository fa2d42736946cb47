// Losses on logits: value and gradient in one pass.
//
//   bits             sigmoid cross-entropy  l = max(y, 0) - t y + log(1 + e^-|y|)  dl/dy = sigma(y) - t
//   symbols          softmax cross-entropy  l = log sum_j e^y_j - y_t              dl/dy_j = p_j - [j = t]
//   squared          linear output          l = (y - t)^2 / 2                      dl/dy = y - t
//   squared_sigmoid  sigmoid output, s      l = (s - t)^2 / 2                      dl/dy = (s - t) s (1 - s)
//   huber            linear output          l = c (y - t - c / 2)                  dl/dy = c
//   pinball          quantile of level q    l = q (t - y) or (1 - q) (y - t)       dl/dy = -q or 1 - q; 0 if t is NaN
//
// p is softmax(y); c is y - t, cut off at -delta and delta; pinball's first form is that of y < t.
// With weights w of K classes and smoothing s, symbols aims at a_j = w_j ((1 - s) [j = t] + s / K):
//
//   l = sum_j a_j (log sum_k e^y_k - y_j)     dl/dy_j = p_j sum_k a_k - a_j
//
// logits (rows, row): the first `outputs` numbers of each row count; gradients are written over them,
// weighted and scaled. Padding behind them becomes zero, so that products may read it.
#pragma once

#include "kernels.h"
#include "math.h"

namespace elman::ELMAN_ISA {

// One loss of the element-wise kind on one vector: returns the losses, turns y into dl/dy. `option` is delta
// or the levels.
template <LossKind kind, class T>
ELMAN_INLINE Vec<T> elementwise(Vec<T>& y, Vec<T> t, Vec<T> option) {
  const Vec<T> zero = T(0), one = T(1), half = T(0.5);
  if constexpr (kind == LossKind::bits) {
    const Vec<T> e = exp(-abs(y)), s = one / (one + e);  // sigma(|y|)
    const Vec<T> loss = max(y, zero) - t * y + log1p_of_unit(e);
    y = select<T>(y < zero, e * s, s) - t;  // e s, not 1 - s: that would be 0 from -17 on
    return loss;
  } else if constexpr (kind == LossKind::squared) {
    y = y - t;
    return half * y * y;
  } else if constexpr (kind == LossKind::squared_sigmoid) {
    const Vec<T> s = sigmoid(y), error = s - t;
    y = error * s * (one - s);
    return half * error * error;
  } else if constexpr (kind == LossKind::huber) {
    const Vec<T> error = y - t;
    y = max(min(error, option), -option);
    return y * (error - half * y);
  } else {
    const Vec<T> error = y - t;
    y = select<T>(error < zero, -option, select<T>(error > zero, one - option, error));  // 0 stays, NaN too
    return y * error;
  }
}

// Vectors run over (row, output) pairs, so that a single output fills them too.
template <LossKind kind, class T>
double elementwise_loss(const Loss<T>& l, const LossRows<T>& p) {
  const std::ptrdiff_t count = p.rows * p.outputs;
  double total = 0;
  std::ptrdiff_t row = 0, output = 0;
  for (std::ptrdiff_t r = 0; p.each && r < p.rows; ++r) p.each[r] = 0;
  for (std::ptrdiff_t first = 0; first < count; first += lanes<T>) {
    T logit[lanes<T>] = {}, target[lanes<T>] = {}, weight[lanes<T>] = {}, option[lanes<T>] = {};
    T* place[lanes<T>];
    std::ptrdiff_t at[lanes<T>];
    const int n = int(count - first < lanes<T> ? count - first : lanes<T>);
    for (int i = 0; i < n; ++i) {
      place[i] = p.logits + row * p.row + output, at[i] = row;
      logit[i] = *place[i];
      target[i] = p.targets[row * p.apart * p.outputs + output];
      weight[i] = p.weight(row);
      if constexpr (kind == LossKind::huber) option[i] = l.delta;
      if constexpr (kind == LossKind::pinball) {
        option[i] = l.of_outputs[output];
        if (target[i] != target[i]) target[i] = logit[i];  // NaN: nobody knows it, so nothing is wrong
      }
      if (++output == p.outputs) output = 0, ++row;
    }
    Vec<T> y = Vec<T>::load(logit);
    const Vec<T> w = Vec<T>::load(weight);
    const Vec<T> loss = elementwise<kind>(y, Vec<T>::load(target), Vec<T>::load(option));
    loss.store(target);
    (y * w * Vec<T>(p.scale)).store(logit);
    for (int i = 0; i < n; ++i) {
      // Rows without weight are padding: whatever they hold, even NaN, counts for nothing.
      *place[i] = weight[i] == 0 ? T(0) : logit[i];
      total += weight[i] == 0 ? 0. : double(target[i] * weight[i]);
      if (p.each && weight[i] != 0) p.each[at[i]] += target[i];
    }
  }
  return total;
}

// What the loss of a row is made of, mass log(sum) - correct, with logits counted from the largest; mass is
// the sum of what it aims at. Logits become the gradient.
template <class T>
struct SoftmaxRow {
  T sum, correct, mass;
};
template <class T>
SoftmaxRow<T> softmax_row(const Loss<T>& l, T* y, int outputs, std::ptrdiff_t row, std::int32_t target,
                          T scale) {
  const T lowest = -__builtin_huge_valf();
  for (std::ptrdiff_t j = outputs; j < row; ++j) y[j] = lowest;
  Vec<T> best = lowest;
  for (std::ptrdiff_t j = 0; j < row; j += lanes<T>) best = max(Vec<T>::load(y + j), best);
  const T largest = greatest(best), share = l.mass(target) * (T(1) - l.smoothing);
  T correct = share * (y[target] - largest), mass = share;
  const T even = l.of_outputs ? l.smoothing / T(outputs) : T(0);  // of each class, whichever is right
  for (int j = 0; even > 0 && j < outputs; ++j) {
    correct += even * l.of_outputs[j] * (y[j] - largest);
    mass += even * l.of_outputs[j];
  }
  Vec<T> sums = T(0);
  for (std::ptrdiff_t j = 0; j < row; j += lanes<T>) {
    const Vec<T> e = exp(Vec<T>::load(y + j) - Vec<T>(largest));
    e.store(y + j);
    sums += e;
  }
  const T z = sum(sums);
  for (std::ptrdiff_t j = 0; j < row; j += lanes<T>)
    (Vec<T>::load(y + j) * Vec<T>(mass * scale / z)).store(y + j);
  for (int j = 0; even > 0 && j < outputs; ++j) y[j] -= scale * even * l.of_outputs[j];
  y[target] -= share * scale;
  return {z, correct, mass};
}

// Logarithms are taken for as many rows at once as a vector has numbers.
template <class T>
double softmax_loss(const Loss<T>& l, const LossRows<T>& p) {
  double total = 0;
  for (std::ptrdiff_t first = 0; first < p.rows; first += lanes<T>) {
    T weight[lanes<T>] = {}, z[lanes<T>], correct[lanes<T>] = {}, mass[lanes<T>] = {}, loss[lanes<T>];
    const int n = int(p.rows - first < lanes<T> ? p.rows - first : lanes<T>);
    for (int i = 0; i < lanes<T>; ++i) z[i] = 1;
    for (int i = 0; i < n; ++i) {
      T* const y = p.logits + (first + i) * p.row;
      weight[i] = p.weight(first + i);
      if (weight[i] == 0) {
        for (std::ptrdiff_t j = 0; j < p.row; ++j) y[j] = 0;
        continue;
      }
      const SoftmaxRow<T> row =
          softmax_row(l, y, p.outputs, p.row, p.symbols[(first + i) * p.apart], weight[i] * p.scale);
      z[i] = row.sum, correct[i] = row.correct, mass[i] = row.mass;
    }
    (Vec<T>::load(mass) * log(Vec<T>::load(z)) - Vec<T>::load(correct)).store(loss);
    for (int i = 0; i < n; ++i) {
      total += weight[i] == 0 ? 0. : double(weight[i]) * double(loss[i]);
      if (p.each) p.each[first + i] = weight[i] == 0 ? T(0) : loss[i];
    }
  }
  return total;
}

// The same for many networks side by side, each of which adds up its own (lanes<T>). The weights, above 0, are those
// of all of them.
template <LossKind kind, class T>
void elementwise_beside(const Loss<T>& l, const LossRows<T>& p, double* totals) {
  constexpr int L = lanes<T>;
  for (int i = 0; i < L; ++i) totals[i] = 0;
  for (std::ptrdiff_t r = 0; r < p.rows; ++r)
    for (int o = 0; o < p.outputs; ++o) {
      T* const place = p.logits + (r * p.row + o) * L;
      Vec<T> y = Vec<T>::load(place), t = Vec<T>::load(p.targets + (r * p.apart * p.outputs + o) * L);
      Vec<T> option = l.delta;
      if constexpr (kind == LossKind::pinball) {
        option = l.of_outputs[o];
        t = select<T>(t == t, t, y);
      }
      // The weight counts here as in a single network, for a sum of products alone is rounded otherwise.
      T losses[L];
      const Vec<T> w = p.weight(r), loss = elementwise<kind>(y, t, option);
      (loss * w).store(losses);
      (y * w * Vec<T>(p.scale)).store(place);
      for (int i = 0; i < L; ++i) totals[i] += double(losses[i]);
    }
}

template <class T>
double loss(const Loss<T>& l, const LossRows<T>& p) {
  switch (l.kind) {
    case LossKind::bits:
      return elementwise_loss<LossKind::bits>(l, p);
    case LossKind::symbols:
      return softmax_loss(l, p);
    case LossKind::squared:
      return elementwise_loss<LossKind::squared>(l, p);
    case LossKind::squared_sigmoid:
      return elementwise_loss<LossKind::squared_sigmoid>(l, p);
    case LossKind::huber:
      return elementwise_loss<LossKind::huber>(l, p);
    case LossKind::pinball:
      return elementwise_loss<LossKind::pinball>(l, p);
    case LossKind::sampled_symbols:
    case LossKind::bpr_max:
    case LossKind::top1_max:
      break;  // ranking.h
  }
  __builtin_unreachable();
}

// Symbols are not of these: the order of a softmax's sum goes by the registers of one network.
template <class T>
void loss_beside(const Loss<T>& l, const LossRows<T>& p, double* totals) {
  switch (l.kind) {
    case LossKind::bits:
      return elementwise_beside<LossKind::bits>(l, p, totals);
    case LossKind::squared:
      return elementwise_beside<LossKind::squared>(l, p, totals);
    case LossKind::squared_sigmoid:
      return elementwise_beside<LossKind::squared_sigmoid>(l, p, totals);
    case LossKind::huber:
      return elementwise_beside<LossKind::huber>(l, p, totals);
    case LossKind::pinball:
      return elementwise_beside<LossKind::pinball>(l, p, totals);
    case LossKind::symbols:
    case LossKind::sampled_symbols:
    case LossKind::bpr_max:
    case LossKind::top1_max:
      break;
  }
  __builtin_unreachable();
}

}  // namespace elman::ELMAN_ISA
