#include "threads.h"

#ifndef _WIN32
#include <pthread.h>
#endif

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "allowance.h"

namespace elman {
namespace {

// A short while of looking again and again, then sleep: updates follow each other within microseconds, and to
// wake a sleeper takes several.
template <class T>
void wait_while(const std::atomic<T>& value, T old) {
  for (int i = 0; i < 2000; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  value.wait(old, std::memory_order_acquire);
}

// Workers wait for a call; each takes the task with its own number, so that a row of a batch is always
// computed by the same thread and stays in its cache.
class Pool {
 public:
  explicit Pool(int workers) {
    for (int i = 0; i < workers; ++i) threads_.emplace_back([this, i] { work(i + 1); });
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() {
    announce(kStop);
    for (std::thread& thread : threads_) thread.join();
  }

  int size() const { return int(threads_.size()) + 1; }

  void run(int count, const std::function<void(int)>& task) {
    const std::lock_guard one_at_a_time(busy_);
    task_ = &task, failure_ = nullptr;
    left_.store(count - 1, std::memory_order_relaxed);
    announce(count);
    attempt(task, 0);
    for (int left; (left = left_.load(std::memory_order_acquire)) > 0;) wait_while(left_, left);
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  // A call is its number and, in the low bits, how many tasks it has: whoever has none of them must not read
  // anything else, for nobody waits for him.
  static constexpr std::uint64_t kCountBits = 16, kStop = (1u << kCountBits) - 1;
  void announce(std::uint64_t count) {
    const std::uint64_t number = call_.load(std::memory_order_relaxed) >> kCountBits;
    call_.store((number + 1) << kCountBits | count, std::memory_order_release);
    call_.notify_all();
  }

  void attempt(const std::function<void(int)>& task, int number) {
    try {
      task(number);
    } catch (...) {
      const std::lock_guard lock(failing_);
      failure_ = std::current_exception();
    }
  }

  void work(int number) {
    for (std::uint64_t seen = 0;;) {
      wait_while(call_, seen);
      seen = call_.load(std::memory_order_acquire);
      const std::uint64_t count = seen & kStop;
      if (count == kStop) return;
      if (std::uint64_t(number) >= count) continue;
      attempt(*task_, number);
      if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_one();
    }
  }

  std::mutex busy_, failing_;
  std::atomic<std::uint64_t> call_{0};
  std::atomic<int> left_{0};
  const std::function<void(int)>* task_ = nullptr;
  std::exception_ptr failure_;
  std::vector<std::thread> threads_;
};

std::atomic<int> wanted{0};  // 0: not asked yet
std::atomic<const char*> wanted_by{nullptr};
std::atomic<int> forked{0};
std::mutex pool_mutex;
std::shared_ptr<Pool> pool;

// A child of fork has none of its parent's threads, and whatever their locks held. It leaks the old pool (its
// threads cannot be joined) and starts anew.
[[maybe_unused]] void forget_pool() {
  ++forked;
  new (&pool_mutex) std::mutex;
  new (&pool) std::shared_ptr<Pool>;
}

#ifndef _WIN32  // which has no fork
[[maybe_unused]] const int registered = pthread_atfork(nullptr, nullptr, forget_pool);
#endif

std::shared_ptr<Pool> pool_of(int size) {
  const std::lock_guard lock(pool_mutex);
  if (!pool || pool->size() < size) pool = std::make_shared<Pool>(size - 1);
  return pool;
}

}  // namespace

int threads() {
  int count = wanted.load();
  if (count == 0) {
    const Allowance found = allowance();
    wanted_by = found.source, wanted = count = found.count;
  }
  return count;
}

const char* threads_source() {
  threads();
  return wanted_by.load();
}

void set_threads(int count) {
  if (count < 1 || count > kMostThreads)
    throw std::invalid_argument("threads: expected a whole number from 1 to " + std::to_string(kMostThreads) +
                                ", found " + std::to_string(count));
  wanted_by = "set_threads", wanted = count;
}

int forks() { return forked.load(); }

void run_parallel(int count, const std::function<void(int)>& task) {
  if (count == 1) return task(0);
  pool_of(count)->run(count, task);
}

}  // namespace elman
