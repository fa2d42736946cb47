// Losses of one right answer, the positive, beside others, the negatives: of a sample of them, or of all. p is
// the logit of the positive, y_j that of negative j, and o_j its offset: the logarithm of how often it counts.
// Where the positive is itself among the negatives it does not count. Each with its gradient; s = softmax(y + o)
// and a_j = sigma(p - y_j).
//
//   sampled_symbols  log(e^p' + sum_j e^(y_j + o_j)) - p', p' = p + its own offset
//                    e = softmax of p' and all y + o:   dp = e_p - 1   dy_j = e_j
//   bpr_max          -log sum_j s_j a_j + lambda sum_j s_j y_j^2   (Hidasi and Karatzoglou, 2018)
//                    b = softmax(y + o + log a), R = sum_j s_j y_j^2:
//                    dp = -sum_j b_j (1 - a_j)   dy_j = s_j - b_j a_j + lambda s_j (2 y_j + y_j^2 - R)
//   top1_max         L = sum_j s_j f_j, f_j = sigma(y_j - p) + sigma(y_j^2)   (the same)
//                    dp = -sum_j s_j sigma'(y_j - p)
//                    dy_j = s_j (sigma'(y_j - p) + 2 y_j sigma'(y_j^2) + f_j - L)
//
// bpr_max is worked out by logarithms: its sum may be smaller than the smallest number.
#pragma once

#include "kernels.h"
#include "math.h"
#include "reductions.h"

namespace elman::ELMAN_ISA {

// A row: what it has, and its gradient and loss.
template <class T>
struct Ranked {
  T* y;        // (n), logits in, gradient out
  const T* o;  // (n)
  std::ptrdiff_t n;
  T p;
  T scale;    // of the gradient
  T* memory;  // (n)
  T dp = 0, loss = 0;
};

template <class T, class F>
ELMAN_INLINE void each(const Ranked<T>& r, const F& f) {
  for (std::ptrdiff_t j = 0; j < r.n; j += lanes<T>) f(j, Vec<T>::load(r.y + j), Vec<T>::load(r.o + j));
}

template <class T>
ELMAN_INLINE T natural_log(T x) {
  return T(__builtin_log(double(x)));
}

template <class T>
ELMAN_INLINE T exponential(T x) {
  T e[lanes<T>];
  exp(Vec<T>(x)).store(e);
  return e[0];
}

template <class T>
T largest_of(const Ranked<T>& r) {
  Vec<T> best = T(-__builtin_huge_valf());
  each(r, [&](std::ptrdiff_t, Vec<T> y, Vec<T> o) { best = max(y + o, best); });
  return greatest(best);
}

template <class T>
void sampled_symbols(Ranked<T>& r) {
  const T above = largest_of(r), largest = r.p > above ? r.p : above;
  Vec<T> sums = T(0);
  each(r, [&](std::ptrdiff_t j, Vec<T> y, Vec<T> o) {
    const Vec<T> e = exp(y + o - Vec<T>(largest));
    e.store(r.y + j);
    sums += e;
  });
  const T others = sum(sums), z = others + exponential(r.p - largest);
  scale(r.n, r.scale / z, r.y);
  r.dp = -r.scale * (others / z);
  r.loss = natural_log(z) - (r.p - largest);
}

// log sigma(x)
template <class T>
ELMAN_INLINE Vec<T> log_sigmoid(Vec<T> x) {
  return min(x, Vec<T>(T(0))) - log1p_of_unit(exp(-abs(x)));
}

template <class T>
void bpr_max(Ranked<T>& r, T lambda) {
  const Vec<T> p = r.p, one = T(1), largest = largest_of(r);
  Vec<T> best = T(-__builtin_huge_valf());
  each(r, [&](std::ptrdiff_t j, Vec<T> y, Vec<T> o) {
    const Vec<T> u = y + o + log_sigmoid(p - y);
    u.store(r.memory + j);
    best = max(u, best);
  });
  const Vec<T> top = greatest(best);
  Vec<T> sums = T(0), better = T(0), squares = T(0);
  each(r, [&](std::ptrdiff_t j, Vec<T> y, Vec<T> o) {
    const Vec<T> s = exp(y + o - largest), b = exp(Vec<T>::load(r.memory + j) - top);
    b.store(r.memory + j);
    sums += s, better += b, squares += s * y * y;
  });
  const T all = sum(sums), won = sum(better), square = sum(squares) / all;
  const Vec<T> share = T(1) / all, part = T(1) / won, factor = r.scale, weight = lambda, mean = square;
  Vec<T> dp = T(0);
  each(r, [&](std::ptrdiff_t j, Vec<T> y, Vec<T> o) {
    const Vec<T> s = exp(y + o - largest) * share, b = Vec<T>::load(r.memory + j) * part, a = sigmoid(p - y);
    dp += b * (one - a);
    ((s - b * a + weight * s * (y + y + y * y - mean)) * factor).store(r.y + j);
  });
  r.dp = -r.scale * sum(dp);
  r.loss = natural_log(all) - natural_log(won) + (greatest(largest) - greatest(top)) + lambda * square;
}

template <class T>
void top1_max(Ranked<T>& r) {
  const Vec<T> p = r.p, one = T(1), largest = largest_of(r);
  Vec<T> sums = T(0), losses = T(0);
  each(r, [&](std::ptrdiff_t, Vec<T> y, Vec<T> o) {
    const Vec<T> s = exp(y + o - largest);
    sums += s, losses += s * (sigmoid(y - p) + sigmoid(y * y));
  });
  const T all = sum(sums);
  r.loss = sum(losses) / all;
  const Vec<T> share = r.scale / all, loss = r.loss;
  Vec<T> dp = T(0);
  each(r, [&](std::ptrdiff_t j, Vec<T> y, Vec<T> o) {
    const Vec<T> s = exp(y + o - largest) * share, above = sigmoid(y - p), size = sigmoid(y * y);
    const Vec<T> slope = above * (one - above);
    dp += s * slope;
    (s * (slope + (y + y) * size * (one - size) + above + size - loss)).store(r.y + j);
  });
  r.dp = -sum(dp);
}

template <class T>
void rank_row(const Loss<T>& l, Ranked<T>& r) {
  if (largest_of(r) == T(-__builtin_huge_valf())) {  // no negative counts
    for (std::ptrdiff_t j = 0; j < r.n; ++j) r.y[j] = 0;
    return;
  }
  if (l.kind == LossKind::bpr_max) return bpr_max(r, l.regulariser);
  if (l.kind == LossKind::top1_max) return top1_max(r);
  sampled_symbols(r);
}

template <class T>
double rank(const Loss<T>& l, const Ranking<T>& k) {
  double total = 0;
  for (std::ptrdiff_t row = 0; row < k.rows; ++row) {
    const T weight = k.weights[row];
    Ranked<T> r = {.y = k.logits + row * k.row,
                   .o = k.offsets,
                   .n = k.row,
                   .p = k.positives[row] + (k.own ? k.own[row] : T(0)),
                   .scale = weight * k.scale,
                   .memory = k.memory};
    if (weight == 0) {
      for (std::ptrdiff_t j = 0; j < k.row; ++j) r.y[j] = 0;
    } else if (const std::ptrdiff_t hit = k.hits[row]; hit < 0) {
      rank_row(l, r);
    } else {
      const T kept = k.offsets[hit];
      k.offsets[hit] = T(-__builtin_huge_valf());
      rank_row(l, r);
      k.offsets[hit] = kept;
    }
    k.positives[row] = r.dp;
    total += double(weight) * double(r.loss);
    if (k.each) k.each[row] = r.loss;
  }
  return total;
}

}  // namespace elman::ELMAN_ISA
