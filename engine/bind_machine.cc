#include "bind_machine.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "allowance.h"
#include "kernels.h"
#include "random.h"
#include "threads.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace elman {

template <class T>
using Array = nb::ndarray<T, nb::numpy, nb::c_contig, nb::device::cpu>;

void bind_machine(nb::module_& m) {
  m.def("instruction_set", [] { return std::string(instruction_set()); }, "The instruction set in use.");
  m.def(
      "instruction_sets",
      [] { return std::vector<std::string>(instruction_sets().begin(), instruction_sets().end()); },
      "Those that this build holds and this machine runs, the simplest first.");
  m.def("threads", threads,
        "The thread count of the process: as `set_threads` says, or else the environment variable "
        "ELMAN_THREADS, or "
        "OMP_NUM_THREADS, or one for each core that the process may run on, as far as its control group "
        "grants them.");
  m.def("threads_source", threads_source,
        "What that count comes from: \"set_threads\", \"ELMAN_THREADS\", \"OMP_NUM_THREADS\", \"affinity\", "
        "\"cgroup\" or \"cores\".");
  m.def(
      "allowance",
      [](const std::string& root) {
        const Allowance found = allowance(root);
        return std::make_tuple(found.count, std::string(found.source), cpu_quota(root));
      },
      "root"_a = "",
      "The count that threads() begins with, what it comes from, and the CPUs that the control groups of "
      "this "
      "process grant; `root` stands before all paths.");
  m.def("derive", derive, "key"_a, "index"_a, "The key of noise with this index under a key.");
  m.def("set_threads", set_threads, "count"_a, "Sets the thread count of the process, from 1 on.");

  m.def(
      "peak",
      [](double seconds, int count) {
        using Clock = std::chrono::steady_clock;
        std::vector<double> rates(std::size_t(count), 0);
        const nb::gil_scoped_release nogil;
        run_parallel(count, [&](int i) {
          const auto began = Clock::now();
          double done = 0, passed = 0;
          for (; passed < seconds; passed = std::chrono::duration<double>(Clock::now() - began).count())
            done += kernels<float>().multiply_adds(10000);
          rates[std::size_t(i)] = 2 * done / passed;
        });
        return std::accumulate(rates.begin(), rates.end(), 0.);
      },
      "seconds"_a, "threads"_a,
      "Floating-point operations per second of float32 multiply-adds in registers, on so many threads at "
      "once.");

  const auto bind_map = [&]<class T>(const char* name,
                                     void (*Kernels<T>::*map)(std::ptrdiff_t, const T*, T*)) {
    m.def(
        name,
        [map](Array<const T> from, Array<T> to) {
          (kernels<T>().*map)(std::ptrdiff_t(from.size()), from.data(), to.data());
        },
        "from_"_a, "to"_a);
  };
  bind_map.operator()<float>("exp", &Kernels<float>::exp);
  bind_map.operator()<double>("exp", &Kernels<double>::exp);
  bind_map.operator()<float>("tanh", &Kernels<float>::tanh);
  bind_map.operator()<double>("tanh", &Kernels<double>::tanh);
  bind_map.operator()<float>("sigmoid", &Kernels<float>::sigmoid);
  bind_map.operator()<double>("sigmoid", &Kernels<double>::sigmoid);
}

}  // namespace elman
