// A shard: some rows of a batch through all layers and all steps, forwards and backwards.
//
// A batch is shared among threads by rows. Each thread takes its rows from the first step to the last through
// every layer, and back; threads meet once per update, when their gradients are added. Rows are sorted by
// length, longest first, so that the rows still running at step t are the first active[t] ones.
#pragma once

#include <numeric>
#include <span>
#include <vector>

#include "packed.h"
#include "random.h"

namespace elman {

// Sequences as the caller holds them: time-major, one column each.
template <class T>
struct Examples {
  std::ptrdiff_t steps = 0, columns = 0;
  const T* dense = nullptr;                      // (steps, columns, I), or
  const std::int32_t* symbols = nullptr;         // (steps, columns)
  const T* targets = nullptr;                    // (steps, columns, O), or
  const std::int32_t* target_symbols = nullptr;  // (steps, columns)
  const T* weights = nullptr;                    // (steps, columns); nullptr: all 1
  const std::int32_t* lengths = nullptr;         // (columns); nullptr: all `steps`
};

// What one update or one forward pass reads of them: some columns, from one step on.
struct Window {
  std::ptrdiff_t start = 0;
  int steps = 0;
  std::span<const std::int32_t> columns;  // the batch: row b is column columns[b]

  template <class T>
  int length(const Examples<T>& e, std::ptrdiff_t row) const {
    if (!e.lengths) return steps;
    return int(std::clamp<std::ptrdiff_t>(e.lengths[columns[std::size_t(row)]] - start, 0, steps));
  }
};

// States of all layers and directions of a batch, (L D, B, H) each; null where there are none.
template <class T>
struct States {
  T* at[kMaxStates] = {};
  explicit operator bool() const { return at[0]; }
};

struct Noise {
  bool on = false;
  std::uint64_t key = 0;
};

template <class T>
class Shard {
 public:
  Shard(const Shape<T>& shape, const Layout& layout)
      : s_(shape), layout_(layout), layers_(std::size_t(s_.L)) {}

  // Takes rows first..first+count-1 of the window's batch of `batch` rows, with inputs.
  void take(const Examples<T>&, const Window&, std::ptrdiff_t first, std::ptrdiff_t count);
  void forward(const Packed<T>&, const T* parameters, States<const T> initial, Noise, Heartbeat*,
               bool calls_back);

  // Fills the logits' gradient: by a loss (returns the weighted sum of losses), or from outside.
  double loss(LossKind, const Examples<T>&, const Window&, T scale);
  void take_gradient(const T* dy);
  // Gradients of everything: overwrites `gradient` (flat, as the parameters); dx (T, B, I) and dinitial may
  // be null.
  void backward(const Packed<T>&, States<const T> dfinal, T* gradient, T* dx, States<T> dinitial);

  // What came out, written to the places of this shard's rows in the caller's arrays.
  void give_outputs(T* y) const;  // (T, B, O)
  void give_final(States<T>) const;
  void give_trace(T* const* gates, States<T> states) const;  // (L D, T, B, H) each; (L D, T + 1, B, H) each

  std::ptrdiff_t rows() const { return rows_; }

 private:
  struct Layer {
    Buffer<T> slots[2];            // of each direction: (T, B, S Hp)
    Buffer<T> states[kMaxStates];  // (T + 2, B, D Hp)
    Buffer<T> dropped;             // the outputs after dropout, where there is any: (T, B, D Hp)
    std::vector<std::uint64_t> noise_rows[2];
  };
  struct Input {
    const T* x;
    Columns columns;
  };

  std::size_t place(int l, int d) const { return std::size_t(l * s_.D + d); }
  std::ptrdiff_t cells() const { return std::ptrdiff_t(steps_) * rows_; }
  std::ptrdiff_t state_row() const { return s_.hidden.physical(); }
  T* states_at(Layer& y, int state, int slot, int d) const {
    return y.states[state].data() + std::ptrdiff_t(slot) * rows_ * state_row() + d * s_.Hp;
  }
  const T* states_at(const Layer& y, int state, int slot, int d) const {
    return y.states[state].data() + std::ptrdiff_t(slot) * rows_ * state_row() + d * s_.Hp;
  }
  int first_slot(int d) const { return d ? steps_ + 1 : 0; }  // where the initial state lies
  int last_slot(int d) const { return d ? 1 : steps_; }       // and the final one
  bool drops(int layer) const { return noise_.on && s_.architecture.dropout > 0 && layer + 1 < s_.L; }
  Input input_of(int layer) const;
  Recurrence<T> recurrence(int l, int d);
  void look_up(const T* parameters);
  void begin(int l, int d, const T* parameters, States<const T> initial);
  void drop(int layer, const T* from, T* to) const;
  void multiply_into(const T* a, std::ptrdiff_t a_k, std::ptrdiff_t m, const T* b, std::ptrdiff_t b_k, int n);
  void give_weight(Columns rows, const int* order, Columns columns, T* to) const;
  void weight_gradients(int l, int d, T* gradient);
  void input_gradients(int l, int d, const Packed<T>&, bool accumulate, T* to);
  void initial_gradients(int l, int d, T* gradient, States<T> dinitial);

  const Shape<T>& s_;
  const Layout& layout_;
  int steps_ = 0;
  std::ptrdiff_t rows_ = 0, batch_ = 0;
  Noise noise_;
  bool from_parameters_ = false;  // the initial state is the learned one
  Heartbeat* heartbeat_ = nullptr;
  bool calls_back_ = false;
  std::vector<std::int32_t> position_, length_;  // of each row: its place in the batch, its length
  std::vector<int> active_;                      // (T)
  Buffer<T> x_;                                  // (T, B, Ip)
  std::vector<std::int32_t> symbols_;            // (T, B)
  std::vector<Layer> layers_;
  Buffer<T> logits_;                          // (T, B, Op); their gradient after loss()
  Buffer<T> targets_, weights_;               // (T, B, O); (T, B)
  std::vector<std::int32_t> target_symbols_;  // (T, B)
  Buffer<T> dy_, dy_below_;                   // (T, B, D Hp) or (T, B, Ip)
  Buffer<T> dstates_[kMaxStates];             // (B, Hp)
  Buffer<T> product_, sums_, rows_gradient_;  // results in working layout, on their way to the gradient
};

template <class T>
void Shard<T>::take(const Examples<T>& e, const Window& w, std::ptrdiff_t first, std::ptrdiff_t count) {
  steps_ = w.steps, rows_ = count, batch_ = std::ptrdiff_t(w.columns.size());
  const std::size_t B = std::size_t(count);
  position_.resize(B), length_.resize(B), active_.resize(std::size_t(steps_));
  std::iota(position_.begin(), position_.end(), std::int32_t(first));
  if (e.lengths)
    std::sort(position_.begin(), position_.end(), [&](std::int32_t a, std::int32_t b) {
      const int la = w.length(e, a), lb = w.length(e, b);
      return la != lb ? la > lb : a < b;
    });
  for (std::size_t b = 0; b < B; ++b) length_[b] = w.length(e, position_[b]);
  int running = int(count);
  for (int t = 0; t < steps_; ++t) {
    while (running > 0 && length_[std::size_t(running - 1)] <= t) --running;
    active_[std::size_t(t)] = running;
  }

  const int I = s_.architecture.inputs;
  const bool symbols = s_.architecture.symbols;
  if (symbols)
    symbols_.resize(std::size_t(cells()));
  else
    x_.reserve(cells() * s_.input.padded);
  for (int t = 0; t < steps_; ++t)
    for (std::ptrdiff_t b = 0; b < rows_; ++b) {
      // Padding is replaced by zeros: whatever it holds, it must not reach a product.
      const std::ptrdiff_t from =
          (w.start + t) * e.columns + w.columns[std::size_t(position_[std::size_t(b)])];
      const bool running_on = b < active_[std::size_t(t)];
      if (symbols)
        symbols_[std::size_t(t * rows_ + b)] = running_on ? e.symbols[from] : 0;
      else if (T* to = x_.data() + (t * rows_ + b) * s_.input.padded; running_on)
        std::copy_n(e.dense + from * I, I, to);
      else
        std::fill_n(to, I, T(0));
    }
}

template <class T>
typename Shard<T>::Input Shard<T>::input_of(int l) const {
  if (l == 0) return {x_.data(), s_.input};
  const Layer& below = layers_[std::size_t(l - 1)];
  return {drops(l - 1) ? below.dropped.data() : states_at(below, 0, 1, 0), s_.hidden};
}

template <class T>
Recurrence<T> Shard<T>::recurrence(int l, int d) {
  Layer& layer = layers_[std::size_t(l)];
  Recurrence<T> r = {};
  r.steps = steps_, r.rows = int(rows_), r.active = active_.data(), r.reversed = d == 1;
  r.hidden = s_.H, r.padded = s_.Hp;
  r.slots = layer.slots[d].data();
  r.state_row = state_row();
  for (int k = 0; k < s_.facts.states; ++k) r.states[k] = states_at(layer, k, 0, d);
  if (noise_.on) r.noise = T(s_.architecture.noise);
  r.noise_row = layer.noise_rows[d].data();
  r.heartbeat = heartbeat_, r.calls_back = calls_back_;
  return r;
}

// Symbols to the rows of their embedding.
template <class T>
void Shard<T>::look_up(const T* parameters) {
  x_.reserve(cells() * s_.input.padded);
  for (std::ptrdiff_t i = 0; i < cells(); ++i)
    std::copy_n(parameters + layout_.embedding + std::ptrdiff_t(symbols_[std::size_t(i)]) * s_.input.size,
                s_.input.size, x_.data() + i * s_.input.padded);
}

// The initial state: given, or learned, or a constant.
template <class T>
void Shard<T>::begin(int l, int d, const T* parameters, States<const T> initial) {
  Layer& layer = layers_[std::size_t(l)];
  for (int k = 0; k < s_.facts.states; ++k)
    for (std::ptrdiff_t b = 0; b < rows_; ++b) {
      T* to = states_at(layer, k, first_slot(d), d) + b * state_row();
      std::fill(to + s_.H, to + s_.Hp, T(0));  // padding may hold anything from an earlier shape, even NaN
      const std::ptrdiff_t at = std::ptrdiff_t(place(l, d));
      if (initial)
        std::copy_n(initial.at[k] + (at * batch_ + position_[std::size_t(b)]) * s_.H, s_.H, to);
      else if (layout_.initial[k] >= 0)
        std::copy_n(parameters + layout_.initial[k] + at * s_.H, s_.H, to);
      else
        std::fill_n(to, s_.H, T(s_.architecture.initial));
    }
  auto& keys = layer.noise_rows[d];
  keys.resize(std::size_t(rows_));
  if (noise_.on)
    for (std::size_t b = 0; b < keys.size(); ++b)
      keys[b] = derive(derive(noise_.key, place(l, d)), std::uint64_t(position_[b]));
}

// Dropout of a layer's outputs, or, the same mask, of their gradients. Its keys are apart from those of the
// noise.
template <class T>
void Shard<T>::drop(int l, const T* from, T* to) const {
  const std::uint64_t key = derive(noise_.key, std::uint64_t(s_.L * s_.D + l));
  for (std::ptrdiff_t i = 0; i < cells(); ++i) {
    const std::uint64_t t = std::uint64_t(i / rows_), b = std::uint64_t(position_[std::size_t(i % rows_)]);
    for (int d = 0; d < s_.D; ++d) {
      const std::ptrdiff_t at = i * state_row() + d * s_.Hp;
      s_.kernels.dropout(s_.H, T(s_.architecture.dropout),
                         derive(derive(derive(key, t), b), std::uint64_t(d)), from + at, to + at);
    }
  }
}

template <class T>
void Shard<T>::forward(const Packed<T>& packed, const T* parameters, States<const T> initial, Noise noise,
                       Heartbeat* heartbeat, bool calls_back) {
  noise_ = noise, heartbeat_ = heartbeat, calls_back_ = calls_back;
  from_parameters_ = !initial;
  if (s_.architecture.embedding > 0) look_up(parameters);
  const CellFacts& f = s_.facts;
  const std::ptrdiff_t S = s_.slot_columns(), input_slots = f.gates * s_.Hp;
  for (int l = 0; l < s_.L; ++l) {
    Layer& layer = layers_[std::size_t(l)];
    for (int k = 0; k < f.states; ++k) layer.states[k].reserve((steps_ + 2) * rows_ * state_row());
    for (int d = 0; d < s_.D; ++d) {
      const auto& weights = packed.directions[place(l, d)];
      layer.slots[d].reserve(cells() * S);
      T* const slots = layer.slots[d].data();
      const T* const bias = weights.bias.data();
      if (s_.looks_up(l)) {
        for (std::ptrdiff_t i = 0; i < cells(); ++i)
          std::copy_n(weights.rows.data() + symbols_[std::size_t(i)] * input_slots, input_slots,
                      slots + i * S);
      } else {
        const Input x = input_of(l);
        Product<T> product = weights.input.times(cells(), x.x, x.columns.physical(), slots, S);
        product.bias = bias;
        s_.kernels.multiply(product);
      }
      if (S > input_slots)
        for (std::ptrdiff_t i = 0; i < cells(); ++i)
          std::copy_n(bias + input_slots, S - input_slots, slots + i * S + input_slots);
      begin(l, d, parameters, initial);
      Recurrence<T> r = recurrence(l, d);
      r.recurrent = weights.recurrent.data.data();
      s_.cell.forward(r);
    }
    if (drops(l)) {
      layer.dropped.reserve(cells() * state_row());
      drop(l, states_at(layer, 0, 1, 0), layer.dropped.data());
    }
  }
  logits_.reserve(cells() * s_.output.padded);
  Product<T> head = packed.head.times(cells(), states_at(layers_.back(), 0, 1, 0), state_row(),
                                      logits_.data(), s_.output.padded);
  head.bias = packed.head_bias.data();
  s_.kernels.multiply(head);
}

template <class T>
double Shard<T>::loss(LossKind kind, const Examples<T>& e, const Window& w, T scale) {
  const int O = s_.architecture.outputs;
  weights_.reserve(cells());
  if (kind == LossKind::symbols)
    target_symbols_.resize(std::size_t(cells()));
  else
    targets_.reserve(cells() * O);
  for (std::ptrdiff_t i = 0; i < cells(); ++i) {
    const std::ptrdiff_t t = i / rows_, b = i % rows_;
    const std::ptrdiff_t from = (w.start + t) * e.columns + w.columns[std::size_t(position_[std::size_t(b)])];
    const bool running = b < active_[std::size_t(t)];
    weights_.data()[i] = !running ? T(0) : e.weights ? e.weights[from] : T(1);
    if (kind == LossKind::symbols)
      target_symbols_[std::size_t(i)] = weights_.data()[i] == 0 ? 0 : e.target_symbols[from];
    else
      std::copy_n(e.targets + from * O, O, targets_.data() + i * O);
  }
  return s_.kernels.loss(kind, {.rows = cells(),
                                .outputs = O,
                                .logits = logits_.data(),
                                .row = s_.output.padded,
                                .targets = targets_.data(),
                                .symbols = target_symbols_.data(),
                                .weights = weights_.data(),
                                .scale = scale});
}

template <class T>
void Shard<T>::take_gradient(const T* dy) {
  const int O = s_.output.size, row = s_.output.padded;
  for (std::ptrdiff_t i = 0; i < cells(); ++i) {
    const std::ptrdiff_t t = i / rows_, b = i % rows_;
    T* to = logits_.data() + i * row;
    std::fill_n(to, row, T(0));
    if (b < active_[std::size_t(t)]) std::copy_n(dy + (t * batch_ + position_[std::size_t(b)]) * O, O, to);
  }
}

// product_ (m, n) = A^T B over all steps and rows: how every weight gets its gradient.
template <class T>
void Shard<T>::multiply_into(const T* a, std::ptrdiff_t a_k, std::ptrdiff_t m, const T* b, std::ptrdiff_t b_k,
                             int n) {
  product_.reserve(m * n);
  s_.kernels.multiply({.m = m,
                       .n = n,
                       .k = cells(),
                       .a = a,
                       .a_row = 1,
                       .a_k = a_k,
                       .b = b,
                       .b_panel = s_.kernels.panel,
                       .b_k = b_k,
                       .c = product_.data(),
                       .c_row = n});
}

// From the padded working layout in product_ to a tensor as PyTorch shapes it.
template <class T>
void Shard<T>::give_weight(Columns rows, const int* order, Columns columns, T* to) const {
  for (int block = 0; block < rows.blocks; ++block)
    for (int j = 0; j < rows.size; ++j) {
      const T* from = product_.data() + std::ptrdiff_t(block * rows.padded + j) * columns.physical();
      T* row = to + std::ptrdiff_t((order ? order[block] : block) * rows.size + j) * columns.logical();
      for (int part = 0; part < columns.blocks; ++part)
        std::copy_n(from + part * columns.padded, columns.size, row + part * columns.size);
    }
}

template <class T>
void Shard<T>::weight_gradients(int l, int d, T* gradient) {
  const CellFacts& f = s_.facts;
  const Layout::Direction& at = layout_.directions[place(l, d)];
  const Layer& layer = layers_[std::size_t(l)];
  const std::ptrdiff_t S = s_.slot_columns(), hidden_slots = (f.slots - f.gates) * s_.Hp;
  const Columns gates = s_.gates();
  const T* const da = layer.slots[d].data();
  if (f.recurrent) {
    const Columns h{1, s_.H, s_.Hp};
    multiply_into(da + hidden_slots, S, gates.extent(), states_at(layer, 0, d ? 2 : 0, d), state_row(),
                  s_.Hp);
    give_weight(gates, f.hidden_order, h, gradient + at.weight_hh);
  }
  sums_.reserve(S);
  s_.kernels.column_sums(cells(), S, da, S, sums_.data());
  for (int g = 0; g < f.gates; ++g) {
    if (at.bias_ih >= 0)
      std::copy_n(sums_.data() + g * s_.Hp, s_.H, gradient + at.bias_ih + f.input_order[g] * s_.H);
    if (at.bias_hh >= 0)
      std::copy_n(sums_.data() + hidden_slots + g * s_.Hp, s_.H,
                  gradient + at.bias_hh + f.hidden_order[g] * s_.H);
  }
  if (!s_.looks_up(l)) {
    const Input x = input_of(l);
    multiply_into(da, S, gates.extent(), x.x, x.columns.physical(), x.columns.physical());
    give_weight(gates, f.input_order, x.columns, gradient + at.weight_ih);
    return;
  }
  // One-hot inputs: each symbol's column of the weights collects the gradients of its occurrences.
  const int V = s_.architecture.inputs;
  const std::ptrdiff_t row = gates.physical();
  rows_gradient_.reserve_zeroed(V * row);
  for (std::ptrdiff_t i = 0; i < cells(); ++i)
    s_.kernels.add(row, da + i * S, rows_gradient_.data() + symbols_[std::size_t(i)] * row);
  for (int g = 0; g < f.gates; ++g)
    for (int j = 0; j < s_.H; ++j) {
      T* to = gradient + at.weight_ih + std::ptrdiff_t(f.input_order[g] * s_.H + j) * V;
      for (int v = 0; v < V; ++v) to[v] = rows_gradient_.data()[v * row + g * s_.Hp + j];
    }
}

template <class T>
void Shard<T>::input_gradients(int l, int d, const Packed<T>& packed, bool accumulate, T* to) {
  const Columns in = s_.input_of(l);
  Product<T> product = packed.directions[place(l, d)].input_back.times(
      cells(), layers_[std::size_t(l)].slots[d].data(), s_.slot_columns(), to, in.physical());
  product.accumulate = accumulate;
  s_.kernels.multiply(product);
}

template <class T>
void Shard<T>::initial_gradients(int l, int d, T* gradient, States<T> dinitial) {
  const std::ptrdiff_t at = std::ptrdiff_t(place(l, d));
  for (int k = 0; k < s_.facts.states; ++k)
    for (std::ptrdiff_t b = 0; b < rows_; ++b) {
      const T* from = dstates_[k].data() + b * s_.Hp;
      if (from_parameters_ && layout_.initial[k] >= 0)
        for (int j = 0; j < s_.H; ++j) gradient[layout_.initial[k] + at * s_.H + j] += from[j];
      if (dinitial)
        std::copy_n(from, s_.H, dinitial.at[k] + (at * batch_ + position_[std::size_t(b)]) * s_.H);
    }
}

template <class T>
void Shard<T>::backward(const Packed<T>& packed, States<const T> dfinal, T* gradient, T* dx,
                        States<T> dinitial) {
  const Architecture& a = s_.architecture;
  const bool into_inputs = a.embedding > 0 || dx;
  for (const std::ptrdiff_t offset : {layout_.initial[0], layout_.initial[1]})
    if (offset >= 0) std::fill_n(gradient + offset, s_.L * s_.D * s_.H, T(0));

  // The head.
  const std::ptrdiff_t row = s_.output.padded;
  multiply_into(logits_.data(), row, s_.output.size, states_at(layers_.back(), 0, 1, 0), state_row(),
                int(state_row()));
  give_weight(s_.output, nullptr, s_.hidden, gradient + layout_.head_weight);
  if (layout_.head_bias >= 0) {
    sums_.reserve(row);
    s_.kernels.column_sums(cells(), row, logits_.data(), row, sums_.data());
    std::copy_n(sums_.data(), s_.output.size, gradient + layout_.head_bias);
  }
  const std::ptrdiff_t widest = std::max<std::ptrdiff_t>(state_row(), into_inputs ? s_.input.padded : 0);
  dy_.reserve(cells() * widest), dy_below_.reserve(cells() * widest);
  Buffer<T>*dy = &dy_, *below = &dy_below_;
  s_.kernels.multiply(packed.head_back.times(cells(), logits_.data(), row, dy->data(), state_row()));

  for (int l = s_.L - 1; l >= 0; --l) {
    for (int d = 0; d < s_.D; ++d) {
      Recurrence<T> r = recurrence(l, d);
      for (int k = 0; k < s_.facts.states; ++k) {
        dstates_[k].reserve(rows_ * s_.Hp);
        std::fill_n(dstates_[k].data(), rows_ * s_.Hp, T(0));
        for (std::ptrdiff_t b = 0; dfinal && b < rows_; ++b)
          std::copy_n(
              dfinal.at[k] + (std::ptrdiff_t(place(l, d)) * batch_ + position_[std::size_t(b)]) * s_.H, s_.H,
              dstates_[k].data() + b * s_.Hp);
        r.dstates[k] = dstates_[k].data();
      }
      r.recurrent = packed.directions[place(l, d)].recurrent_back.data.data();
      r.dy = dy->data() + d * s_.Hp;
      s_.cell.backward(r);
      weight_gradients(l, d, gradient);
      initial_gradients(l, d, gradient, dinitial);
      if (l > 0 || (into_inputs && !s_.looks_up(l))) input_gradients(l, d, packed, d > 0, below->data());
    }
    if (l > 0 && drops(l - 1)) drop(l - 1, below->data(), below->data());
    std::swap(dy, below);
  }

  const T* inputs = dy->data();
  const int I = s_.input.size;
  if (a.embedding > 0) {
    std::fill_n(gradient + layout_.embedding, std::ptrdiff_t(a.inputs) * I, T(0));
    for (std::ptrdiff_t i = 0; i < cells(); ++i)
      s_.kernels.add(I, inputs + i * s_.input.padded,
                     gradient + layout_.embedding + symbols_[std::size_t(i)] * I);
  }
  for (std::ptrdiff_t i = 0; dx && i < cells(); ++i)
    std::copy_n(inputs + i * s_.input.padded, I,
                dx + (i / rows_ * batch_ + position_[std::size_t(i % rows_)]) * I);
}

template <class T>
void Shard<T>::give_outputs(T* y) const {
  const int O = s_.output.size;
  for (std::ptrdiff_t i = 0; i < cells(); ++i) {
    const std::ptrdiff_t t = i / rows_, b = i % rows_;
    T* to = y + (t * batch_ + position_[std::size_t(b)]) * O;
    if (b < active_[std::size_t(t)])
      std::copy_n(logits_.data() + i * s_.output.padded, O, to);
    else
      std::fill_n(to, O, T(0));
  }
}

template <class T>
void Shard<T>::give_final(States<T> final) const {
  for (int l = 0; l < s_.L; ++l)
    for (int d = 0; d < s_.D; ++d)
      for (int k = 0; k < s_.facts.states; ++k)
        for (std::ptrdiff_t b = 0; b < rows_; ++b)
          std::copy_n(
              states_at(layers_[std::size_t(l)], k, last_slot(d), d) + b * state_row(), s_.H,
              final.at[k] + (std::ptrdiff_t(place(l, d)) * batch_ + position_[std::size_t(b)]) * s_.H);
}

template <class T>
void Shard<T>::give_trace(T* const* gates, States<T> states) const {
  const CellFacts& f = s_.facts;
  const std::ptrdiff_t H = s_.H;
  for (int l = 0; l < s_.L; ++l)
    for (int d = 0; d < s_.D; ++d) {
      const Layer& layer = layers_[std::size_t(l)];
      const std::ptrdiff_t at = std::ptrdiff_t(place(l, d));
      for (std::ptrdiff_t i = 0; i < cells(); ++i) {
        const std::ptrdiff_t t = i / rows_, b = i % rows_;
        for (int g = 0; g < f.gates; ++g) {
          T* to = gates[f.input_order[g]] + ((at * steps_ + t) * batch_ + position_[std::size_t(b)]) * H;
          if (b < active_[std::size_t(t)])
            std::copy_n(layer.slots[d].data() + i * s_.slot_columns() + g * s_.Hp, H, to);
          else
            std::fill_n(to, H, T(0));
        }
      }
      for (int k = 0; k < f.states; ++k)
        for (int t = 0; t <= steps_; ++t)
          for (std::ptrdiff_t b = 0; b < rows_; ++b)
            std::copy_n(states_at(layer, k, t + d, d) + b * state_row(), H,
                        states.at[k] + ((at * (steps_ + 1) + t) * batch_ + position_[std::size_t(b)]) * H);
    }
}

}  // namespace elman
