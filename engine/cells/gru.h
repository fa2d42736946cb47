// The gated recurrent unit (Cho et al., 2014), with the reset gate after the recurrent product, as PyTorch
// has it.
//
//   r, z = sigma(W x + b + U h + d)       reset, update
//   n = tanh(W x + b + r * (U h + d))     new          h' = (1 - z) * n + z * h
// Backwards, with u = U h + d of the new gate:
//   dz = dh' (h - n)    dn = dh' (1 - z)    da_n = dn (1 - n^2)    dr = da_n u    du = da_n r
//   and on to h: z * dh'
//
// Four slots: n's input part, r, z, n's recurrent part u. The input product fills the first three, the
// recurrent product the last three.
#pragma once

#include "../kernels.h"
#include "../math.h"

namespace elman::ELMAN_ISA {

struct Gru {
  static constexpr CellFacts facts = {.name = "gru",
                                      .nonlinearity = "",
                                      .gates = 3,
                                      .slots = 4,
                                      .states = 1,
                                      .recurrent = true,
                                      .gate_names = {"reset", "update", "new"},
                                      .input_order = {2, 0, 1},
                                      .hidden_order = {0, 1, 2}};

  template <class T>
  ELMAN_INLINE static void forward(Vec<T>* a, const Vec<T>* state, Vec<T>* next) {
    const Vec<T> r = sigmoid(a[1]), z = sigmoid(a[2]), n = tanh(a[0] + r * a[3]);
    next[0] = n + z * (state[0] - n);
    a[0] = n, a[1] = r, a[2] = z;
  }

  template <class T>
  ELMAN_INLINE static void backward(const Vec<T>* gate, const Vec<T>* state, const Vec<T>*, Vec<T>* da,
                                    Vec<T>* dstate) {
    const Vec<T> one = T(1), n = gate[0], r = gate[1], z = gate[2], u = gate[3];
    da[0] = dstate[0] * (one - z) * (one - n * n);
    da[1] = da[0] * u * r * (one - r);
    da[2] = dstate[0] * (state[0] - n) * z * (one - z);
    da[3] = da[0] * r;
    dstate[0] = dstate[0] * z;
  }
};

}  // namespace elman::ELMAN_ISA
