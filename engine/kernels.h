// The kernels' interface: plain structs and one table of functions per instruction set and element type.
//
// Everything that loops over numbers is behind this table and is compiled once per instruction set
// (kernels.cc); everything that decides (shards, optimizers' settings, memory) is compiled once and calls it.
//
// The one legend of letters:
//   T steps   B rows of the batch   I inputs   O outputs   H hidden units   V symbols
//   G gates   S slots   D directions   Hp, Ip, Op: H, I, O rounded up to whole vectors
//   x y h c: input, output, states;  a: pre-activation;  d + name: the gradient of name
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace elman {

class Heartbeat;

inline constexpr int kMaxGates = 4, kMaxSlots = 4, kMaxStates = 2;

// What a cell says of itself (cells/*.h). A *slot* is one pre-activation vector of H units. The input product
// fills the first G slots and the recurrent product is added to the last G of them; where S = G the two meet
// in every slot, where S = G + 1 (the GRU) the last gate's recurrent part is kept apart.
struct CellFacts {
  const char* name;
  const char* nonlinearity;  // "" where the cell has no choice
  int gates, slots, states;
  bool recurrent;
  const char* gate_names[kMaxGates];  // in the order of the weights' row blocks (PyTorch's)
  int input_order[kMaxGates];         // the gate whose input product fills slot s
  int hidden_order[kMaxGates];        // the gate whose recurrent product is added to slot S - G + s
};
inline constexpr const char* kStateNames[kMaxStates] = {"h", "c"};

// The layout of one axis of a packed or working array: `blocks` blocks of `size` numbers, each padded.
struct Columns {
  int blocks = 0, size = 0, padded = 0;
  [[gnu::always_inline]] int logical() const { return blocks * size; }
  [[gnu::always_inline]] int physical() const { return blocks * padded; }
  [[gnu::always_inline]] int extent() const {
    return (blocks - 1) * padded + size;
  }  // up to and with the last number in use
};

// C[m][n] = (accumulate ? C[m][n] : bias ? bias[n] : 0) + sum_k A[m][k] B[k][n]
// n is a whole number of vectors. B lies in panels of `panel` columns: element (k, n) at
// b[(n / panel) * b_panel + k * b_k + n % panel].
template <class T>
struct Product {
  std::ptrdiff_t m, n, k;
  const T* a;
  std::ptrdiff_t a_row, a_k;
  const T* b;
  std::ptrdiff_t b_panel, b_k;
  T* c;
  std::ptrdiff_t c_row;
  bool accumulate = false;
  const T* bias = nullptr;
};

// C[m][n] += sum_k A[k][m] B[k][n]. m comes in blocks, as gates do: block b of A's columns gives
// the rows of C that begin at m_order[b] * m.size. n may be any number; the rows of B have room for a whole number of
// vectors.
template <class T>
struct OuterProducts {
  Columns m;
  const int* m_order;  // nullptr: as they stand
  std::ptrdiff_t n, k;
  const T* a;
  std::ptrdiff_t a_k;
  const T* b;
  std::ptrdiff_t b_k;
  T* c;
  std::ptrdiff_t c_row;
  T* memory;  // to work in: outer_products_memory(n) numbers
};
inline constexpr int kPiece = 256;  // of k that is worked on at a time
constexpr std::ptrdiff_t outer_products_memory(std::ptrdiff_t n) { return kPiece * (n + 64); }

// Panels of B[k][n] = w[n * n_stride + k * k_stride], block by block; padding is left as it is (zero).
template <class T>
struct Packing {
  const T* w;
  std::ptrdiff_t n_stride, k_stride;
  Columns n, k;
  const int* n_order;  // the block of w that comes at place b; nullptr: as it stands
  const int* k_order;
  T* panels;
};

// One direction of one layer over all steps of a shard. Buffers are time-major; `active[t]` rows, the first
// ones, have not finished at step t. States have T + 2 slots in time: step t writes slot t + 1 and reads
// slot t (forwards) or t + 2 (backwards), so neither direction has a first-step case.
template <class T>
struct Recurrence {
  int steps, rows;
  int first, last;    // the steps of this pass to do, in the order of time or of `reversed`
  const int* active;  // (T)
  bool reversed;
  int hidden, padded;        // H, Hp
  T* slots;                  // (T, B, S Hp): pre-activations; activations after forward; da after backward
  T* states[kMaxStates];     // (T + 2, B, state_row), this direction's columns
  std::ptrdiff_t state_row;  // D Hp
  const T* recurrent;        // forward: panels of weight_hh^T; backward: panels of weight_hh
  T noise;                   // forward: half width of the uniform noise on h; 0: none
  const std::uint64_t* noise_row;  // (B) one key per row
  const T* dy;                     // backward: (T, B, state_row), this direction's columns
  T* dstates[kMaxStates];          // backward: (B, Hp), in: of the final states; out: of the initial ones
  Heartbeat* heartbeat;
  bool calls_back;  // this thread is the one that may call Python
};

// What a readout says of itself (readout.h).
struct ReadoutFacts {
  const char* name;
  bool scored;  // steps get scores, by a weight of its own: `NAME.weight` (1, D H)
};

// Some steps of a shard's sequences on their way to the one vector that the head reads of each, or its
// gradient on the way back. Rows and `active` are those of Recurrence.
template <class T>
struct Reading {
  int steps, rows;
  int first, last;    // the steps of this pass to do
  const int* active;  // (T)
  int directions, padded;
  const T* h;       // (T, B, D Hp), of the top layer
  const T* weight;  // (D Hp), where there are scores
  T* scores;        // (T, Bp)
  // What was read of each row before this pass.
  T* read;                    // (B, D Hp); zeros where that is nothing
  T* total;                   // (Bp), the logarithm of the sum of e^score
  const std::int64_t* count;  // (B), the number of steps before step 0; backward: of all
  // Backward:
  T* dread;    // (B, D Hp); used up
  T* dh;       // (T, B, D Hp), of rows that are running
  T* dweight;  // (D Hp), added to
};

// The last three rank: they set one right answer beside others, a sample of them or all (ranking.h).
enum class LossKind {
  bits,
  symbols,
  squared,
  squared_sigmoid,
  huber,
  pinball,
  sampled_symbols,
  bpr_max,
  top1_max
};

// What a sampled softmax does about the chance with which its negatives are drawn: nothing; all logits less the
// logarithm of it; or those of the negatives alone, for the positive is not drawn.
enum class Correction { none, all, negatives };

// A loss and its options (losses.h, ranking.h).
template <class T>
struct Loss {
  LossKind kind = LossKind::bits;
  T smoothing = 0, delta = 0;     // of symbols; of huber
  const T* of_outputs = nullptr;  // (Op): symbols: the weights of the classes, or null; pinball: the levels
  // Of those that rank:
  int negatives = 0;                   // drawn in an update (negatives.h)
  const double* cumulative = nullptr;  // (O), of the chances to be drawn
  Correction correction = Correction::none;
  T regulariser = 0;  // of bpr_max
  [[gnu::always_inline]] bool ranks() const { return kind >= LossKind::sampled_symbols; }
  [[gnu::always_inline]] bool of_symbols() const { return kind == LossKind::symbols || ranks(); }
  // Its share in the weights in use.
  [[gnu::always_inline]] T mass(std::int32_t symbol) const {
    return kind == LossKind::symbols && of_outputs ? of_outputs[symbol] : T(1);
  }
};

// Rows of logits against targets; row r counts weight(r) * scale.
template <class T>
struct LossRows {
  std::ptrdiff_t rows;
  int outputs;
  T* logits;  // (rows, row) in; the gradient out
  std::ptrdiff_t row;
  const T* targets;             // (rows, outputs), or
  const std::int32_t* symbols;  // (rows)
  const T* weights;             // (rows), or null: all 1
  T scale;
  std::ptrdiff_t apart = 1;  // of these three, every apart-th row is meant
  T* each = nullptr;         // (rows), the loss of each, if wanted
  [[gnu::always_inline]] T weight(std::ptrdiff_t r) const { return weights ? weights[r * apart] : T(1); }
};

// Rows of logits of negatives beside that of the positive; row r counts weights[r] * scale.
template <class T>
struct Ranking {
  std::ptrdiff_t rows;
  T* logits;                 // (rows, row) in; the gradient out
  std::ptrdiff_t row;        // whole vectors; what is no negative has the offset minus infinity
  T* offsets;                // (row), as they were when this returns
  T* positives;              // (rows), logits in; their gradients out
  const T* own;              // (rows), their offsets; or null
  const std::int32_t* hits;  // (rows), where the positive stands among the negatives; or -1
  const T* weights;          // (rows)
  T scale;
  T* memory;          // (row), to work in
  T* each = nullptr;  // (rows), the loss of each, if wanted
};

enum class OptimizerKind { sgd, rmsprop, adagrad, adam, adamw };

// The settings of one update; the letters are those of torch.optim's documentation.
struct OptimizerSettings {
  OptimizerKind kind = OptimizerKind::sgd;
  double momentum = 0;
  bool nesterov = false;
  bool lazy = false;  // rows without a gradient stay as they are, and their moments too
  double alpha = 0.99, beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
};

template <class T>
struct Step {
  std::ptrdiff_t size;
  T* values;
  const T* gradient;
  T *first, *second;  // the moments: momentum or m; v
  T rate, decay;
  std::int64_t count;  // of this update, from 1
};

// One sequence through a small network and back (small.h): tensors as PyTorch shapes them, null where there
// are none. Or a sequence of each of many networks, as many as there are lanes: then every array has one more
// axis, the last, of networks.
template <class T>
struct SmallUpdate {
  int steps, inputs, outputs, hidden;
  const T *weight_ih, *weight_hh, *bias_ih, *bias_hh, *head_weight, *head_bias;
  T *d_weight_ih, *d_weight_hh, *d_bias_ih, *d_bias_hh, *d_head_weight, *d_head_bias;  // overwritten
  const T* x;                                                                          // (T, I)
  Loss<T> loss;
  const T* targets;                    // (T, O), or
  const std::int32_t* target_symbols;  // (T); not of many networks
  const T* weights;                    // (T), or null: all 1; not of many networks
  std::ptrdiff_t apart;                // of x, targets and weights, every apart-th row is meant
  T scale;
  const T* initial[kMaxStates];  // (H) each, or `constant`
  T constant;
  T* d_initial[kMaxStates];  // (H) each
  T* final[kMaxStates];      // (H) each
  T noise;
  const std::uint64_t* noise_row;  // the key, of each network
  double* total;                   // the weighted sum of losses, of each network
  T* memory;                       // as much as `small_memory` says, zero before the first use
};

template <class T>
struct SmallKernels {
  void (*update)(const SmallUpdate<T>&);
  std::ptrdiff_t (*memory)(const SmallUpdate<T>&);
};

template <class T>
struct CellKernels {
  const CellFacts* facts;
  void (*forward)(const Recurrence<T>&);
  void (*backward)(const Recurrence<T>&);
  SmallKernels<T> small, small_beside;  // of one network; of many
};

template <class T>
struct ReadoutKernels {
  const ReadoutFacts* facts;
  void (*forward)(const Reading<T>&);
  void (*backward)(const Reading<T>&);
};

template <class T>
struct Kernels {
  int lanes, panel;
  std::span<const CellKernels<T>> cells;
  std::span<const ReadoutKernels<T>> readouts;
  void (*multiply)(const Product<T>&);
  void (*outer_products)(const OuterProducts<T>&);
  void (*pack)(const Packing<T>&);
  void (*add)(std::ptrdiff_t n, const T* from, T* to);                     // to += from
  void (*add_multiple)(std::ptrdiff_t n, T factor, const T* from, T* to);  // to += factor from
  T (*dot)(std::ptrdiff_t n, const T* a, const T* b);
  void (*column_sums)(std::ptrdiff_t rows, std::ptrdiff_t n, const T* from, std::ptrdiff_t row, T* to);
  double (*sum_of_squares)(std::ptrdiff_t n, const T* from);
  bool (*finite)(std::ptrdiff_t n, const T* from);
  void (*scale)(std::ptrdiff_t n, T factor, T* values);
  void (*approach)(std::ptrdiff_t n, T share, const T* from, T* to);  // to += share (from - to)
  void (*clamp)(std::ptrdiff_t n, T limit, T* values);
  void (*dropout)(std::ptrdiff_t n, T probability, std::uint64_t key, const T* from, T* to);
  double (*loss)(const Loss<T>&, const LossRows<T>&);  // the sum of the rows' weights * losses (not scaled)
  double (*rank)(const Loss<T>&, const Ranking<T>&);   // the same
  void (*update)(const OptimizerSettings&, const Step<T>&);
  // Of answers out of very many outputs (softmax.h).
  void (*weighted_sum)(std::ptrdiff_t n, int terms, const T* weights, const T* const* from, T* to);
  void (*maxima)(std::ptrdiff_t n, std::ptrdiff_t size, const T* from, T* to);
  double (*log_sum_exp)(std::ptrdiff_t n, const T* from);
  std::int32_t (*draw)(int n, T* logits, T temperature, double uniform);
  double (*multiply_adds)(std::ptrdiff_t steps);        // a loop in registers alone: the machine's peak
  void (*exp)(std::ptrdiff_t n, const T* from, T* to);  // these three for their tests
  void (*tanh)(std::ptrdiff_t n, const T* from, T* to);
  void (*sigmoid)(std::ptrdiff_t n, const T* from, T* to);
};

// The instruction set in use, chosen once: the best that this machine has, or the one that the environment
// variable ELMAN_ISA names. Throws where that one is unknown or missing.
template <class T>
const Kernels<T>& kernels();
const char* instruction_set();
std::span<const char* const> instruction_sets();  // those that this build holds and this machine runs

}  // namespace elman
