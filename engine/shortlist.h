// A sum of terms of very many items, most of which are 0 of most items; and the best items, with all that is known of
// each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "highest.h"
#include "kernels.h"
#include "pairs.h"

namespace elman {

// A number for every item: (D, V), the first row apart.
template <class T>
struct Dense {
  std::size_t size;  // V
  const T* first;
  const T* others;
  std::size_t rows;  // D

  const T* row(std::size_t d) const { return d ? others + (d - 1) * size : first; }
};

// Numbers of C items, which are 0 of all others: (K, C), and (G, F) of the first F of them.
template <class T>
struct Sparse {
  Numbers items;
  const T* counts;
  std::size_t of_counts;  // K
  const T* given;
  std::size_t of_given, first;  // G, F
};

// to (V,) = the sum of all terms, each with its weight (D + K + G).
template <class T>
void mix(const T* weights, const Dense<T>& dense, const Sparse<T>& sparse, T* to) {
  const auto sum = [](const T* factors, std::size_t rows, std::size_t size, const auto& row, T* result) {
    std::vector<const T*> from(rows);
    for (std::size_t r = 0; r < rows; ++r) from[r] = row(r);
    kernels<T>().weighted_sum(std::ptrdiff_t(size), int(rows), factors, from.data(), result);
  };
  const std::size_t count = sparse.items.size();
  sum(weights, dense.rows, dense.size, [&](std::size_t r) { return dense.row(r); }, to);
  weights += dense.rows;
  std::vector<T> more(count), of_first(sparse.first);
  sum(
      weights, sparse.of_counts, count, [&](std::size_t r) { return sparse.counts + r * count; },
      more.data());
  weights += sparse.of_counts;
  sum(
      weights, sparse.of_given, sparse.first, [&](std::size_t r) { return sparse.given + r * sparse.first; },
      of_first.data());
  for (std::size_t i = 0; i < sparse.first; ++i) more[i] += of_first[i];
  for (std::size_t i = 0; i < count; ++i) to[sparse.items[i]] += more[i];
}

template <class T>
struct Shortlist {
  std::vector<std::int64_t> items;  // (N,): the best ones, the best one first
  std::vector<float> known;  // (N, D + K + G + X): all terms of each, and what is known of all together
};

template <class T>
Shortlist<T> shortlist(std::span<const T> logits, std::size_t k, const Dense<T>& dense,
                       const Sparse<T>& sparse, std::span<const float> context) {
  Shortlist<T> found{highest(logits, k), {}};
  const std::size_t width = dense.rows + sparse.of_counts + sparse.of_given + context.size();
  found.known.resize(found.items.size() * width);
  Met met(dense.size);
  float* row = found.known.data();
  for (const std::int64_t item : found.items) {
    met.place(std::int32_t(item), [] {});
    for (std::size_t d = 0; d < dense.rows; ++d) row[d] = float(dense.row(d)[item]);
    std::copy(context.begin(), context.end(), row + width - context.size());
    row += width;
  }
  const std::size_t count = sparse.items.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t place = met.find(sparse.items[i]);
    if (place < 0) continue;
    float* to = found.known.data() + std::size_t(place) * width + dense.rows;
    for (std::size_t r = 0; r < sparse.of_counts; ++r) *to++ = float(sparse.counts[r * count + i]);
    if (i < sparse.first)
      for (std::size_t r = 0; r < sparse.of_given; ++r) *to++ = float(sparse.given[r * sparse.first + i]);
  }
  return found;
}

}  // namespace elman
