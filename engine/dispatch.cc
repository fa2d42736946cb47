// Which kernels this machine runs.
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include "instruction_sets.h"
#include "kernels.h"

// ELMAN_INSTRUCTION_SETS(X): X(name) for each set this build holds, the simplest first.
#define ELMAN_DECLARE(isa)                                \
  namespace elman::isa {                                  \
  template <class T>                                      \
  const Kernels<T>& table();                              \
  extern template const Kernels<float>& table<float>();   \
  extern template const Kernels<double>& table<double>(); \
  }
ELMAN_INSTRUCTION_SETS(ELMAN_DECLARE)

namespace elman {
namespace {

struct InstructionSet {
  const char* name;
  const Kernels<float>& (*single)();
  const Kernels<double>& (*twofold)();
};
#define ELMAN_ROW(isa) {#isa, isa::table<float>, isa::table<double>},
constexpr InstructionSet kBuilt[] = {ELMAN_INSTRUCTION_SETS(ELMAN_ROW)};

bool runs(const char* name) {
#if defined(__x86_64__)
  if (!std::strcmp(name, "avx2")) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (!std::strcmp(name, "avx512"))
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
#endif
  return !std::strcmp(name, "baseline");
}

const InstructionSet& choose() {
  const char* forced = std::getenv("ELMAN_ISA");
  const InstructionSet* best = nullptr;
  std::string names;
  for (const InstructionSet& set : kBuilt) {
    if (!runs(set.name)) continue;
    names += names.empty() ? set.name : std::string(", ") + set.name;
    if (!forced || !*forced || !std::strcmp(forced, set.name)) best = &set;
  }
  if (!best)
    throw std::runtime_error("environment variable ELMAN_ISA: expected one of " + names + ", found \"" +
                             forced + "\"");
  return *best;
}

const InstructionSet& chosen() {
  static const InstructionSet& set = choose();
  return set;
}

}  // namespace

template <>
const Kernels<float>& kernels<float>() {
  return chosen().single();
}
template <>
const Kernels<double>& kernels<double>() {
  return chosen().twofold();
}

const char* instruction_set() { return chosen().name; }

std::span<const char* const> instruction_sets() {
  static const auto names = [] {
    struct {
      const char* name[std::size(kBuilt)];
      std::size_t count = 0;
    } found;
    for (const InstructionSet& set : kBuilt)
      if (runs(set.name)) found.name[found.count++] = set.name;
    return found;
  }();
  return {names.name, names.count};
}

}  // namespace elman
