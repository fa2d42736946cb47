// Places of the highest of very many numbers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "kernels.h"

namespace elman {

// Places of the k > 0 highest values, the highest first, or of as many as are more than minus infinity; equal ones in
// order. The k-th highest of the maxima of blocks is no higher than the k-th highest value: only the few blocks with a
// maximum that is not lower have to be looked through, and few values sorted.
template <class T>
std::vector<std::int64_t> highest(std::span<const T> values, std::size_t k) {
  constexpr std::size_t size = 64;
  const std::size_t blocks = (values.size() + size - 1) / size;
  std::vector<T> maxima(blocks);
  kernels<T>().maxima(std::ptrdiff_t(values.size()), size, values.data(), maxima.data());
  T least = std::numeric_limits<T>::lowest();
  if (k < blocks) {
    std::vector<T> order = maxima;
    const auto kth = order.begin() + std::ptrdiff_t(k) - 1;
    std::nth_element(order.begin(), kth, order.end(), std::greater<T>());
    least = std::max(least, *kth);
  }
  std::vector<std::int64_t> found;
  for (std::size_t block = 0; block < blocks; ++block) {
    if (!(maxima[block] >= least)) continue;
    for (std::size_t i = block * size; i < std::min(values.size(), (block + 1) * size); ++i)
      if (values[i] >= least) found.push_back(std::int64_t(i));
  }
  const auto end = found.begin() + std::ptrdiff_t(std::min(k, found.size()));
  std::partial_sort(found.begin(), end, found.end(), [&](std::int64_t a, std::int64_t b) {
    const T of_a = values[std::size_t(a)], of_b = values[std::size_t(b)];
    return of_a != of_b ? of_a > of_b : a < b;
  });
  found.erase(end, found.end());
  return found;
}

}  // namespace elman
