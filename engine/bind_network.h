// Networks, and what they are handed, for Python.
#pragma once

#include <nanobind/nanobind.h>

namespace elman {

void bind_networks(nanobind::module_&);

}  // namespace elman
