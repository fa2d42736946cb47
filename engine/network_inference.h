// A network that runs: outputs, losses and traces of whole sequences, window by window; steps of a stream.
#pragma once

#include "network.h"

namespace elman {

// Window by window, the states carried from one to the next: give(shard, window).
// Memory for what a readout reads from window to window.
template <class T>
ReadSoFar<T> Network<T>::nothing_read(std::ptrdiff_t rows) {
  if (!shape_.readout) return {};
  read_.reserve(rows * shape_.hidden.logical()), total_.reserve(rows);
  count_.assign(std::size_t(rows), 0);
  return {read_.data(), count_.data(), total_.data()};
}

template <class T>
template <class F>
void Network<T>::infer(const T* parameters, const Examples<T>& e, States<const T> initial, Noise noise,
                       States<T> final, Heartbeat* heartbeat, F&& give) {
  Window w;
  parameters = whole(parameters, e, noise, false, w);
  const int count = share(w, e.steps);
  const std::ptrdiff_t rows = (e.columns + count - 1) / count;
  const std::ptrdiff_t cells = std::min<std::ptrdiff_t>(kWindow, kLogits / architecture_.outputs);
  const int window = architecture_.bidirectional ? w.steps : int(std::max<std::ptrdiff_t>(1, cells / rows));
  const ReadSoFar<T> read = nothing_read(e.columns);
  for_shards(w, count, [&](Shard<T>& shard, int i, Rows mine) {
    States<const T> from = initial;
    for (int start = 0; start < w.steps && !(heartbeat && heartbeat->stopped()); start += window) {
      const Window here = {start, std::min(window, w.steps - start), w.columns};
      shard.take(e, here, mine.first, mine.count);
      if (read) shard.go_on(read);
      shard.forward(packed_, parameters, from, {noise.on, derive(noise.key, std::uint64_t(start))}, heartbeat,
                    i == 0);
      if (read) shard.give_read(read);
      shard.answer(packed_);
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
    shard.give_outputs(shape_.readout ? y : y + w.start * e.columns * architecture_.outputs);
  });
}

template <class T>
void Network<T>::losses(const T* parameters, const Examples<T>& e, States<const T> initial,
                        const Loss<T>& loss, T* losses, States<T> final, Heartbeat* heartbeat) {
  infer(parameters, e, initial, {}, final, heartbeat, [&](Shard<T>& shard, const Window& w) {
    shard.give_losses(packed_, loss, e, w, shape_.readout ? losses : losses + w.start * e.columns);
  });
}

template <class T>
void Network<T>::trace(const T* parameters, const Examples<T>& e, States<const T> initial, Noise noise, T* y,
                       T* const* gates, States<T> states, T* read, T* scored) {
  Window w;
  parameters = whole(parameters, e, noise, false, w);
  for_shards(w, share(w, e.steps), [&](Shard<T>& shard, int, Rows mine) {
    shard.take(e, w, mine.first, mine.count);
    shard.forward(packed_, parameters, initial, noise, nullptr, false);
    shard.answer(packed_);
    shard.give_outputs(y);
    shard.give_trace(gates, states);
    if (shape_.readout) shard.give_readout(read, scored);
  });
}

template <class T>
void Network<T>::step(const T* parameters, const Examples<T>& e, States<T> state, ReadSoFar<T> read, T* y) {
  const Window w = {.start = 0, .steps = 1, .columns = all_columns(e.columns)};
  for_shards(w, 1, [&](Shard<T>& shard, int, Rows mine) {
    shard.take(e, w, mine.first, mine.count);
    if (read) shard.go_on(read);
    shard.forward(packed_, parameters, {{state.at[0], state.at[1]}}, {}, nullptr, false);
    if (read) shard.give_read(read);
    shard.answer(packed_);
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
    step(parameters, e, state, {}, logits_.data());
    for (std::ptrdiff_t b = 0; b < rows; ++b)
      drawn[t * rows + b] =
          shape_.kernels.draw(outputs, logits_.data() + b * outputs, temperature, uniform[t * rows + b]);
    e.symbols = drawn + t * rows;
    heartbeat->work(multiply_adds(1, rows));
  }
}

}  // namespace elman
