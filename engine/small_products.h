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

// Registers of a row that are worked on at once: they share what they are multiplied by, and none waits for another.
template <class F>
inline constexpr int kAtOnce = F::apart == 1 ? 2 : 4;

// sums[i] += sum_k v[k] * m[k][j + i * units ..]: J registers of a product. Each sum is four chains, of every fourth k:
// all at a time where the registers hold them, else two.
template <class F, int J, class T>
ELMAN_INLINE void combine(int n, const T* v, Matrix<T> m, std::ptrdiff_t j, Vec<T> (&sums)[J]) {
  constexpr int together = J <= 2 || ELMAN_VECTOR_BYTES == 64 ? 4 : 2;
  const T* const from = m.at + j * m.column * F::apart;
  const std::ptrdiff_t row = m.row * F::apart, next = m.column * F::units * F::apart;
  Vec<T> pair[2][J];
#pragma GCC unroll 2
  for (int first = 0; first < 4; first += together) {
    Vec<T> chain[together][J], factor[together];
#pragma GCC unroll 4
    for (int c = 0; c < together; ++c)
#pragma GCC unroll 4
      for (int i = 0; i < J; ++i) chain[c][i] = first + c == 0 ? sums[i] : Vec<T>(T(0));
    int k = 0;
    for (; k + 4 <= n; k += 4) {
#pragma GCC unroll 4
      for (int c = 0; c < together; ++c) factor[c] = F::same(v + (k + first + c) * F::apart);
#pragma GCC unroll 4
      for (int i = 0; i < J; ++i)
#pragma GCC unroll 4
        for (int c = 0; c < together; ++c)
          chain[c][i] = factor[c] * Vec<T>::load(from + (k + first + c) * row + i * next) + chain[c][i];
    }
    for (; first == 0 && k < n; ++k) {
      const Vec<T> last = F::same(v + k * F::apart);
#pragma GCC unroll 4
      for (int i = 0; i < J; ++i) chain[0][i] = last * Vec<T>::load(from + k * row + i * next) + chain[0][i];
    }
#pragma GCC unroll 2
    for (int c = 0; c < together; c += 2)
#pragma GCC unroll 4
      for (int i = 0; i < J; ++i) pair[(first + c) / 2][i] = chain[c][i] + chain[c + 1][i];
  }
#pragma GCC unroll 4
  for (int i = 0; i < J; ++i) sums[i] = pair[0][i] + pair[1][i];
}

// f(j, J) for all registers of a row of n, some at once.
template <class F, class Function>
ELMAN_INLINE void by_registers(std::ptrdiff_t n, const Function& f) {
  constexpr int some = kAtOnce<F>;
  std::ptrdiff_t j = 0;
  for (; j + some * F::units <= n; j += some * F::units) f(j, std::integral_constant<int, some>());
  for (; j < n; j += F::units) f(j, std::integral_constant<int, 1>());
}

// to (columns, row) = the transpose of from (rows, columns), without touching the padding: whole squares in
// registers (what is stored one number at a time cannot be loaded as a vector at once), the rest number by
// number.
template <class T>
void transpose(int rows, int columns, const T* __restrict from, std::ptrdiff_t row, T* __restrict to) {
  constexpr int L = lanes<T>;
  const int square_rows = rows / L * L, square_columns = columns / L * L;
  for (int k = square_columns; k < columns; ++k)
    for (int n = 0; n < rows; ++n) to[k * row + n] = from[n * columns + k];
  for (int n = square_rows; n < rows; ++n)
    for (int k = 0; k < square_columns; ++k) to[k * row + n] = from[n * columns + k];
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
