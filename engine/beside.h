// Many small networks that learn side by side, a network in each lane of the registers (small.h).
//
// Each has a sequence of its own per update, from examples of its own. All have one architecture, loss, optimizer and
// plan but for the columns it reads. Arrays are (numbers, lanes): what each brings is laid out so once per call.
#pragma once

#include "fit.h"

namespace elman {

// One of them; its plan's rows are one column per update.
template <class T>
struct Neighbour {
  T* parameters;
  const Examples<T>* examples;    // of numbers, without weights or lengths
  const std::int32_t* columns;    // (updates)
  const Optimizer<T>* optimizer;  // its moments
  std::uint64_t seed;
  double* losses;  // (updates), written as they are done
};

template <class T>
class Neighbours {
 public:
  Neighbours(std::span<const Neighbour<T>> all, int lanes) : all_(all), lanes_(lanes) {}

  // to (size, lanes) from an array of each; lanes that are left over repeat the last one.
  template <class Of>
  void gather(std::ptrdiff_t size, const Of& of, Buffer<T>& to) const {
    to.reserve(size * lanes_);
    each([&](int lane, const Neighbour<T>& one) {
      const T* const from = of(one);
      for (std::ptrdiff_t i = 0; i < size; ++i) to.data()[i * lanes_ + lane] = from[i];
    });
  }
  template <class Of>
  void scatter(std::ptrdiff_t size, const Buffer<T>& from, const Of& of) const {
    for (std::size_t lane = 0; lane < all_.size(); ++lane) {
      T* const to = of(all_[lane]);
      for (std::ptrdiff_t i = 0; i < size; ++i) to[i] = from.data()[i * lanes_ + std::ptrdiff_t(lane)];
    }
  }
  // Windows of `width` numbers a step of each, of some updates: (updates, steps, width, lanes). Those of `ahead` more
  // are on their way into the cache: each lane and each step is a place of its own in memory, more than a processor
  // follows by itself.
  template <class Of>
  void read(const Plan& plan, std::ptrdiff_t first, std::ptrdiff_t last, std::ptrdiff_t ahead, int width,
            const Of& of, T* to) const {
    each([&](int lane, const Neighbour<T>& one) {
      const std::ptrdiff_t row = one.examples->columns * width;
      for (int t = 0; t < plan.steps; ++t) {
        const auto at = [&](std::ptrdiff_t u) {
          return of(*one.examples) + (plan.start[u] + t) * row + one.columns[u] * width;
        };
        for (std::ptrdiff_t u = first; u < last; ++u) {
          T* const next = to + ((u - first) * plan.steps + t) * width * lanes_ + lane;
          for (int i = 0; i < width; ++i) next[i * lanes_] = at(u)[i];
        }
        for (std::ptrdiff_t u = last; u < ahead; ++u) __builtin_prefetch(at(u));
      }
    });
  }
  template <class F>
  void each(const F& f) const {
    for (int lane = 0; lane < lanes_; ++lane) f(lane, all_[std::min(std::size_t(lane), all_.size() - 1)]);
  }

 private:
  std::span<const Neighbour<T>> all_;
  int lanes_;
};

// Applies updates to all of them, as `fit` would to each, to the bit; `network` lends its working memory. Nothing is
// carried, and nothing clipped. True where all is done. Where a number ceased to be finite, whosever it is, or
// Ctrl-C came, nothing is: then `fit` tells of which network, and goes on with the others. What is not finite in a
// gradient stays so in the parameters, so that these are looked at in the end.
template <class T>
bool fit_beside(Network<T>& network, std::span<const Neighbour<T>> all, const Plan& plan,
                const Loss<T>& criterion, const FitOptions& o, Heartbeat& heartbeat) {
  const int lanes = network.math().lanes, steps = plan.steps;
  const Architecture& a = network.architecture();
  const std::ptrdiff_t size = network.layout().size, numbers = size * lanes;
  const Neighbours<T> neighbours(all, lanes);
  const auto parameters_of = [](const Neighbour<T>& one) { return one.parameters; };
  const auto first_of = [](const Neighbour<T>& one) { return one.optimizer->first; };
  const auto second_of = [](const Neighbour<T>& one) { return one.optimizer->second; };
  const auto average_of = [](const Neighbour<T>& one) { return one.optimizer->average; };
  Buffer<T> parameters, gradient, first, second, average, x, targets;
  Buffer<double> totals;
  Buffer<std::uint64_t> keys;
  neighbours.gather(size, parameters_of, parameters);
  neighbours.gather(size, first_of, first), neighbours.gather(size, second_of, second);
  const bool averages = all[0].optimizer->average;
  if (averages) neighbours.gather(size, average_of, average);
  gradient.reserve(numbers), totals.reserve(lanes), keys.reserve(lanes);
  // Examples of some updates at a time are laid out: those of neighbouring updates often lie in one cache line.
  constexpr std::ptrdiff_t kAhead = 16;
  const std::ptrdiff_t of_x = std::ptrdiff_t(steps) * a.inputs * lanes,
                       of_targets = std::ptrdiff_t(steps) * a.outputs * lanes;
  x.reserve(kAhead * of_x), targets.reserve(kAhead * of_targets);

  Optimizer<T> optimizer = *all[0].optimizer;
  for (auto& group : optimizer.groups) group.begin *= lanes, group.end *= lanes;
  optimizer.first = first.data(), optimizer.second = second.data(), optimizer.average = average.data();
  Touched everything;
  everything.all(0, numbers);
  Application<T> application(network, everything, parameters.data(), gradient.data(), optimizer, o);

  const double scale = o.mean ? 1. / steps : 1.;
  const auto finite = [](double total) { return std::isfinite(total); };
  for (std::ptrdiff_t u = 0; u < plan.updates; ++u) {
    const std::int64_t count = o.count + u + 1;
    if (a.noise > 0)
      neighbours.each([&](int lane, const Neighbour<T>& one) {
        keys.data()[lane] = network.row_key(derive(one.seed, std::uint64_t(count)), 0);
      });
    const std::ptrdiff_t place = u % kAhead;
    if (place == 0) {
      const std::ptrdiff_t last = std::min(u + kAhead, plan.updates),
                           ahead = std::min(last + kAhead, plan.updates);
      neighbours.read(plan, u, last, ahead, a.inputs, [](const Examples<T>& e) { return e.dense; }, x.data());
      neighbours.read(
          plan, u, last, ahead, a.outputs, [](const Examples<T>& e) { return e.targets; }, targets.data());
    }
    network.update_beside(
        parameters.data(), {steps, x.data() + place * of_x, targets.data() + place * of_targets, keys.data()},
        {.on = a.noisy(), .share = o.noise}, criterion, T(scale), gradient.data(), totals.data());
    heartbeat.work(3 * network.multiply_adds(steps, lanes));
    if (heartbeat.stopped() || !std::all_of(totals.data(), totals.data() + lanes, finite)) return false;
    application.update(everything, count, T(plan.rate[u]));
    for (std::size_t i = 0; i < all.size(); ++i) all[i].losses[u] = scale * totals.data()[i];
  }
  if (!network.math().finite(numbers, parameters.data())) return false;
  neighbours.scatter(size, parameters, parameters_of);
  neighbours.scatter(size, first, first_of), neighbours.scatter(size, second, second_of);
  if (averages) neighbours.scatter(size, average, average_of);
  return true;
}

}  // namespace elman
