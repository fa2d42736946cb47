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

// nullptr for "steps".
template <class T>
const ReadoutKernels<T>* find_readout(const Kernels<T>& kernels, const Architecture& a) {
  if (a.readout == "steps") return nullptr;
  for (const ReadoutKernels<T>& readout : kernels.readouts)
    if (a.readout == readout.facts->name) return &readout;
  throw std::invalid_argument("no readout \"" + a.readout + "\"");
}

// A sequence of each of as many networks as there are lanes, and the keys of their noise.
template <class T>
struct Sequences {
  int steps;
  const T *x, *targets;  // (T, I, lanes), (T, O, lanes)
  const std::uint64_t* keys;
};

template <class T>
class Network {
 public:
  explicit Network(Architecture a)
      : architecture_(std::move(a)),
        shape_(architecture_, kernels<T>(), find_cell(kernels<T>(), architecture_),
               find_readout(kernels<T>(), architecture_)),
        layout_(architecture_, shape_.facts, shape_.readout_facts()) {
    everything_.all(0, layout_.size);
  }
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  const Architecture& architecture() const { return architecture_; }
  const Layout& layout() const { return layout_; }
  const CellFacts& cell() const { return shape_.facts; }
  const Kernels<T>& math() const { return shape_.kernels; }

  // With a readout, y, losses, targets, weights and dy have no axis of steps: one answer for each row.

  // y (T, B, O) and the final states.
  void forward(const T* parameters, const Examples<T>&, States<const T> initial, Noise, T* y, States<T> final,
               Heartbeat*);
  // The loss of every step of every row (T, B), without weights, and the final states.
  void losses(const T* parameters, const Examples<T>&, States<const T> initial, const Loss<T>&, T* losses,
              States<T> final, Heartbeat*);
  // Every gate (L D, T, B, H) and state (L D, T + 1, B, H) of a forward pass; y as above. With a readout,
  // what it read (B, D H) and how much of each step (T, B), where that is learned.
  void trace(const T* parameters, const Examples<T>&, States<const T> initial, Noise, T* y, T* const* gates,
             States<T> states, T* read, T* scored);
  // The product of the cotangents dy (T, B, O) and dfinal with the derivatives by parameters, inputs, states.
  void vjp(const T* parameters, const Examples<T>&, States<const T> initial, Noise, const T* dy,
           States<const T> dfinal, T* gradient, T* dx, States<T> dinitial);

  // One window, all of a batch or some of its rows: returns the loss, its mean over the weights in use or the sum, and
  // overwrites `gradient`.
  // `initial` and `final` may be the same arrays. What does not occur and may be left is as it was in `gradient`, as
  // touched() says; else it is zero.
  double loss_and_gradient(const T* parameters, const Examples<T>&, const Window&, const Window& batch,
                           States<const T> initial, Noise, const Loss<T>&, bool mean, Leaves, T* gradient,
                           States<T> final, Heartbeat*);
  // The sum of the weights in use.
  double mass(const Examples<T>&, const Window&, const Loss<T>&) const;

  // Whether networks like this one can learn this, a sequence per update, side by side.
  bool goes_beside(const Loss<T>& loss) const { return is_small() && !loss.of_symbols(); }
  // One update's gradient of each of as many networks as there are lanes: `parameters` and `gradient` (P, lanes).
  // Totals are the sums of losses, not scaled.
  void update_beside(const T* parameters, const Sequences<T>&, Noise, const Loss<T>&, T scale, T* gradient,
                     double* totals);
  // The key of the noise on a row's states, from an update's.
  static std::uint64_t row_key(std::uint64_t key, std::uint64_t row) { return derive(derive(key, 0), row); }

  // The end of the first layer's weights for one-hot inputs; where there are none, of the embedding.
  std::ptrdiff_t looked_up_end() const {
    if (!shape_.looks_up(0)) return layout_.body_begin;
    return layout_.directions[std::size_t(shape_.D - 1)].weight_ih +
           std::ptrdiff_t(shape_.gates().logical()) * architecture_.inputs;
  }
  const Touched& everything() const { return everything_; }
  const Touched& touched() const { return *touched_; }  // by the last loss_and_gradient

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
  void step(const T* parameters, const Examples<T>&, States<T> state, ReadSoFar<T>, T* y);
  // Reads `symbols` (B), draws one for each row, reads those, and so on: drawn (T, B), each by its uniform
  // (T, B).
  void sample(const T* parameters, std::ptrdiff_t steps, std::ptrdiff_t rows, const std::int32_t* symbols,
              T temperature, const double* uniform, States<T> state, std::int32_t* drawn, Heartbeat*);

  double multiply_adds(std::ptrdiff_t steps, std::ptrdiff_t rows) const {
    std::ptrdiff_t weights = layout_.size;
    if (packed_.sampled)
      weights = layout_.head_begin - layout_.body_begin + packed_.output.size * shape_.hidden.logical();
    return double(steps) * double(rows) * double(weights);
  }

 private:
  // Below this many multiply-adds a second thread costs more than it saves.
  static constexpr double kWorthAThread = 1e6;
  static constexpr std::ptrdiff_t kSmall = 4096;  // parameters
  static constexpr std::size_t kFew = 8;  // columns are few where there are more than so many times as many
  static constexpr int kShort = 1024;     // steps: longer ones answer Ctrl-C on their way
  // Inference over long sequences goes window by window, of so many steps times rows: memory does not grow
  // with their length, and what a layer gives stays in the cache.
  static constexpr std::ptrdiff_t kWindow = 512;
  static constexpr std::ptrdiff_t kLogits = 1 << 22;  // of one window, at most

  // One layer, one direction, numbers in, and weights that fit the first-level cache.
  bool is_small() const {
    const Architecture& a = architecture_;
    return a.layers == 1 && !a.bidirectional && !a.symbols && !shape_.readout && layout_.size <= kSmall &&
           a.output_dropout == 0 && a.weight_dropout == 0 && a.terms == 0;
  }
  T noise_on_states(Noise noise) const { return noise.on ? T(architecture_.noise * noise.share) : T(0); }
  SmallUpdate<T> small_tensors(const T* parameters, T* gradient, int apart) const;
  double small_update(const T* parameters, const Examples<T>&, const Window&, States<const T> initial, Noise,
                      const Loss<T>&, T scale, T* gradient, States<T> final);
  int share(const Window&, std::ptrdiff_t steps) const;
  ReadSoFar<T> nothing_read(std::ptrdiff_t rows);
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
  void touch(const Examples<T>&, const Window&, const Loss<T>&, Leaves);
  void touch_body(bool whole);

  Architecture architecture_;
  Shape<T> shape_;
  Layout layout_;
  Packed<T> packed_;
  Touched everything_, by_rows_;
  const Touched* touched_ = &everything_;
  std::vector<std::int32_t> rows_in_, rows_out_;  // of the embedding and of the head that occur
  std::vector<std::unique_ptr<Shard<T>>> shards_;
  Buffer<T> gradient_, thinned_;      // as long as the parameters; thinned_: those without what is dropped
  std::vector<Buffer<T>> gradients_;  // of every shard but the first, whose gradient is the caller's array
  std::vector<std::int32_t> columns_;
  std::vector<double> losses_;
  Buffer<T> small_memory_, beside_memory_;
  Buffer<T> logits_;        // of a step that is sampled from: (B, O)
  Buffer<T> read_, total_;  // from window to window: (B, D H); (B)
  std::vector<std::int64_t> count_;
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

}  // namespace elman

// What it can be asked for.
#include "network_gradient.h"
#include "network_inference.h"
