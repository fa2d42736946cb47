// A softmax over very many outputs, of which a few answers are wanted: what the outputs are the sum of, the logarithm
// of the sum of their exponentials, and the maxima of blocks, which say where the highest ones are (highest.h).
#pragma once

#include "math.h"

namespace elman::ELMAN_ISA {

// to[i] = sum_t weights[t] from[t][i]. Nothing beyond n is read or written.
template <class T>
void weighted_sum(std::ptrdiff_t n, int terms, const T* weights, const T* const* from, T* to) {
  std::ptrdiff_t i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) {
    Vec<T> sum = T(0);
    for (int t = 0; t < terms; ++t) sum += Vec<T>(weights[t]) * Vec<T>::load(from[t] + i);
    sum.store(to + i);
  }
  for (; i < n; ++i) {
    T sum = 0;
    for (int t = 0; t < terms; ++t) sum += weights[t] * from[t][i];
    to[i] = sum;
  }
}

// The greatest of n > 0 numbers.
template <class T>
T greatest_of(std::ptrdiff_t n, const T* y) {
  T found = y[0];
  std::ptrdiff_t i = 0;
  if (n >= lanes<T>) {
    Vec<T> best = Vec<T>::load(y);
    for (i = lanes<T>; i + lanes<T> <= n; i += lanes<T>) best = max(Vec<T>::load(y + i), best);
    found = greatest(best);
  }
  for (; i < n; ++i) found = y[i] > found ? y[i] : found;
  return found;
}

// to[b] = the greatest of block b of `size` numbers; the last block may be shorter.
template <class T>
void maxima(std::ptrdiff_t n, std::ptrdiff_t size, const T* y, T* to) {
  for (std::ptrdiff_t i = 0; i < n; i += size) *to++ = greatest_of(n - i < size ? n - i : size, y + i);
}

// log sum_i e^y_i of n > 0 numbers. Some hundred of them are added as they are, and these sums as doubles.
template <class T>
double log_sum_exp(std::ptrdiff_t n, const T* y) {
  constexpr std::ptrdiff_t piece = 32 * lanes<T>;
  const T largest = greatest_of(n, y);
  double total = 0;
  for (std::ptrdiff_t first = 0; first < n; first += piece) {
    const std::ptrdiff_t last = n - first < piece ? n : first + piece;
    Vec<T> sums = T(0);
    std::ptrdiff_t i = first;
    for (; i + lanes<T> <= last; i += lanes<T>) sums += exp(Vec<T>::load(y + i) - Vec<T>(largest));
    if (i < last) {
      T rest[lanes<T>];
      for (int k = 0; k < lanes<T>; ++k) rest[k] = i + k < last ? y[i + k] : -T(__builtin_huge_val());
      sums += exp(Vec<T>::load(rest) - Vec<T>(largest));
    }
    total += double(sum(sums));
  }
  return double(largest) + __builtin_log(total);
}

}  // namespace elman::ELMAN_ISA
