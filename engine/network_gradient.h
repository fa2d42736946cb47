// A network that learns: gradients of outputs and of losses, summed over the shards of a batch.
#pragma once

#include "network.h"

namespace elman {

template <class T>
void Network<T>::vjp(const T* parameters, const Examples<T>& e, States<const T> initial, Noise noise,
                     const T* dy, States<const T> dfinal, T* gradient, T* dx, States<T> dinitial) {
  Window w;
  parameters = whole(parameters, e, noise, true, w);
  touched_ = &everything_;
  sum_over_shards(e, w, gradient, [&](Shard<T>& shard, int, T* to) {
    shard.forward(packed_, parameters, initial, noise, nullptr, false);
    shard.backward(packed_, dy, dfinal, everything_, to, dx, dinitial);
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
  for (const ColumnsOf& columns : touched_->columns)
    Touched::each_rows(columns, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
      for (int i = 1; i < count; ++i)
        Touched::each_number(columns, begin, end, [&](std::ptrdiff_t, std::ptrdiff_t place) {
          gradient[place] += gradients_[std::size_t(i)].data()[place];
        });
    });
  touched_->each([&](std::ptrdiff_t, std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (int i = 1; i < count; ++i)
      shape_.kernels.add(end - begin, gradients_[std::size_t(i)].data() + begin, gradient + begin);
  });
}

template <class T>
double Network<T>::mass(const Examples<T>& e, const Window& w, const Loss<T>& loss) const {
  const std::ptrdiff_t start = shape_.readout ? 0 : w.start;
  const bool counts = !e.weights && !(loss.kind == LossKind::symbols && loss.of_outputs);
  double total = 0;
  for (std::ptrdiff_t b = 0; b < std::ptrdiff_t(w.columns.size()); ++b) {
    const int length = w.length(e, b), answers = shape_.readout ? std::min(length, 1) : length;
    if (counts) total += answers;
    for (int t = 0; !counts && t < answers; ++t) {
      const std::ptrdiff_t at = (start + t) * e.columns + w.columns[std::size_t(b)];
      const T weight = e.weights ? e.weights[at] : T(1);
      if (weight > 0)
        total += double(weight) * double(e.target_symbols ? loss.mass(e.target_symbols[at]) : T(1));
    }
  }
  return total;
}

template <class T>
double Network<T>::loss_and_gradient(const T* parameters, const Examples<T>& e, const Window& window,
                                     const Window& batch, States<const T> initial, Noise noise,
                                     const Loss<T>& loss, bool mean, Leaves left, T* gradient,
                                     States<T> final, Heartbeat* heartbeat) {
  Window w = window;
  w.steps = 0;  // none beyond the longest row
  for (std::ptrdiff_t b = 0; b < std::ptrdiff_t(w.columns.size()); ++b)
    w.steps = std::max(w.steps, window.length(e, b));
  const double total = mean ? mass(e, w, loss) : 1, scale = total > 0 ? 1 / total : 0;
  touched_ = &everything_;
  if (w.columns.size() == 1 && w.steps <= kShort && is_small() && !loss.ranks())
    return scale * small_update(parameters, e, w, initial, noise, loss, T(scale), gradient, final);

  use_symbols_of(e, batch);
  parameters = drop_weights(parameters, noise);
  if (loss.ranks())
    packed_.pack(shape_, layout_, parameters, loss, derive(noise.key, kNegatives));
  else
    packed_.pack(shape_, layout_, parameters, true);
  const bool rows = left.rows && (architecture_.embedding > 0 || loss.ranks());
  if (rows || (left.columns && shape_.looks_up(0))) touch(e, batch, loss, {rows, left.columns});
  losses_.assign(std::size_t(threads()), 0);
  if (w.columns.empty()) return 0;  // others have the rows
  sum_over_shards(e, w, gradient, [&](Shard<T>& shard, int i, T* to) {
    shard.forward(packed_, parameters, initial, noise, heartbeat, i == 0);
    losses_[std::size_t(i)] = shard.learn(packed_, loss, e, w, T(scale), *touched_, to);
    if (final) shard.give_final(final);
  });
  drop_recurrent(gradient, noise);
  return scale * std::accumulate(losses_.begin(), losses_.end(), 0.);
}

// The rows of embedding and head that a window meets.
template <class T>
void Network<T>::touch(const Examples<T>& e, const Window& w, const Loss<T>& loss, Leaves left) {
  const Architecture& a = architecture_;
  const bool looks_up = left.rows && a.embedding > 0, ranks = left.rows && loss.ranks();
  rows_in_.assign(1, 0);  // what padding looks up
  rows_out_.assign(packed_.negatives.items.begin(), packed_.negatives.items.end());
  for (std::ptrdiff_t b = 0; b < std::ptrdiff_t(w.columns.size()); ++b) {
    const int length = w.length(e, b), answers = shape_.readout ? std::min(length, 1) : length;
    const std::ptrdiff_t column = w.columns[std::size_t(b)], start = shape_.readout ? 0 : w.start;
    for (int t = 0; looks_up && t < length; ++t)
      rows_in_.push_back(e.symbols[(w.start + t) * e.columns + column]);
    for (int t = 0; ranks && t < answers; ++t)
      if (const std::ptrdiff_t at = (start + t) * e.columns + column; !e.weights || e.weights[at] > 0)
        rows_out_.push_back(e.target_symbols[at]);
  }
  if (a.tied) rows_in_.insert(rows_in_.end(), rows_out_.begin(), rows_out_.end());
  for (auto* rows : {&rows_in_, &rows_out_}) {
    std::sort(rows->begin(), rows->end());
    rows->erase(std::unique(rows->begin(), rows->end()), rows->end());
  }
  by_rows_.spans.clear(), by_rows_.columns.clear();
  if (a.tied && !ranks)
    by_rows_.all(0, layout_.body_begin);
  else if (looks_up)
    by_rows_.rows(layout_.embedding, a.embedding, rows_in_);
  else
    by_rows_.all(0, layout_.body_begin);
  touch_body(!left.columns);
  if (!ranks) by_rows_.all(layout_.head_begin, layout_.size);
  if (ranks && !a.tied) by_rows_.rows(layout_.head_weight, shape_.hidden.logical(), rows_out_);
  if (ranks && a.bias) by_rows_.rows(layout_.head_bias, 1, rows_out_);
  touched_ = &by_rows_;
}

// All between embedding and head; of the weights of one-hot inputs the columns that occur, if those are few: there
// they lie apart.
template <class T>
void Network<T>::touch_body(bool whole) {
  std::ptrdiff_t begin = layout_.body_begin;
  if (!whole && shape_.looks_up(0) && packed_.used.size() * kFew < std::size_t(architecture_.inputs))
    for (int d = 0; d < shape_.D; ++d) {
      const std::ptrdiff_t at = layout_.directions[std::size_t(d)].weight_ih, rows = shape_.gates().logical();
      by_rows_.all(begin, at);
      by_rows_.columns.push_back({at, rows, architecture_.inputs, &packed_.used});
      begin = at + rows * architecture_.inputs;
    }
  by_rows_.all(begin, layout_.head_begin);
}

// The tensors of a small network, or of as many as are `apart`, and nothing else of an update.
template <class T>
SmallUpdate<T> Network<T>::small_tensors(const T* parameters, T* gradient, int apart) const {
  const Architecture& a = architecture_;
  const auto& at = layout_.directions[0];
  const auto in = [&](std::ptrdiff_t offset) { return offset < 0 ? nullptr : parameters + offset * apart; };
  const auto out = [&](std::ptrdiff_t offset) { return offset < 0 ? nullptr : gradient + offset * apart; };
  SmallUpdate<T> u = {};
  u.inputs = a.inputs, u.outputs = a.outputs, u.hidden = a.hidden;
  u.weight_ih = in(at.weight_ih), u.weight_hh = in(at.weight_hh);
  u.bias_ih = in(at.bias_ih), u.bias_hh = in(at.bias_hh);
  u.head_weight = in(layout_.head_weight), u.head_bias = in(layout_.head_bias);
  u.d_weight_ih = out(at.weight_ih), u.d_weight_hh = out(at.weight_hh);
  u.d_bias_ih = out(at.bias_ih), u.d_bias_hh = out(at.bias_hh);
  u.d_head_weight = out(layout_.head_weight), u.d_head_bias = out(layout_.head_bias);
  u.constant = T(a.initial);
  for (int k = 0; k < shape_.facts.states; ++k)
    u.initial[k] = in(layout_.initial[k]), u.d_initial[k] = out(layout_.initial[k]);
  return u;
}

// One sequence through a small network: everything in one kernel (small.h).
template <class T>
double Network<T>::small_update(const T* parameters, const Examples<T>& e, const Window& w,
                                States<const T> initial, Noise noise, const Loss<T>& loss, T scale,
                                T* gradient, States<T> final) {
  const Architecture& a = architecture_;
  const std::ptrdiff_t column = w.columns[0], first = w.start * e.columns + column;
  const std::uint64_t key = row_key(noise.key, std::uint64_t(noise.first_row));
  double total = 0;
  SmallUpdate<T> u = small_tensors(parameters, gradient, 1);
  u.steps = w.steps, u.apart = e.columns;
  u.x = e.dense + first * a.inputs;
  u.loss = loss, u.scale = scale, u.total = &total;
  u.targets = e.targets ? e.targets + first * a.outputs : nullptr;
  u.target_symbols = e.target_symbols ? e.target_symbols + first : nullptr;
  u.weights = e.weights ? e.weights + first : nullptr;
  u.noise = noise_on_states(noise), u.noise_row = &key;
  for (int k = 0; k < shape_.facts.states; ++k) {
    if (initial) u.initial[k] = initial.at[k];
    if (final) u.final[k] = final.at[k];
  }
  small_memory_.reserve(shape_.cell.small.memory(u));
  u.memory = small_memory_.data();
  shape_.cell.small.update(u);
  if (initial)  // given, so not the learned one
    for (int k = 0; k < shape_.facts.states; ++k)
      if (u.d_initial[k]) std::fill_n(u.d_initial[k], a.hidden, T(0));
  return total;
}

template <class T>
void Network<T>::update_beside(const T* parameters, const Sequences<T>& s, Noise noise, const Loss<T>& loss,
                               T scale, T* gradient, double* totals) {
  SmallUpdate<T> u = small_tensors(parameters, gradient, shape_.kernels.lanes);
  u.steps = s.steps, u.apart = 1, u.x = s.x, u.targets = s.targets;
  u.loss = loss, u.scale = scale, u.total = totals;
  u.noise = noise_on_states(noise), u.noise_row = s.keys;
  beside_memory_.reserve(shape_.cell.small_beside.memory(u));
  u.memory = beside_memory_.data();
  shape_.cell.small_beside.update(u);
}

}  // namespace elman
