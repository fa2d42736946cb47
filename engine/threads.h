// The process's one pool of threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>

namespace elman {

// As set, or else as many as are allowed (allowance.h), which is asked once. Both throw std::invalid_argument
// for a count that is none.
int threads();
const char* threads_source();  // what that count comes from: "set_threads", or as in allowance.h
void set_threads(int count);

// How often this process came about by fork: a lock that is older may be held by a thread that is not here.
int forks();

// Calls task(0), ..., task(count - 1), each once, task(0) on the calling thread, and returns when all are
// done. An exception of any task is rethrown.
void run_parallel(int count, const std::function<void(int)>& task);

// Calls task(begin, end) for parts of [0, size), one per thread, that begin with multiples of `grain`; for a
// single grain just once, on the calling thread.
template <class F>
void run_in_parts(std::ptrdiff_t size, std::ptrdiff_t grain, const F& task) {
  const std::ptrdiff_t grains = (size + grain - 1) / grain;
  const int count = grains > 1 ? int(std::min<std::ptrdiff_t>(threads(), grains)) : 1;
  if (count == 1) return task(std::ptrdiff_t(0), size);
  const auto part = [&](int i) {
    task(grains * i / count * grain, std::min(size, grains * (i + 1) / count * grain));
  };
  run_parallel(count, std::cref(part));
}

// The numbers of a flat vector that are worth a thread.
inline constexpr std::ptrdiff_t kGrain = 1 << 14;

}  // namespace elman
