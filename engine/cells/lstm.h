// Long short-term memory (Hochreiter and Schmidhuber, 1997) with a forget gate (Gers, Schmidhuber and
// Cummins, 2000).
//
//   i, f, o = sigma(W x + b + U h + d)    input, forget, output     g = tanh(W x + b + U h + d)    cell
//   c' = f * c + i * g                    h' = o * tanh(c')
// Backwards, with dc' the gradient that arrives by c' alone:
//   do = dh' tanh(c')                     dc = dc' + dh' o (1 - tanh^2 c')
//   di = dc g    df = dc c    dg = dc i   and on to c: f * dc
// each gate's then times its slope, y (1 - y) or 1 - y^2.
#pragma once

#include "../kernels.h"
#include "../math.h"

namespace elman::ELMAN_ISA {

struct Lstm {
  static constexpr CellFacts facts = {.name = "lstm",
                                      .nonlinearity = "",
                                      .gates = 4,
                                      .slots = 4,
                                      .states = 2,
                                      .recurrent = true,
                                      .gate_names = {"input", "forget", "cell", "output"},
                                      .input_order = {0, 1, 2, 3},
                                      .hidden_order = {0, 1, 2, 3}};

  template <class T>
  ELMAN_INLINE static void forward(Vec<T>* a, const Vec<T>* state, Vec<T>* next) {
    const Vec<T> i = sigmoid(a[0]), f = sigmoid(a[1]), g = tanh(a[2]), o = sigmoid(a[3]);
    const Vec<T> c = f * state[1] + i * g;
    next[0] = o * tanh(c);
    next[1] = c;
    a[0] = i, a[1] = f, a[2] = g, a[3] = o;
  }

  template <class T>
  ELMAN_INLINE static void backward(const Vec<T>* gate, const Vec<T>* state, const Vec<T>* next, Vec<T>* da,
                                    Vec<T>* dstate) {
    const Vec<T> one = T(1), i = gate[0], f = gate[1], g = gate[2], o = gate[3];
    const Vec<T> y = tanh(next[1]);
    const Vec<T> dc = dstate[1] + dstate[0] * o * (one - y * y);
    da[0] = dc * g * i * (one - i);
    da[1] = dc * state[1] * f * (one - f);
    da[2] = dc * i * (one - g * g);
    da[3] = dstate[0] * y * o * (one - o);
    dstate[0] = T(0);
    dstate[1] = dc * f;
  }
};

}  // namespace elman::ELMAN_ISA
