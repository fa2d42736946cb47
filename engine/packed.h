// The parameters as the kernels like them: packed once, then shared by all shards and reused over all steps.
#pragma once

#include <vector>

#include "architecture.h"
#include "buffer.h"
#include "negatives.h"
#include "threads.h"

namespace elman {

// The sizes that every room of the engine needs, worked out once.
template <class T>
struct Shape {
  const Architecture& architecture;
  const Kernels<T>& kernels;
  const CellKernels<T>& cell;
  const CellFacts& facts;
  const ReadoutKernels<T>* readout;  // nullptr: the head reads every step
  int D, L, H, Hp;
  Columns input, hidden, output;  // of the inputs (or their embedding), a layer's outputs, the logits

  Shape(const Architecture& a, const Kernels<T>& k, const CellKernels<T>& c, const ReadoutKernels<T>* r)
      : architecture(a),
        kernels(k),
        cell(c),
        facts(*c.facts),
        readout(r),
        D(a.directions()),
        L(a.layers),
        H(a.hidden),
        Hp(padded(a.hidden)),
        input{1, a.width_of(0), padded(a.width_of(0))},
        hidden{D, H, Hp},
        output{1, a.outputs, padded(a.outputs)} {}

  int padded(int n) const { return (n + kernels.lanes - 1) / kernels.lanes * kernels.lanes; }
  std::ptrdiff_t panels(int columns) const { return (columns + kernels.panel - 1) / kernels.panel; }
  Columns input_of(int layer) const { return layer > 0 ? hidden : input; }
  const ReadoutFacts* readout_facts() const { return readout ? readout->facts : nullptr; }
  bool scored() const { return readout && readout->facts->scored; }
  Columns gates() const { return {facts.gates, H, Hp}; }
  int slot_columns() const { return facts.slots * Hp; }
  bool looks_up(int layer) const {  // one-hot inputs: a row of the transposed weights, never a product
    return layer == 0 && architecture.symbols && architecture.embedding == 0;
  }
};

// C (m rows) = A B with B packed; the parts of a Product that the packing knows.
template <class T>
struct Panels {
  Buffer<T> data;
  std::ptrdiff_t k = 0, n = 0, width = 0;

  void pack(const Shape<T>& s, Packing<T> p) {
    const bool moves = k != p.k.extent() && p.n.padded != p.n.size;  // the padding's places
    k = p.k.extent(), n = p.n.physical(), width = s.kernels.panel;
    data.reserve(s.panels(p.n.physical()) * k * width);
    if (moves) data.zero();
    p.panels = data.data();
    s.kernels.pack(p);
  }
  Product<T> times(std::ptrdiff_t m, const T* a, std::ptrdiff_t a_row, T* c, std::ptrdiff_t c_row) const {
    return {.m = m,
            .n = n,
            .k = k,
            .a = a,
            .a_row = a_row,
            .a_k = 1,
            .b = data.data(),
            .b_panel = k * width,
            .b_k = width,
            .c = c,
            .c_row = c_row};
  }
};

template <class T>
class Packed {
 public:
  struct Direction {
    Panels<T> input, recurrent;            // W_ih^T, W_hh^T
    Panels<T> input_back, recurrent_back;  // W_ih, W_hh, for gradients
    Buffer<T> rows;  // one-hot inputs: (V, G Hp), bias included; those in use are filled
    Buffer<T> bias;  // (S Hp)
  };
  std::vector<Direction> directions;
  Panels<T> head, head_back;
  Buffer<T> head_bias;       // (Op)
  Buffer<T> readout_weight;  // (D Hp)
  Columns output;            // of the logits: all outputs or, in training with negatives, those alone
  bool sampled = false;  // so it is; then `negatives` are those, and the two below have what is not packed
  Negatives<T> negatives;
  const T *all_weights, *all_biases;  // of the head: (O, D H); (O), or null
  const T* flat;                      // the parameters

  std::vector<std::int32_t> used;  // the symbols that will be looked up, in order

  // With a key, the head has negatives, which are drawn by it.
  void pack(const Shape<T>& s, const Layout& layout, const T* w, bool backward);
  void pack(const Shape<T>& s, const Layout& layout, const T* w, const Loss<T>&, std::uint64_t key);

 private:
  static constexpr std::ptrdiff_t kWorthSharing = 1 << 15;  // parameters

  void pack_all(const Shape<T>&, const Layout&, const T* w, bool backward);
  void pack_input(const Shape<T>&, int l, const Layout::Direction&, const T* w, bool backward, Direction&);
  void pack_recurrent(const Shape<T>&, const T* weight_hh, bool backward, Direction&);
  const T* prepare_head(const Shape<T>&, const Layout&, const T* w);
  void pack_head(const Shape<T>&, const T* weight);
  void pack_head_back(const Shape<T>&, const T* weight);
  void pack_bias(const Shape<T>&, const Layout::Direction&, const T* w, Direction&);
  void pack_rows(const Shape<T>&, const T* weight_ih, Direction&);

  Buffer<T> some_weights_;  // (K, D H), of the negatives
};

template <class T>
void Packed<T>::pack(const Shape<T>& s, const Layout& layout, const T* w, bool backward) {
  sampled = false, output = s.output;
  pack_all(s, layout, w, backward);
}

template <class T>
void Packed<T>::pack(const Shape<T>& s, const Layout& layout, const T* w, const Loss<T>& loss,
                     std::uint64_t key) {
  negatives.draw(loss, s.output.size, key);
  const int count = int(negatives.items.size());
  sampled = true, output = {1, count, s.padded(count)};
  pack_all(s, layout, w, true);
}

// One job for each direction's two weights, and, before and behind them, one for each of the head's two packings: jobs
// are shared out by their number.
template <class T>
void Packed<T>::pack_all(const Shape<T>& s, const Layout& layout, const T* w, bool backward) {
  const std::ptrdiff_t count = std::ptrdiff_t(layout.directions.size());
  directions.resize(std::size_t(count));
  const T* const head_weight = prepare_head(s, layout, w);
  const auto jobs = [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t job = begin; job < end; ++job) {
      if (job == 0) {
        pack_head(s, head_weight);
        continue;
      }
      if (job > 2 * count) {
        if (backward) pack_head_back(s, head_weight);
        continue;
      }
      const std::size_t i = std::size_t((job - 1) / 2);
      if (job % 2 == 1)
        pack_input(s, int(i) / s.D, layout.directions[i], w, backward, directions[i]);
      else if (s.facts.recurrent)
        pack_recurrent(s, w + layout.directions[i].weight_hh, backward, directions[i]);
    }
  };
  if (layout.size < kWorthSharing) return jobs(0, 2 * count + 2);
  run_in_parts(2 * count + 2, 1, jobs);
}

template <class T>
void Packed<T>::pack_input(const Shape<T>& s, int l, const Layout::Direction& at, const T* w, bool backward,
                           Direction& to) {
  const Columns in = s.input_of(l);
  const T* weight_ih = w + at.weight_ih;
  pack_bias(s, at, w, to);
  if (s.looks_up(l)) return pack_rows(s, weight_ih, to);
  const int* const order = s.facts.input_order;
  to.input.pack(s, {.w = weight_ih,
                    .n_stride = in.logical(),
                    .k_stride = 1,
                    .n = s.gates(),
                    .k = in,
                    .n_order = order,
                    .k_order = nullptr,
                    .panels = nullptr});
  if (backward)
    to.input_back.pack(s, {.w = weight_ih,
                           .n_stride = 1,
                           .k_stride = in.logical(),
                           .n = in,
                           .k = s.gates(),
                           .n_order = nullptr,
                           .k_order = order,
                           .panels = nullptr});
}

template <class T>
void Packed<T>::pack_recurrent(const Shape<T>& s, const T* weight_hh, bool backward, Direction& to) {
  const Columns h{1, s.H, s.Hp};
  const int* const order = s.facts.hidden_order;
  to.recurrent.pack(s, {.w = weight_hh,
                        .n_stride = s.H,
                        .k_stride = 1,
                        .n = s.gates(),
                        .k = h,
                        .n_order = order,
                        .k_order = nullptr,
                        .panels = nullptr});
  if (backward)
    to.recurrent_back.pack(s, {.w = weight_hh,
                               .n_stride = 1,
                               .k_stride = s.H,
                               .n = h,
                               .k = s.gates(),
                               .n_order = nullptr,
                               .k_order = order,
                               .panels = nullptr});
}

// The head's weights, row by row: all or, with negatives, theirs; and all that is small.
template <class T>
const T* Packed<T>::prepare_head(const Shape<T>& s, const Layout& layout, const T* w) {
  const std::ptrdiff_t reads = s.hidden.logical();
  flat = w, all_weights = w + layout.head_weight;
  all_biases = layout.head_bias >= 0 ? w + layout.head_bias : nullptr;
  head_bias.reserve(output.padded);
  for (int j = 0; all_biases && j < output.size; ++j)
    head_bias.data()[j] = all_biases[sampled ? negatives.items[std::size_t(j)] : j];
  readout_weight.reserve(s.hidden.physical());
  for (int d = 0; s.scored() && d < s.D; ++d)
    copy(w + layout.readout_weight + d * s.H, s.H, readout_weight.data() + d * s.Hp);
  if (!sampled) return all_weights;
  some_weights_.reserve(output.size * reads);
  for (int j = 0; j < output.size; ++j)
    copy(all_weights + negatives.items[std::size_t(j)] * reads, reads, some_weights_.data() + j * reads);
  return some_weights_.data();
}

template <class T>
void Packed<T>::pack_head(const Shape<T>& s, const T* weight) {
  head.pack(s, {.w = weight,
                .n_stride = s.hidden.logical(),
                .k_stride = 1,
                .n = output,
                .k = s.hidden,
                .n_order = nullptr,
                .k_order = nullptr,
                .panels = nullptr});
}

template <class T>
void Packed<T>::pack_head_back(const Shape<T>& s, const T* weight) {
  head_back.pack(s, {.w = weight,
                     .n_stride = 1,
                     .k_stride = s.hidden.logical(),
                     .n = s.hidden,
                     .k = output,
                     .n_order = nullptr,
                     .k_order = nullptr,
                     .panels = nullptr});
}

// Both biases meet in the slots that both products fill; the GRU's last slot has that of the recurrent part
// alone.
template <class T>
void Packed<T>::pack_bias(const Shape<T>& s, const Layout::Direction& at, const T* w, Direction& to) {
  const CellFacts& f = s.facts;
  to.bias.reserve_zeroed(s.slot_columns());
  for (int g = 0; g < f.gates; ++g)
    for (int j = 0; j < s.H; ++j) {
      if (at.bias_ih >= 0) to.bias.data()[g * s.Hp + j] += w[at.bias_ih + f.input_order[g] * s.H + j];
      if (at.bias_hh >= 0)
        to.bias.data()[(f.slots - f.gates + g) * s.Hp + j] += w[at.bias_hh + f.hidden_order[g] * s.H + j];
    }
}

template <class T>
void Packed<T>::pack_rows(const Shape<T>& s, const T* weight_ih, Direction& to) {
  const int V = s.architecture.inputs, columns = s.facts.gates * s.Hp;
  to.rows.reserve(std::ptrdiff_t(V) * columns);
  for (int g = 0; g < s.facts.gates; ++g)
    for (int j = 0; j < s.H; ++j) {
      const T* from = weight_ih + std::ptrdiff_t(s.facts.input_order[g] * s.H + j) * V;
      const T bias = to.bias.data()[g * s.Hp + j];
      T* column = to.rows.data() + g * s.Hp + j;
      for (const std::int32_t v : used) column[std::ptrdiff_t(v) * columns] = from[v] + bias;
    }
}

}  // namespace elman
