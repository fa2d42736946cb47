// The kernels of one instruction set: this file is compiled once for each (CMakeLists.txt gives ELMAN_ISA and
// ELMAN_VECTOR_BYTES, and ELMAN_SINGLE where float is enough). Nothing in it may come from a header that other instruction sets instantiate too.
#include "kernels.h"

#include "losses.h"
#include "math.h"
#include "optimizers.h"
#include "peak.h"
#include "ranking.h"
#include "readout.h"
#include "reductions.h"
#include "sampling.h"
#include "small.h"
#include "softmax.h"

namespace elman::ELMAN_ISA {

template <class T, Vec<T> (*f)(Vec<T>)>
void mapped(std::ptrdiff_t n, const T* from, T* to) {
  map(n, from, to, f);
}

template <class T>
const Kernels<T>& table() {
  static const Kernels<T> kernels = {
      .lanes = lanes<T>,
      .panel = panel_width<T>,
      .cells = cell_table<T>(Cells{}),
      .readouts = readout_table<T>(Readouts{}),
      .multiply = multiply<T>,
      .outer_products = outer_products<T>,
      .pack = pack<T>,
      .add = add<T>,
      .add_multiple = add_multiple<T>,
      .dot = dot<T>,
      .column_sums = column_sums<T>,
      .sum_of_squares = sum_of_squares<T>,
      .finite = finite<T>,
      .scale = scale<T>,
      .approach = approach<T>,
      .clamp = clamp<T>,
      .dropout = dropout<T>,
      .loss = loss<T>,
      .rank = rank<T>,
      .update = update<T>,
      .weighted_sum = weighted_sum<T>,
      .maxima = maxima<T>,
      .log_sum_exp = log_sum_exp<T>,
      .draw = draw<T>,
      .multiply_adds = multiply_adds<T>,
      .exp = mapped<T, exp<T>>,
      .tanh = mapped<T, tanh<T>>,
      .sigmoid = mapped<T, sigmoid<T>>,
  };
  return kernels;
}

template const Kernels<float>& table<float>();
#ifndef ELMAN_SINGLE
template const Kernels<double>& table<double>();
#endif

}  // namespace elman::ELMAN_ISA
