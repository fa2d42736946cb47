// Many updates in one call, without Python: gradient, checks, clipping, optimizer.
#pragma once

#include <functional>

#include "apply.h"

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

// How processes share updates: each reads some rows of a batch, and what they find is added up.
template <class T>
struct Exchange {
  std::ptrdiff_t first = 0, last = 0;  // this process's rows of each batch
  T* flat = nullptr;                   // (P + 2): the gradient, the sum of losses, the sum of weights
  std::function<void()> add;           // puts the sums over all processes in their place
};

// From the sums of the own rows to the gradient of the whole batch; returns its loss.
template <class T>
double add_up(const Network<T>& network, const Exchange<T>& exchange, double loss, double mass, bool mean) {
  const std::ptrdiff_t size = network.layout().size;
  exchange.flat[size] = T(loss), exchange.flat[size + 1] = T(mass);
  exchange.add();
  if (!mean) return double(exchange.flat[size]);
  const double total = double(exchange.flat[size + 1]), scale = total > 0 ? 1 / total : 0;
  run_in_parts(size, kGrain, [&](std::ptrdiff_t first, std::ptrdiff_t last) {
    network.math().scale(last - first, T(scale), exchange.flat + first);
  });
  return scale * double(exchange.flat[size]);
}

struct FitResult {
  std::ptrdiff_t done = 0;  // updates applied
  bool interrupted = false;
  std::string not_finite;  // "loss", or the tensor whose gradient is not: that update was not applied
};

// Changes parameters, moments and `carried` (of the own rows; null where no update carries); writes the loss of each
// update done. An update is applied whole or not at all: when this returns early, everything is as the last whole
// update left it. With an exchange, `heartbeat` is not asked: who stopped alone would leave the others waiting.
template <class T>
FitResult fit(Network<T>& network, T* parameters, const Examples<T>& e, const Plan& plan,
              const Loss<T>& criterion, const Optimizer<T>& optimizer, const FitOptions& o, States<T> carried,
              double* losses, const Exchange<T>* exchange, Heartbeat& heartbeat) {
  T* const gradient = exchange ? exchange->flat : network.gradient();
  const std::ptrdiff_t first = exchange ? exchange->first : 0,
                       own = exchange ? exchange->last - first : plan.rows;
  const std::ptrdiff_t state_size = std::ptrdiff_t(network.architecture().layers) *
                                    network.architecture().directions() * own * network.architecture().hidden;
  Buffer<T> ends[kMaxStates];
  States<T> end;
  for (int k = 0; carried && k < network.cell().states; ++k)
    ends[k].reserve(state_size), end.at[k] = ends[k].data();

  Application<T> application(network, network.everything(), parameters, gradient, optimizer, o);

  const Leaves left = leaves(optimizer, network);
  FitResult result;
  for (std::ptrdiff_t u = 0; u < plan.updates; ++u) {
    const Window batch = {.start = std::ptrdiff_t(plan.start[u]),
                          .steps = plan.steps,
                          .columns = {plan.columns + u * plan.rows, std::size_t(plan.rows)}};
    Window w = batch;
    w.columns = w.columns.subspan(std::size_t(first), std::size_t(own));
    // Others touch what this process does not.
    if (exchange) std::fill_n(gradient, network.layout().size, T(0));
    const States<const T> initial =
        plan.carry[u] ? States<const T>{{carried.at[0], carried.at[1]}} : States<const T>{};
    const std::int64_t count = o.count + u + 1;
    const Noise noise = {network.architecture().noisy(), derive(o.seed, std::uint64_t(count)), o.noise,
                         first};
    double loss =
        network.loss_and_gradient(parameters, e, w, batch, initial, noise, criterion, o.mean && !exchange,
                                  left, gradient, end, exchange ? nullptr : &heartbeat);
    if (exchange)
      loss = add_up(network, *exchange, loss, network.mass(e, w, criterion), o.mean);
    else
      heartbeat.work(3 * network.multiply_adds(plan.steps, plan.rows));
    if (!exchange && heartbeat.stopped()) {
      result.interrupted = true;
      return result;
    }
    result.not_finite = std::isfinite(loss) ? application.not_finite(network.touched()) : "loss";
    if (!result.not_finite.empty()) return result;
    application.update(network.touched(), count, T(plan.rate[u]));
    for (int k = 0; carried && k < network.cell().states; ++k) copy(end.at[k], state_size, carried.at[k]);
    losses[u] = loss;
    result.done = u + 1;
  }
  return result;
}

}  // namespace elman
