// The part of the engine's Python face that counts: pairs of items in sessions, and sums of such counts.
#pragma once

#include <nanobind/nanobind.h>

namespace elman {

void bind_pairs(nanobind::module_& m);

}  // namespace elman
