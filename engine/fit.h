// Many updates in one call, without Python: gradient, checks, clipping, optimizer.
#pragma once

#include <atomic>
#include <cmath>

#include "network.h"

namespace elman {

// Updates planned ahead: update u reads the columns[u] of the examples, steps start[u] on, at rate[u].
struct Plan {
  std::ptrdiff_t updates = 0, rows = 0;
  int steps = 0;
  const std::int32_t* columns = nullptr;  // (updates, rows)
  const std::int64_t* start = nullptr;    // (updates)
  const std::uint8_t* carry = nullptr;    // (updates): begin where the update before it ended
  const double* rate = nullptr;           // (updates)
};

template <class T>
struct Optimizer {
  OptimizerSettings settings;
  struct Group {
    std::ptrdiff_t begin, end;
    double decay;
  };
  std::vector<Group> groups;              // parts of the flat vector that share a weight decay; they cover it
  T *first = nullptr, *second = nullptr;  // the moments, as long as the parameters
};

struct FitOptions {
  LossKind loss = LossKind::bits;
  bool mean = true;
  double clip_norm = 0, clip_value = 0;  // 0: off
  std::int64_t count = 0;                // updates before this call: moments and noise go on from there
  std::uint64_t seed = 0;
};

struct FitResult {
  std::ptrdiff_t done = 0;  // updates applied
  bool interrupted = false;
  std::string not_finite;  // "loss", or the tensor whose gradient is not: that update was not applied
};

// What happens to a gradient: each of these passes over flat vectors is shared among the threads.
template <class T>
class Application {
 public:
  Application(const Network<T>& network, T* parameters, T* gradient, const Optimizer<T>& optimizer,
              const FitOptions& options)
      : math_(network.math()),
        size_(network.layout().size),
        parameters_(parameters),
        gradient_(gradient),
        optimizer_(optimizer),
        options_(options),
        sums_(std::size_t((size_ + kGrain - 1) / kGrain)) {}

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

  // Update number `count`, from 1.
  void update(std::int64_t count, T rate) const {
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
    });
  }

 private:
  static constexpr std::ptrdiff_t kGrain = 1 << 14;

  const Kernels<T>& math_;
  const std::ptrdiff_t size_;
  T *parameters_, *gradient_;
  const Optimizer<T>& optimizer_;
  const FitOptions& options_;
  std::vector<double> sums_;
};

// Changes parameters, moments and `carried` (null where no update carries); writes the loss of each update
// done. An update is applied whole or not at all: when this returns early, everything is as the last whole
// update left it.
template <class T>
FitResult fit(Network<T>& network, T* parameters, const Examples<T>& e, const Plan& plan,
              const Optimizer<T>& optimizer, const FitOptions& o, States<T> carried, double* losses,
              Heartbeat& heartbeat) {
  const Kernels<T>& math = network.math();
  const std::ptrdiff_t size = network.layout().size;
  Buffer<T> gradient_memory;
  gradient_memory.reserve(size);
  T* const gradient = gradient_memory.data();
  const bool noisy = network.architecture().noise > 0 || network.architecture().dropout > 0;
  const std::ptrdiff_t state_size = std::ptrdiff_t(network.architecture().layers) *
                                    network.architecture().directions() * plan.rows *
                                    network.architecture().hidden;
  Buffer<T> ends[kMaxStates];
  States<T> end;
  for (int k = 0; carried && k < network.cell().states; ++k)
    ends[k].reserve(state_size), end.at[k] = ends[k].data();

  const auto window = [&](std::ptrdiff_t u) {
    return Window{.start = plan.start[u],
                  .steps = plan.steps,
                  .columns = {plan.columns + u * plan.rows, std::size_t(plan.rows)}};
  };

  Application<T> apply(network, parameters, gradient, optimizer, o);

  FitResult result;
  for (std::ptrdiff_t u = 0; u < plan.updates; ++u) {
    const Window w = window(u);
    if (u + 1 < plan.updates) network.expect(e, window(u + 1));
    const States<const T> initial =
        plan.carry[u] ? States<const T>{{carried.at[0], carried.at[1]}} : States<const T>{};
    const std::int64_t count = o.count + u + 1;
    const double loss =
        network.loss_and_gradient(parameters, e, w, initial, {noisy, derive(o.seed, std::uint64_t(count))},
                                  {o.loss, o.mean}, gradient, end, &heartbeat);
    heartbeat.work(3 * network.multiply_adds(plan.steps, plan.rows));
    if (heartbeat.stopped()) {
      result.interrupted = true;
      return result;
    }
    if (!std::isfinite(loss) || !apply.finite()) {
      result.not_finite = "loss";
      for (const Tensor& tensor : network.layout().tensors)
        if (std::isfinite(loss) && !math.finite(tensor.size, gradient + tensor.offset)) {
          result.not_finite = tensor.name;
          break;
        }
      return result;
    }
    apply.clip();
    apply.update(count, T(plan.rate[u]));
    for (int k = 0; carried && k < network.cell().states; ++k) copy(end.at[k], state_size, carried.at[k]);
    losses[u] = loss;
    result.done = u + 1;
  }
  return result;
}

}  // namespace elman
