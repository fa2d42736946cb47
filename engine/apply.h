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

// Each of these passes over flat vectors is shared among the threads.
template <class T>
class Application {
 public:
  Application(const Network<T>& network, T* parameters, T* gradient, const Optimizer<T>& optimizer,
              const FitOptions& options)
      : math_(network.math()),
        layout_(network.layout()),
        size_(layout_.size),
        parameters_(parameters),
        gradient_(gradient),
        optimizer_(optimizer),
        options_(options),
        sums_(std::size_t((size_ + kGrain - 1) / kGrain)) {}

  // The tensor whose gradient is not finite; "" where all are.
  std::string not_finite() const {
    if (!finite())
      for (const Tensor& tensor : layout_.tensors)
        if (!math_.finite(tensor.size, gradient_ + tensor.offset)) return tensor.name;
    return "";
  }

  // Update number `count`, from 1.
  void update(std::int64_t count, T rate) {
    clip();
    step(count, rate);
  }

 private:
  bool finite() const {
    std::atomic<bool> all{true};
    run_in_parts(size_, kGrain, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
      if (!math_.finite(end - begin, gradient_ + begin)) all = false;
    });
    return all;
  }

  void clip() {
    if (options_.clip_value > 0)
      run_in_parts(size_, kGrain, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
        math_.clamp(end - begin, T(options_.clip_value), gradient_ + begin);
      });
    if (options_.clip_norm <= 0) return;
    // Added up grain by grain, so that the sum is the same for any number of threads.
    run_in_parts(size_, kGrain, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
      for (; begin < end; begin += kGrain)
        sums_[std::size_t(begin / kGrain)] =
            math_.sum_of_squares(std::min(kGrain, end - begin), gradient_ + begin);
    });
    // As torch.nn.utils.clip_grad_norm_, with its 1e-6.
    const double norm = std::sqrt(std::accumulate(sums_.begin(), sums_.end(), 0.));
    const double factor = options_.clip_norm / (norm + 1e-6);
    if (factor < 1)
      run_in_parts(size_, kGrain, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
        math_.scale(end - begin, T(factor), gradient_ + begin);
      });
  }

  void step(std::int64_t count, T rate) const {
    // The first updates leave less, so that the first weights are soon forgotten.
    const double averaging = std::min(options_.averaging, double(count) / double(count + 9));
    run_in_parts(size_, kGrain, [&](std::ptrdiff_t first, std::ptrdiff_t last) {
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
      if (optimizer_.average)
        math_.approach(last - first, T(1 - averaging), parameters_ + first, optimizer_.average + first);
    });
  }

  const Kernels<T>& math_;
  const Layout& layout_;
  const std::ptrdiff_t size_;
  T *parameters_, *gradient_;
  const Optimizer<T>& optimizer_;
  const FitOptions& options_;
  std::vector<double> sums_;
};

// One update with a gradient of the caller's, which stays as it is. Returns "", or the tensor whose gradient
// is not finite: then nothing has changed.
template <class T>
std::string apply(Network<T>& network, T* parameters, const T* gradient, const Optimizer<T>& optimizer,
                  T rate, const FitOptions& options) {
  T* const own = network.gradient();
  copy(gradient, network.layout().size, own);
  Application<T> application(network, parameters, own, optimizer, options);
  std::string not_finite = application.not_finite();
  if (not_finite.empty()) application.update(options.count + 1, rate);
  return not_finite;
}

}  // namespace elman
