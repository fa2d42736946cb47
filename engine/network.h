// A network at work: forward, trace, gradients, and steps of a stream. It owns working memory, never
// parameters or states: those are the caller's arrays, handed in and out at each call.
#pragma once

#include <memory>
#include <stdexcept>

#include "interrupt.h"
#include "shard.h"
#include "threads.h"

namespace elman {

template <class T>
const CellKernels<T>& find_cell(const Kernels<T>& kernels, const Architecture& a) {
  for (const CellKernels<T>& cell : kernels.cells)
    if (a.cell == cell.facts->name && (a.nonlinearity == cell.facts->nonlinearity)) return cell;
  throw std::invalid_argument("no cell \"" + a.cell + "\" with nonlinearity \"" + a.nonlinearity + "\"");
}

template <class T>
class Network {
 public:
  explicit Network(Architecture a)
      : architecture_(std::move(a)),
        shape_(architecture_, kernels<T>(), find_cell(kernels<T>(), architecture_)),
        layout_(architecture_, shape_.facts) {}
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  const Architecture& architecture() const { return architecture_; }
  const Layout& layout() const { return layout_; }
  const CellFacts& cell() const { return shape_.facts; }
  const Kernels<T>& math() const { return shape_.kernels; }

  // y (T, B, O) and the final states.
  void forward(const T* parameters, const Examples<T>&, States<const T> initial, Noise, T* y, States<T> final,
               Heartbeat*);
  // The loss of every step of every row (T, B), without weights, and the final states.
  void losses(const T* parameters, const Examples<T>&, States<const T> initial, LossKind, T* losses,
              States<T> final, Heartbeat*);
  // Every gate (L D, T, B, H) and state (L D, T + 1, B, H) of a forward pass; y as above.
  void trace(const T* parameters, const Examples<T>&, States<const T> initial, Noise, T* y, T* const* gates,
             States<T> states);
  // The product of the cotangents dy (T, B, O) and dfinal with the derivatives by parameters, inputs, states.
  void vjp(const T* parameters, const Examples<T>&, States<const T> initial, Noise, const T* dy,
           States<const T> dfinal, T* gradient, T* dx, States<T> dinitial);

  struct LossOptions {
    LossKind kind = LossKind::bits;
    bool mean = true;  // over the weights in use, else the sum
  };
  // One window: returns the loss, overwrites `gradient`. `initial` and `final` may be the same arrays.
  double loss_and_gradient(const T* parameters, const Examples<T>&, const Window&, States<const T> initial,
                           Noise, LossOptions, T* gradient, States<T> final, Heartbeat*);

  // Memory for one, as long as the parameters.
  T* gradient() {
    gradient_.reserve(layout_.size);
    return gradient_.data();
  }

  // For streams: packs once, then any number of steps with the same parameters.
  void pack(const T* parameters) {
    use_all_symbols();
    packed_.pack(shape_, layout_, parameters, false);
  }
  void step(const T* parameters, const Examples<T>&, States<T> state, T* y);
  // Reads `symbols` (B), draws one for each row, reads those, and so on: drawn (T, B), each by its uniform
  // (T, B).
  void sample(const T* parameters, std::ptrdiff_t steps, std::ptrdiff_t rows, const std::int32_t* symbols,
              T temperature, const double* uniform, States<T> state, std::int32_t* drawn, Heartbeat*);

  double multiply_adds(std::ptrdiff_t steps, std::ptrdiff_t rows) const {
    return double(steps) * double(rows) * double(layout_.size);
  }

 private:
  // Below this many multiply-adds a second thread costs more than it saves.
  static constexpr double kWorthAThread = 1e6;
  static constexpr std::ptrdiff_t kSmall = 4096;  // parameters
  static constexpr int kShort = 1024;             // steps: longer ones answer Ctrl-C on their way
  // Inference over long sequences goes window by window, of so many steps times rows: memory does not grow
  // with their length, and what a layer gives stays in the cache.
  static constexpr std::ptrdiff_t kWindow = 512;

  // One layer, one direction, numbers in, and weights that fit the first-level cache.
  bool is_small() const {
    const Architecture& a = architecture_;
    return a.layers == 1 && !a.bidirectional && !a.symbols && layout_.size <= kSmall &&
           a.output_dropout == 0 && a.weight_dropout == 0;
  }
  double small_update(const T* parameters, const Examples<T>&, const Window&, States<const T> initial, Noise,
                      LossKind, T scale, T* gradient, States<T> final);
  int share(const Window&, std::ptrdiff_t steps) const;
  struct Rows {
    std::ptrdiff_t first, count;
  };
  template <class F>
  void for_shards(const Window&, int count, F&& task);
  void drop_recurrent(T* flat, Noise) const;
  const T* drop_weights(const T* parameters, Noise);
  template <class F>
  void infer(const T* parameters, const Examples<T>&, States<const T> initial, Noise, States<T> final,
             Heartbeat*, F&& give);
  // for_shards with the examples taken, and each shard's gradient added to the caller's.
  template <class F>
  void sum_over_shards(const Examples<T>&, const Window&, T* gradient, F&& task);
  std::span<const std::int32_t> all_columns(std::ptrdiff_t count);
  const T* whole(const T* parameters, const Examples<T>&, Noise, bool backward, Window&);
  void use_all_symbols();
  void use_symbols_of(const Examples<T>&, const Window&);

  Architecture architecture_;
  Shape<T> shape_;
  Layout layout_;
  Packed<T> packed_;
  std::vector<std::unique_ptr<Shard<T>>> shards_;
  Buffer<T> gradient_, thinned_;      // as long as the parameters; thinned_: those without what is dropped
  std::vector<Buffer<T>> gradients_;  // of every shard but the first, whose gradient is the caller's array
  std::vector<std::int32_t> columns_;
  std::vector<double> losses_;
  Buffer<T> small_memory_;
  Buffer<T> logits_;  // of a step that is sampled from: (B, O)
};

// How many shards a batch is worth. It depends on sizes and the thread count alone: same count, same bits.
template <class T>
int Network<T>::share(const Window& w, std::ptrdiff_t steps) const {
  const std::ptrdiff_t rows = std::ptrdiff_t(w.columns.size());
  const double worth = multiply_adds(steps, rows) / kWorthAThread;
  int count = int(std::min<std::ptrdiff_t>(threads(), rows));
  if (worth < count) count = std::max(1, int(worth));
  return count;
}

// task(shard, its number, its rows of the window's)
template <class T>
template <class F>
void Network<T>::for_shards(const Window& w, int count, F&& task) {
  const std::ptrdiff_t rows = std::ptrdiff_t(w.columns.size());
  while (int(shards_.size()) < count) {
    shards_.push_back(std::make_unique<Shard<T>>(shape_, layout_));
    gradients_.emplace_back();
  }
  const auto one = [&](int i) {
    const std::ptrdiff_t first = i * rows / count, last = (i + 1) * rows / count;
    task(*shards_[std::size_t(i)], i, Rows{first, last - first});
  };
  if (count == 1) return one(0);
  run_parallel(count, one);
}

template <class T>
std::span<const std::int32_t> Network<T>::all_columns(std::ptrdiff_t count) {
  const std::size_t known = columns_.size();
  if (known < std::size_t(count)) {
    columns_.resize(std::size_t(count));
    std::iota(columns_.begin() + std::ptrdiff_t(known), columns_.end(), std::int32_t(known));
  }
  return {columns_.data(), std::size_t(count)};
}

template <class T>
void Network<T>::use_all_symbols() {
  if (!shape_.looks_up(0)) return;
  packed_.used.resize(std::size_t(architecture_.inputs));
  std::iota(packed_.used.begin(), packed_.used.end(), 0);
}

// Where a window has fewer steps than there are symbols, those that occur in it.
template <class T>
void Network<T>::use_symbols_of(const Examples<T>& e, const Window& w) {
  if (!shape_.looks_up(0)) return;
  if (std::ptrdiff_t(w.steps) * std::ptrdiff_t(w.columns.size()) >= architecture_.inputs)
    return use_all_symbols();
  packed_.used.assign(1, 0);  // what padding looks up
  for (std::size_t b = 0; b < w.columns.size(); ++b)
    for (std::ptrdiff_t t = 0; t < w.length(e, std::ptrdiff_t(b)); ++t)
      packed_.used.push_back(e.symbols[(w.start + t) * e.columns + w.columns[b]]);
  std::sort(packed_.used.begin(), packed_.used.end());
  packed_.used.erase(std::unique(packed_.used.begin(), packed_.used.end()), packed_.used.end());
}

template <class T>
const T* Network<T>::whole(const T* parameters, const Examples<T>& e, Noise noise, bool backward, Window& w) {
  use_all_symbols();
  parameters = drop_weights(parameters, noise);
  packed_.pack(shape_, layout_, parameters, backward);
  w = {.start = 0, .steps = int(e.steps), .columns = all_columns(e.columns)};
  return parameters;
}

// Dropout of recurrent weights, or, the same mask, of their gradients (Wan et al., 2013; Merity et al.,
// 2018): the same for all rows and steps of a run. Its keys are apart from those of noise and dropout.
template <class T>
void Network<T>::drop_recurrent(T* flat, Noise noise) const {
  const Architecture& a = architecture_;
  if (!noise.on || a.weight_dropout == 0 || !shape_.facts.recurrent) return;
  const std::ptrdiff_t rows = std::ptrdiff_t(shape_.facts.gates) * a.hidden;
  for (std::size_t i = 0; i < layout_.directions.size(); ++i) {
    const std::uint64_t key = derive(noise.key, layout_.directions.size() + std::size_t(a.layers) + i);
    run_in_parts(rows, kGrain / a.hidden + 1, [&](std::ptrdiff_t first, std::ptrdiff_t last) {
      for (std::ptrdiff_t j = first; j < last; ++j) {
        T* const row = flat + layout_.directions[i].weight_hh + j * a.hidden;
        shape_.kernels.dropout(a.hidden, T(a.weight_dropout), derive(key, std::uint64_t(j)), row, row);
      }
    });
  }
}

template <class T>
const T* Network<T>::drop_weights(const T* parameters, Noise noise) {
  if (!noise.on || architecture_.weight_dropout == 0) return parameters;
  thinned_.reserve(layout_.size);
  std::copy_n(parameters, layout_.size, thinned_.data());
  drop_recurrent(thinned_.data(), noise);
  return thinned_.data();
}

// Window by window, the states carried from one to the next: give(shard, window).
template <class T>
template <class F>
void Network<T>::infer(const T* parameters, const Examples<T>& e, States<const T> initial, Noise noise,
                       States<T> final, Heartbeat* heartbeat, F&& give) {
  Window w;
  parameters = whole(parameters, e, noise, false, w);
  const int count = share(w, e.steps);
  const std::ptrdiff_t rows = (e.columns + count - 1) / count;
  const int window = architecture_.bidirectional ? w.steps : int(std::max<std::ptrdiff_t>(1, kWindow / rows));
  for_shards(w, count, [&](Shard<T>& shard, int i, Rows mine) {
    States<const T> from = initial;
    for (int start = 0; start < w.steps && !(heartbeat && heartbeat->stopped()); start += window) {
      const Window here = {start, std::min(window, w.steps - start), w.columns};
      shard.take(e, here, mine.first, mine.count);
      shard.forward(packed_, parameters, from, {noise.on, derive(noise.key, std::uint64_t(start))}, heartbeat,
                    i == 0);
      give(shard, here);
      shard.give_final(final);
      from = {{final.at[0], final.at[1]}};
    }
  });
}

template <class T>
void Network<T>::forward(const T* parameters, const Examples<T>& e, States<const T> initial, Noise noise,
                         T* y, States<T> final, Heartbeat* heartbeat) {
  infer(parameters, e, initial, noise, final, heartbeat, [&](Shard<T>& shard, const Window& w) {
    shard.give_outputs(y + w.start * e.columns * architecture_.outputs);
  });
}

template <class T>
void Network<T>::losses(const T* parameters, const Examples<T>& e, States<const T> initial, LossKind kind,
                        T* losses, States<T> final, Heartbeat* heartbeat) {
  infer(parameters, e, initial, {}, final, heartbeat, [&](Shard<T>& shard, const Window& w) {
    shard.give_losses(kind, e, w, losses + w.start * e.columns);
  });
}

template <class T>
void Network<T>::trace(const T* parameters, const Examples<T>& e, States<const T> initial, Noise noise, T* y,
                       T* const* gates, States<T> states) {
  Window w;
  parameters = whole(parameters, e, noise, false, w);
  for_shards(w, share(w, e.steps), [&](Shard<T>& shard, int, Rows mine) {
    shard.take(e, w, mine.first, mine.count);
    shard.forward(packed_, parameters, initial, noise, nullptr, false);
    shard.give_outputs(y);
    shard.give_trace(gates, states);
  });
}

template <class T>
void Network<T>::vjp(const T* parameters, const Examples<T>& e, States<const T> initial, Noise noise,
                     const T* dy, States<const T> dfinal, T* gradient, T* dx, States<T> dinitial) {
  Window w;
  parameters = whole(parameters, e, noise, true, w);
  sum_over_shards(e, w, gradient, [&](Shard<T>& shard, int, T* to) {
    shard.forward(packed_, parameters, initial, noise, nullptr, false);
    shard.take_gradient(dy);
    shard.backward(packed_, dfinal, to, dx, dinitial);
  });
  drop_recurrent(gradient, noise);
}

template <class T>
template <class F>
void Network<T>::sum_over_shards(const Examples<T>& e, const Window& w, T* gradient, F&& task) {
  const int count = share(w, w.steps);
  for_shards(w, count, [&](Shard<T>& shard, int i, Rows mine) {
    if (i > 0) gradients_[std::size_t(i)].reserve(layout_.size);
    shard.take(e, w, mine.first, mine.count);
    task(shard, i, i > 0 ? gradients_[std::size_t(i)].data() : gradient);
  });
  if (count == 1) return;
  run_in_parts(layout_.size, kGrain, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (int i = 1; i < count; ++i)
      shape_.kernels.add(end - begin, gradients_[std::size_t(i)].data() + begin, gradient + begin);
  });
}

template <class T>
double Network<T>::loss_and_gradient(const T* parameters, const Examples<T>& e, const Window& window,
                                     States<const T> initial, Noise noise, LossOptions options, T* gradient,
                                     States<T> final, Heartbeat* heartbeat) {
  // No step beyond the longest row; what the mean is over.
  Window w = window;
  double total = 0;
  int longest = 0;
  for (std::ptrdiff_t b = 0; b < std::ptrdiff_t(w.columns.size()); ++b) {
    const int length = w.length(e, b);
    longest = std::max(longest, length);
    if (!e.weights) total += length;
    for (int t = 0; e.weights && t < length; ++t)
      total += double(e.weights[(w.start + t) * e.columns + w.columns[std::size_t(b)]]);
  }
  w.steps = longest;
  const double scale = !options.mean ? 1 : total > 0 ? 1 / total : 0;
  if (w.columns.size() == 1 && w.steps <= kShort && is_small())
    return scale * small_update(parameters, e, w, initial, noise, options.kind, T(scale), gradient, final);

  use_symbols_of(e, w);
  parameters = drop_weights(parameters, noise);
  packed_.pack(shape_, layout_, parameters, true);
  losses_.assign(std::size_t(threads()), 0);
  sum_over_shards(e, w, gradient, [&](Shard<T>& shard, int i, T* to) {
    shard.forward(packed_, parameters, initial, noise, heartbeat, i == 0);
    losses_[std::size_t(i)] = shard.loss(options.kind, e, w, T(scale));
    shard.backward(packed_, {}, to, nullptr, {});
    if (final) shard.give_final(final);
  });
  drop_recurrent(gradient, noise);
  const double loss = std::accumulate(losses_.begin(), losses_.end(), 0.);
  return loss * scale;
}

// One sequence through a small network: everything in one kernel (small.h).
template <class T>
double Network<T>::small_update(const T* parameters, const Examples<T>& e, const Window& w,
                                States<const T> initial, Noise noise, LossKind kind, T scale, T* gradient,
                                States<T> final) {
  const Architecture& a = architecture_;
  const std::ptrdiff_t column = w.columns[0], first = w.start * e.columns + column;
  const auto& at = layout_.directions[0];
  const auto in = [&](std::ptrdiff_t offset) { return offset < 0 ? nullptr : parameters + offset; };
  const auto out = [&](std::ptrdiff_t offset) { return offset < 0 ? nullptr : gradient + offset; };
  SmallUpdate<T> u = {.steps = w.steps,
                      .inputs = a.inputs,
                      .outputs = a.outputs,
                      .hidden = a.hidden,
                      .weight_ih = in(at.weight_ih),
                      .weight_hh = in(at.weight_hh),
                      .bias_ih = in(at.bias_ih),
                      .bias_hh = in(at.bias_hh),
                      .head_weight = in(layout_.head_weight),
                      .head_bias = in(layout_.head_bias),
                      .d_weight_ih = out(at.weight_ih),
                      .d_weight_hh = out(at.weight_hh),
                      .d_bias_ih = out(at.bias_ih),
                      .d_bias_hh = out(at.bias_hh),
                      .d_head_weight = out(layout_.head_weight),
                      .d_head_bias = out(layout_.head_bias),
                      .x = e.dense + first * a.inputs,
                      .loss = kind,
                      .targets = e.targets ? e.targets + first * a.outputs : nullptr,
                      .target_symbols = e.target_symbols ? e.target_symbols + first : nullptr,
                      .weights = e.weights ? e.weights + first : nullptr,
                      .apart = e.columns,
                      .scale = scale,
                      .initial = {},
                      .constant = T(a.initial),
                      .d_initial = {},
                      .final = {},
                      .noise = noise.on ? T(a.noise) : T(0),
                      .noise_row = derive(derive(noise.key, 0), 0),
                      .memory = nullptr};
  for (int k = 0; k < shape_.facts.states; ++k) {
    u.initial[k] = initial ? initial.at[k] : in(layout_.initial[k]);
    u.d_initial[k] = out(layout_.initial[k]);
    if (final) u.final[k] = final.at[k];
  }
  small_memory_.reserve(shape_.cell.small_memory(u));
  u.memory = small_memory_.data();
  const double total = shape_.cell.small_update(u);
  if (initial)  // given, so not the learned one
    for (int k = 0; k < shape_.facts.states; ++k)
      if (u.d_initial[k]) std::fill_n(u.d_initial[k], a.hidden, T(0));
  return total;
}

template <class T>
void Network<T>::step(const T* parameters, const Examples<T>& e, States<T> state, T* y) {
  const Window w = {.start = 0, .steps = 1, .columns = all_columns(e.columns)};
  for_shards(w, 1, [&](Shard<T>& shard, int, Rows mine) {
    shard.take(e, w, mine.first, mine.count);
    shard.forward(packed_, parameters, {{state.at[0], state.at[1]}}, {}, nullptr, false);
    shard.give_outputs(y);
    shard.give_final(state);
  });
}

template <class T>
void Network<T>::sample(const T* parameters, std::ptrdiff_t steps, std::ptrdiff_t rows,
                        const std::int32_t* symbols, T temperature, const double* uniform, States<T> state,
                        std::int32_t* drawn, Heartbeat* heartbeat) {
  const int outputs = architecture_.outputs;
  logits_.reserve(rows * outputs);
  Examples<T> e;
  e.steps = 1, e.columns = rows, e.symbols = symbols;
  for (std::ptrdiff_t t = 0; t < steps && !heartbeat->stopped(); ++t) {
    step(parameters, e, state, logits_.data());
    for (std::ptrdiff_t b = 0; b < rows; ++b)
      drawn[t * rows + b] =
          shape_.kernels.draw(outputs, logits_.data() + b * outputs, temperature, uniform[t * rows + b]);
    e.symbols = drawn + t * rows;
    heartbeat->work(multiply_adds(1, rows));
  }
}

}  // namespace elman
