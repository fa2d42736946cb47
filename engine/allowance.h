// How many threads a process is to have that was told none: what its environment and the system allow.
#pragma once

#include <string>

namespace elman {

inline constexpr int kMostThreads = 1024;

struct Allowance {
  int count;           // from 1 on
  const char* source;  // what says so: "ELMAN_THREADS", "OMP_NUM_THREADS", "affinity", "cgroup" or "cores"
};

// The first of these that says something: ELMAN_THREADS; OMP_NUM_THREADS, where it holds a number (it is not
// ours, so what is none is ignored, as by other programs); the cores that the process may run on, or the
// share of them that its control group grants, rounded up. Throws std::invalid_argument where ELMAN_THREADS
// is no count.
Allowance allowance(const std::string& root = "");

// The CPUs that the control group of this process and those above it grant (versions 1 and 2); infinity where
// none says. `root` stands before /proc/self and the mount points (for tests).
double cpu_quota(const std::string& root = "");

}  // namespace elman
