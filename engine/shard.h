// A shard: some rows of a batch through all layers and all steps, forwards and backwards.
//
// A batch is shared among threads by rows. Each thread takes its rows from the first step to the last through
// every layer, and back; threads meet once per update, when their gradients are added. Rows are sorted by
// length, longest first, so that the rows still running at step t are the first active[t] ones.
//
// Through time a shard goes in pieces of a few steps, each through all layers, so that what one layer gives
// is still in the cache when the next one takes it. (Not so in both directions: a layer that reads backwards
// begins with the last step, so that there the one piece is the whole.)
#pragma once

#include <numeric>
#include <vector>

#include "examples.h"
#include "packed.h"
#include "random.h"
#include "touched.h"

namespace elman {

template <class T>
class Shard {
 public:
  Shard(const Shape<T>& shape, const Layout& layout)
      : s_(shape), layout_(layout), layers_(std::size_t(s_.L)) {}

  // Takes rows first..first+count-1 of the window's batch of `batch` rows, with inputs.
  void take(const Examples<T>&, const Window&, std::ptrdiff_t first, std::ptrdiff_t count);
  void go_on(ReadSoFar<T>);  // with what the readout read of these rows before
  void forward(const Packed<T>&, const T* parameters, States<const T> initial, Noise, Heartbeat*,
               bool calls_back);
  void answer(const Packed<T>&);  // all logits

  // Both go backwards, after forward, and give gradients of everything: they overwrite what is `touched` of
  // `gradient` (flat, as the parameters). By a loss, whose weighted sum is returned: ...
  double learn(const Packed<T>&, const Loss<T>&, const Examples<T>&, const Window&, T scale, const Touched&,
               T* gradient);
  // ... or by gradients from outside; dx (T, B, I) and dinitial may be null.
  void backward(const Packed<T>&, const T* dy, States<const T> dfinal, const Touched&, T* gradient, T* dx,
                States<T> dinitial);

  // What came out, written to the places of this shard's rows in the caller's arrays. With a readout, outputs
  // and losses have no axis of steps.
  void give_outputs(T* y) const;  // (T, B, O)
  void give_losses(const Packed<T>&, const Loss<T>&, const Examples<T>&, const Window&,
                   T* losses);  // (T, B); the logits are gone then
  void give_final(States<T>) const;
  void give_read(ReadSoFar<T>) const;
  void give_readout(T* read, T* scored) const;  // (B, D H); (T, B) or null: the share of each step
  void give_trace(T* const* gates, States<T> states) const;  // (L D, T, B, H) each; (L D, T + 1, B, H) each

 private:
  struct Piece {
    int first, last;  // steps
  };
  struct Layer {
    Buffer<T> slots[2];                // of each direction: (T, B, S Hp)
    Buffer<T> states[kMaxStates];      // (T + 2, B, D Hp)
    Buffer<T> dropped;                 // the outputs after dropout, where there is any: (T, B, D Hp)
    Buffer<T> dstates[2][kMaxStates];  // of each direction: (B, Hp)
    std::vector<std::uint64_t> noise_rows[2];
  };
  struct Input {
    const T* x;
    Columns columns;
  };
  struct Some {  // of the answers, in working order
    std::ptrdiff_t first, count;
  };

  std::size_t place(int l, int d) const { return std::size_t(l * s_.D + d); }
  Piece whole() const { return {0, steps_}; }
  int pieces() const { return (steps_ + piece_steps() - 1) / piece_steps(); }
  int piece_steps() const { return s_.D > 1 ? std::max(1, steps_) : std::max(1, int(kPiece / rows_)); }
  Piece piece(int i) const { return {i * piece_steps(), std::min((i + 1) * piece_steps(), steps_)}; }
  std::ptrdiff_t cells() const { return cells(whole()); }
  std::ptrdiff_t cells(Piece p) const { return (p.last - p.first) * rows_; }
  std::ptrdiff_t first_cell(Piece p) const { return p.first * rows_; }
  // f(i, t, b, running) for every step t of a piece and row, i the cell's number in working order; b is the
  // row's place in the batch.
  template <class F>
  void each_cell(Piece p, F&& f) const {
    std::ptrdiff_t i = first_cell(p);
    for (std::ptrdiff_t t = p.first; t < p.last; ++t)
      for (std::ptrdiff_t row = 0; row < rows_; ++row, ++i)
        f(i, t, std::ptrdiff_t(position_[std::size_t(row)]), row < active_[std::size_t(t)]);
  }
  template <class F>
  void each_cell(F&& f) const {
    each_cell(whole(), f);
  }
  // The rows of the logits: of every cell, or, with a readout, of every row. There t is 0, and it is answered
  // where any step was read.
  std::ptrdiff_t answers() const { return s_.readout ? rows_ : cells(); }
  // f(i, t, b, answered) for some of them; i counts from the first of these.
  template <class F>
  void each_answer(Some some, F&& f) const {
    std::ptrdiff_t i = 0, t = some.first / rows_, row = some.first % rows_;
    for (; i < some.count; ++t, row = 0)
      for (; row < rows_ && i < some.count; ++row, ++i)
        f(i, t, std::ptrdiff_t(position_[std::size_t(row)]),
          s_.readout ? count_[std::size_t(row)] > 0 : row < active_[std::size_t(t)]);
  }
  template <class F>
  void each_answer(F&& f) const {
    each_answer({0, answers()}, f);
  }
  std::ptrdiff_t state_row() const { return s_.hidden.physical(); }
  T* states_at(Layer& y, int state, int slot, int d) const {
    return y.states[state].data() + std::ptrdiff_t(slot) * rows_ * state_row() + d * s_.Hp;
  }
  const T* states_at(const Layer& y, int state, int slot, int d) const {
    return y.states[state].data() + std::ptrdiff_t(slot) * rows_ * state_row() + d * s_.Hp;
  }
  int first_slot(int d) const { return d ? steps_ + 1 : 0; }  // where the initial state lies
  int last_slot(int d) const { return d ? 1 : steps_; }       // and the final one
  double dropout_of(int layer) const {
    return layer + 1 < s_.L ? s_.architecture.dropout : s_.architecture.output_dropout;
  }
  // What the noise of a row follows from: its place in the whole batch, of which others may have the rest.
  std::uint64_t row_number(std::ptrdiff_t b) const { return std::uint64_t(noise_.first_row + b); }
  bool drops(int layer) const { return noise_.on && dropout_of(layer) > 0; }
  const T* outputs_of(int layer, Piece) const;  // as what comes after it reads them
  Input input_of(int layer, Piece) const;
  Recurrence<T> recurrence(int l, int d, Piece);
  void look_up(const T* parameters);
  void begin(int l, int d, const T* parameters, States<const T> initial);
  void drive(int l, int d, Piece, const typename Packed<T>::Direction&);
  void drop(int layer, Piece, const T* from, T* to) const;
  const T* read_by_head(std::ptrdiff_t first) const;
  void answer(const Packed<T>&, Some);
  void forward(Piece, const Packed<T>&);

  Reading<T> reading(Piece, const Packed<T>&);
  void begin_reading();
  void end_reading();

  template <class F>
  void each_term(Some, F&& f) const;
  void add_terms(const Packed<T>&, Some);
  void term_gradients(const Packed<T>&, Some, T* gradient, T* dx);
  void take_targets(const Loss<T>&, const Examples<T>&, const Window&, Some);
  double loss(const Packed<T>&, const Loss<T>&, Some, T scale, T* each);
  double rank(const Packed<T>&, const Loss<T>&, Some, T scale, T* each);
  void take_gradient(const T* dy, Some);

  // F: from(some) leaves the gradients of some logits in logits_.
  template <class F>
  void backward(const Packed<T>&, F&& from, States<const T> dfinal, const Touched&, T* gradient, T* dx,
                States<T> dinitial);
  template <class F>
  void backward(Piece, const Packed<T>&, F& from, T* gradient, bool into_inputs);
  template <class F>
  void answer_gradients(const Packed<T>&, F& from, Some, T* gradient, T* dx);
  void positive_gradients(const Packed<T>&, Some, T* gradient, T* dx);
  void negative_gradients(const Packed<T>&, T* gradient);
  void end(States<const T> dfinal);
  void begin_reading_back();
  void end_reading_back(T* gradient);
  void weight_gradient(std::ptrdiff_t cells, const T* a, std::ptrdiff_t a_k, Columns rows, const int* order,
                       const T* b, std::ptrdiff_t b_k, Columns columns, T* to);
  void weight_gradients(int l, int d, Piece, T* gradient);
  void bias_gradients(Piece, const T* da, const Layout::Direction&, T* gradient);
  void collect_symbols(Piece, const T* da, T* rows);
  void look_up_gradient(std::span<const std::int32_t> used, const T* rows, T* to);
  void input_gradients(int l, int d, Piece, const Packed<T>&, bool accumulate, T* to);
  void initial_gradients(int l, int d, T* gradient, States<T> dinitial);

  const Shape<T>& s_;
  const Layout& layout_;
  int steps_ = 0;
  std::ptrdiff_t rows_ = 0, batch_ = 0;
  Noise noise_;
  bool from_parameters_ = false;  // the initial state is the learned one
  Heartbeat* heartbeat_ = nullptr;
  bool calls_back_ = false;
  std::span<const Term<T>> terms_;
  std::ptrdiff_t terms_start_ = 0,
                 terms_columns_ = 0;       // where the window begins in their rows; how far steps are apart
  std::span<const std::int32_t> columns_;  // of the batch
  std::vector<std::int32_t> position_;     // of each row: its place in the batch
  std::vector<int> active_;                // (T)
  Buffer<T> x_;                            // (T, B, Ip)
  std::vector<std::int32_t> symbols_;      // (T, B)
  std::vector<Layer> layers_;
  std::vector<std::int64_t> count_;  // (B), of steps that the readout has read; and what it read:
  Buffer<T> read_, total_, scores_;  // (B, D Hp); (Bp); (T, Bp)
  Buffer<T> dread_, dreadout_;       // (B, D Hp); (D Hp), of its weight
  // Of the answers that are worked on, n of them: all of a forward pass, or a piece on the way back.
  Buffer<T> logits_;                                 // (n, Op); their gradient after a loss
  Buffer<T> targets_, weights_;                      // (n, O); (n)
  std::vector<std::int32_t> target_symbols_, hits_;  // (n); (n), their places among the negatives
  Buffer<T> positives_, own_;             // (n), logits of the targets or their gradient; their offsets
  Buffer<T> losses_;                      // (n)
  Buffer<T> term_weights_;                // (n, terms); their gradient on the way back
  Buffer<T> offsets_, ranking_memory_;    // (Op)
  Buffer<T> some_weights_, some_biases_;  // gradients of the negatives: (K, D H); (K)
  Buffer<T> dy_, dy_below_;               // of a piece: (t, B, D Hp) or (t, B, Ip)
  Buffer<T> dx_;                          // (T, B, Ip)
  Buffer<T> sums_, outer_memory_;         // results in working layout, on their way to the gradient
  Buffer<T> rows_gradient_[2];            // of each direction's one-hot inputs: (V, G Hp)
};

}  // namespace elman

// Its six rooms: what crosses its door, forwards, terms, what answers cost, backwards, and from the top layer to the head where that
// reads one vector of a sequence.
#include "shard_arrays.h"
#include "shard_backward.h"
#include "shard_forward.h"
#include "shard_losses.h"
#include "shard_readout.h"
#include "shard_terms.h"
