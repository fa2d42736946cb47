#include "interrupt.h"

namespace elman {

// Not inline: the kernels call these, and are compiled for other instruction sets.

void Heartbeat::work(double multiply_adds) {
  done_ += multiply_adds;
  if (done_ < kWorthAClock || stopped()) return;
  done_ = 0;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < kPeriod) return;
  last_ = now;
  if (interrupted_()) stopped_.store(true, std::memory_order_relaxed);
}

bool Heartbeat::stopped() const { return stopped_.load(std::memory_order_relaxed); }

}  // namespace elman
