// What Python hands over, as the engine takes it: views of arrays, which are kept alive beside them.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <mutex>
#include <optional>
#include <tuple>
#include <vector>

#include "apply.h"

namespace elman {

namespace nb = nanobind;

template <class T>
using Array = nb::ndarray<T, nb::numpy, nb::c_contig, nb::device::cpu>;
template <class T>
using Maybe = std::optional<Array<T>>;
template <class T>
using Arrays = std::vector<Array<T>>;

// An exchange: the own rows, from first to before last; the array; what adds up those of all processes.
template <class T>
using Shared = std::tuple<std::ptrdiff_t, std::ptrdiff_t, Array<T>, nb::typed<nb::callable, void()>>;

template <class T>
T* pointer(const Maybe<T>& array) {
  return array ? array->data() : nullptr;
}

template <class T>
States<T> states(const Arrays<T>& arrays) {
  States<T> s;
  for (std::size_t k = 0; k < arrays.size() && k < kMaxStates; ++k) s.at[k] = arrays[k].data();
  return s;
}

// A term that keeps its arrays alive.
template <class T>
struct HeldTerm {
  Array<const std::int32_t> rows;
  Array<const std::int64_t> begins;
  Array<const std::int32_t> outputs;
  Array<const T> values;
  Term<T> view() const { return {rows.data(), begins.data(), outputs.data(), values.data()}; }
};

// Examples that keep their arrays alive.
template <class T>
struct HeldExamples {
  Maybe<const T> dense, targets, weights;
  Maybe<const std::int32_t> symbols, target_symbols, lengths;
  std::vector<HeldTerm<T>> terms;
  std::vector<Term<T>> term_views;
  Examples<T> view;
};

// A loss that keeps the arrays of its options alive.
template <class T>
struct HeldLoss {
  Maybe<const T> of_outputs;
  Maybe<const double> cumulative;
  Loss<T> view;
};

// One network serves one computation at a time: it has one working memory.
template <class T>
struct Guarded {
  Network<T> network;
  std::mutex mutex;
  int age = forks();  // of the mutex
  explicit Guarded(Architecture a) : network(std::move(a)) {}
};

template <class T, class F>
void compute(Guarded<T>& guarded, F&& task) {
  // Another thread of the parent may have held it, and is not here to let it go. Working memory holds nothing
  // from one computation to the next.
  if (guarded.age != forks()) new (&guarded.mutex) std::mutex, guarded.age = forks();
  const nb::gil_scoped_release nogil;
  const std::lock_guard lock(guarded.mutex);
  task(guarded.network);
}

template <class T>
struct BoundOptimizer {
  Optimizer<T> optimizer;
  Array<T> first, second;
  Maybe<T> average;
};

}  // namespace elman
