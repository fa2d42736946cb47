// Matrix products: weights packed once into panels, and one register kernel for every product there is.
//
// The kernel keeps an R x V block of C (R rows, V vectors wide) in registers and walks down k:
//   C[r][v] += A[r][k] * B[k][v]     one broadcast and V multiply-adds per row and step.
// A is read with two strides. Hence products with the states (rows apart, k together) and the products that
// give weight gradients, dA^T X (rows together, k apart), are the same code.
#pragma once

#include <utility>

#include "kernels.h"
#include "simd.h"

namespace elman::ELMAN_ISA {

// The block that fills the registers: 12 x 2 of 32, or 6 x 2 of 16, with room for B and the broadcast.
inline constexpr int kRows = ELMAN_VECTOR_BYTES == 64 ? 12 : 6;
inline constexpr int kVectors = 2;
template <class T>
inline constexpr int panel_width = kVectors * lanes<T>;

template <class T>
struct Block {
  std::ptrdiff_t k, a_row, a_k, b_k, c_row;
  const T *a, *b;
  T* c;
  const T* bias;
  bool accumulate;
};

template <class T, int R, int V>
void block(const Block<T>& p) {
  Vec<T> c[R][V];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v)
      c[r][v] = p.accumulate ? Vec<T>::load(p.c + r * p.c_row + v * lanes<T>)
                : p.bias     ? Vec<T>::load(p.bias + v * lanes<T>)
                             : Vec<T>(T(0));
  const T *a = p.a, *b = p.b;
  const std::ptrdiff_t a_row = p.a_row, a_k = p.a_k, b_k = p.b_k;
  for (std::ptrdiff_t k = p.k; k > 0; --k, a += a_k, b += b_k) {
    Vec<T> row[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) row[v] = Vec<T>::load(b + v * lanes<T>);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Vec<T> broadcast = a[r * a_row];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) c[r][v] = broadcast * row[v] + c[r][v];
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) c[r][v].store(p.c + r * p.c_row + v * lanes<T>);
}

template <class T>
using BlockFunction = void (*)(const Block<T>&);

template <class T, int V, class Rows = std::make_integer_sequence<int, kRows>>
struct Blocks;
template <class T, int V, int... R>
struct Blocks<T, V, std::integer_sequence<int, R...>> {
  static constexpr BlockFunction<T> of_rows[] = {block<T, R + 1, V>...};  // [r - 1] for r rows
};

template <class T>
void multiply(const Product<T>& p) {
  const std::ptrdiff_t count = (p.m + kRows - 1) / kRows;  // blocks of rows, as even as they can be
  for (std::ptrdiff_t n = 0; n < p.n; n += panel_width<T>) {
    const BlockFunction<T>* const of_rows =
        p.n - n > lanes<T> ? Blocks<T, kVectors>::of_rows : Blocks<T, 1>::of_rows;
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      const std::ptrdiff_t first = i * p.m / count, last = (i + 1) * p.m / count;
      of_rows[last - first - 1]({.k = p.k,
                                 .a_row = p.a_row,
                                 .a_k = p.a_k,
                                 .b_k = p.b_k,
                                 .c_row = p.c_row,
                                 .a = p.a + first * p.a_row,
                                 .b = p.b + n / panel_width<T> * p.b_panel,
                                 .c = p.c + first * p.c_row + n,
                                 .bias = p.bias ? p.bias + n : nullptr,
                                 .accumulate = p.accumulate});
    }
  }
}

template <class T>
void pack(const Packing<T>& p) {
  constexpr std::ptrdiff_t width = panel_width<T>;
  const std::ptrdiff_t panel = p.k.extent() * width;
  for (int nb = 0; nb < p.n.blocks; ++nb) {
    const T* from_n = p.w + std::ptrdiff_t(p.n_order ? p.n_order[nb] : nb) * p.n.size * p.n_stride;
    for (int j = 0; j < p.n.size; ++j, from_n += p.n_stride) {
      const std::ptrdiff_t n = nb * p.n.padded + j;
      T* to_n = p.panels + n / width * panel + n % width;
      for (int kb = 0; kb < p.k.blocks; ++kb) {
        const T* from = from_n + std::ptrdiff_t(p.k_order ? p.k_order[kb] : kb) * p.k.size * p.k_stride;
        T* to = to_n + std::ptrdiff_t(kb) * p.k.padded * width;
        for (int k = 0; k < p.k.size; ++k) to[k * width] = from[k * p.k_stride];
      }
    }
  }
}

}  // namespace elman::ELMAN_ISA
