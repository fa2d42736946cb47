// What comes in and goes out: views of the caller's arrays.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels.h"

namespace elman {

// Extra logits of each answer: a row of a sparse matrix (compressed rows) that the caller holds.
template <class T>
struct Term {
  const std::int32_t* rows = nullptr;     // (steps, columns), or with a readout (columns); -1: none
  const std::int64_t* begins = nullptr;   // (rows of the matrix + 1), where each begins in these:
  const std::int32_t* outputs = nullptr;  // the outputs that they are added to
  const T* values = nullptr;
};

// Sequences as the caller holds them: time-major, one column each.
template <class T>
struct Examples {
  std::ptrdiff_t steps = 0, columns = 0;
  const T* dense = nullptr;                      // (steps, columns, I), or
  const std::int32_t* symbols = nullptr;         // (steps, columns)
  const T* targets = nullptr;                    // (steps, columns, O), or
  const std::int32_t* target_symbols = nullptr;  // (steps, columns)
  const T* weights = nullptr;                    // (steps, columns); nullptr: all 1
  const std::int32_t* lengths = nullptr;         // (columns); nullptr: all `steps`
  std::span<const Term<T>> terms;
};

// What one update or one forward pass reads of them: some columns, from one step on.
struct Window {
  std::ptrdiff_t start = 0;
  int steps = 0;
  std::span<const std::int32_t> columns;  // the batch: row b is column columns[b]

  template <class T>
  int length(const Examples<T>& e, std::ptrdiff_t row) const {
    if (!e.lengths) return steps;
    return int(std::clamp<std::ptrdiff_t>(e.lengths[columns[std::size_t(row)]] - start, 0, steps));
  }
};

// States of all layers and directions of a batch, (L D, B, H) each; null where there are none.
template <class T>
struct States {
  T* at[kMaxStates] = {};
  explicit operator bool() const { return at[0]; }
};

// What a readout has read of each row of a batch so far; null where nothing goes from call to call.
template <class T>
struct ReadSoFar {
  T* read = nullptr;              // (B, D H)
  std::int64_t* count = nullptr;  // (B), steps; where it is 0, the others hold nothing
  T* total = nullptr;             // (B), the logarithm of the sum of e^score; or null
  explicit operator bool() const { return read; }
};

struct Noise {
  bool on = false;
  std::uint64_t key = 0;
  double share = 1;            // of the architecture's noise on the states
  std::int64_t first_row = 0;  // the number, in the whole batch, of the first row that is read here
};

}  // namespace elman
