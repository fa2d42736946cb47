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

// How many chains of sums a block of R x V keeps apart: a multiply-add takes 4 cycles and two can start in
// each, so that a block of fewer than 8 sums would wait for itself.
constexpr int chains_for(int sums) { return sums >= 8 ? 1 : sums >= 4 ? 2 : 4; }

template <class T, int R, int V>
void block(const Block<T>& p) {
  constexpr int C = chains_for(R * V);
  Vec<T> c[C][R][V];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      c[0][r][v] = p.accumulate ? Vec<T>::load(p.c + r * p.c_row + v * lanes<T>)
                   : p.bias     ? Vec<T>::load(p.bias + v * lanes<T>)
                                : Vec<T>(T(0));
#pragma GCC unroll 4
      for (int i = 1; i < C; ++i) c[i][r][v] = T(0);
    }
  const T *a = p.a, *b = p.b;
  const std::ptrdiff_t a_row = p.a_row, a_k = p.a_k, b_k = p.b_k;
  const auto step = [&](Vec<T>(&to)[R][V]) __attribute__((always_inline)) {
    Vec<T> row[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) row[v] = Vec<T>::load(b + v * lanes<T>);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Vec<T> broadcast = a[r * a_row];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) to[r][v] = broadcast * row[v] + to[r][v];
    }
    a += a_k, b += b_k;
  };
  std::ptrdiff_t k = p.k;
  for (; k >= C; k -= C)
#pragma GCC unroll 4
    for (int i = 0; i < C; ++i) step(c[i]);
  for (; k > 0; --k) step(c[0]);
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
#pragma GCC unroll 4
      for (int i = 1; i < C; ++i) c[0][r][v] += c[i][r][v];
      c[0][r][v].store(p.c + r * p.c_row + v * lanes<T>);
    }
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
  // Blocks of rows as even as they can be: `extra` of them have a row more than the others.
  const std::ptrdiff_t count = (p.m + kRows - 1) / kRows;
  const std::ptrdiff_t rows = count > 1 ? p.m / count : p.m, extra = p.m - rows * count;
  Block<T> block = {.k = p.k,
                    .a_row = p.a_row,
                    .a_k = p.a_k,
                    .b_k = p.b_k,
                    .c_row = p.c_row,
                    .a = p.a,
                    .b = p.b,
                    .c = p.c,
                    .bias = p.bias,
                    .accumulate = p.accumulate};
  for (std::ptrdiff_t n = 0; n < p.n; n += panel_width<T>) {
    const BlockFunction<T>* const of_rows =
        p.n - n > lanes<T> ? Blocks<T, kVectors>::of_rows : Blocks<T, 1>::of_rows;
    block.a = p.a, block.c = p.c + n;
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      const std::ptrdiff_t here = rows + (i < extra);
      of_rows[here - 1](block);
      block.a += here * p.a_row, block.c += here * p.c_row;
    }
    block.b += p.b_panel;
    if (block.bias) block.bias += panel_width<T>;
  }
}

// One panel's part of a row of B from contiguous numbers, for every k.
template <class T>
void pack_rows(const T* from, std::ptrdiff_t k_stride, int rows, int count, T* to) {
  constexpr int width = panel_width<T>;
  for (int k = 0; k < rows; ++k, from += k_stride, to += width)
    if (count == width)
      for (int j = 0; j < width; j += lanes<T>) Vec<T>::load(from + j).store(to + j);
    else
      for (int j = 0; j < count; ++j) to[j] = from[j];
}

// One column of B from contiguous numbers.
template <class T>
void pack_column(const T* __restrict from, int rows, T* __restrict to) {
#pragma GCC unroll 8
  for (int k = 0; k < rows; ++k) to[k * panel_width<T>] = from[k];
}

// Block by block: rows where w is contiguous along n, columns (w turned over) where it is contiguous along k.
template <class T>
void pack(const Packing<T>& p) {
  constexpr int width = panel_width<T>;
  const std::ptrdiff_t panel = std::ptrdiff_t(p.k.extent()) * width;
  const auto place = [&](int n) { return p.panels + n / width * panel + n % width; };
  for (int nb = 0; nb < p.n.blocks; ++nb)
    for (int kb = 0; kb < p.k.blocks; ++kb) {
      const T* from = p.w + std::ptrdiff_t(p.n_order ? p.n_order[nb] : nb) * p.n.size * p.n_stride +
                      std::ptrdiff_t(p.k_order ? p.k_order[kb] : kb) * p.k.size * p.k_stride;
      const std::ptrdiff_t row = std::ptrdiff_t(kb) * p.k.padded * width;
      const int first = nb * p.n.padded, last = first + p.n.size;
      if (p.n_stride == 1)
        for (int n = first, count; n < last; n += count, from += count) {
          count = width - n % width < last - n ? width - n % width : last - n;
          pack_rows(from, p.k_stride, p.k.size, count, place(n) + row);
        }
      else
        for (int n = first; n < last; ++n, from += p.n_stride) pack_column(from, p.k.size, place(n) + row);
    }
}

}  // namespace elman::ELMAN_ISA
