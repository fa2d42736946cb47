// One symbol drawn from the softmax of logits, by inversion: the first at which the cumulated probabilities
// exceed a number uniform in [0, 1).
#pragma once

#include "math.h"

namespace elman::ELMAN_ISA {

// y (n): logits in, e^((y_j - largest) / temperature) out. A temperature of 0 takes the largest, the first of
// equals.
template <class T>
std::int32_t draw(int n, T* y, T temperature, double uniform) {
  std::int32_t best = 0;
  for (int j = 1; j < n; ++j)
    if (y[j] > y[best]) best = j;
  if (temperature == 0) return best;
  const Vec<T> largest = y[best], factor = T(1) / temperature;
  map(n, y, y, [=](Vec<T> logit) { return exp((logit - largest) * factor); });
  double total = 0, sum = 0;
  for (int j = 0; j < n; ++j) total += double(y[j]);
  for (int j = 0; j < n; ++j)
    if ((sum += double(y[j])) > uniform * total) return j;
  return best;  // where rounding, or a logit that is not a number, leaves none
}

}  // namespace elman::ELMAN_ISA
