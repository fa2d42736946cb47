// Products and layouts for small networks (small.h), alone or side by side (simd.h): a matrix (k, j) by a vector (k),
// for some registers of j; and weights turned over, or with rows padded to whole registers.
#pragma once

#include <type_traits>

#include "gemm.h"

namespace elman::ELMAN_ISA {

// The numbers of a row of n, padded to whole registers.
template <class F>
constexpr int padded(int n) {
  return (n + F::units - 1) / F::units * F::units;
}

// A matrix: number (k, j) is the (k * row + j * column)-th.
template <class T>
struct Matrix {
  const T* at;
  std::ptrdiff_t row, column;
};

// sums[i] += sum_k v[k] * m[k][j + i * units ..]: J registers of a product, each in four chains.
template <class F, int J, class T>
ELMAN_INLINE void combine(int n, const T* v, Matrix<T> m, std::ptrdiff_t j, Vec<T> (&sums)[J]) {
  const T* const from = m.at + j * m.column * F::apart;
  const std::ptrdiff_t row = m.row * F::apart, next = m.column * F::units * F::apart;
  Vec<T> chain[4][J];
#pragma GCC unroll 4
  for (int i = 0; i < J; ++i) chain[0][i] = sums[i], chain[1][i] = chain[2][i] = chain[3][i] = T(0);
  const auto add = [&](int k, Vec<T>(&to)[J]) __attribute__((always_inline)) {
    const Vec<T> factor = F::same(v + k * F::apart);
#pragma GCC unroll 4
    for (int i = 0; i < J; ++i) to[i] = factor * Vec<T>::load(from + k * row + i * next) + to[i];
  };
  int k = 0;
  for (; k + 4 <= n; k += 4)
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) add(k + c, chain[c]);
  for (; k < n; ++k) add(k, chain[0]);
#pragma GCC unroll 4
  for (int i = 0; i < J; ++i) sums[i] = (chain[0][i] + chain[1][i]) + (chain[2][i] + chain[3][i]);
}

// f(j, J) for all registers of a row of n: Beside, some at once, which share what they are multiplied by.
template <class F, class Function>
ELMAN_INLINE void by_registers(std::ptrdiff_t n, const Function& f) {
  constexpr int some = F::apart == 1 ? 1 : ELMAN_VECTOR_BYTES == 64 ? 4 : 2;
  std::ptrdiff_t j = 0;
  for (; j + some * F::units <= n; j += some * F::units) f(j, std::integral_constant<int, some>());
  if constexpr (some > 1)
    for (; j < n; ++j) f(j, std::integral_constant<int, 1>());
}

// to (columns, row) = the transpose of from (rows, columns), without touching the padding: whole squares in
// registers (what is stored one number at a time cannot be loaded as a vector at once), the rest number by
// number.
template <class T>
void transpose(int rows, int columns, const T* __restrict from, std::ptrdiff_t row, T* __restrict to) {
  constexpr int L = lanes<T>;
  const int square_rows = rows / L * L, square_columns = columns / L * L;
  for (int n = 0; n < rows; ++n)
    for (int k = n < square_rows ? square_columns : 0; k < columns; ++k)
      to[k * row + n] = from[n * columns + k];
  for (int n = 0; n < square_rows; n += L)
    for (int k = 0; k < square_columns; k += L) {
      Vec<T> square[L];
#pragma GCC unroll 16
      for (int i = 0; i < L; ++i) square[i] = Vec<T>::load(from + (n + i) * columns + k);
      transpose(square);
#pragma GCC unroll 16
      for (int i = 0; i < L; ++i) square[i].store(to + (k + i) * row + n);
    }
}

template <class T>
void copy_padded(int rows, int columns, const T* __restrict from, std::ptrdiff_t row, T* __restrict to) {
  for (int n = 0; n < rows; ++n)
    for (int k = 0; k < columns; ++k) to[n * row + k] = from[n * columns + k];
}

}  // namespace elman::ELMAN_ISA
