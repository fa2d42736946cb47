// A cell through time: the loop over steps, forwards and backwards, for every cell in the table.
//
//   forward:  for each step   a += h W_hh^T            one product for all rows
//                             the cell, vector by vector, while its slots are in the cache
//   backward: for each step   the cell's gradient da, written over its activations
//                             dh += da W_hh
// Products with the inputs and the weights' gradients are one product each for many steps, outside
// (shard_*.h). Shapes and layout: struct Recurrence (kernels.h).
#pragma once

#include "cells/table.h"
#include "gemm.h"
#include "interrupt.h"
#include "random.h"

namespace elman::ELMAN_ISA {

// Where step number `step` of a pass is in time, and which slots of the state buffers it reads and writes.
struct Moment {
  std::ptrdiff_t t, from, to;
};
template <class T>
ELMAN_INLINE Moment moment(const Recurrence<T>& r, int step) {
  const std::ptrdiff_t t = r.reversed ? r.steps - 1 - step : step;
  return {t, r.reversed ? t + 2 : t, t + 1};
}

// Ctrl-C between steps: asked for whenever enough work has gathered to be worth the question.
template <class T>
class Pulse {
 public:
  ELMAN_INLINE Pulse(const Recurrence<T>& r, int gates)
      : heartbeat_(r.heartbeat),
        calls_back_(r.calls_back),
        step_(double(r.rows) * gates * r.hidden * r.hidden) {}
  ELMAN_INLINE bool stopped() {
    done_ += step_;
    if (done_ < 1e5 || !heartbeat_) return false;
    if (calls_back_) heartbeat_->work(done_);
    done_ = 0;
    return heartbeat_->stopped();
  }

 private:
  Heartbeat* heartbeat_;
  bool calls_back_;
  double step_, done_ = 0;
};

// h += uniform(-noise, noise), the same for a row wherever it is computed. Units may be `apart`.
template <int apart = 1, class T>
void add_noise(const Recurrence<T>& r, std::ptrdiff_t t, std::ptrdiff_t row, T* h) {
  const std::uint64_t key = derive(r.noise_row[row], std::uint64_t(t));
  const T scale = r.noise / T(2147483648.);
  for (int j = 0; j < r.hidden; ++j)
    h[j * apart] += scale * static_cast<T>(static_cast<std::int32_t>(bits(key, std::uint32_t(j))));
}

template <class Cell, class T>
void forward(const Recurrence<T>& r) {
  constexpr CellFacts f = Cell::facts;
  const std::ptrdiff_t H = r.padded, state = r.rows * r.state_row,
                       slots = std::ptrdiff_t(r.rows) * f.slots * H;
  Pulse<T> pulse(r, f.gates);
  for (int step = r.first; step < r.last && !pulse.stopped(); ++step) {
    const Moment at = moment(r, step);
    const std::ptrdiff_t active = r.active[at.t];
    T* const a = r.slots + at.t * slots;
    if (f.recurrent && active > 0)
      multiply<T>({.m = active,
                   .n = f.gates * H,
                   .k = r.hidden,
                   .a = r.states[0] + at.from * state,
                   .a_row = r.state_row,
                   .a_k = 1,
                   .b = r.recurrent,
                   .b_panel = r.hidden * panel_width<T>,
                   .b_k = panel_width<T>,
                   .c = a + (f.slots - f.gates) * H,
                   .c_row = f.slots * H,
                   .accumulate = true});
    for (std::ptrdiff_t row = 0; row < active; ++row) {
      T* const row_slots = a + row * f.slots * H;
      const std::ptrdiff_t from = at.from * state + row * r.state_row, to = at.to * state + row * r.state_row;
      for (std::ptrdiff_t j = 0; j < H; j += lanes<T>) {
        Vec<T> slot[f.slots], before[f.states], next[f.states];
        for (int s = 0; s < f.slots; ++s) slot[s] = Vec<T>::load(row_slots + s * H + j);
        for (int s = 0; s < f.states; ++s) before[s] = Vec<T>::load(r.states[s] + from + j);
        Cell::forward(slot, before, next);
        for (int s = 0; s < f.slots; ++s) slot[s].store(row_slots + s * H + j);
        for (int s = 0; s < f.states; ++s) next[s].store(r.states[s] + to + j);
      }
      if (r.noise > 0) add_noise(r, at.t, row, r.states[0] + to);
    }
    // Finished rows carry their state through.
    for (int s = 0; s < f.states; ++s)
      for (std::ptrdiff_t row = active; row < r.rows; ++row)
        for (std::ptrdiff_t j = 0; j < H; j += lanes<T>)
          Vec<T>::load(r.states[s] + at.from * state + row * r.state_row + j)
              .store(r.states[s] + at.to * state + row * r.state_row + j);
  }
}

template <class Cell, class T>
void backward(const Recurrence<T>& r) {
  constexpr CellFacts f = Cell::facts;
  const std::ptrdiff_t H = r.padded, state = r.rows * r.state_row,
                       slots = std::ptrdiff_t(r.rows) * f.slots * H;
  const std::ptrdiff_t gates_extent = (f.gates - 1) * H + r.hidden;
  Pulse<T> pulse(r, f.gates);
  for (int step = r.last - 1; step >= r.first && !pulse.stopped(); --step) {
    const Moment at = moment(r, step);
    const std::ptrdiff_t active = r.active[at.t];
    T* const a = r.slots + at.t * slots;
    for (std::ptrdiff_t row = 0; row < active; ++row) {
      T* const row_slots = a + row * f.slots * H;
      const std::ptrdiff_t from = at.from * state + row * r.state_row, to = at.to * state + row * r.state_row;
      const T* const dy = r.dy + (at.t * r.rows + row) * r.state_row;
      for (std::ptrdiff_t j = 0; j < H; j += lanes<T>) {
        Vec<T> slot[f.slots], da[f.slots], before[f.states], next[f.states], dstate[f.states];
        for (int s = 0; s < f.slots; ++s) slot[s] = Vec<T>::load(row_slots + s * H + j);
        for (int s = 0; s < f.states; ++s) {
          before[s] = Vec<T>::load(r.states[s] + from + j);
          next[s] = Vec<T>::load(r.states[s] + to + j);
          dstate[s] = Vec<T>::load(r.dstates[s] + row * H + j);
        }
        dstate[0] += Vec<T>::load(dy + j);
        Cell::backward(slot, before, next, da, dstate);
        for (int s = 0; s < f.slots; ++s) da[s].store(row_slots + s * H + j);
        for (int s = 0; s < f.states; ++s) dstate[s].store(r.dstates[s] + row * H + j);
      }
    }
    // Finished rows: no gradient by way of this step, and that of the state passes through.
    for (std::ptrdiff_t j = active * f.slots * H; j < slots; j += lanes<T>) Vec<T>(T(0)).store(a + j);
    if (f.recurrent && active > 0)
      multiply<T>({.m = active,
                   .n = H,
                   .k = gates_extent,
                   .a = a + (f.slots - f.gates) * H,
                   .a_row = f.slots * H,
                   .a_k = 1,
                   .b = r.recurrent,
                   .b_panel = gates_extent * panel_width<T>,
                   .b_k = panel_width<T>,
                   .c = r.dstates[0],
                   .c_row = H,
                   .accumulate = true});
  }
}

}  // namespace elman::ELMAN_ISA
