// Passes over flat vectors: sums, scaling, clamping, dropout, and the test that every number is finite.
#pragma once

#include "random.h"
#include "simd.h"

namespace elman::ELMAN_ISA {

template <class T>
void add(std::ptrdiff_t n, const T* __restrict from, T* __restrict to) {
  for (std::ptrdiff_t i = 0; i < n; ++i) to[i] += from[i];
}

// to += share (from - to)
template <class T>
void approach(std::ptrdiff_t n, T share, const T* __restrict from, T* __restrict to) {
  for (std::ptrdiff_t i = 0; i < n; ++i) to[i] += share * (from[i] - to[i]);
}

template <class T>
void scale(std::ptrdiff_t n, T factor, T* values) {
  for (std::ptrdiff_t i = 0; i < n; ++i) values[i] *= factor;
}

template <class T>
void clamp(std::ptrdiff_t n, T limit, T* values) {
  for (std::ptrdiff_t i = 0; i < n; ++i)
    values[i] = values[i] > limit ? limit : values[i] < -limit ? -limit : values[i];
}

// to += factor from
template <class T>
void add_multiple(std::ptrdiff_t n, T factor, const T* __restrict from, T* __restrict to) {
  for (std::ptrdiff_t i = 0; i < n; ++i) to[i] += factor * from[i];
}

template <class T>
ELMAN_INLINE T dot(std::ptrdiff_t n, const T* a, const T* b) {
  Vec<T> total = T(0);
  std::ptrdiff_t j = 0;
  for (; j + lanes<T> <= n; j += lanes<T>) total = Vec<T>::load(a + j) * Vec<T>::load(b + j) + total;
  T rest = 0;
  for (; j < n; ++j) rest += a[j] * b[j];
  return sum(total) + rest;
}

// to[j] = the sum of column j of from (rows, row); n is a whole number of vectors. Some columns side by side,
// so that rows are read in runs and no sum waits for itself.
template <int V, class T>
ELMAN_INLINE void sums_of(std::ptrdiff_t rows, const T* from, std::ptrdiff_t row, T* to) {
  Vec<T> total[V];
#pragma GCC unroll 8
  for (int v = 0; v < V; ++v) total[v] = T(0);
  for (std::ptrdiff_t i = 0; i < rows; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) total[v] += Vec<T>::load(from + i * row + v * lanes<T>);
#pragma GCC unroll 8
  for (int v = 0; v < V; ++v) total[v].store(to + v * lanes<T>);
}
template <class T>
void column_sums(std::ptrdiff_t rows, std::ptrdiff_t n, const T* from, std::ptrdiff_t row, T* to) {
  std::ptrdiff_t j = 0;
  for (; j + 8 * lanes<T> <= n; j += 8 * lanes<T>) sums_of<8>(rows, from + j, row, to + j);
  for (; j < n; j += lanes<T>) sums_of<1>(rows, from + j, row, to + j);
}

// The squares are added as doubles: float's would overflow from gradients of 1e19 on.
template <class T>
double sum_of_squares(std::ptrdiff_t n, const T* from) {
  double part[8] = {};
  std::ptrdiff_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int k = 0; k < 8; ++k) part[k] += double(from[i + k]) * double(from[i + k]);
  for (; i < n; ++i) part[0] += double(from[i]) * double(from[i]);
  return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
}

// x * 0 is 0 for finite x, and NaN for infinities and NaN.
template <class T>
bool finite(std::ptrdiff_t n, const T* from) {
  Vec<T> zeros[4] = {T(0), T(0), T(0), T(0)};
  std::ptrdiff_t i = 0;
  for (; i + 4 * lanes<T> <= n; i += 4 * lanes<T>)
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) zeros[k] += Vec<T>::load(from + i + k * lanes<T>) * Vec<T>(T(0));
  for (; i + lanes<T> <= n; i += lanes<T>) zeros[0] += Vec<T>::load(from + i) * Vec<T>(T(0));
  T total = sum((zeros[0] + zeros[1]) + (zeros[2] + zeros[3]));
  for (; i < n; ++i) total += from[i] * T(0);
  return total == 0;
}

// to = from where kept, over the chance of being kept; else 0 (Srivastava et al., 2014).
template <class T>
void dropout(std::ptrdiff_t n, T probability, std::uint64_t key, const T* from, T* to) {
  const auto threshold = static_cast<std::uint32_t>(double(probability) * 4294967295.);
  const T scale = T(1) / (T(1) - probability);
  for (std::ptrdiff_t j = 0; j < n; ++j)
    to[j] = bits(key, std::uint32_t(j)) >= threshold ? from[j] * scale : T(0);
}

}  // namespace elman::ELMAN_ISA
