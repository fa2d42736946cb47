// The most that the registers can do: multiply-adds that touch no memory, as many chains of them as the
// register kernel (gemm.h) keeps. Benchmarks take their shares of it.
#pragma once

#include "gemm.h"

namespace elman::ELMAN_ISA {

// a = a * b + c in kRows x kVectors chains, `steps` times; returns how many numbers were multiplied and
// added.
template <class T>
double multiply_adds(std::ptrdiff_t steps) {
  constexpr int chains = kRows * kVectors;
  Vec<T> a[chains];
  const Vec<T> b = T(0.5), c = T(1);
#pragma GCC unroll 24
  for (int i = 0; i < chains; ++i) a[i] = T(i);
  for (std::ptrdiff_t step = 0; step < steps; ++step)
#pragma GCC unroll 24
    for (int i = 0; i < chains; ++i) a[i] = a[i] * b + c;
#pragma GCC unroll 24
  for (int i = 1; i < chains; ++i) a[0] += a[i];
  [[maybe_unused]] const volatile T used = sum(a[0]);  // else nothing above would be computed
  return double(steps) * chains * lanes<T>;
}

}  // namespace elman::ELMAN_ISA
