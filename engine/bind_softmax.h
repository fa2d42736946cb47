// The part of the engine's Python face that answers out of very many outputs: sums of terms, probabilities, the highest.
#pragma once

#include <nanobind/nanobind.h>

namespace elman {

void bind_softmax(nanobind::module_& m);

}  // namespace elman
