// exp, tanh, sigmoid and log(1 + e) on vectors.
//
// All of them stand on one core: with n = round(x / ln 2) and r = x - n ln 2, |r| <= ln 2 / 2,
//   e^x - 1 = 2^n p + (2^n - 1),   p = e^r - 1 = r + r^2/2! + r^3/3! + ...
// p is kept without its 1, so that tanh is accurate near zero too. Infinities and NaN come out as the
// functions of <cmath> hand them out; tests/test_math.py holds the errors.
#pragma once

#include "simd.h"

namespace elman::ELMAN_ISA {

template <class T>
struct ExpConstants;
template <>
struct ExpConstants<float> {
  static constexpr int mantissa = 23, bias = 127;
  // (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2: the polynomial with the least error of e^r, 3.1e-9 (Remez,
  // 1934).
  static constexpr float series[] = {0x1.fffffcp-2f, 0x1.555492p-3f, 0x1.5558f2p-5f, 0x1.123a2p-7f,
                                     0x1.6a23dp-10f};
  // ln 2 in two parts: n * high is exact for every n in use (Cody and Waite, 1980).
  static constexpr float ln2_high = 0x1.62ep-1f, ln2_low = 0x1.0bfbe8p-15f;
  static constexpr float lowest = -104.f, highest = 89.f;  // beyond: 0 and infinity
  static constexpr float rounder = 0x1.8p23f;              // adding it leaves the integer in the low bits
  static constexpr float log_tiny = -0x1.5d589ep6f;        // of the smallest normal number
  static constexpr float tanh_one = 10.f;                  // tanh rounds to 1 from here on
};
template <>
struct ExpConstants<double> {
  static constexpr int mantissa = 52, bias = 1023;
  // The same: 1/2!, 1/3!, ..., 1/13!.
  static constexpr double series[] = {1. / 2,       1. / 6,        1. / 24,        1. / 120,
                                      1. / 720,     1. / 5040,     1. / 40320,     1. / 362880,
                                      1. / 3628800, 1. / 39916800, 1. / 479001600, 1. / 6227020800};
  static constexpr double ln2_high = 0x1.62e42fefap-1, ln2_low = 0x1.cf79abc9e3b3ap-40;
  static constexpr double lowest = -746., highest = 710.;
  static constexpr double rounder = 0x1.8p52;
  static constexpr double log_tiny = -0x1.6232bdd7abcd2p9;
  static constexpr double tanh_one = 20.;
};

// 2^n for integers |n| < bias, from the bits of the exponent.
template <class T>
ELMAN_INLINE Vec<T> power_of_two(typename Vec<T>::Integers n) {
  using C = ExpConstants<T>;
  return reinterpret_cast<typename Vec<T>::Raw>((n + C::bias) << C::mantissa);
}

// c[0] + c[1] x + c[2] x^2 + ..., by pairs (Estrin, 1960): half as long a chain as one term at a time.
template <class T, int n>
ELMAN_INLINE Vec<T> polynomial(const T (&c)[n], Vec<T> x, Vec<T> x2) {
  const auto pair = [&](int k) __attribute__((always_inline)) {
    return k + 1 < n ? Vec<T>(c[k + 1]) * x + Vec<T>(c[k]) : Vec<T>(c[k]);
  };
  constexpr int last = (n - 1) / 2 * 2;
  Vec<T> y = pair(last);
#pragma GCC unroll 8
  for (int k = last - 2; k >= 0; k -= 2) y = y * x2 + pair(k);
  return y;
}

template <class T>
struct Reduced {
  Vec<T> p;                     // e^r - 1
  typename Vec<T>::Integers n;  // x = n ln 2 + r
};

template <class T>
ELMAN_INLINE Reduced<T> reduce(Vec<T> x) {
  using C = ExpConstants<T>;
  using Integers = typename Vec<T>::Integers;
  const Vec<T> shifted = x * Vec<T>(T(1.44269504088896340736)) + Vec<T>(C::rounder);
  const Vec<T> rounded = shifted - Vec<T>(C::rounder);
  const Integers n =
      reinterpret_cast<Integers>(shifted.raw) - reinterpret_cast<Integers>(Vec<T>(C::rounder).raw);
  const Vec<T> r = (x - rounded * Vec<T>(C::ln2_high)) - rounded * Vec<T>(C::ln2_low);
  const Vec<T> r2 = r * r;
  return {r2 * polynomial(C::series, r, r2) + r, n};
}

template <class T>
ELMAN_INLINE Vec<T> exp(Vec<T> x) {
  using C = ExpConstants<T>;
  // What is zero is not worked out: a product that vanishes takes some processors a hundred times as long as others,
  // and the padding of a softmax is full of them.
  const typename Vec<T>::Integers vanishes = x < Vec<T>(C::lowest);
  const Reduced<T> e = reduce(select<T>(vanishes, T(0), min(x, Vec<T>(C::highest))));
  // In two factors, so that results below the smallest normal number and the overflow to infinity come out
  // right.
  const auto half = e.n >> 1;
  const Vec<T> y = (e.p + Vec<T>(T(1))) * power_of_two<T>(half) * power_of_two<T>(e.n - half);
  return select<T>(vanishes, T(0), y);
}

// sigma(x) = 1 / (1 + e^-x); 0 where it would be below the smallest normal number. Where e^-x is out of
// range, so is what is computed, and the limits take its place: sooner done than keeping x in range before.
template <class T>
ELMAN_INLINE Vec<T> sigmoid(Vec<T> x) {
  using C = ExpConstants<T>;
  const Vec<T> zero = T(0), one = T(1);
  const Reduced<T> e = reduce(-x);
  const Vec<T> scale = power_of_two<T>(e.n);
  const Vec<T> y = one / (scale * e.p + (scale + one));
  return select<T>(x < Vec<T>(C::log_tiny), zero, select<T>(x > Vec<T>(-C::log_tiny), one, y));
}

// tanh(x) = m / (m + 2) with m = e^2x - 1, for x >= 0; odd.
template <class T>
ELMAN_INLINE Vec<T> tanh(Vec<T> x) {
  using C = ExpConstants<T>;
  const Vec<T> magnitude = min(abs(x), Vec<T>(C::tanh_one));
  const Reduced<T> e = reduce(magnitude + magnitude);
  const Vec<T> scale = power_of_two<T>(e.n);
  const Vec<T> m = scale * e.p + (scale - Vec<T>(T(1)));
  return with_sign_of(x, m / (m + Vec<T>(T(2))));
}

// log(1 + e) for e in [0, 1] = 2 artanh(s) = 2 (s + s^3/3 + s^5/5 + ...), s = e / (2 + e) <= 1/3.
template <class T>
ELMAN_INLINE Vec<T> log1p_of_unit(Vec<T> e) {
  constexpr int terms = sizeof(T) == 4 ? 8 : 17;
  const Vec<T> s = e / (e + Vec<T>(T(2))), square = s * s;
  Vec<T> series = T(1) / T(2 * terms - 1);
#pragma GCC unroll 20
  for (int k = terms - 2; k >= 0; --k) series = series * square + Vec<T>(T(1) / T(2 * k + 1));
  return (s + s) * series;
}

// log x for positive normal numbers: x = 2^n (1 + e), 0 <= e < 1. Infinity and NaN stay what they are.
template <class T>
ELMAN_INLINE Vec<T> log(Vec<T> x) {
  using C = ExpConstants<T>;
  using Integers = typename Vec<T>::Integers;
  const Integers bits = reinterpret_cast<Integers>(x.raw);
  const Integers n = (bits >> C::mantissa) - C::bias;
  const Vec<T> mantissa = reinterpret_cast<typename Vec<T>::Raw>(bits - (n << C::mantissa));
  const Vec<T> exponent = __builtin_convertvector(n, typename Vec<T>::Raw);
  const Vec<T> y = exponent * Vec<T>(T(0.69314718055994530942)) + log1p_of_unit(mantissa - Vec<T>(T(1)));
  return select<T>(x < Vec<T>(T(__builtin_huge_val())), y, x);
}

// to[i] = f(from[i]) for i < n, with f of vectors; nothing beyond n is read or written. `to` may be `from`.
template <class T, class F>
ELMAN_INLINE void map(std::ptrdiff_t n, const T* from, T* to, const F& f) {
  for (std::ptrdiff_t i = 0; i < n; i += lanes<T>) {
    T part[lanes<T>] = {};
    const int count = int(n - i < lanes<T> ? n - i : lanes<T>);
    for (int k = 0; k < count; ++k) part[k] = from[i + k];
    f(Vec<T>::load(part)).store(part);
    for (int k = 0; k < count; ++k) to[i + k] = part[k];
  }
}

}  // namespace elman::ELMAN_ISA
