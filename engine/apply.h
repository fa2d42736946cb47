// What happens to a gradient: the test that it is finite, clipping, and the optimizer's update.
#pragma once

#include <atomic>
#include <cmath>

#include "network.h"

namespace elman {

template <class T>
struct Optimizer {
  OptimizerSettings settings;
  struct Group {
    std::ptrdiff_t begin, end;
    double decay;
  };
  std::vector<Group> groups;              // parts of the flat vector that share a weight decay; they cover it
  T *first = nullptr, *second = nullptr;  // the moments, as long as the parameters
  T* average = nullptr;                   // of the parameters over the updates, or none
};

struct FitOptions {
  bool mean = true;
  double clip_norm = 0, clip_value = 0;  // 0: off
  double averaging = 0;                  // how much of the average an update leaves
  std::int64_t count = 0;                // updates before this call: moments and noise go on from there
  std::uint64_t seed = 0;
  double noise = 1;  // share of the architecture's noise on the states
};

// What it leaves alone where the gradient is zero: exactly so, or as another optimizer (`lazy`), which does it to rows
// alone.
template <class T>
Leaves leaves(const Optimizer<T>& o, const Network<T>& network) {
  const OptimizerSettings& s = o.settings;
  const Layout& layout = network.layout();
  const auto decays = [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
    return std::any_of(o.groups.begin(), o.groups.end(), [=](const auto& group) {
      return group.decay != 0 && group.begin < end && begin < group.end;
    });
  };
  const bool exact =
      (s.kind == OptimizerKind::sgd && s.momentum == 0) || (s.kind == OptimizerKind::adagrad && s.eps > 0);
  return {
      .rows = s.lazy || (exact && !decays(0, layout.body_begin) && !decays(layout.head_begin, layout.size)),
      .columns = exact && !decays(layout.body_begin, network.looked_up_end())};
}

// Each of these passes over what is touched is shared among the threads.
template <class T>
class Application {
 public:
  // `everything`: all parameters there are.
  Application(const Network<T>& network, const Touched& everything, T* parameters, T* gradient,
              const Optimizer<T>& optimizer, const FitOptions& options)
      : network_(network),
        everything_(everything),
        math_(network.math()),
        parameters_(parameters),
        gradient_(gradient),
        optimizer_(optimizer),
        options_(options) {}

  // The tensor whose gradient is not finite; "" where all are.
  std::string not_finite(const Touched& touched) {
    gather(touched);
    for (const Gathered& one : gathered_)
      if (!math_.finite(one.size, one.gradient.data())) return tensor_at(one.from.begin);
    std::atomic<std::ptrdiff_t> odd{-1};
    touched.each([&](std::ptrdiff_t, std::ptrdiff_t begin, std::ptrdiff_t end) {
      if (!math_.finite(end - begin, gradient_ + begin)) odd = begin;
    });
    return odd < 0 ? "" : first_not_finite(touched);
  }

  // Update number `count`, from 1.
  void update(const Touched& touched, std::int64_t count, T rate) {
    clip(touched);
    step(touched, count, rate);
    average(count);
  }

 private:
  // Columns lie apart: their numbers are worked on side by side.
  struct Gathered {
    ColumnsOf from;
    std::ptrdiff_t size;
    Buffer<T> gradient, values, second;
  };

  void gather(const Touched& touched) {
    gathered_.resize(touched.columns.size());
    for (std::size_t i = 0; i < gathered_.size(); ++i) {
      Gathered& to = gathered_[i];
      to.from = touched.columns[i], to.size = to.from.rows * to.from.width();
      for (Buffer<T>* numbers : {&to.gradient, &to.values, &to.second}) numbers->reserve(to.size);
      Touched::each_rows(to.from, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
        Touched::each_number(to.from, begin, end, [&](std::ptrdiff_t n, std::ptrdiff_t place) {
          to.gradient.data()[n] = gradient_[place];
        });
      });
    }
  }

  std::string tensor_at(std::ptrdiff_t place) const {
    for (const Tensor& tensor : network_.layout().tensors)
      if (place < tensor.offset + tensor.size) return tensor.name;
    return "";
  }

  std::string first_not_finite(const Touched& touched) const {
    for (const Tensor& tensor : network_.layout().tensors)
      for (const Span& span : touched.spans) {
        const std::ptrdiff_t begin = std::max(tensor.offset, span.begin);
        const std::ptrdiff_t end = std::min(tensor.offset + tensor.size, span.end);
        if (begin < end && !math_.finite(end - begin, gradient_ + begin)) return tensor.name;
      }
    return "";
  }

  void clip(const Touched& touched) {
    if (options_.clip_value > 0) {
      for (Gathered& one : gathered_) math_.clamp(one.size, T(options_.clip_value), one.gradient.data());
      touched.each([&](std::ptrdiff_t, std::ptrdiff_t begin, std::ptrdiff_t end) {
        math_.clamp(end - begin, T(options_.clip_value), gradient_ + begin);
      });
    }
    if (options_.clip_norm <= 0) return;
    // Added up span by span, so that the sum is the same for any number of threads.
    sums_.resize(touched.spans.size());
    touched.each([&](std::ptrdiff_t i, std::ptrdiff_t begin, std::ptrdiff_t end) {
      sums_[std::size_t(i)] = math_.sum_of_squares(end - begin, gradient_ + begin);
    });
    // As torch.nn.utils.clip_grad_norm_, with its 1e-6.
    for (const Gathered& one : gathered_)
      sums_.push_back(math_.sum_of_squares(one.size, one.gradient.data()));
    const double norm = std::sqrt(std::accumulate(sums_.begin(), sums_.end(), 0.));
    const double factor = options_.clip_norm / (norm + 1e-6);
    if (factor >= 1) return;
    for (Gathered& one : gathered_) math_.scale(one.size, T(factor), one.gradient.data());
    touched.each([&](std::ptrdiff_t, std::ptrdiff_t begin, std::ptrdiff_t end) {
      math_.scale(end - begin, T(factor), gradient_ + begin);
    });
  }

  void step(const Touched& touched, std::int64_t count, T rate) {
    for (Gathered& one : gathered_) step(one, count, rate);
    touched.each([&](std::ptrdiff_t, std::ptrdiff_t first, std::ptrdiff_t last) {
      for (const auto& group : optimizer_.groups) {
        const std::ptrdiff_t begin = std::max(first, group.begin), end = std::min(last, group.end);
        if (begin >= end) continue;
        math_.update(optimizer_.settings, {.size = end - begin,
                                           .values = parameters_ + begin,
                                           .gradient = gradient_ + begin,
                                           .first = optimizer_.first + begin,
                                           .second = optimizer_.second + begin,
                                           .rate = rate,
                                           .decay = T(group.decay),
                                           .count = count});
      }
    });
  }

  // Optimizers that leave columns alone (`leaves`) have no first moment.
  void step(Gathered& one, std::int64_t count, T rate) {
    double decay = 0;
    for (const auto& group : optimizer_.groups)
      if (group.begin <= one.from.begin && one.from.begin < group.end) decay = group.decay;
    T *const values = one.values.data(), *const second = one.second.data();
    Touched::each_rows(one.from, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
      Touched::each_number(one.from, begin, end, [&](std::ptrdiff_t i, std::ptrdiff_t place) {
        values[i] = parameters_[place], second[i] = optimizer_.second[place];
      });
      const std::ptrdiff_t first = begin * one.from.width(), last = end * one.from.width();
      math_.update(optimizer_.settings, {.size = last - first,
                                         .values = values + first,
                                         .gradient = one.gradient.data() + first,
                                         .first = nullptr,
                                         .second = second + first,
                                         .rate = rate,
                                         .decay = T(decay),
                                         .count = count});
      Touched::each_number(one.from, begin, end, [&](std::ptrdiff_t i, std::ptrdiff_t place) {
        parameters_[place] = values[i], optimizer_.second[place] = second[i];
      });
    });
  }

  // Of all parameters: the average of one that stays moves on to it.
  void average(std::int64_t count) const {
    if (!optimizer_.average) return;
    // The first updates leave less, so that the first weights are soon forgotten.
    const double averaging = std::min(options_.averaging, double(count) / double(count + 9));
    everything_.each([&](std::ptrdiff_t, std::ptrdiff_t begin, std::ptrdiff_t end) {
      math_.approach(end - begin, T(1 - averaging), parameters_ + begin, optimizer_.average + begin);
    });
  }

  const Network<T>& network_;
  const Touched& everything_;
  const Kernels<T>& math_;
  T *parameters_, *gradient_;
  const Optimizer<T>& optimizer_;
  const FitOptions& options_;
  std::vector<double> sums_;
  std::vector<Gathered> gathered_;
};

// One update with a gradient of the caller's, which stays as it is. Returns "", or the tensor whose gradient
// is not finite: then nothing has changed.
template <class T>
std::string apply(Network<T>& network, T* parameters, const T* gradient, const Optimizer<T>& optimizer,
                  T rate, const FitOptions& options) {
  T* const own = network.gradient();
  copy(gradient, network.layout().size, own);
  Application<T> application(network, network.everything(), parameters, own, optimizer, options);
  std::string not_finite = application.not_finite(network.everything());
  if (not_finite.empty()) application.update(network.everything(), options.count + 1, rate);
  return not_finite;
}

}  // namespace elman
