// The process's one pool of threads.
#pragma once

#include <functional>

namespace elman {

// As set, or as ELMAN_THREADS says, or one for each core. Both throw std::invalid_argument for a count that
// is none.
int threads();
void set_threads(int count);

// Calls task(0), ..., task(count - 1), each once, task(0) on the calling thread, and returns when all are
// done. An exception of any task is rethrown.
void run_parallel(int count, const std::function<void(int)>& task);

}  // namespace elman
