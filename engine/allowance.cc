#include "allowance.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <thread>

#if defined(__linux__)
#include <sched.h>

#include <cerrno>
#endif

namespace elman {
namespace {

constexpr double kNone = std::numeric_limits<double>::infinity();

// A number of threads, and nothing else; 0 where it is none.
int count_in(std::string_view text) {
  int count = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool whole = error == std::errc() && rest == text.data() + text.size();
  return whole && count >= 1 && count <= kMostThreads ? count : 0;
}

// Of OMP_NUM_THREADS, a list with a number for each level of nesting, the first.
int first_count_in(std::string_view text) {
  text = text.substr(0, text.find(','));
  const auto begin = text.find_first_not_of(" \t"), end = text.find_last_not_of(" \t");
  return begin == text.npos ? 0 : count_in(text.substr(begin, end - begin + 1));
}

// The cores that this process may run on; none where the system does not say.
std::optional<int> affinity() {
#if defined(__linux__)
  for (std::size_t cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
    cpu_set_t* const set = CPU_ALLOC(cpus);
    if (!set) break;
    const std::size_t size = CPU_ALLOC_SIZE(cpus);
    const bool known = sched_getaffinity(0, size, set) == 0;
    const int error = errno, count = known ? CPU_COUNT_S(size, set) : 0;
    CPU_FREE(set);
    if (known) return count;
    if (error != EINVAL) break;  // which means that there are more CPUs than the set has places for
  }
#endif
  return std::nullopt;
}

// Whether a list, of words with commas between them, has this one.
bool lists(const std::string& list, const std::string& word) {
  return ("," + list + ",").find("," + word + ",") != std::string::npos;
}

// What a folder of a control group grants.
double second_version(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  double quota, period;
  return file >> quota >> period && quota > 0 && period > 0 ? quota / period : kNone;  // "max" is no number
}

double first_version(const std::string& folder) {
  std::ifstream quota_file(folder + "/cpu.cfs_quota_us"), period_file(folder + "/cpu.cfs_period_us");
  double quota, period;
  return quota_file >> quota && period_file >> period && quota > 0 && period > 0 ? quota / period : kNone;
}

// The least of what a group and those above it grant. `mounted` is the group that is seen at `point`.
double least(double (*grants)(const std::string&), const std::string& point, const std::string& mounted,
             const std::string& group) {
  const std::string above = mounted == "/" ? "" : mounted;
  std::string path = group.compare(0, above.size(), above) == 0 ? group.substr(above.size()) : "";
  double found = kNone;
  for (;;) {
    found = std::min(found, grants(point + path));
    const auto last = path.rfind('/');
    if (last == path.npos) return found;
    path.resize(last);
  }
}

}  // namespace

double cpu_quota(const std::string& root) {
  // Lines "number:controllers:group"; of the second version, whose groups have all controllers, "0::group".
  std::optional<std::string> first, second;
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const auto one = line.find(':'), two = line.find(':', one + 1);
    if (one == line.npos || two == line.npos) continue;
    const std::string controllers = line.substr(one + 1, two - one - 1);
    if (controllers.empty()) second = line.substr(two + 1);
    if (lists(controllers, "cpu")) first = line.substr(two + 1);
  }
  // Lines "id parent device group point options … - type source options" (man 5 proc_pid_mountinfo).
  double found = kNone;
  std::ifstream mounts(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string word, group, point, type, options;
    words >> word >> word >> word >> group >> point;
    while (words >> word && word != "-") {
    }
    words >> type >> word >> options;
    if (type == "cgroup2" && second)
      found = std::min(found, least(second_version, root + point, group, *second));
    if (type == "cgroup" && first && lists(options, "cpu"))
      found = std::min(found, least(first_version, root + point, group, *first));
  }
  return found;
}

Allowance allowance(const std::string& root) {
  if (const char* const text = std::getenv("ELMAN_THREADS"); text && *text) {
    if (const int count = count_in(text)) return {count, "ELMAN_THREADS"};
    throw std::invalid_argument("environment variable ELMAN_THREADS: expected a whole number from 1 to " +
                                std::to_string(kMostThreads) + ", found \"" + text + "\"");
  }
  if (const char* const text = std::getenv("OMP_NUM_THREADS"))
    if (const int count = first_count_in(text)) return {count, "OMP_NUM_THREADS"};
  Allowance found{std::clamp(int(std::thread::hardware_concurrency()), 1, kMostThreads), "cores"};
  if (const auto cores = affinity(); cores && *cores >= 1 && *cores < found.count)
    found = {*cores, "affinity"};
  if (const double quota = std::ceil(cpu_quota(root)); quota < found.count) found = {int(quota), "cgroup"};
  return found;
}

}  // namespace elman
