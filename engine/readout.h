// Readouts: the one vector r that the head reads of a sequence, where it gives one answer. Of the top layer's
// outputs h_t at a row's own steps t = 1 .. n:
//
//   last       r = h_n forwards, h_1 backwards: the end of each direction
//   mean       r = sum_t h_t / n                              dh_t = dr / n
//   max        r_j = max_t h_tj                               dh_tj = dr_j at the last such t, else 0
//   attention  e_t = v . h_t   a = softmax(e)   r = sum_t a_t h_t
//              de_t = a_t dr . (h_t - r)                      dh_t = a_t dr + de_t v    dv = sum_t de_t h_t
//
// attention is that of Zhou et al. (2016), without their tanh of h_t and of r, and with two directions side by
// side instead of added up; v is learned.
//
// Each goes from step to step, so that a sequence may come in pieces, in windows or as a stream. Mean and
// attention are of one form: r += share (h_t - r). The share is 1 / t, or e^(e_t - s) with the logarithm s of
// the sum of e^e_u over u <= t, which never overflows.
#pragma once

#include "kernels.h"
#include "math.h"
#include "reductions.h"

namespace elman::ELMAN_ISA {

template <class T>
ELMAN_INLINE std::ptrdiff_t width(const Reading<T>& r) {
  return std::ptrdiff_t(r.directions) * r.padded;
}
template <class T>
ELMAN_INLINE std::ptrdiff_t cell(const Reading<T>& r, std::ptrdiff_t t, std::ptrdiff_t row) {
  return (t * r.rows + row) * width(r);
}
template <class T>
ELMAN_INLINE std::ptrdiff_t scores_row(const Reading<T>& r) {
  return (r.rows + lanes<T> - 1) / lanes<T> * lanes<T>;
}

// f(t, row) for every step of the pass and every row that is running.
template <class T, class F>
ELMAN_INLINE void each_running(const Reading<T>& r, const F& f) {
  for (std::ptrdiff_t t = r.first; t < r.last; ++t)
    for (std::ptrdiff_t row = 0; row < r.active[t]; ++row) f(t, row);
}
template <class T, class F>
ELMAN_INLINE void each_vector(std::ptrdiff_t n, const F& f) {
  for (std::ptrdiff_t j = 0; j < n; j += lanes<T>) f(j);
}

struct Last {
  static constexpr ReadoutFacts facts = {.name = "last", .scored = false};

  // f(t, row, d): where direction d of a row ends in this pass.
  template <class T, class F>
  ELMAN_INLINE static void each_end(const Reading<T>& r, const F& f) {
    for (int t = r.first; t < r.last; ++t)
      for (int row = t + 1 < r.steps ? r.active[t + 1] : 0; row < r.active[t]; ++row) f(t, row, 0);
    for (int row = 0; r.directions > 1 && r.first == 0 && row < r.active[0]; ++row) f(0, row, 1);
  }

  template <class T>
  static void forward(const Reading<T>& r) {
    each_end(r, [&](std::ptrdiff_t t, std::ptrdiff_t row, int d) {
      const T* const h = r.h + cell(r, t, row) + d * r.padded;
      T* const to = r.read + row * width(r) + d * r.padded;
      each_vector<T>(r.padded, [&](std::ptrdiff_t j) { Vec<T>::load(h + j).store(to + j); });
    });
  }

  template <class T>
  static void backward(const Reading<T>& r) {
    each_running(r, [&](std::ptrdiff_t t, std::ptrdiff_t row) {
      each_vector<T>(width(r), [&](std::ptrdiff_t j) { Vec<T>(T(0)).store(r.dh + cell(r, t, row) + j); });
    });
    each_end(r, [&](std::ptrdiff_t t, std::ptrdiff_t row, int d) {
      const T* const dread = r.dread + row * width(r) + d * r.padded;
      T* const dh = r.dh + cell(r, t, row) + d * r.padded;
      each_vector<T>(r.padded, [&](std::ptrdiff_t j) { Vec<T>::load(dread + j).store(dh + j); });
    });
  }
};

struct Mean {
  static constexpr ReadoutFacts facts = {.name = "mean", .scored = false};

  template <class T>
  static void forward(const Reading<T>& r) {
    each_running(r, [&](std::ptrdiff_t t, std::ptrdiff_t row) {
      const T share = T(1) / T(r.count[row] + t + 1);
      approach(width(r), share, r.h + cell(r, t, row), r.read + row * width(r));
    });
  }

  template <class T>
  static void backward(const Reading<T>& r) {
    each_running(r, [&](std::ptrdiff_t t, std::ptrdiff_t row) {
      const Vec<T> share = T(1) / T(r.count[row]);
      const T* const dread = r.dread + row * width(r);
      T* const dh = r.dh + cell(r, t, row);
      each_vector<T>(width(r), [&](std::ptrdiff_t j) { (share * Vec<T>::load(dread + j)).store(dh + j); });
    });
  }
};

struct Max {
  static constexpr ReadoutFacts facts = {.name = "max", .scored = false};

  template <class T>
  static void forward(const Reading<T>& r) {
    each_running(r, [&](std::ptrdiff_t t, std::ptrdiff_t row) {
      const T* const h = r.h + cell(r, t, row);
      T* const to = r.read + row * width(r);
      const bool first = r.count[row] + t == 0;
      each_vector<T>(width(r), [&](std::ptrdiff_t j) {
        const Vec<T> here = Vec<T>::load(h + j);
        (first ? here : max(here, Vec<T>::load(to + j))).store(to + j);
      });
    });
  }

  // From the last step to the first: whoever is as great takes the gradient, and leaves none.
  template <class T>
  static void backward(const Reading<T>& r) {
    const Vec<T> zero = T(0);
    for (std::ptrdiff_t t = r.last - 1; t >= r.first; --t)
      for (std::ptrdiff_t row = 0; row < r.active[t]; ++row) {
        const T *const h = r.h + cell(r, t, row), *const read = r.read + row * width(r);
        T *const dread = r.dread + row * width(r), *const dh = r.dh + cell(r, t, row);
        each_vector<T>(width(r), [&](std::ptrdiff_t j) {
          const Vec<T> left = Vec<T>::load(dread + j);
          const auto less = Vec<T>::load(h + j) < Vec<T>::load(read + j);
          select<T>(less, zero, left).store(dh + j);
          select<T>(less, left, zero).store(dread + j);
        });
      }
  }
};

struct Attention {
  static constexpr ReadoutFacts facts = {.name = "attention", .scored = true};

  template <class T>
  static void forward(const Reading<T>& r) {
    for (std::ptrdiff_t t = r.first; t < r.last; ++t) {
      T* const scores = r.scores + t * scores_row(r);
      for (std::ptrdiff_t row = 0; row < r.active[t]; ++row)
        scores[row] = dot(width(r), r.weight, r.h + cell(r, t, row));
      for (std::ptrdiff_t first = 0; first < r.active[t]; first += lanes<T>) {
        const Vec<T> score = Vec<T>::load(scores + first), before = Vec<T>::load(r.total + first);
        const Vec<T> greater = max(score, before);
        const Vec<T> total = greater + log1p_of_unit(exp(min(score, before) - greater));
        T share[lanes<T>], totals[lanes<T>];
        exp(score - total).store(share), total.store(totals);
        for (std::ptrdiff_t row = first; row < r.active[t] && row < first + lanes<T>; ++row) {
          r.total[row] = totals[row - first];
          approach(width(r), share[row - first], r.h + cell(r, t, row), r.read + row * width(r));
        }
      }
    }
  }

  template <class T>
  static void backward(const Reading<T>& r) {
    for (std::ptrdiff_t t = r.first; t < r.last; ++t)
      for (std::ptrdiff_t first = 0; first < r.active[t]; first += lanes<T>) {
        T share[lanes<T>];
        exp(Vec<T>::load(r.scores + t * scores_row(r) + first) - Vec<T>::load(r.total + first)).store(share);
        for (std::ptrdiff_t row = first; row < r.active[t] && row < first + lanes<T>; ++row)
          back(r, share[row - first], r.h + cell(r, t, row), row, r.dh + cell(r, t, row));
      }
  }

  template <class T>
  ELMAN_INLINE static void back(const Reading<T>& r, T share, const T* h, std::ptrdiff_t row, T* dh) {
    const T *const read = r.read + row * width(r), *const dread = r.dread + row * width(r);
    Vec<T> slope = T(0);
    each_vector<T>(width(r), [&](std::ptrdiff_t j) {
      slope = Vec<T>::load(dread + j) * (Vec<T>::load(h + j) - Vec<T>::load(read + j)) + slope;
    });
    const Vec<T> a = share, dscore = share * sum(slope);
    each_vector<T>(width(r), [&](std::ptrdiff_t j) {
      (dscore * Vec<T>::load(r.weight + j) + a * Vec<T>::load(dread + j)).store(dh + j);
      (dscore * Vec<T>::load(h + j) + Vec<T>::load(r.dweight + j)).store(r.dweight + j);
    });
  }
};

template <class... Readout>
struct ReadoutList {};

// The table of readouts. To add one: write it above, and give it its place here.
using Readouts = ReadoutList<Last, Mean, Max, Attention>;

template <class T, class... Readout>
std::span<const ReadoutKernels<T>> readout_table(ReadoutList<Readout...>) {
  static constexpr ReadoutKernels<T> table[] = {
      {&Readout::facts, Readout::template forward<T>, Readout::template backward<T>}...};
  return table;
}

}  // namespace elman::ELMAN_ISA
