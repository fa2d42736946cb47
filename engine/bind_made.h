// Arrays that the engine makes, for Python.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <initializer_list>
#include <utility>
#include <vector>

namespace elman {

template <class T>
using Made = nanobind::ndarray<T, nanobind::numpy, nanobind::c_contig, nanobind::device::cpu>;

// An array that owns a vector.
template <class T>
Made<T> made(std::vector<T>&& numbers, std::initializer_list<std::size_t> shape) {
  auto* kept = new std::vector<T>(std::move(numbers));
  const nanobind::capsule owner(kept, [](void* it) noexcept { delete static_cast<std::vector<T>*>(it); });
  return Made<T>(kept->data(), shape, owner);
}

}  // namespace elman
