// Counts of pairs of items in sessions, and which sessions have an item.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace elman {

using Numbers = std::span<const std::int32_t>;
using Places = std::span<const std::int64_t>;

// Numbers below `size` that were met, each with its place in the order of meeting. A thread has one of these at a time;
// it takes back what it noted, and so a new one costs nothing.
class Met {
 public:
  explicit Met(std::size_t size) {
    if (scratch_.size() < size) scratch_.resize(size, -1);
    place_ = scratch_.data();
  }
  ~Met() {
    for (const std::int32_t number : numbers) place_[number] = -1;
  }
  Met(const Met&) = delete;
  Met& operator=(const Met&) = delete;

  // Its place; `made` is called where it is a new one.
  template <class F>
  std::size_t place(std::int32_t number, const F& made) {
    std::int32_t& found = place_[number];
    if (found < 0) {
      found = std::int32_t(numbers.size());
      numbers.push_back(number);
      made();
    }
    return std::size_t(found);
  }

  // Its place, or -1.
  std::int32_t find(std::int32_t number) const { return place_[number]; }

  std::vector<std::int32_t> numbers;

 private:
  std::int32_t* place_;
  static inline thread_local std::vector<std::int32_t> scratch_;
};

// A sparse matrix of rows that are items: where they begin, the items that are met with them, and kKinds counts of
// each such pair: 1/d for a distance of d events in either order, the same where it came later, whether it came right
// behind, and how often they are met; all divided by how often the first item is there, plus 1.
struct Pairs {
  static constexpr std::size_t kKinds = 4;
  std::vector<std::int64_t> starts;
  std::vector<std::int32_t> columns;
  std::vector<float> values;
};

// Of sessions that begin at `starts`; two of a pair are no more than `window` events apart, and a row has the `most` items
// that are nearest to its own.
inline Pairs pairs_of(Numbers items, Places starts, std::size_t size, std::int64_t window, std::size_t most) {
  // The events of each item, and the session of each event.
  std::vector<std::int64_t> first(size + 1), events(items.size());
  std::vector<std::int32_t> sessions(items.size());
  for (const std::int32_t item : items) ++first[std::size_t(item) + 1];
  for (std::size_t item = 0; item < size; ++item) first[item + 1] += first[item];
  std::vector<std::int64_t> next(first.begin(), first.end() - 1);
  for (std::size_t event = 0; event < items.size(); ++event)
    events[std::size_t(next[std::size_t(items[event])]++)] = std::int64_t(event);
  for (std::size_t session = 0; session + 1 < starts.size(); ++session)
    std::fill(sessions.begin() + starts[session], sessions.begin() + starts[session + 1],
              std::int32_t(session));

  Pairs found;
  found.starts.push_back(0);
  std::vector<float> sums;
  std::vector<std::int32_t> order;
  for (std::size_t item = 0; item < size; ++item) {
    Met met(size);
    sums.clear();
    const auto of = [&](std::int64_t event) {
      const std::size_t place =
          met.place(items[std::size_t(event)], [&] { sums.resize(sums.size() + Pairs::kKinds); });
      return sums.data() + place * Pairs::kKinds;
    };
    for (std::int64_t at = first[item]; at < first[item + 1]; ++at) {
      const std::int64_t event = events[std::size_t(at)];
      const std::size_t session = std::size_t(sessions[std::size_t(event)]);
      for (std::int64_t one = std::max(starts[session], event - window); one < event; ++one) {
        float* sum = of(one);
        sum[0] += 1 / float(event - one);
        sum[3] += 1;
      }
      for (std::int64_t one = event + 1; one < std::min(starts[session + 1], event + window + 1); ++one) {
        float* sum = of(one);
        const float near = 1 / float(one - event);
        sum[0] += near;
        sum[1] += near;
        sum[2] += float(one == event + 1);
        sum[3] += 1;
      }
    }
    const auto number = [&](std::int32_t place) { return met.numbers[std::size_t(place)]; };
    const auto near = [&](std::int32_t place) { return sums[std::size_t(place) * Pairs::kKinds]; };
    order.resize(met.numbers.size());
    std::iota(order.begin(), order.end(), 0);
    if (order.size() > most) {
      std::nth_element(order.begin(), order.begin() + std::ptrdiff_t(most), order.end(),
                       [&](std::int32_t a, std::int32_t b) {
                         return near(a) != near(b) ? near(a) > near(b) : number(a) < number(b);
                       });
      order.resize(most);
    }
    std::sort(order.begin(), order.end(),
              [&](std::int32_t a, std::int32_t b) { return number(a) < number(b); });
    const float share = 1 / float(first[item + 1] - first[item] + 1);
    for (const std::int32_t place : order) {
      found.columns.push_back(number(place));
      for (std::size_t kind = 0; kind < Pairs::kKinds; ++kind)
        found.values.push_back(share * sums[std::size_t(place) * Pairs::kKinds + kind]);
    }
    found.starts.push_back(std::int64_t(found.columns.size()));
  }
  return found;
}

// Rows of the sessions that have each item, each once, in order: where they begin, and the sessions.
inline std::pair<std::vector<std::int64_t>, std::vector<std::int32_t>> sessions_with(Numbers items,
                                                                                     Places starts,
                                                                                     std::size_t size) {
  std::vector<std::int64_t> rows(size + 1);
  std::vector<std::int32_t> latest(size);
  // f(item) for each item of each session, once.
  const auto each = [&](const auto& f) {
    std::fill(latest.begin(), latest.end(), -1);
    for (std::size_t session = 0; session + 1 < starts.size(); ++session)
      for (std::int64_t event = starts[session]; event < starts[session + 1]; ++event) {
        const std::size_t item = std::size_t(items[std::size_t(event)]);
        if (std::exchange(latest[item], std::int32_t(session)) != std::int32_t(session))
          f(item, std::int32_t(session));
      }
  };
  each([&](std::size_t item, std::int32_t) { ++rows[item + 1]; });
  for (std::size_t item = 0; item < size; ++item) rows[item + 1] += rows[item];
  std::vector<std::int64_t> next(rows.begin(), rows.end() - 1);
  std::vector<std::int32_t> sessions(std::size_t(rows.back()));
  each([&](std::size_t item, std::int32_t session) { sessions[std::size_t(next[item]++)] = session; });
  return {std::move(rows), std::move(sessions)};
}

}  // namespace elman
