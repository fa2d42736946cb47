// Matrix products: weights packed once into panels, and one register kernel for every product there is.
//
// The kernel keeps an R x V block of C (R rows, V vectors wide) in registers and walks down k:
//   C[r][v] += A[r][k] * B[k][v]     one broadcast and V multiply-adds per row and step.
// A is read with two strides. Hence products with the states (rows apart, k together) and the products that
// give weight gradients, dA^T X (rows together, k apart), are the same code. So are those of many networks side
// by side (simd.h, Beside): there A is no broadcast.
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
  std::ptrdiff_t k = 0, a_row = 0, a_k = 0, b_k = 0, c_row = 0;
  const T *a = nullptr, *b = nullptr;
  T* c = nullptr;
  const T* bias = nullptr;
  bool accumulate = false;
};

// How many chains of sums a block of R x V keeps apart: a multiply-add takes 4 cycles and two can start in
// each, so that a block of fewer than 8 sums would wait for itself.
constexpr int chains_for(int sums) { return sums >= 8 ? 1 : sums >= 4 ? 2 : 4; }

// C chains. Block's strides are of numbers as they lie in memory.
template <class F, int R, int V, int C, class T = typename F::Real>
void block(const Block<T>& p) {
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
  // A pointer for every third row, so that rows are reached by addresses alone: a + {0, 1, 2} a_row.
  constexpr int groups = (R + 2) / 3;
  const std::ptrdiff_t a_row = p.a_row, a_k = p.a_k, b_k = p.b_k;
  const T *a[groups], *b = p.b;
#pragma GCC unroll 4
  for (int g = 0; g < groups; ++g) a[g] = p.a + 3 * g * a_row;
  const auto step = [&](Vec<T>(&to)[R][V]) __attribute__((always_inline)) {
    Vec<T> row[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) row[v] = Vec<T>::load(b + v * lanes<T>);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Vec<T> broadcast = F::same(a[r / 3] + r % 3 * a_row);
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) to[r][v] = broadcast * row[v] + to[r][v];
    }
#pragma GCC unroll 4
    for (int g = 0; g < groups; ++g) a[g] += a_k;
    b += b_k;
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

// In order: each sum is one chain, whatever block it is in, so that its bits do not depend on that.
template <class F, bool in_order, int V, class Rows = std::make_integer_sequence<int, kRows>>
struct Blocks;
template <class F, bool in_order, int V, int... R>
struct Blocks<F, in_order, V, std::integer_sequence<int, R...>> {
  static constexpr BlockFunction<typename F::Real> of_rows[] = {block < F, R + 1, V,
                                                                in_order ? 1 : chains_for((R + 1) * V) > ...};
};

// For a panel of which n columns are left, [r - 1] for r rows.
template <class F, bool in_order = false>
const BlockFunction<typename F::Real>* blocks_for(std::ptrdiff_t n) {
  return n > F::units ? Blocks<F, in_order, kVectors>::of_rows : Blocks<F, in_order, 1>::of_rows;
}

template <class F, bool in_order, class T = typename F::Real>
void multiply_as(const Product<T>& p) {
  constexpr int apart = F::apart, panel = kVectors * F::units;
  // Blocks of rows as even as they can be: `extra` of them have a row more than the others.
  const std::ptrdiff_t count = (p.m + kRows - 1) / kRows;
  const std::ptrdiff_t rows = count > 1 ? p.m / count : p.m, extra = p.m - rows * count;
  Block<T> block = {.k = p.k,
                    .a_row = p.a_row * apart,
                    .a_k = p.a_k * apart,
                    .b_k = p.b_k * apart,
                    .c_row = p.c_row * apart,
                    .a = p.a,
                    .b = p.b,
                    .c = p.c,
                    .bias = p.bias,
                    .accumulate = p.accumulate};
  for (std::ptrdiff_t n = 0; n < p.n; n += panel) {
    const BlockFunction<T>* const of_rows = blocks_for<F, in_order>(p.n - n);
    block.a = p.a, block.c = p.c + n * apart;
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      const std::ptrdiff_t here = rows + (i < extra);
      of_rows[here - 1](block);
      block.a += here * block.a_row, block.c += here * block.c_row;
    }
    block.b += p.b_panel * apart;
    if (block.bias) block.bias += panel * apart;
  }
}

template <class T>
void multiply(const Product<T>& p) {
  multiply_as<Alone<T>, false>(p);
}

// One panel's part of a row of B from contiguous numbers, for every k.
template <class T>
void pack_rows(const T* from, std::ptrdiff_t k_stride, std::ptrdiff_t rows, int count, T* to) {
  constexpr int width = panel_width<T>;
  for (std::ptrdiff_t k = 0; k < rows; ++k, from += k_stride, to += width)
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

// The rows of A that one block meets, `count` of each k: a vector at a time, of which the next one overwrites
// what is too much.
template <class T>
void pack_block(const T* __restrict from, std::ptrdiff_t k_stride, std::ptrdiff_t rows, std::ptrdiff_t count,
                T* __restrict to) {
#pragma GCC unroll 4
  for (std::ptrdiff_t k = 0; k < rows; ++k, from += k_stride, to += count)
    for (std::ptrdiff_t r = 0; r < count; r += lanes<T>) Vec<T>::load(from + r).store(to + r);
}

// A block of which C has fewer columns than its vectors are wide.
template <class T>
void add_narrow(Block<T> block, BlockFunction<T> whole, std::ptrdiff_t rows, std::ptrdiff_t columns) {
  alignas(64) T sums[kRows * panel_width<T>];
  T* const c = block.c;
  const std::ptrdiff_t c_row = block.c_row;
  block.c = sums, block.c_row = panel_width<T>, block.accumulate = false;
  whole(block);
  for (std::ptrdiff_t r = 0; r < rows; ++r)
    for (std::ptrdiff_t j = 0; j < columns; ++j) c[r * c_row + j] += sums[r * panel_width<T> + j];
}

// Sums of outer products, C += A^T B with A (k, m) and B (k, n): the gradients of weights.
//
// Both factors lie with k apart, so that a block walks down columns of large arrays. So k is cut into pieces,
// and where rows are far apart a piece of B is packed into panels that stay in the second-level cache, and
// the rows of A that a block meets are packed for the first. Where a row of C ends within a vector, the next row
// begins: what goes there is worked out apart.
template <class T>
void outer_products(const OuterProducts<T>& p) {
  constexpr int width = panel_width<T>;
  const std::ptrdiff_t padded = (p.n + lanes<T> - 1) / lanes<T> * lanes<T>;
  const std::ptrdiff_t pieces = (p.k + kPiece - 1) / kPiece, blocks = (p.m.size + kRows - 1) / kRows;
  const bool packs = p.b_k * std::ptrdiff_t(sizeof(T)) > 512;
  T* const packed_b = p.memory + kPiece * kRows + lanes<T>;
  Block<T> block;
  block.a_row = 1, block.b_k = packs ? width : p.b_k, block.c_row = p.c_row, block.accumulate = true;
  for (std::ptrdiff_t piece = 0; piece < pieces; ++piece) {
    const std::ptrdiff_t first = piece * p.k / pieces, count = (piece + 1) * p.k / pieces - first;
    const T* const b = p.b + first * p.b_k;
    for (std::ptrdiff_t n = 0; packs && n < p.n; n += width)
      pack_rows(b + n, p.b_k, count, int(padded - n < width ? padded - n : width), packed_b + n * count);
    block.k = count;
    for (std::ptrdiff_t i = 0; i < p.m.blocks * blocks; ++i) {
      const std::ptrdiff_t part = i / blocks, at = i % blocks;
      const std::ptrdiff_t row = at * p.m.size / blocks, rows = (at + 1) * p.m.size / blocks - row;
      const T* const a = p.a + first * p.a_k + part * p.m.padded + row;
      if (packs) pack_block(a, p.a_k, count, rows, p.memory);
      block.a = packs ? p.memory : a, block.a_k = packs ? rows : p.a_k;
      block.c = p.c + ((p.m_order ? p.m_order[part] : part) * p.m.size + row) * p.c_row;
      for (std::ptrdiff_t n = 0; n < p.n; n += width, block.c += width) {
        block.b = packs ? packed_b + n * count : b + n;
        const auto add = blocks_for<Alone<T>>(p.n - n)[rows - 1];
        if (n + width <= p.n || p.n == padded)
          add(block);
        else
          add_narrow(block, add, rows, p.n - n);
      }
    }
  }
}

}  // namespace elman::ELMAN_ISA
