// How a long computation without the GIL hears of Ctrl-C.
#pragma once

#include <atomic>
#include <chrono>

namespace elman {

// The computing thread that came from Python reports the work it has done; every 20 ms of clock time, at the
// most, that becomes a call of `interrupted`. Other threads only read `stopped`. No clock is read for less
// than about a millisecond's worth of work, so that reporting costs nothing beside an update of a tiny
// network.
class Heartbeat {
 public:
  explicit Heartbeat(bool (*interrupted)()) : interrupted_(interrupted) {}
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  void work(double multiply_adds);
  bool stopped() const;

 private:
  static constexpr double kWorthAClock = 2e6;
  static constexpr std::chrono::milliseconds kPeriod{20};

  bool (*interrupted_)();
  std::atomic<bool> stopped_{false};
  double done_ = 0;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace elman
