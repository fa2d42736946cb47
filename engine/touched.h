// What an update reads and writes of the flat vector of parameters: all of it or, where that is the same, the rows
// of embedding and head, and the columns of one-hot inputs, that occur; and all else.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "threads.h"

namespace elman {

// What an optimizer leaves alone where it does not occur.
struct Leaves {
  bool rows = false;     // of the embedding, and of a head with negatives
  bool columns = false;  // of the first layer's weights for one-hot inputs
};

struct Span {
  std::ptrdiff_t begin, end;
};

// Some columns of a tensor of `rows` rows, `stride` apart.
struct ColumnsOf {
  std::ptrdiff_t begin, rows, stride;
  const std::vector<std::int32_t>* columns;

  std::ptrdiff_t width() const { return std::ptrdiff_t(columns->size()); }
};

// Parts that do not overlap, of no more than kGrain numbers: what is added up over them is the same for any
// number of threads.
struct Touched {
  std::vector<Span> spans;
  std::vector<ColumnsOf> columns;

  void all(std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (; begin < end; begin += kGrain) spans.push_back({begin, std::min(begin + kGrain, end)});
  }
  // Rows of a tensor, in order; neighbours become one part.
  void rows(std::ptrdiff_t tensor, std::ptrdiff_t width, const std::vector<std::int32_t>& rows) {
    const std::size_t own = spans.size();
    for (const std::int32_t row : rows) {
      const std::ptrdiff_t begin = tensor + row * width;
      if (spans.size() > own && spans.back().end == begin && begin + width - spans.back().begin <= kGrain)
        spans.back().end += width;
      else
        spans.push_back({begin, begin + width});
    }
  }

  // f(begin, end) for each, shared among threads where they are worth that.
  template <class F>
  void each(const F& f) const {
    const std::ptrdiff_t count = std::ptrdiff_t(spans.size());
    if (count == 1) return f(std::ptrdiff_t(0), spans[0].begin, spans[0].end);
    run_in_parts(count, grain(), [&](std::ptrdiff_t first, std::ptrdiff_t last) {
      for (; first < last; ++first) f(first, spans[std::size_t(first)].begin, spans[std::size_t(first)].end);
    });
  }

  // f(begin, end) for parts of the rows of some columns, shared among threads. A number that lies apart from the next
  // takes as long as kApart that lie together.
  template <class F>
  static void each_rows(const ColumnsOf& c, const F& f) {
    run_in_parts(c.rows,
                 std::max<std::ptrdiff_t>(1, kGrain / kApart / std::max<std::ptrdiff_t>(1, c.width())), f);
  }
  // f(i, place) for each number of rows begin to end of some columns, row by row: which it is, and its place in the
  // flat vector.
  template <class F>
  static void each_number(const ColumnsOf& c, std::ptrdiff_t begin, std::ptrdiff_t end, const F& f) {
    std::ptrdiff_t i = begin * c.width();
    for (std::ptrdiff_t row = begin; row < end; ++row)
      for (const std::int32_t column : *c.columns) f(i++, c.begin + row * c.stride + column);
  }

 private:
  static constexpr std::ptrdiff_t kApart = 8;

  // Spans that together are worth a thread, if all are like the mean.
  std::ptrdiff_t grain() const {
    std::ptrdiff_t total = 0;
    for (const Span& span : spans) total += span.end - span.begin;
    const std::ptrdiff_t count = std::ptrdiff_t(spans.size());
    return std::max<std::ptrdiff_t>(1, kGrain * count / std::max<std::ptrdiff_t>(1, total));
  }
};

}  // namespace elman
