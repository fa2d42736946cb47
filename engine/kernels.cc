// The kernels of one instruction set: this file is compiled once for each (CMakeLists.txt gives ELMAN_ISA and
// ELMAN_VECTOR_BYTES). Nothing in it may come from a header that other instruction sets instantiate too.
#include "kernels.h"

#include "losses.h"
#include "math.h"
#include "optimizers.h"
#include "peak.h"
#include "reductions.h"
#include "sampling.h"
#include "small.h"

namespace elman::ELMAN_ISA {

template <class T, Vec<T> (*f)(Vec<T>)>
void map(std::ptrdiff_t n, const T* from, T* to) {
  for (std::ptrdiff_t i = 0; i < n; i += lanes<T>) {
    T buffer[lanes<T>] = {};
    const int count = int(n - i < lanes<T> ? n - i : lanes<T>);
    for (int k = 0; k < count; ++k) buffer[k] = from[i + k];
    f(Vec<T>::load(buffer)).store(buffer);
    for (int k = 0; k < count; ++k) to[i + k] = buffer[k];
  }
}

template <class T>
const Kernels<T>& table() {
  static const Kernels<T> kernels = {
      .lanes = lanes<T>,
      .panel = panel_width<T>,
      .cells = cell_table<T>(Cells{}),
      .multiply = multiply<T>,
      .outer_products = outer_products<T>,
      .pack = pack<T>,
      .add = add<T>,
      .column_sums = column_sums<T>,
      .sum_of_squares = sum_of_squares<T>,
      .finite = finite<T>,
      .scale = scale<T>,
      .clamp = clamp<T>,
      .dropout = dropout<T>,
      .loss = loss<T>,
      .update = update<T>,
      .draw = draw<T>,
      .multiply_adds = multiply_adds<T>,
      .exp = map<T, exp<T>>,
      .tanh = map<T, tanh<T>>,
      .sigmoid = map<T, sigmoid<T>>,
  };
  return kernels;
}

template const Kernels<float>& table<float>();
template const Kernels<double>& table<double>();

}  // namespace elman::ELMAN_ISA
