// The part of the engine's Python face that knows no networks: instruction sets, threads, and single kernels.
#pragma once

#include <nanobind/nanobind.h>

namespace elman {

void bind_machine(nanobind::module_& m);

}  // namespace elman
