// Vectors: the one place that knows how wide they are.
//
// A `Vec<T>` holds `lanes<T>` numbers in one register of the instruction set this file is compiled for
// (ELMAN_VECTOR_BYTES: 16, 32 or 64), by the compilers' vector extensions, so that one source serves
// them all. Everything here and in the headers that include it lives in the namespace `elman::ELMAN_ISA`:
// the same template compiled for two instruction sets must not be merged by the linker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#if defined(__x86_64__)
#pragma GCC diagnostic push
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12 finds some in this header of its own
#endif
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif

namespace elman::ELMAN_ISA {

template <class T>
inline constexpr int lanes = ELMAN_VECTOR_BYTES / sizeof(T);

// The compilers' vectors. What memory holds may be any array of numbers at any address: `Memory` assumes no
// alignment and allows any alias.
template <class T>
struct Native;
template <>
struct Native<float> {
  typedef float Raw __attribute__((vector_size(ELMAN_VECTOR_BYTES)));
  typedef float Memory __attribute__((vector_size(ELMAN_VECTOR_BYTES), aligned(4), may_alias));
  typedef std::int32_t Integers __attribute__((vector_size(ELMAN_VECTOR_BYTES)));
};
template <>
struct Native<double> {
  typedef double Raw __attribute__((vector_size(ELMAN_VECTOR_BYTES)));
  typedef double Memory __attribute__((vector_size(ELMAN_VECTOR_BYTES), aligned(8), may_alias));
  typedef std::int64_t Integers __attribute__((vector_size(ELMAN_VECTOR_BYTES)));
};

#define ELMAN_INLINE [[gnu::always_inline]] inline

template <class T>
struct Vec {
  using Raw = typename Native<T>::Raw;
  using Memory = typename Native<T>::Memory;
  using Integers = typename Native<T>::Integers;

  Raw raw;

  Vec() = default;
  ELMAN_INLINE Vec(Raw r) : raw(r) {}
  ELMAN_INLINE Vec(T value)
      : raw(value - Raw{}) {}  // x - 0 is x, so this is one broadcast (0 + x is not: -0)

  ELMAN_INLINE static Vec load(const T* from) { return *reinterpret_cast<const Memory*>(from); }
  ELMAN_INLINE void store(T* to) const { *reinterpret_cast<Memory*>(to) = raw; }

  ELMAN_INLINE friend Vec operator+(Vec a, Vec b) { return a.raw + b.raw; }
  ELMAN_INLINE friend Vec operator-(Vec a, Vec b) { return a.raw - b.raw; }
  ELMAN_INLINE friend Vec operator*(Vec a, Vec b) { return a.raw * b.raw; }
  ELMAN_INLINE friend Vec operator/(Vec a, Vec b) { return a.raw / b.raw; }
  ELMAN_INLINE friend Vec operator-(Vec a) { return -a.raw; }
  ELMAN_INLINE Vec& operator+=(Vec b) { return *this = *this + b; }

  ELMAN_INLINE friend Integers operator<(Vec a, Vec b) { return a.raw < b.raw; }
  ELMAN_INLINE friend Integers operator>(Vec a, Vec b) { return a.raw > b.raw; }
  ELMAN_INLINE friend Integers operator==(Vec a, Vec b) { return a.raw == b.raw; }
};

// `yes` where the mask is set (all ones), `no` elsewhere.
template <class T>
ELMAN_INLINE Vec<T> select(typename Vec<T>::Integers mask, Vec<T> yes, Vec<T> no) {
  return typename Vec<T>::Raw(mask ? yes.raw : no.raw);
}

// Comparisons with NaN are false, so min and max hand a NaN in `a` through. On x86 that is what one
// instruction does, which compilers do not find in the general form.
template <class T>
ELMAN_INLINE Vec<T> min(Vec<T> a, Vec<T> b) {
  return select<T>(a > b, b, a);
}
template <class T>
ELMAN_INLINE Vec<T> max(Vec<T> a, Vec<T> b) {
  return select<T>(a < b, b, a);
}
#if defined(__x86_64__)
#define ELMAN_MIN_MAX(T, prefix, suffix)                     \
  template <>                                                \
  ELMAN_INLINE Vec<T> min(Vec<T> a, Vec<T> b) {              \
    return Vec<T>::Raw(prefix##_min_##suffix(b.raw, a.raw)); \
  }                                                          \
  template <>                                                \
  ELMAN_INLINE Vec<T> max(Vec<T> a, Vec<T> b) {              \
    return Vec<T>::Raw(prefix##_max_##suffix(b.raw, a.raw)); \
  }
#if ELMAN_VECTOR_BYTES == 64
ELMAN_MIN_MAX(float, _mm512, ps)
ELMAN_MIN_MAX(double, _mm512, pd)
#elif ELMAN_VECTOR_BYTES == 32
ELMAN_MIN_MAX(float, _mm256, ps)
ELMAN_MIN_MAX(double, _mm256, pd)
#else
ELMAN_MIN_MAX(float, _mm, ps)
ELMAN_MIN_MAX(double, _mm, pd)
#endif
#undef ELMAN_MIN_MAX
#endif

// The sign of a number is one bit of it.
template <class T>
ELMAN_INLINE typename Vec<T>::Integers sign_bits(Vec<T> a) {
  using Integers = typename Vec<T>::Integers;
  return reinterpret_cast<Integers>(a.raw) & reinterpret_cast<Integers>(Vec<T>(T(-0.)).raw);
}
template <class T>
ELMAN_INLINE Vec<T> abs(Vec<T> a) {
  using Integers = typename Vec<T>::Integers;
  return reinterpret_cast<typename Vec<T>::Raw>(reinterpret_cast<Integers>(a.raw) ^ sign_bits(a));
}
// `magnitude`, which is not negative, with the sign of `a`.
template <class T>
ELMAN_INLINE Vec<T> with_sign_of(Vec<T> a, Vec<T> magnitude) {
  using Integers = typename Vec<T>::Integers;
  return reinterpret_cast<typename Vec<T>::Raw>(reinterpret_cast<Integers>(magnitude.raw) | sign_bits(a));
}

// Numbers from a and b by place: i picks a[i], lanes + i picks b[i].
template <class T, class F, int... i>
ELMAN_INLINE Vec<T> pick(Vec<T> a, Vec<T> b, F, std::integer_sequence<int, i...>) {
  return typename Vec<T>::Raw(__builtin_shufflevector(a.raw, b.raw, F()(i)...));
}

// Turns a square of numbers over: rows become columns. Squares of s, for s = 1, 2, 4, ..., change places with
// those across the diagonal.
template <class T, int s = 1>
ELMAN_INLINE void transpose(Vec<T> (&v)[lanes<T>]) {
  constexpr int L = lanes<T>;
  constexpr auto all = std::make_integer_sequence<int, L>();
  constexpr auto upper = [](int i) { return i & s ? L + i - s : i; };
  constexpr auto lower = [](int i) { return i & s ? L + i : i + s; };
#pragma GCC unroll 16
  for (int i = 0; i < L; ++i)
    if (!(i & s)) {
      const Vec<T> a = v[i], b = v[i + s];
      v[i] = pick(a, b, upper, all), v[i + s] = pick(a, b, lower, all);
    }
  if constexpr (2 * s < L) transpose<T, 2 * s>(v);
}

// The sum, and the greatest, of a vector's numbers: halves meet until one is left.
template <class T, int s = lanes<T> / 2, class F>
ELMAN_INLINE T fold(Vec<T> a, F both) {
  const auto other = [](int i) { return i ^ s; };
  a = both(a, pick(a, a, other, std::make_integer_sequence<int, lanes<T>>()));
  if constexpr (s > 1)
    return fold<T, s / 2>(a, both);
  else
    return a.raw[0];
}
template <class T>
ELMAN_INLINE T sum(Vec<T> a) {
  return fold(a, [](Vec<T> x, Vec<T> y) { return x + y; });
}
template <class T>
ELMAN_INLINE T greatest(Vec<T> a) {
  return fold(a, [](Vec<T> x, Vec<T> y) { return max(x, y); });
}

// Whose numbers a register of a kernel holds. `Alone`: neighbouring units of one network. `Beside`: one unit of
// as many networks as there are lanes, none of which meets another. Arrays are numbered alike in both: number i
// of an array begins at i * apart, and Beside the numbers of all networks lie there, side by side.
template <class T>
struct Alone {
  using Real = T;
  static constexpr int units = lanes<T>, apart = 1;
  ELMAN_INLINE static Vec<T> same(const T* number) { return *number; }  // for all units of the register
};
template <class T>
struct Beside {
  using Real = T;
  static constexpr int units = 1, apart = lanes<T>;
  ELMAN_INLINE static Vec<T> same(const T* number) { return Vec<T>::load(number); }
};

}  // namespace elman::ELMAN_ISA
