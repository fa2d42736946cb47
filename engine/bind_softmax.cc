#include "bind_softmax.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/tuple.h>

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "bind_made.h"
#include "highest.h"
#include "shortlist.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace elman {
namespace {

template <class T>
using Array = nb::ndarray<T, nb::numpy, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

template <class T, int dimensions>
using Given = nb::ndarray<const T, nb::numpy, nb::ndim<dimensions>, nb::c_contig, nb::device::cpu>;

// Terms of all items, of which the first one is apart.
template <class T>
Dense<T> dense_of(const Given<T, 1>& first, const Given<T, 2>& others) {
  if (others.shape(1) != first.size()) throw std::invalid_argument("expected terms of the same size");
  return {first.size(), first.data(), others.data(), 1 + others.shape(0)};
}

template <class T>
Sparse<T> sparse_of(std::size_t size, const Given<std::int32_t, 1>& items, const Given<T, 2>& counts,
                    const Given<T, 2>& given) {
  const std::span<const std::int32_t> numbers(items.data(), items.size());
  if (!std::all_of(numbers.begin(), numbers.end(),
                   [&](auto one) { return 0 <= one && std::size_t(one) < size; }))
    throw std::invalid_argument("expected numbers of items below the size");
  if (counts.shape(1) != items.size() || given.shape(1) > items.size())
    throw std::invalid_argument("expected terms of each item, and of the first ones");
  return {numbers, counts.data(), counts.shape(0), given.data(), given.shape(0), given.shape(1)};
}

template <class T>
void bind_of(nb::module_& m) {
  m.def(
      "mixed",
      [](Given<T, 1> weights, Given<T, 1> first, Given<T, 2> others, Given<std::int32_t, 1> items,
         Given<T, 2> counts, Given<T, 2> given, Array<T> to) {
        const Dense<T> dense = dense_of(first, others);
        const Sparse<T> sparse = sparse_of(dense.size, items, counts, given);
        if (weights.size() != dense.rows + sparse.of_counts + sparse.of_given || to.size() != dense.size)
          throw std::invalid_argument("expected a weight for each term, and an array of all items");
        mix(weights.data(), dense, sparse, to.data());
      },
      "weights"_a, "first"_a.noconvert(), "others"_a.noconvert(), "items"_a, "counts"_a.noconvert(),
      "given"_a.noconvert(), "to"_a.noconvert(),
      "The sum, to an array (V,), of terms, each with its weight (1 + D + K + G,): `first` (V,) and `others` "
      "(D, V) of all items, `counts` (K, C) of some `items` (C,), each there once, and `given` (G, F) of the "
      "first of these.");
  m.def(
      "shortlist",
      [](Given<T, 1> logits, std::size_t k, Given<T, 1> first, Given<T, 2> others,
         Given<std::int32_t, 1> items, Given<T, 2> counts, Given<T, 2> given, Given<float, 1> context) {
        const Dense<T> dense = dense_of(first, others);
        const Sparse<T> sparse = sparse_of(dense.size, items, counts, given);
        if (k == 0 || logits.size() != dense.size)
          throw std::invalid_argument("expected k from 1 on, of all items");
        Shortlist<T> found =
            shortlist({logits.data(), logits.size()}, k, dense, sparse, {context.data(), context.size()});
        const std::size_t count = found.items.size();
        const std::size_t width = dense.rows + sparse.of_counts + sparse.of_given + context.size();
        return std::make_tuple(made(std::move(found.items), {count}),
                               made(std::move(found.known), {count, width}));
      },
      "logits"_a.noconvert(), "k"_a, "first"_a.noconvert(), "others"_a.noconvert(), "items"_a,
      "counts"_a.noconvert(), "given"_a.noconvert(), "context"_a,
      "Of the terms of `mixed`, those of the k items with the highest logits (V,): which these are (N,), and "
      "all "
      "their terms, and a context (X,), which is the same of all: (N, 1 + D + K + G + X).");
  m.def(
      "log_sum_exp",
      [](Given<T, 1> values) {
        if (values.size() == 0) throw std::invalid_argument("expected at least one number");
        return kernels<T>().log_sum_exp(std::ptrdiff_t(values.size()), values.data());
      },
      "values"_a.noconvert(), "The logarithm of the sum of e^x over values (V,).");
  m.def(
      "highest",
      [](Given<T, 1> values, std::size_t k) {
        if (k == 0) throw std::invalid_argument("expected k from 1 on");
        std::vector<std::int64_t> found = highest(std::span<const T>(values.data(), values.size()), k);
        const std::size_t count = found.size();
        return made(std::move(found), {count});
      },
      "values"_a.noconvert(), "k"_a,
      "Places of the k highest values (V,), the highest first, or of as many as are more than minus "
      "infinity; "
      "equal ones in order.");
}

}  // namespace

void bind_softmax(nb::module_& m) {
  bind_of<float>(m);
  bind_of<double>(m);
}

}  // namespace elman
