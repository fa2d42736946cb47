// The negatives of an update: drawn once, for all its rows and steps.
//
// Draw k of K takes the item at (k + u_k) / K of the cumulated probabilities q, with a u_k of its own, uniform in
// [0, 1). So item j is drawn K q_j times on average, as by independent draws, but with less chance in it; and
// the items come in order. Who is drawn c times stands once, and counts c times.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "buffer.h"
#include "kernels.h"
#include "random.h"

namespace elman {

// The number of their key among those that follow from an update's; beyond those of layers.
inline constexpr std::uint64_t kNegatives = 1 << 20;

template <class T>
struct Negatives {
  std::vector<std::int32_t> items;  // in order, each once
  std::vector<T> offsets;           // of each: the logarithm of how often it counts

  void draw(const Loss<T>& l, int outputs, std::uint64_t key) {
    for (const std::int32_t item : items) places_[std::size_t(item)] = -1;
    places_.resize(std::size_t(outputs), -1);
    items.clear(), counts_.clear(), offsets.clear();
    const double* const end = l.cumulative + outputs;
    const double* at = l.cumulative;
    for (int k = 0; k < l.negatives; ++k) {
      const double u = (k + bits(key, std::uint32_t(k)) * 0x1p-32) / l.negatives * end[-1];
      at = std::min(std::upper_bound(at, end, u), end - 1);
      const std::int32_t item = std::int32_t(at - l.cumulative);
      if (items.empty() || items.back() != item) items.push_back(item), counts_.push_back(0);
      ++counts_.back();
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      offsets.push_back(T(std::log(double(counts_[i])) - correction(l, items[i])));
      places_[std::size_t(items[i])] = std::int32_t(i);
    }
  }

  // The logarithm of how often an item is drawn on average, where the loss corrects for that; else 0.
  static T correction(const Loss<T>& l, std::int32_t item) {
    if (l.correction == Correction::none) return 0;
    const double before = item > 0 ? l.cumulative[item - 1] : 0;
    return T(std::log(l.negatives * (l.cumulative[item] - before)));
  }

  // The place of an item among them, or -1.
  std::int32_t place(std::int32_t item) const { return places_[std::size_t(item)]; }

 private:
  std::vector<int> counts_;
  std::vector<std::int32_t> places_;  // (O)
};

}  // namespace elman
