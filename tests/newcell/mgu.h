// The minimal gated unit (Zhou et al., 2016), with the gate after the recurrent product:
//
//   f = sigma(W x + b + U h + d)    n = tanh(W x + b + f * (U h + d))    h' = (1 - f) * h + f * n
//
// Not part of the package: tests/test_cell_change.py adds it to a copy, to show what adding a cell takes.
#pragma once

#include "../math.h"

namespace elman::ELMAN_ISA {

struct Mgu {
  static constexpr CellFacts facts = {.name = "mgu",
                                      .nonlinearity = "",
                                      .gates = 2,
                                      .slots = 3,
                                      .states = 1,
                                      .recurrent = true,
                                      .gate_names = {"forget", "new"},
                                      .input_order = {1, 0},
                                      .hidden_order = {0, 1}};

  template <class T>
  ELMAN_INLINE static void forward(Vec<T>* a, const Vec<T>* state, Vec<T>* next) {
    const Vec<T> f = sigmoid(a[1]), n = tanh(a[0] + f * a[2]);
    next[0] = state[0] + f * (n - state[0]);
    a[0] = n, a[1] = f;
  }

  template <class T>
  ELMAN_INLINE static void backward(const Vec<T>* gate, const Vec<T>* state, const Vec<T>*, Vec<T>* da,
                                    Vec<T>* dstate) {
    const Vec<T> one = T(1), n = gate[0], f = gate[1], u = gate[2], dh = dstate[0];
    da[0] = dh * f * (one - n * n);
    da[1] = (dh * (n - state[0]) + da[0] * u) * f * (one - f);
    da[2] = da[0] * f;
    dstate[0] = dh * (one - f);
  }
};

}  // namespace elman::ELMAN_ISA
