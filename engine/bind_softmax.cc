#include "bind_softmax.h"

#include <nanobind/ndarray.h>

#include <stdexcept>
#include <vector>

#include "bind_made.h"
#include "highest.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace elman {
namespace {

template <class T, int dimensions>
using Given = nb::ndarray<const T, nb::numpy, nb::ndim<dimensions>, nb::c_contig, nb::device::cpu>;

template <class T>
using Array = nb::ndarray<T, nb::numpy, nb::c_contig, nb::device::cpu>;

template <class T>
void bind_of(nb::module_& m) {
  m.def(
      "weighted_sum",
      [](Given<T, 1> weights, Given<T, 1> first, Given<T, 2> others, Array<T> to) {
        const std::size_t size = first.size(), terms = 1 + others.shape(0);
        if (weights.size() != terms || others.shape(1) != size || to.size() != size)
          throw std::invalid_argument("expected a weight for each term, and terms of the same size");
        std::vector<const T*> from = {first.data()};
        for (std::size_t t = 1; t < terms; ++t) from.push_back(others.data() + (t - 1) * size);
        kernels<T>().weighted_sum(std::ptrdiff_t(size), int(terms), weights.data(), from.data(), to.data());
      },
      "weights"_a, "first"_a.noconvert(), "others"_a.noconvert(), "to"_a.noconvert(),
      "The sum of terms, `first` (V,) and `others` (D, V), each with its weight (1 + D,), to an array (V,).");
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
