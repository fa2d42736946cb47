// What a network is made of: its sizes, and where each tensor lies in the flat vector of parameters.
#pragma once

#include <string>
#include <vector>

#include "kernels.h"

namespace elman {

struct Architecture {
  int inputs = 1, outputs = 1;
  bool symbols = false;  // the inputs are indices 0..inputs-1
  int embedding = 0;     // the width of their embedding; 0: one-hot
  bool tied = false;     // the head's weights are its first rows
  std::string cell = "lstm", nonlinearity;
  int hidden = 16, layers = 1;
  bool bidirectional = false, bias = true;
  double dropout = 0, noise = 0;                  // between layers; on the states
  double output_dropout = 0, weight_dropout = 0;  // of what the head reads; of the recurrent weights
  std::string readout = "steps";                  // or what the head reads of a whole sequence (readout.h)
  bool learned_initial = false;
  double initial = 0;
  int terms = 0;  // extra logits (terms.h)

  bool noisy() const { return dropout > 0 || noise > 0 || output_dropout > 0 || weight_dropout > 0; }
  int directions() const { return bidirectional ? 2 : 1; }
  int width_of(int layer) const {  // of a layer's inputs, in numbers
    return layer > 0 ? directions() * hidden : embedding > 0 ? embedding : inputs;
  }
};

struct Tensor {
  std::string name;
  std::vector<std::ptrdiff_t> shape;
  std::ptrdiff_t offset, size;
};

// Offsets into the flat vector; PyTorch's names, shapes and order. -1: this network has no such tensor.
struct Layout {
  struct Direction {
    std::ptrdiff_t weight_ih, weight_hh, bias_ih, bias_hh;
  };
  std::ptrdiff_t embedding = -1, readout_weight = -1, head_weight = -1, head_bias = -1;
  std::ptrdiff_t term_weight = -1, term_bias = -1;
  std::vector<Direction> directions;  // of layer l: [l * D + d]
  std::ptrdiff_t initial[kMaxStates] = {-1, -1};
  // Embedding, all between, and head, if it has weights of its own: [0, body_begin), [body_begin, head_begin) and on.
  std::ptrdiff_t body_begin = 0, head_begin = 0;
  std::vector<Tensor> tensors;
  std::ptrdiff_t size = 0;

  Layout(const Architecture&, const CellFacts&, const ReadoutFacts*);

 private:
  std::ptrdiff_t append(std::string name, std::vector<std::ptrdiff_t> shape);
};

}  // namespace elman
