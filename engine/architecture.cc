#include "architecture.h"

namespace elman {

std::ptrdiff_t Layout::append(std::string name, std::vector<std::ptrdiff_t> shape) {
  const std::ptrdiff_t offset = size;
  std::ptrdiff_t count = 1;
  for (const std::ptrdiff_t extent : shape) count *= extent;
  tensors.push_back({std::move(name), std::move(shape), offset, count});
  size += count;
  return offset;
}

Layout::Layout(const Architecture& a, const CellFacts& cell, const ReadoutFacts* readout) {
  const std::ptrdiff_t D = a.directions(), H = a.hidden, GH = cell.gates * H;
  if (a.embedding > 0) embedding = append("embedding.weight", {a.inputs, a.embedding});
  body_begin = size;
  for (int l = 0; l < a.layers; ++l)
    for (int d = 0; d < D; ++d) {
      const std::string suffix = "_l" + std::to_string(l) + (d ? "_reverse" : "");
      Direction at = {.weight_ih = append("weight_ih" + suffix, {GH, a.width_of(l)}),
                      .weight_hh = -1,
                      .bias_ih = -1,
                      .bias_hh = -1};
      if (cell.recurrent) at.weight_hh = append("weight_hh" + suffix, {GH, H});
      if (a.bias) at.bias_ih = append("bias_ih" + suffix, {GH});
      if (a.bias && cell.recurrent) at.bias_hh = append("bias_hh" + suffix, {GH});
      directions.push_back(at);
    }
  if (a.learned_initial)
    for (int s = 0; s < cell.states; ++s)
      initial[s] = append(std::string("initial_") + kStateNames[s], {a.layers * D, H});
  if (readout && readout->scored) readout_weight = append(a.readout + ".weight", {1, D * H});
  if (a.terms > 0) {
    term_weight = append("terms.weight", {a.terms, D * H});
    term_bias = append("terms.bias", {a.terms});
  }
  head_begin = size;
  head_weight = a.tied ? embedding : append("head.weight", {a.outputs, D * H});
  if (a.bias) head_bias = append("head.bias", {a.outputs});
}

}  // namespace elman
