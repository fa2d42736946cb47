// What the counts of a log say about the next item, after some clicks: sums over rows of sparse matrices.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "pairs.h"

namespace elman {

inline constexpr std::size_t kMostKinds = 8;

// A log of V items in S sessions, and what is counted in it.
struct Counted {
  std::size_t items;              // V
  Places pair_starts;             // (V+1,): where the pairs of each item begin (Pairs)
  Numbers partners;               // (P,)
  const float* pairs;             // (P, Pairs::kKinds)
  Places with_starts;             // (V+1,): where the sessions with each item begin (sessions_with)
  Numbers with;                   // (W,)
  Places session_starts;          // (S+1,)
  Numbers log;                    // (E,): the items of all sessions
  std::span<const float> shares;  // (S,): what an item counts that is in a session
  std::size_t latest;             // sessions with an item that are looked at
  std::size_t nearest;            // of all these, the most similar ones
  float fading;                   // what a click counts, against the one behind it
};

inline std::size_t length(Places starts, std::int32_t row) {
  return std::size_t(starts[std::size_t(row) + 1] - starts[std::size_t(row)]);
}

inline Numbers row(Numbers entries, Places starts, std::int32_t row) {
  return entries.subspan(std::size_t(starts[std::size_t(row)]), length(starts, row));
}

// A session, and how similar it is to some clicks.
struct Similar {
  float value;
  std::int32_t session;
};

// The latest sessions with each of these clicks, each once. Of the clicks the latest stands first; an item counts once.
inline std::vector<Similar> similar_to(const Counted& counted, Numbers clicks) {
  Met met(counted.shares.size());
  std::vector<Similar> found;
  float weight = 1;
  for (std::size_t place = 0; place < clicks.size(); ++place, weight *= counted.fading) {
    const auto before = clicks.first(place);
    if (std::find(before.begin(), before.end(), clicks[place]) != before.end()) continue;
    const std::size_t item = std::size_t(clicks[place]);
    const std::int64_t last = counted.with_starts[item + 1];
    const std::int64_t first = std::max(counted.with_starts[item], last - std::int64_t(counted.latest));
    for (std::int64_t at = first; at < last; ++at) {
      const std::int32_t session = counted.with[std::size_t(at)];
      found[met.place(session, [&] { found.push_back({0, session}); })].value += weight;
    }
  }
  for (Similar& one : found) one.value *= counted.shares[std::size_t(one.session)];
  return found;
}

// Keeps the most similar ones; of equally similar ones the later.
inline void keep_nearest(std::vector<Similar>& similar, std::size_t most) {
  if (similar.size() <= most) return;
  std::nth_element(similar.begin(), similar.begin() + std::ptrdiff_t(most), similar.end(),
                   [](const Similar& a, const Similar& b) {
                     return a.value != b.value ? a.value > b.value : a.session > b.session;
                   });
  similar.resize(most);
}

// What is said of each of C items, and of no other.
struct Said {
  std::vector<std::int32_t> items;  // (C,), and of these first the D different ones of `begin`
  std::vector<float> counts;        // (rows, C): the kinds, the neighbours' share, and rows of 0
  std::vector<float> given;         // (G, D): what was given of each item of `begin`
};

// What is known of some items without counting.
struct Given {
  Numbers begin;        // (B,)
  const float* values;  // (G, B)
  std::size_t rows;     // G
};

// Sums over the pairs of each click, of which the latest stands first: kind k takes the count which[k], and click n
// counts weights[n, k] in it. Beside them the share of the most similar sessions, by how similar they are, that have
// an item.
//
// The sums of an item lie side by side while they grow: most items of a popular one are met for the first time.
template <std::size_t kinds>
Said said(const Counted& counted, Numbers clicks, const float* weights, Places which, const Given& given,
          std::size_t rows) {
  constexpr std::size_t width = kinds + 1;
  std::vector<Similar> near = similar_to(counted, clicks);
  keep_nearest(near, counted.nearest);
  double all = 0;
  std::size_t most = given.begin.size();
  for (const Similar& one : near) {
    all += double(one.value);
    most += length(counted.session_starts, one.session);
    // Sessions lie all over the log, which no cache holds: all of them are on their way before the first is read.
    __builtin_prefetch(row(counted.log, counted.session_starts, one.session).data());
  }
  for (const std::int32_t click : clicks) most += length(counted.pair_starts, click);

  std::array<std::size_t, kinds> of;
  std::copy(which.begin(), which.end(), of.begin());
  Met met(counted.items);
  met.numbers.reserve(std::min(most, counted.items));
  const auto sums = std::make_unique_for_overwrite<float[]>(std::min(most, counted.items) * width);
  float* next = sums.get();
  const auto sum_of = [&](std::int32_t item) {
    return sums.get() + met.place(item, [&] { next = std::fill_n(next, width, 0.f); }) * width;
  };
  for (const std::int32_t item : given.begin) sum_of(item);
  const std::size_t different = met.numbers.size();
  for (const Similar& one : near) {
    const float share = float(double(one.value) / all);
    for (const std::int32_t item : row(counted.log, counted.session_starts, one.session))
      sum_of(item)[kinds] += share;
  }
  for (const std::int32_t click : clicks) {
    const float* counts =
        counted.pairs + counted.pair_starts[std::size_t(click)] * std::int64_t(Pairs::kKinds);
    for (const std::int32_t partner : row(counted.partners, counted.pair_starts, click)) {
      float* const sum = sum_of(partner);
      for (std::size_t kind = 0; kind < kinds; ++kind) sum[kind] += weights[kind] * counts[of[kind]];
      counts += Pairs::kKinds;
    }
    weights += kinds;
  }

  const std::size_t count = met.numbers.size();
  Said found{{met.numbers.begin(), met.numbers.end()},
             std::vector<float>(rows * count),
             std::vector<float>(given.rows * different)};
  for (std::size_t item = 0; item < count; ++item)
    for (std::size_t kind = 0; kind < width; ++kind)
      found.counts[kind * count + item] = sums[item * width + kind];
  for (std::size_t at = 0; at < given.begin.size(); ++at) {
    const std::size_t place = met.place(given.begin[at], [] {});
    for (std::size_t row = 0; row < given.rows; ++row)
      found.given[row * different + place] += given.values[row * given.begin.size() + at];
  }
  return found;
}

// The same where the number of kinds is known at run time only, from 1 to kMostKinds.
template <std::size_t kinds = kMostKinds>
Said said_of(const Counted& counted, Numbers clicks, const float* weights, Places which, const Given& given,
             std::size_t rows) {
  if constexpr (kinds > 1)
    if (which.size() < kinds) return said_of<kinds - 1>(counted, clicks, weights, which, given, rows);
  return said<kinds>(counted, clicks, weights, which, given, rows);
}

}  // namespace elman
