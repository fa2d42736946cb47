// A shard between its top layer and its head, where that reads one vector of each sequence (readout.h).
#pragma once

#include <cmath>
#include <limits>

#include "shard.h"

namespace elman {

// Nothing is read yet.
template <class T>
void Shard<T>::begin_reading() {
  const std::ptrdiff_t padded = s_.padded(int(rows_));
  count_.assign(std::size_t(rows_), 0);
  read_.reserve(rows_ * state_row());
  std::fill_n(read_.data(), rows_ * state_row(), T(0));
  if (!s_.scored()) return;
  total_.reserve(padded), scores_.reserve(steps_ * padded);
  std::fill_n(total_.data(), padded, -std::numeric_limits<T>::infinity());
}

template <class T>
void Shard<T>::go_on(ReadSoFar<T> from) {
  for (std::ptrdiff_t row = 0; row < rows_; ++row) {
    const std::ptrdiff_t b = position_[std::size_t(row)];
    count_[std::size_t(row)] = from.count[b];
    if (from.count[b] == 0) continue;
    for (int d = 0; d < s_.D; ++d)
      copy(from.read + (b * s_.D + d) * s_.H, s_.H, read_.data() + row * state_row() + d * s_.Hp);
    if (s_.scored()) total_.data()[row] = from.total[b];
  }
}

template <class T>
Reading<T> Shard<T>::reading(Piece p, const Packed<T>& packed) {
  Reading<T> r = {};
  r.steps = steps_, r.rows = int(rows_), r.first = p.first, r.last = p.last;
  r.active = active_.data();
  r.directions = s_.D, r.padded = s_.Hp;
  r.h = outputs_of(s_.L - 1, whole());
  r.weight = packed.readout_weight.data();
  r.scores = scores_.data(), r.total = total_.data();
  r.read = read_.data(), r.count = count_.data();
  return r;
}

template <class T>
void Shard<T>::end_reading() {
  for (const int active : active_)
    for (int row = 0; row < active; ++row) ++count_[std::size_t(row)];
}

template <class T>
void Shard<T>::begin_reading_back() {
  dread_.reserve(rows_ * state_row());
  if (s_.scored()) dreadout_.reserve_zeroed(state_row());
}

template <class T>
void Shard<T>::end_reading_back(T* gradient) {
  for (int d = 0; d < s_.D; ++d)
    s_.kernels.add(s_.H, dreadout_.data() + d * s_.Hp, gradient + layout_.readout_weight + d * s_.H);
}

template <class T>
void Shard<T>::give_read(ReadSoFar<T> to) const {
  give_readout(to.read, nullptr);
  for (std::ptrdiff_t row = 0; row < rows_; ++row) {
    const std::ptrdiff_t b = position_[std::size_t(row)];
    to.count[b] = count_[std::size_t(row)];
    if (s_.scored()) to.total[b] = total_.data()[row];
  }
}

template <class T>
void Shard<T>::give_readout(T* read, T* scored) const {
  for (std::ptrdiff_t row = 0; row < rows_; ++row)
    for (int d = 0; d < s_.D; ++d)
      copy(read_.data() + row * state_row() + d * s_.Hp, s_.H,
           read + (position_[std::size_t(row)] * s_.D + d) * s_.H);
  if (!scored) return;
  const std::ptrdiff_t padded = s_.padded(int(rows_));
  each_cell([&](std::ptrdiff_t i, std::ptrdiff_t t, std::ptrdiff_t b, bool running) {
    const std::ptrdiff_t row = i % rows_;
    scored[t * batch_ + b] = running ? std::exp(scores_.data()[t * padded + row] - total_.data()[row]) : T(0);
  });
}

}  // namespace elman
