// One sequence, forwards and back, through a network small enough for the first-level cache; or, side by side, a
// sequence of each of many such networks.
//
// A single row leaves products nothing to share: calls, packing and padding cost more than the arithmetic.
// Here one function does an update's loss and gradient for one layer in one direction, reading and writing
// tensors as PyTorch shapes them, registers of units from the products through the cell. Equations
// and slots are those of recurrence.h and the cells; the results differ from theirs by rounding alone.
//
//   a_t = b + W_ih x_t + W_hh h_{t-1}     y_t = b_out + W_out h_t
//   dh_{t-1} = dy W_out + da_t W_hh
//   dW_hh = sum_t da_t h_{t-1}^T          dW_ih = sum_t da_t x_t^T        dW_out = sum_t dy_t h_t^T
//
// A single network is a chain of latencies: a step waits for the one before. With a network in each lane of the
// registers (Beside, simd.h) as many share that chain as there are lanes. The source is the same, and so is the
// order of every sum: a network learns the same bits alone and beside others.
#pragma once

#include "losses.h"
#include "recurrence.h"
#include "small_products.h"

namespace elman::ELMAN_ISA {

// Where everything lies in the working memory, which starts as zeros: padding is never written, or never
// read. Sizes are in numbers of one network. Weights are copied so that registers are rows of them; Beside,
// they are read where they are.
template <class Cell, class F>
struct SmallWork {
  using T = typename F::Real;
  static constexpr CellFacts f = Cell::facts;
  static constexpr bool copies = F::apart == 1;
  const SmallUpdate<T>& u;
  std::ptrdiff_t H, O, GH, S;  // padded: units, outputs, gates, slots
  int past;                    // the first step that there is a past for: a state that is not all zeros
  T *ih, *hh, *padded_rows, *out, *out_rows, *bias, *slots, *states[kMaxStates], *logits,
      *dstates[kMaxStates], *row;
  T* memory;  // null: none is there yet, to ask how much it is
  std::ptrdiff_t used = 0;

  SmallWork(const SmallUpdate<T>& update, T* given)
      : u(update),
        H(padded<F>(u.hidden)),
        O(padded<F>(u.outputs)),
        GH(f.gates * H),
        S(f.slots * H),
        past(u.initial[0] || u.constant != 0 ? 0 : 1),
        memory(given) {
    if (copies)
      ih = take(u.inputs * GH), hh = take(u.hidden * GH), padded_rows = take(f.gates * u.hidden * H);
    if (copies) out_rows = take(u.outputs * H);
    out = take(u.hidden * O), bias = take(S + O);
    slots = take(u.steps * S), logits = take(u.steps * O), row = take((u.hidden + 1) * H);
    for (int k = 0; k < f.states; ++k) states[k] = take((u.steps + 1) * H), dstates[k] = take(H);
  }
  T* take(std::ptrdiff_t count) {
    T* const at = memory ? memory + used : nullptr;
    used += count * F::apart;
    return at;
  }

  static std::ptrdiff_t in(int gate, int hidden) {
    return std::ptrdiff_t(f.input_order[gate]) * hidden * F::apart;
  }
  static std::ptrdiff_t back(int gate, int hidden) {
    return std::ptrdiff_t(f.hidden_order[gate]) * hidden * F::apart;
  }
  // Transposed: (inputs, hidden) and (hidden, hidden) of one gate.
  Matrix<T> input(int gate) const {
    if (copies) return {ih + gate * H, GH, 1};
    return {u.weight_ih + in(gate, u.hidden) * u.inputs, 1, u.inputs};
  }
  Matrix<T> recurrent(int gate) const {
    if (copies) return {hh + gate * H, GH, 1};
    return {u.weight_hh + back(gate, u.hidden) * u.hidden, 1, u.hidden};
  }
  // As they are. Where rows are whole registers they are read, and their gradients written, in place; else with
  // room for padding.
  Matrix<T> recurrent_rows(int gate) const {
    if (H == u.hidden) return {u.weight_hh + back(gate, u.hidden) * u.hidden, H, 1};
    return {padded_rows + gate * u.hidden * H, H, 1};
  }
  Matrix<T> head_rows() const { return {copies ? out_rows : u.head_weight, H, 1}; }
};

// to[0 .. count) += from, null where there are none.
template <class F, class T>
ELMAN_INLINE void add_numbers(std::ptrdiff_t count, const T* from, T* to) {
  for (std::ptrdiff_t j = 0; from && j < count * F::apart; ++j) to[j] += from[j];
}

template <class Cell, class F, class T = typename F::Real>
void small_prepare(const SmallUpdate<T>& u, SmallWork<Cell, F>& w) {
  static constexpr CellFacts f = Cell::facts;
  constexpr int apart = F::apart;
  const int H = u.hidden;
  for (int j = 0; j < w.S * apart; ++j) w.bias[j] = 0;
  for (int g = 0; g < f.gates; ++g) {
    const std::ptrdiff_t in = w.in(g, H), back = w.back(g, H);
    if constexpr (SmallWork<Cell, F>::copies)
      transpose(H, u.inputs, u.weight_ih + in * u.inputs, w.GH, w.ih + g * w.H);
    add_numbers<F>(H, u.bias_ih ? u.bias_ih + in : nullptr, w.bias + g * w.H * apart);
    if (!f.recurrent) continue;
    if constexpr (SmallWork<Cell, F>::copies) {
      transpose(H, H, u.weight_hh + back * H, w.GH, w.hh + g * w.H);
      if (H != w.H) copy_padded(H, H, u.weight_hh + back * H, w.H, w.padded_rows + g * H * w.H);
    }
    add_numbers<F>(H, u.bias_hh ? u.bias_hh + back : nullptr, w.bias + (f.slots - f.gates + g) * w.H * apart);
  }
  if constexpr (SmallWork<Cell, F>::copies) {
    transpose(u.outputs, H, u.head_weight, w.O, w.out);
    copy_padded(u.outputs, H, u.head_weight, w.H, w.out_rows);
  } else {
    for (int o = 0; o < u.outputs; ++o)
      for (int k = 0; k < H; ++k)
        Vec<T>::load(u.head_weight + (o * H + k) * apart).store(w.out + (k * w.O + o) * apart);
  }
  for (int o = 0; u.head_bias && o < u.outputs * apart; ++o) w.bias[w.S * apart + o] = u.head_bias[o];
  for (int k = 0; k < f.states; ++k) {
    T* const to = w.states[k];
    for (int j = 0; j < H * apart; ++j) to[j] = u.constant;
    for (int j = 0; u.initial[k] && j < H * apart; ++j) to[j] = u.initial[k][j];
    for (std::ptrdiff_t j = H * apart; j < w.H * apart; ++j) to[j] = 0;
  }
}

// h (H) += uniform(-noise, noise), of every network by its own key (add_noise, recurrence.h).
template <class F, class T>
ELMAN_INLINE void small_noise(const SmallUpdate<T>& u, int t, T* h) {
  Recurrence<T> noise = {};
  noise.hidden = u.hidden, noise.noise = u.noise, noise.noise_row = u.noise_row;
  for (int network = 0; network < F::apart; ++network) add_noise<F::apart>(noise, t, network, h + network);
}

template <class Cell, class F, class T = typename F::Real>
void small_forward(const SmallUpdate<T>& u, SmallWork<Cell, F>& w) {
  static constexpr CellFacts f = Cell::facts;
  constexpr int apart = F::apart;
  constexpr int before_recurrent =
      f.slots - f.gates;  // slots before the first that the recurrent product adds to
  for (int t = 0; t < u.steps; ++t) {
    const T* const h = w.states[0] + t * w.H * apart;
    const T* const x = u.x + t * u.apart * u.inputs * apart;
    by_registers<F>(
        w.H, [&]<int J>(std::ptrdiff_t first, std::integral_constant<int, J>) __attribute__((always_inline)) {
          Vec<T> slot[f.slots][J];
          for (int s = 0; s < f.slots; ++s) {
            for (int i = 0; i < J; ++i)
              slot[s][i] = Vec<T>::load(w.bias + s * w.H * apart + first * apart + i * lanes<T>);
            if (s < f.gates) combine<F>(u.inputs, x, w.input(s), first, slot[s]);
            if (f.recurrent && s >= before_recurrent && t >= w.past)
              combine<F>(u.hidden, h, w.recurrent(s - before_recurrent), first, slot[s]);
          }
          for (int i = 0; i < J; ++i) {
            const std::ptrdiff_t at = first * apart + i * lanes<T>;
            Vec<T> of[f.slots], before[f.states], next[f.states];
            for (int s = 0; s < f.slots; ++s) of[s] = slot[s][i];
            for (int k = 0; k < f.states; ++k) before[k] = Vec<T>::load(w.states[k] + t * w.H * apart + at);
            Cell::forward(of, before, next);
            for (int s = 0; s < f.slots; ++s) of[s].store(w.slots + (t * w.S + s * w.H) * apart + at);
            for (int k = 0; k < f.states; ++k) next[k].store(w.states[k] + (t + 1) * w.H * apart + at);
          }
        });
    if (u.noise > 0) small_noise<F>(u, t, w.states[0] + (t + 1) * w.H * apart);
  }
  multiply_as<F, true>({.m = u.steps,
                        .n = w.O,
                        .k = u.hidden,
                        .a = w.states[0] + w.H * apart,
                        .a_row = w.H,
                        .a_k = 1,
                        .b = w.out,
                        .b_panel = kVectors * F::units,
                        .b_k = w.O,
                        .c = w.logits,
                        .c_row = w.O,
                        .bias = w.bias + w.S * apart});
}

template <class Cell, class F, class T = typename F::Real>
void small_backward(const SmallUpdate<T>& u, SmallWork<Cell, F>& w) {
  static constexpr CellFacts f = Cell::facts;
  constexpr int apart = F::apart;
  for (int k = 0; k < f.states; ++k)
    for (std::ptrdiff_t j = 0; j < w.H * apart; j += lanes<T>) Vec<T>(T(0)).store(w.dstates[k] + j);
  for (int t = u.steps - 1; t >= 0; --t) {
    T* const slots = w.slots + t * w.S * apart;
    by_registers<F>(
        w.H, [&]<int J>(std::ptrdiff_t first, std::integral_constant<int, J>) __attribute__((always_inline)) {
          Vec<T> from_head[J];
          for (int i = 0; i < J; ++i) from_head[i] = T(0);
          combine<F>(u.outputs, w.logits + t * w.O * apart, w.head_rows(), first, from_head);
          for (int i = 0; i < J; ++i) {
            const std::ptrdiff_t at = first * apart + i * lanes<T>;
            Vec<T> slot[f.slots], da[f.slots], before[f.states], next[f.states], dstate[f.states];
            for (int s = 0; s < f.slots; ++s) slot[s] = Vec<T>::load(slots + s * w.H * apart + at);
            for (int k = 0; k < f.states; ++k) {
              before[k] = Vec<T>::load(w.states[k] + t * w.H * apart + at);
              next[k] = Vec<T>::load(w.states[k] + (t + 1) * w.H * apart + at);
              dstate[k] = Vec<T>::load(w.dstates[k] + at);
            }
            // Added last: the sum does not wait for the step after this one.
            dstate[0] += from_head[i];
            Cell::backward(slot, before, next, da, dstate);
            for (int s = 0; s < f.slots; ++s) da[s].store(slots + s * w.H * apart + at);
            for (int k = 0; k < f.states; ++k) dstate[k].store(w.dstates[k] + at);
          }
        });
    if (!f.recurrent || (t == 0 && !u.d_initial[0])) continue;
    by_registers<F>(w.H, [&]<int J>(std::ptrdiff_t first,
                                    std::integral_constant<int, J>) __attribute__((always_inline)) {
      T* const to = w.dstates[0] + first * apart;
      Vec<T> dh[J];
      for (int i = 0; i < J; ++i) dh[i] = Vec<T>::load(to + i * lanes<T>);
      for (int g = 0; g < f.gates; ++g)
        combine<F>(u.hidden, slots + (f.slots - f.gates + g) * w.H * apart, w.recurrent_rows(g), first, dh);
      for (int i = 0; i < J; ++i) dh[i].store(to + i * lanes<T>);
    });
  }
}

// row[0 .. width) = sum_t v[t * v_step] * m[t * m_step ..], over all steps; then `width` numbers of it to
// `to`.
template <class F, class T>
ELMAN_INLINE void over_time(int steps, const T* v, std::ptrdiff_t v_step, const T* m, std::ptrdiff_t m_step,
                            int width, T* row, T* to) {
  constexpr int units = F::units, apart = F::apart;
  for (int j = 0; j < width; j += units) {
    Vec<T> total = T(0);
    for (int t = 0; t < steps; ++t)
      total = F::same(v + t * v_step * apart) * Vec<T>::load(m + (t * m_step + j) * apart) + total;
    total.store(j + units <= width ? to + j * apart : row);
  }
  for (int j = width / units * units; j < width; ++j) to[j] = row[j % units];
}

template <class T>
struct Ones {
  T at[lanes<T>];
  constexpr Ones() : at() {
    for (T& one : at) one = 1;
  }
};

// Weights' gradients, sum_t da_t v_t^T: rows of whole registers go where they belong, others by way of `row`.
template <class Cell, class F, class T = typename F::Real>
void small_gradients(const SmallUpdate<T>& u, SmallWork<Cell, F>& w) {
  static constexpr CellFacts f = Cell::facts;
  constexpr int apart = F::apart;
  static constexpr Ones<T> ones;
  const int H = u.hidden;
  const auto outer = [&](int first, const T* da, const T* v, std::ptrdiff_t v_row, std::ptrdiff_t width,
                         T* to) {
    multiply_as<F, true>({.m = H,
                          .n = width,
                          .k = u.steps - first,
                          .a = da + first * w.S * apart,
                          .a_row = 1,
                          .a_k = w.S,
                          .b = v + first * v_row * apart,
                          .b_panel = kVectors * F::units,
                          .b_k = v_row,
                          .c = to,
                          .c_row = width});
  };
  for (int g = 0; g < f.gates; ++g) {
    const std::ptrdiff_t in = w.in(g, H), back = w.back(g, H);
    const T* const da_in = w.slots + g * w.H * apart;
    const T* const da_back = w.slots + (f.slots - f.gates + g) * w.H * apart;
    T* const d_input = u.d_weight_ih + in * u.inputs;
    if constexpr (SmallWork<Cell, F>::copies)
      for (int i = 0; i < u.inputs; ++i) {
        over_time<F>(u.steps, u.x + i, u.apart * u.inputs, da_in, w.S, int(w.H), w.row, w.row);
        for (int j = 0; j < H; ++j) d_input[j * u.inputs + i] = w.row[j];
      }
    else
      outer(0, da_in, u.x, u.apart * u.inputs, u.inputs, d_input);
    if (u.bias_ih) over_time<F>(u.steps, ones.at, 0, da_in, w.S, H, w.row, u.d_bias_ih + in);
    if (!f.recurrent) continue;
    T* const d_recurrent = u.d_weight_hh + back * H;
    T* const rows = H == w.H ? d_recurrent : w.row;
    outer(w.past, da_back, w.states[0], w.H, w.H, rows);
    for (int n = 0; H != w.H && n < H; ++n)
      for (int k = 0; k < H; ++k) d_recurrent[n * H + k] = rows[n * w.H + k];
    if (u.bias_hh) over_time<F>(u.steps, ones.at, 0, da_back, w.S, H, w.row, u.d_bias_hh + back);
  }
  for (int o = 0; o < u.outputs; ++o)
    over_time<F>(u.steps, w.logits + o * apart, w.O, w.states[0] + w.H * apart, w.H, H, w.row,
                 u.d_head_weight + o * H * apart);
  if (u.head_bias) over_time<F>(u.steps, ones.at, 0, w.logits, w.O, u.outputs, w.row, u.d_head_bias);
  for (int k = 0; k < f.states; ++k) {
    for (int j = 0; u.d_initial[k] && j < H * apart; ++j) u.d_initial[k][j] = w.dstates[k][j];
    for (int j = 0; u.final[k] && j < H * apart; ++j) u.final[k][j] = w.states[k][u.steps * w.H * apart + j];
  }
}

template <class Cell, class F, class T = typename F::Real>
void small_update(const SmallUpdate<T>& u) {
  SmallWork<Cell, F> w(u, u.memory);
  small_prepare<Cell, F>(u, w);
  small_forward<Cell, F>(u, w);
  const LossRows<T> rows = {.rows = u.steps,
                            .outputs = u.outputs,
                            .logits = w.logits,
                            .row = w.O,
                            .targets = u.targets,
                            .symbols = u.target_symbols,
                            .weights = u.weights,
                            .scale = u.scale,
                            .apart = u.apart};
  if constexpr (F::apart == 1)
    *u.total = loss(u.loss, rows);
  else
    loss_beside(u.loss, rows, u.total);
  small_backward<Cell, F>(u, w);
  small_gradients<Cell, F>(u, w);
}

template <class Cell, class F, class T = typename F::Real>
std::ptrdiff_t small_memory(const SmallUpdate<T>& u) {
  return SmallWork<Cell, F>(u, nullptr).used;
}

template <class Cell, class F>
constexpr SmallKernels<typename F::Real> small_kernels = {small_update<Cell, F>, small_memory<Cell, F>};

template <class T, class... Cell>
std::span<const CellKernels<T>> cell_table(CellList<Cell...>) {
  static constexpr CellKernels<T> table[] = {{&Cell::facts, forward<Cell, T>, backward<Cell, T>,
                                              small_kernels<Cell, Alone<T>>,
                                              small_kernels<Cell, Beside<T>>}...};
  return table;
}

}  // namespace elman::ELMAN_ISA
