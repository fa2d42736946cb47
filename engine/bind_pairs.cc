#include "bind_pairs.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/tuple.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "bind_made.h"
#include "pairs.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace elman {

template <class T>
using Vector = nb::ndarray<const T, nb::numpy, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Matrix = nb::ndarray<const float, nb::numpy, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
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
  m.def(
      "gather",
      [](Vector<std::int32_t> begin, Vector<std::int64_t> firsts, Vector<std::int64_t> lasts,
         Vector<std::int32_t> columns, std::optional<Matrix> values, Vector<std::int64_t> which,
         Matrix weights, std::size_t size) {
        const std::size_t stride = values ? values->shape(1) : 1;
        expect(below(span(begin), size) && below(span(firsts), columns.size() + 1) &&
                   below(span(lasts), columns.size() + 1) && below(span(which), stride),
               "expected columns, entries and counts that there are");
        expect(!values || values->shape(0) == columns.size(), "expected as many values as columns");
        expect(firsts.size() == lasts.size() && weights.shape(0) == firsts.size() &&
                   weights.shape(1) == which.size(),
               "expected weights for each row and kind");
        expect(0 < which.size() && which.size() <= kMostKinds, "expected from 1 to 8 kinds");
        Gathered found;
        {
          const nb::gil_scoped_release nogil;
          const Rows rows{span(firsts), span(lasts), span(columns), values ? values->data() : nullptr,
                          stride};
          found = gathered_of(span(begin), rows, span(which), weights.data(), size);
        }
        const std::size_t count = found.columns.size();
        return std::make_tuple(made(std::move(found.columns), {count}),
                               made(std::move(found.sums), {which.size(), count}));
      },
      "begin"_a, "firsts"_a, "lasts"_a, "columns"_a, "values"_a.none(), "which"_a, "weights"_a, "size"_a,
      "Sums over parts of rows of a sparse matrix: columns (C,), those of `begin` first, and sums (K, C).");
}

}  // namespace elman
