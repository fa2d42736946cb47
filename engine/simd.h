// Vectors: the one place that knows how wide they are.
//
// A `Vec<T>` holds `lanes<T>` numbers in one register of the instruction set this file is compiled for
// (ELMAN_VECTOR_BYTES: 16, 32 or 64), by the compilers' vector extensions, so that one source serves
// them all. Everything here and in the headers that include it lives in the namespace `elman::ELMAN_ISA`:
// the same template compiled for two instruction sets must not be merged by the linker.
#pragma once

#include <cstddef>
#include <cstdint>

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
};

// `yes` where the mask is set (all ones), `no` elsewhere.
template <class T>
ELMAN_INLINE Vec<T> select(typename Vec<T>::Integers mask, Vec<T> yes, Vec<T> no) {
  return typename Vec<T>::Raw(mask ? yes.raw : no.raw);
}

// Comparisons with NaN are false, so min and max hand a NaN in `a` through.
template <class T>
ELMAN_INLINE Vec<T> min(Vec<T> a, Vec<T> b) {
  return select<T>(a > b, b, a);
}
template <class T>
ELMAN_INLINE Vec<T> max(Vec<T> a, Vec<T> b) {
  return select<T>(a < b, b, a);
}
template <class T>
ELMAN_INLINE Vec<T> abs(Vec<T> a) {
  return max(a, -a);
}

template <class T>
ELMAN_INLINE T sum(Vec<T> a) {
  T total = 0;
  for (int i = 0; i < lanes<T>; ++i) total += a.raw[i];
  return total;
}

}  // namespace elman::ELMAN_ISA
