// One sequence, forwards and back, through a network small enough for the first-level cache.
//
// A single row leaves products nothing to share: calls, packing and padding cost more than the arithmetic.
// Here one function does an update's loss and gradient for one layer in one direction, reading and writing
// tensors as PyTorch shapes them, vectors of units in registers from the products through the cell. Equations
// and slots are those of recurrence.h and the cells; the results differ from theirs by rounding alone.
//
//   a_t = b + W_ih x_t + W_hh h_{t-1}     y_t = b_out + W_out h_t
//   dh_{t-1} = dy W_out + da_t W_hh
//   dW_hh = sum_t da_t h_{t-1}^T          dW_ih = sum_t da_t x_t^T        dW_out = sum_t dy_t h_t^T
#pragma once

#include "losses.h"
#include "recurrence.h"

namespace elman::ELMAN_ISA {

template <class T>
constexpr int padded(int n) {
  return (n + lanes<T> - 1) / lanes<T> * lanes<T>;
}

// sum_k v[k] * m[k * row ..]: one vector of a matrix product, in four chains.
template <class T>
ELMAN_INLINE Vec<T> combine(int n, const T* v, const T* m, std::ptrdiff_t row, Vec<T> start) {
  Vec<T> sum[4] = {start, T(0), T(0), T(0)};
  int k = 0;
  for (; k + 4 <= n; k += 4)
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) sum[i] = Vec<T>(v[k + i]) * Vec<T>::load(m + (k + i) * row) + sum[i];
  for (; k < n; ++k) sum[0] = Vec<T>(v[k]) * Vec<T>::load(m + k * row) + sum[0];
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

// to (columns, row) = the transpose of from (rows, columns), without touching the padding: whole squares in
// registers (what is stored one number at a time cannot be loaded as a vector at once), the rest number by
// number.
template <class T>
void transpose(int rows, int columns, const T* __restrict from, std::ptrdiff_t row, T* __restrict to) {
  constexpr int L = lanes<T>;
  const int square_rows = rows / L * L, square_columns = columns / L * L;
  for (int n = 0; n < rows; ++n)
    for (int k = n < square_rows ? square_columns : 0; k < columns; ++k)
      to[k * row + n] = from[n * columns + k];
  for (int n = 0; n < square_rows; n += L)
    for (int k = 0; k < square_columns; k += L) {
      Vec<T> square[L];
#pragma GCC unroll 16
      for (int i = 0; i < L; ++i) square[i] = Vec<T>::load(from + (n + i) * columns + k);
      transpose(square);
#pragma GCC unroll 16
      for (int i = 0; i < L; ++i) square[i].store(to + (k + i) * row + n);
    }
}

template <class T>
void copy_padded(int rows, int columns, const T* __restrict from, std::ptrdiff_t row, T* __restrict to) {
  for (int n = 0; n < rows; ++n)
    for (int k = 0; k < columns; ++k) to[n * row + k] = from[n * columns + k];
}

// Where everything lies in the working memory, which starts as zeros: padding is never written, or never
// read.
template <class Cell, class T>
struct SmallWork {
  static constexpr CellFacts f = Cell::facts;
  std::ptrdiff_t H, O, GH, S;  // padded: units, outputs, gates, slots
  const T* hh_rows[kMaxGates];
  T *ih, *hh, *padded_rows, *out, *out_rows, *bias, *slots, *states[kMaxStates], *logits,
      *dstates[kMaxStates], *row;
  T* memory;  // null: none is there yet, to ask how much it is
  std::ptrdiff_t used = 0;

  SmallWork(const SmallUpdate<T>& u, T* given)
      : H(padded<T>(u.hidden)), O(padded<T>(u.outputs)), GH(f.gates * H), S(f.slots * H), memory(given) {
    ih = take(u.inputs * GH), hh = take(u.hidden * GH), padded_rows = take(f.gates * u.hidden * H);
    out = take(u.hidden * O), out_rows = take(u.outputs * H), bias = take(S + O);
    slots = take(u.steps * S), logits = take(u.steps * O), row = take((u.hidden + 1) * H);
    for (int k = 0; k < f.states; ++k) states[k] = take((u.steps + 1) * H), dstates[k] = take(H);
  }
  T* take(std::ptrdiff_t count) {
    T* const at = memory ? memory + used : nullptr;
    used += count;
    return at;
  }
};

template <class Cell, class T>
void small_prepare(const SmallUpdate<T>& u, SmallWork<Cell, T>& w) {
  constexpr CellFacts f = Cell::facts;
  const int H = u.hidden;
  for (int j = 0; j < w.S; ++j) w.bias[j] = 0;
  for (int g = 0; g < f.gates; ++g) {
    const std::ptrdiff_t in = f.input_order[g] * H, back = f.hidden_order[g] * H;
    T* const recurrent_bias = w.bias + (f.slots - f.gates + g) * w.H;
    transpose(H, u.inputs, u.weight_ih + in * u.inputs, w.GH, w.ih + g * w.H);
    for (int j = 0; u.bias_ih && j < H; ++j) w.bias[g * w.H + j] += u.bias_ih[in + j];
    if (!f.recurrent) continue;
    transpose(H, H, u.weight_hh + back * H, w.GH, w.hh + g * w.H);
    // Where rows are whole vectors they are read, and their gradients written, in place; else with room for
    // padding.
    if (H == w.H) {
      w.hh_rows[g] = u.weight_hh + back * H;
    } else {
      copy_padded(H, H, u.weight_hh + back * H, w.H, w.padded_rows + g * H * w.H);
      w.hh_rows[g] = w.padded_rows + g * H * w.H;
    }
    for (int j = 0; u.bias_hh && j < H; ++j) recurrent_bias[j] += u.bias_hh[back + j];
  }
  transpose(u.outputs, H, u.head_weight, w.O, w.out);
  copy_padded(u.outputs, H, u.head_weight, w.H, w.out_rows);
  for (int o = 0; u.head_bias && o < u.outputs; ++o) w.bias[w.S + o] = u.head_bias[o];
  for (int k = 0; k < f.states; ++k)
    for (int j = 0; j < w.H; ++j)
      w.states[k][j] = j >= H ? T(0) : u.initial[k] ? u.initial[k][j] : u.constant;
}

template <class Cell, class T>
void small_forward(const SmallUpdate<T>& u, SmallWork<Cell, T>& w, const Recurrence<T>& noise) {
  constexpr CellFacts f = Cell::facts;
  constexpr int apart = f.slots - f.gates;  // slots before the first one that the recurrent product adds to
  for (int t = 0; t < u.steps; ++t) {
    const T* const h = w.states[0] + t * w.H;
    T* const next_h = w.states[0] + (t + 1) * w.H;
    for (std::ptrdiff_t j = 0; j < w.H; j += lanes<T>) {
      Vec<T> slot[f.slots], before[f.states], next[f.states];
      for (int s = 0; s < f.slots; ++s) {
        slot[s] = Vec<T>::load(w.bias + s * w.H + j);
        if (s < f.gates)
          slot[s] = combine(u.inputs, u.x + t * u.apart * u.inputs, w.ih + s * w.H + j, w.GH, slot[s]);
        if (f.recurrent && s >= apart)
          slot[s] = combine(u.hidden, h, w.hh + (s - apart) * w.H + j, w.GH, slot[s]);
      }
      for (int k = 0; k < f.states; ++k) before[k] = Vec<T>::load(w.states[k] + t * w.H + j);
      Cell::forward(slot, before, next);
      for (int s = 0; s < f.slots; ++s) slot[s].store(w.slots + t * w.S + s * w.H + j);
      for (int k = 0; k < f.states; ++k) next[k].store(w.states[k] + (t + 1) * w.H + j);
    }
    if (u.noise > 0) add_noise(noise, t, 0, next_h);
  }
  multiply<T>({.m = u.steps,
               .n = w.O,
               .k = u.hidden,
               .a = w.states[0] + w.H,
               .a_row = w.H,
               .a_k = 1,
               .b = w.out,
               .b_panel = panel_width<T>,
               .b_k = w.O,
               .c = w.logits,
               .c_row = w.O,
               .bias = w.bias + w.S});
}

template <class Cell, class T>
void small_backward(const SmallUpdate<T>& u, SmallWork<Cell, T>& w) {
  constexpr CellFacts f = Cell::facts;
  for (int k = 0; k < f.states; ++k)
    for (std::ptrdiff_t j = 0; j < w.H; j += lanes<T>) Vec<T>(T(0)).store(w.dstates[k] + j);
  for (int t = u.steps - 1; t >= 0; --t) {
    T* const slots = w.slots + t * w.S;
    for (std::ptrdiff_t j = 0; j < w.H; j += lanes<T>) {
      Vec<T> slot[f.slots], da[f.slots], before[f.states], next[f.states], dstate[f.states];
      for (int s = 0; s < f.slots; ++s) slot[s] = Vec<T>::load(slots + s * w.H + j);
      for (int k = 0; k < f.states; ++k) {
        before[k] = Vec<T>::load(w.states[k] + t * w.H + j);
        next[k] = Vec<T>::load(w.states[k] + (t + 1) * w.H + j);
        dstate[k] = Vec<T>::load(w.dstates[k] + j);
      }
      // Added last: the sum does not wait for the step after this one.
      dstate[0] += combine(u.outputs, w.logits + t * w.O, w.out_rows + j, w.H, Vec<T>(T(0)));
      Cell::backward(slot, before, next, da, dstate);
      for (int s = 0; s < f.slots; ++s) da[s].store(slots + s * w.H + j);
      for (int k = 0; k < f.states; ++k) dstate[k].store(w.dstates[k] + j);
    }
    if (!f.recurrent) continue;
    for (std::ptrdiff_t j = 0; j < w.H; j += lanes<T>) {
      Vec<T> dh = Vec<T>::load(w.dstates[0] + j);
      for (int g = 0; g < f.gates; ++g)
        dh = combine(u.hidden, slots + (f.slots - f.gates + g) * w.H, w.hh_rows[g] + j, w.H, dh);
      dh.store(w.dstates[0] + j);
    }
  }
}

// row[0 .. width) = sum_t v[t * v_step] * m[t * m_step ..], over all steps; then `width` numbers of it to
// `to`.
template <class T>
ELMAN_INLINE void over_time(int steps, const T* v, std::ptrdiff_t v_step, const T* m, std::ptrdiff_t m_step,
                            int width, T* row, T* to) {
  for (int j = 0; j < width; j += lanes<T>) {
    Vec<T> total = T(0);
    for (int t = 0; t < steps; ++t) total = Vec<T>(v[t * v_step]) * Vec<T>::load(m + t * m_step + j) + total;
    if (j + lanes<T> <= width)
      total.store(to + j);
    else
      total.store(row);
  }
  for (int j = width / lanes<T> * lanes<T>; j < width; ++j) to[j] = row[j % lanes<T>];
}

template <class Cell, class T>
void small_gradients(const SmallUpdate<T>& u, SmallWork<Cell, T>& w) {
  constexpr CellFacts f = Cell::facts;
  const int H = u.hidden;
  static constexpr T one[1] = {1};
  for (int g = 0; g < f.gates; ++g) {
    const std::ptrdiff_t in = f.input_order[g] * H, back = f.hidden_order[g] * H;
    const T* const da_in = w.slots + g * w.H;
    const T* const da_back = w.slots + (f.slots - f.gates + g) * w.H;
    for (int i = 0; i < u.inputs; ++i) {
      over_time(u.steps, u.x + i, u.apart * u.inputs, da_in, w.S, int(w.H), w.row, w.row);
      for (int j = 0; j < H; ++j) u.d_weight_ih[(in + j) * u.inputs + i] = w.row[j];
    }
    if (u.bias_ih) over_time(u.steps, one, 0, da_in, w.S, H, w.row, u.d_bias_ih + in);
    if (!f.recurrent) continue;
    T* const rows = H == w.H ? u.d_weight_hh + back * H : w.row;
    multiply<T>({.m = H,
                 .n = w.H,
                 .k = u.steps,
                 .a = da_back,
                 .a_row = 1,
                 .a_k = w.S,
                 .b = w.states[0],
                 .b_panel = panel_width<T>,
                 .b_k = w.H,
                 .c = rows,
                 .c_row = w.H});
    for (int n = 0; H != w.H && n < H; ++n)
      for (int k = 0; k < H; ++k) u.d_weight_hh[(back + n) * H + k] = rows[n * w.H + k];
    if (u.bias_hh) over_time(u.steps, one, 0, da_back, w.S, H, w.row, u.d_bias_hh + back);
  }
  for (int o = 0; o < u.outputs; ++o)
    over_time(u.steps, w.logits + o, w.O, w.states[0] + w.H, w.H, H, w.row, u.d_head_weight + o * H);
  if (u.head_bias) over_time(u.steps, one, 0, w.logits, w.O, u.outputs, w.row, u.d_head_bias);
  for (int k = 0; k < f.states; ++k) {
    for (int j = 0; u.d_initial[k] && j < H; ++j) u.d_initial[k][j] = w.dstates[k][j];
    for (int j = 0; u.final[k] && j < H; ++j) u.final[k][j] = w.states[k][u.steps * w.H + j];
  }
}

template <class Cell, class T>
double small_update(const SmallUpdate<T>& u) {
  SmallWork<Cell, T> w(u, u.memory);
  Recurrence<T> noise = {};
  noise.hidden = u.hidden, noise.noise = u.noise, noise.noise_row = &u.noise_row;
  small_prepare(u, w);
  small_forward(u, w, noise);
  const double total = loss(u.loss, LossRows<T>{.rows = u.steps,
                                                .outputs = u.outputs,
                                                .logits = w.logits,
                                                .row = w.O,
                                                .targets = u.targets,
                                                .symbols = u.target_symbols,
                                                .weights = u.weights,
                                                .scale = u.scale,
                                                .apart = u.apart});
  small_backward(u, w);
  small_gradients(u, w);
  return total;
}

template <class Cell, class T>
std::ptrdiff_t small_memory(const SmallUpdate<T>& u) {
  return SmallWork<Cell, T>(u, nullptr).used;
}

template <class T, class... Cell>
std::span<const CellKernels<T>> cell_table(CellList<Cell...>) {
  static constexpr CellKernels<T> table[] = {
      {&Cell::facts, forward<Cell, T>, backward<Cell, T>, small_update<Cell, T>, small_memory<Cell, T>}...};
  return table;
}

}  // namespace elman::ELMAN_ISA
