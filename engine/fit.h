// Many updates in one call, without Python: gradient, checks, clipping, optimizer.
#pragma once

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

struct FitResult {
  std::ptrdiff_t done = 0;  // updates applied
  bool interrupted = false;
  std::string not_finite;  // "loss", or the tensor whose gradient is not: that update was not applied
};

// Changes parameters, moments and `carried` (null where no update carries); writes the loss of each update
// done. An update is applied whole or not at all: when this returns early, everything is as the last whole
// update left it.
template <class T>
FitResult fit(Network<T>& network, T* parameters, const Examples<T>& e, const Plan& plan,
              const Loss<T>& criterion, const Optimizer<T>& optimizer, const FitOptions& o, States<T> carried,
              double* losses, Heartbeat& heartbeat) {
  T* const gradient = network.gradient();
  const std::ptrdiff_t state_size = std::ptrdiff_t(network.architecture().layers) *
                                    network.architecture().directions() * plan.rows *
                                    network.architecture().hidden;
  Buffer<T> ends[kMaxStates];
  States<T> end;
  for (int k = 0; carried && k < network.cell().states; ++k)
    ends[k].reserve(state_size), end.at[k] = ends[k].data();

  Application<T> application(network, parameters, gradient, optimizer, o);

  const Leaves left = leaves(optimizer, network);
  FitResult result;
  for (std::ptrdiff_t u = 0; u < plan.updates; ++u) {
    const Window w = {.start = std::ptrdiff_t(plan.start[u]),
                      .steps = plan.steps,
                      .columns = {plan.columns + u * plan.rows, std::size_t(plan.rows)}};
    const States<const T> initial =
        plan.carry[u] ? States<const T>{{carried.at[0], carried.at[1]}} : States<const T>{};
    const std::int64_t count = o.count + u + 1;
    const double loss = network.loss_and_gradient(
        parameters, e, w, initial,
        {network.architecture().noisy(), derive(o.seed, std::uint64_t(count)), o.noise}, criterion, o.mean,
        left, gradient, end, &heartbeat);
    heartbeat.work(3 * network.multiply_adds(plan.steps, plan.rows));
    if (heartbeat.stopped()) {
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
