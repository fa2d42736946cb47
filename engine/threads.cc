#include "threads.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace elman {
namespace {

// Workers wait for a generation of tasks; each takes the task with its own number, so that a row of a batch
// is always computed by the same thread and stays in its cache.
class Pool {
 public:
  explicit Pool(int workers) {
    for (int i = 0; i < workers; ++i) threads_.emplace_back([this, i] { work(i + 1); });
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  int size() const { return int(threads_.size()) + 1; }

  void run(int count, const std::function<void(int)>& task) {
    const std::lock_guard one_at_a_time(busy_);
    {
      const std::lock_guard lock(mutex_);
      task_ = &task, count_ = count, left_ = count - 1, ++generation_;
      failure_ = nullptr;
    }
    wake_.notify_all();
    attempt(task, 0);
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return left_ == 0; });
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void attempt(const std::function<void(int)>& task, int number) {
    try {
      task(number);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
    }
  }

  void work(int number) {
    long seen = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return stop_ || generation_ != seen; });
      if (stop_) return;
      seen = generation_;
      if (number >= count_) continue;
      const auto& task = *task_;
      lock.unlock();
      attempt(task, number);
      lock.lock();
      if (--left_ == 0) done_.notify_one();
    }
  }

  std::mutex busy_, mutex_;
  std::condition_variable wake_, done_;
  const std::function<void(int)>* task_ = nullptr;
  int count_ = 0, left_ = 0;
  long generation_ = 0;
  bool stop_ = false;
  std::exception_ptr failure_;
  std::vector<std::thread> threads_;
};

constexpr int kMostThreads = 1024;
bool allowed(int count) { return count >= 1 && count <= kMostThreads; }

std::atomic<int> wanted{0};  // 0: not asked yet
std::mutex pool_mutex;
std::shared_ptr<Pool> pool;

int from_environment() {
  const char* text = std::getenv("ELMAN_THREADS");
  if (!text || !*text) return std::max(1, int(std::thread::hardware_concurrency()));
  int count = 0;
  const char* const end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, count);
  if (error != std::errc() || rest != end || !allowed(count))
    throw std::invalid_argument(
        std::string("environment variable ELMAN_THREADS: expected a whole number from 1 to ") +
        std::to_string(kMostThreads) + ", found \"" + text + "\"");
  return count;
}

// A child of fork has none of its parent's threads, and whatever their locks held. It leaks the old pool (its
// threads cannot be joined) and starts anew.
void forget_pool() {
  new (&pool_mutex) std::mutex;
  new (&pool) std::shared_ptr<Pool>;
}

std::shared_ptr<Pool> pool_of(int size) {
  static const int registered = pthread_atfork(nullptr, nullptr, forget_pool);
  static_cast<void>(registered);
  const std::lock_guard lock(pool_mutex);
  if (!pool || pool->size() < size) pool = std::make_shared<Pool>(size - 1);
  return pool;
}

}  // namespace

int threads() {
  int count = wanted.load();
  if (count == 0) wanted = count = from_environment();
  return count;
}

void set_threads(int count) {
  if (!allowed(count))
    throw std::invalid_argument("threads: expected a whole number from 1 to " + std::to_string(kMostThreads) +
                                ", found " + std::to_string(count));
  wanted = count;
}

void run_parallel(int count, const std::function<void(int)>& task) {
  if (count == 1) return task(0);
  pool_of(count)->run(count, task);
}

}  // namespace elman
