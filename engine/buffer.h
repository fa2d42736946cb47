// Working memory: aligned, grown when needed and never shrunk, so that a training loop allocates nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

namespace elman {

// Most copies here are of a few numbers, for which a call of memcpy costs more than the copy; CMakeLists.txt
// keeps the compiler from making one of this loop.
template <class T>
inline void copy(const T* __restrict from, std::ptrdiff_t count, T* __restrict to) {
  for (std::ptrdiff_t i = 0; i < count; ++i) to[i] = from[i];
}

template <class T>
class Buffer {
 public:
  // At least `count` numbers. New memory is zero; memory already there keeps what it holds.
  void reserve(std::ptrdiff_t count) {
    if (count <= size_) return;
    data_.reset(static_cast<T*>(::operator new(std::size_t(count) * sizeof(T) + kSlack, kAlignment)));
    size_ = count;
    zero();
  }
  // Exactly as reserve, and all zero.
  void reserve_zeroed(std::ptrdiff_t count) {
    reserve(count);
    zero();
  }
  void zero() { std::fill_n(data_.get(), size_, T(0)); }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }

 private:
  static constexpr std::align_val_t kAlignment{64};
  static constexpr std::size_t kSlack = 64;  // bytes: a vector may be loaded from where the last number is
  struct Free {
    void operator()(T* p) const { ::operator delete(p, kAlignment); }
  };
  std::unique_ptr<T, Free> data_;
  std::ptrdiff_t size_ = 0;
};

}  // namespace elman
