// The simple recurrent network (Elman, 1990), and its contrast without recurrence.
//
//   rnn:   h' = f(W_ih x + b_ih + W_hh h + b_hh)
//   none:  h' = f(W_ih x + b_ih)                      the same network, feed-forward: it cannot carry
//
// f is tanh, relu or the logistic sigmoid. Backwards, from the activation y = f(a):
//   da = f'(a) dh',  tanh' = 1 - y^2,  relu' = [y > 0],  sigma' = y (1 - y)
#pragma once

#include "../kernels.h"
#include "../math.h"

namespace elman::ELMAN_ISA {

struct Tanh {
  static constexpr const char* name = "tanh";
  template <class T>
  ELMAN_INLINE static Vec<T> value(Vec<T> a) {
    return tanh(a);
  }
  template <class T>
  ELMAN_INLINE static Vec<T> slope(Vec<T> y) {
    return Vec<T>(T(1)) - y * y;
  }
};

struct Relu {
  static constexpr const char* name = "relu";
  template <class T>
  ELMAN_INLINE static Vec<T> value(Vec<T> a) {
    return max(a, Vec<T>(T(0)));
  }
  template <class T>
  ELMAN_INLINE static Vec<T> slope(Vec<T> y) {
    return select<T>(y > Vec<T>(T(0)), Vec<T>(T(1)), Vec<T>(T(0)));
  }
};

struct Sigmoid {
  static constexpr const char* name = "sigmoid";
  template <class T>
  ELMAN_INLINE static Vec<T> value(Vec<T> a) {
    return sigmoid(a);
  }
  template <class T>
  ELMAN_INLINE static Vec<T> slope(Vec<T> y) {
    return y * (Vec<T>(T(1)) - y);
  }
};

template <class F, bool Recurrent>
struct Simple {
  static constexpr CellFacts facts = {.name = Recurrent ? "rnn" : "none",
                                      .nonlinearity = F::name,
                                      .gates = 1,
                                      .slots = 1,
                                      .states = 1,
                                      .recurrent = Recurrent,
                                      .gate_names = {"hidden"},
                                      .input_order = {0},
                                      .hidden_order = {0}};

  template <class T>
  ELMAN_INLINE static void forward(Vec<T>* a, const Vec<T>*, Vec<T>* next) {
    a[0] = next[0] = F::value(a[0]);
  }

  template <class T>
  ELMAN_INLINE static void backward(const Vec<T>* y, const Vec<T>*, const Vec<T>*, Vec<T>* da,
                                    Vec<T>* dstate) {
    da[0] = F::slope(y[0]) * dstate[0];
    dstate[0] = T(0);
  }
};

template <class F>
using Rnn = Simple<F, true>;
template <class F>
using FeedForward = Simple<F, false>;

}  // namespace elman::ELMAN_ISA
