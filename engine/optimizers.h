// Optimizers on flat vectors: torch.optim's updates to the letter, one loop each; compilers make vectors of
// them. w and g are values and gradient (with weight decay g + decay w, but for AdamW), m and v the two
// moments, t the number of the update, from 1.
//
//   sgd       m = momentum m + g                       w -= rate m; Nesterov: w -= rate (g + momentum m)
//   rmsprop   v = alpha v + (1 - alpha) g^2            (Tieleman and Hinton, 2012)
//             m = momentum m + g / (sqrt v + eps)      w -= rate m
//   adagrad   v += g^2                                 w -= rate g / (sqrt v + eps)  (Duchi et al., 2011)
//   adam      m = b1 m + (1 - b1) g                    (Kingma and Ba, 2015)
//             v = b2 v + (1 - b2) g^2                  w -= rate m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)
//   adamw     w -= rate decay w, then adam without decay in g  (Loshchilov and Hutter, 2019)
#pragma once

#include "kernels.h"
#include "simd.h"

namespace elman::ELMAN_ISA {

template <class T>
T root(T x) {
  if constexpr (sizeof(T) == 4)
    return __builtin_sqrtf(x);
  else
    return __builtin_sqrt(x);
}

template <class T>
void sgd(const OptimizerSettings& o, const Step<T>& s) {
  T* __restrict w = s.values, * __restrict m = s.first;
  const T* __restrict g = s.gradient;
  const T rate = s.rate, decay = s.decay, momentum = T(o.momentum);
  if (o.momentum == 0) {
    for (std::ptrdiff_t i = 0; i < s.size; ++i) w[i] -= rate * (g[i] + decay * w[i]);
    return;
  }
  const T of_g = o.nesterov ? T(1) : T(0), of_m = o.nesterov ? momentum : T(1);
  for (std::ptrdiff_t i = 0; i < s.size; ++i) {
    const T gi = g[i] + decay * w[i];
    m[i] = momentum * m[i] + gi;
    w[i] -= rate * (of_g * gi + of_m * m[i]);
  }
}

template <class T>
void rmsprop(const OptimizerSettings& o, const Step<T>& s) {
  T* __restrict w = s.values, * __restrict m = s.first, * __restrict v = s.second;
  const T* __restrict g = s.gradient;
  const T rate = s.rate, decay = s.decay, momentum = T(o.momentum), alpha = T(o.alpha), eps = T(o.eps);
  const T beta = T(1 - o.alpha);
  for (std::ptrdiff_t i = 0; i < s.size; ++i) {
    const T gi = g[i] + decay * w[i];
    v[i] = alpha * v[i] + beta * gi * gi;
    m[i] = momentum * m[i] + gi / (root(v[i]) + eps);
    w[i] -= rate * m[i];
  }
}

template <class T>
void adagrad(const OptimizerSettings& o, const Step<T>& s) {
  T* __restrict w = s.values, * __restrict v = s.second;
  const T* __restrict g = s.gradient;
  const T rate = s.rate, decay = s.decay, eps = T(o.eps);
  for (std::ptrdiff_t i = 0; i < s.size; ++i) {
    const T gi = g[i] + decay * w[i];
    v[i] += gi * gi;
    w[i] -= rate * gi / (root(v[i]) + eps);
  }
}

template <class T>
void adam(const OptimizerSettings& o, const Step<T>& s) {
  T* __restrict w = s.values, * __restrict m = s.first, * __restrict v = s.second;
  const T* __restrict g = s.gradient;
  const bool decoupled = o.kind == OptimizerKind::adamw;
  const T in_g = decoupled ? T(0) : s.decay, keep = decoupled ? T(1) - s.rate * s.decay : T(1);
  const T b1 = T(o.beta1), b2 = T(o.beta2), c1 = T(1 - o.beta1), c2 = T(1 - o.beta2), eps = T(o.eps);
  const T rate = T(double(s.rate) / (1 - __builtin_pow(o.beta1, double(s.count))));
  const T unbias = T(1 / __builtin_sqrt(1 - __builtin_pow(o.beta2, double(s.count))));
  for (std::ptrdiff_t i = 0; i < s.size; ++i) {
    const T gi = g[i] + in_g * w[i];
    m[i] = b1 * m[i] + c1 * gi;
    v[i] = b2 * v[i] + c2 * gi * gi;
    w[i] = keep * w[i] - rate * m[i] / (root(v[i]) * unbias + eps);
  }
}

template <class T>
void update(const OptimizerSettings& o, const Step<T>& s) {
  switch (o.kind) {
    case OptimizerKind::sgd:
      return sgd(o, s);
    case OptimizerKind::rmsprop:
      return rmsprop(o, s);
    case OptimizerKind::adagrad:
      return adagrad(o, s);
    case OptimizerKind::adam:
    case OptimizerKind::adamw:
      return adam(o, s);
  }
}

}  // namespace elman::ELMAN_ISA
