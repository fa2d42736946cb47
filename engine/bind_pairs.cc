#include "bind_pairs.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/tuple.h>

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "bind_made.h"
#include "evidence.h"
#include "pairs.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace elman {

template <class T>
using Vector = nb::ndarray<const T, nb::numpy, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Matrix = nb::ndarray<const float, nb::numpy, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Shares = nb::ndarray<const float, nb::numpy, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class T>
std::span<const T> span(const Vector<T>& of) {
  return {of.data(), of.size()};
}

void expect(bool right, const char* what) {
  if (!right) throw std::invalid_argument(what);
}

template <class T>
bool below(std::span<const T> numbers, std::size_t size) {
  return std::all_of(numbers.begin(), numbers.end(),
                     [&](T one) { return 0 <= one && std::size_t(one) < size; });
}

void check(Numbers items, Places starts, std::size_t size) {
  expect(below(items, size), "expected numbers of items below the size");
  expect(starts.size() && starts.front() == 0 && starts.back() == std::int64_t(items.size()) &&
             std::is_sorted(starts.begin(), starts.end()),
         "expected sessions that begin at 0, in order, and end with the items");
}

// Rows that begin at these places, one behind another, of so many entries.
void check_rows(Places starts, std::size_t rows, std::size_t entries) {
  expect(starts.size() == rows + 1 && starts.front() == 0 && starts.back() == std::int64_t(entries) &&
             std::is_sorted(starts.begin(), starts.end()),
         "expected rows that begin at 0, in order, and end with the entries");
}

// Counts that keep their arrays alive.
struct HeldCounted {
  Vector<std::int64_t> pair_starts;
  Vector<std::int32_t> partners;
  Matrix pairs;
  Vector<std::int64_t> with_starts;
  Vector<std::int32_t> with;
  Vector<std::int64_t> session_starts;
  Vector<std::int32_t> log;
  Shares shares;
  Counted view;

  void check_clicks(Numbers clicks) const {
    expect(below(clicks, view.items), "expected numbers of items below the size");
  }
};

void bind_counted(nb::module_& m) {
  nb::class_<HeldCounted>(m, "Counted", "What is counted in a log, to be asked after some clicks.")
      .def(
          "__init__",
          [](HeldCounted* self, Vector<std::int64_t> pair_starts, Vector<std::int32_t> partners, Matrix pairs,
             Vector<std::int64_t> with_starts, Vector<std::int32_t> with, Vector<std::int64_t> session_starts,
             Vector<std::int32_t> log, Shares shares, std::size_t latest, std::size_t nearest, float fading) {
            expect(pair_starts.size() > 0, "expected where rows begin");
            const std::size_t items = pair_starts.size() - 1, sessions = shares.size();
            check_rows(span(pair_starts), items, partners.size());
            check_rows(span(with_starts), items, with.size());
            check_rows(span(session_starts), sessions, log.size());
            expect(below(span(partners), items) && below(span(log), items) && below(span(with), sessions),
                   "expected numbers of items and of sessions that there are");
            expect(pairs.shape(0) == partners.size() && pairs.shape(1) == Pairs::kKinds,
                   "expected counts of each pair");
            new (self) HeldCounted{pair_starts,
                                   partners,
                                   pairs,
                                   with_starts,
                                   with,
                                   session_starts,
                                   log,
                                   shares,
                                   Counted{items,
                                           span(pair_starts),
                                           span(partners),
                                           pairs.data(),
                                           span(with_starts),
                                           span(with),
                                           span(session_starts),
                                           span(log),
                                           {shares.data(), sessions},
                                           latest,
                                           nearest,
                                           fading}};
          },
          "pair_starts"_a, "partners"_a, "pairs"_a, "with_starts"_a, "with_"_a, "session_starts"_a, "log"_a,
          "shares"_a, "latest"_a, "nearest"_a, "fading"_a,
          "Pairs of items (P, 4) and where those of each item begin (V+1,); sessions with an item (W,) and "
          "where "
          "those of each begin (V+1,); items of a log (E,), where its sessions begin (S+1,), and what an "
          "item counts "
          "in each (S,). Of the sessions with an item the `latest` are looked at, and of all these the "
          "`nearest` "
          "count; a click counts `fading` times what the one behind it does.")
      .def(
          "similar",
          [](const HeldCounted& self, Vector<std::int32_t> clicks) {
            self.check_clicks(span(clicks));
            const std::vector<Similar> found = similar_to(self.view, span(clicks));
            const std::size_t count = found.size();
            std::vector<std::int32_t> sessions;
            std::vector<float> values;
            for (const Similar& one : found) {
              sessions.push_back(one.session);
              values.push_back(one.value);
            }
            return std::make_tuple(made(std::move(sessions), {count}), made(std::move(values), {count}));
          },
          "clicks"_a,
          "Sessions (N,) with some of these clicks, the latest first, and how similar they are (N,).")
      .def(
          "said",
          [](const HeldCounted& self, Vector<std::int32_t> clicks, Matrix weights, Vector<std::int64_t> which,
             Vector<std::int32_t> begin, Matrix given, std::size_t rows) {
            self.check_clicks(span(clicks));
            self.check_clicks(span(begin));
            expect(0 < which.size() && which.size() <= kMostKinds && which.size() < rows,
                   "expected from 1 to 8 kinds, and more rows");
            expect(below(span(which), Pairs::kKinds), "expected counts that there are");
            expect(weights.shape(0) == clicks.size() && weights.shape(1) == which.size(),
                   "expected weights of each click and kind");
            expect(given.shape(1) == begin.size(), "expected what is given of each item");
            Said found;
            {
              const nb::gil_scoped_release nogil;
              const Given known{span(begin), given.data(), given.shape(0)};
              found = said_of(self.view, span(clicks), weights.data(), span(which), known, rows);
            }
            const std::size_t count = found.items.size(), of_given = given.shape(0);
            const std::size_t different = of_given ? found.given.size() / of_given : 0;
            return std::make_tuple(made(std::move(found.items), {count}),
                                   made(std::move(found.counts), {rows, count}),
                                   made(std::move(found.given), {of_given, different}));
          },
          "clicks"_a, "weights"_a, "which"_a, "begin"_a, "given"_a, "rows"_a,
          "After clicks (N,), the latest first: items (C,), those of `begin` first, of which something is "
          "said; "
          "rows of it (rows, C): sums of the counts `which` (K,) with weights (N, K), the share of the "
          "nearest "
          "sessions that have an item, and then 0; and what is given (G, B) of `begin` (B,), of each "
          "different item "
          "(G, D).");
}

void bind_pairs(nb::module_& m) {
  m.def(
      "pairs",
      [](Vector<std::int32_t> items, Vector<std::int64_t> starts, std::size_t size, std::int64_t window,
         std::size_t most) {
        check(span(items), span(starts), size);
        Pairs found;
        {
          const nb::gil_scoped_release nogil;
          found = pairs_of(span(items), span(starts), size, window, most);
        }
        const std::size_t rows = found.starts.size(), count = found.columns.size();
        return std::make_tuple(made(std::move(found.starts), {rows}), made(std::move(found.columns), {count}),
                               made(std::move(found.values), {count, Pairs::kKinds}));
      },
      "items"_a, "starts"_a, "size"_a, "window"_a, "most"_a,
      "Rows of the `most` items that are nearest to each item in sessions: where they begin (V+1,), items "
      "(N,), counts (N, 4).");
  m.def(
      "sessions_with",
      [](Vector<std::int32_t> items, Vector<std::int64_t> starts, std::size_t size) {
        check(span(items), span(starts), size);
        auto [rows, sessions] = sessions_with(span(items), span(starts), size);
        const std::size_t count = rows.size(), entries = sessions.size();
        return std::make_tuple(made(std::move(rows), {count}), made(std::move(sessions), {entries}));
      },
      "items"_a, "starts"_a, "size"_a,
      "Rows of the sessions that have each item, each once, in order: where they begin (V+1,), sessions "
      "(N,).");
  bind_counted(m);
}

}  // namespace elman
