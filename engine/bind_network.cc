// Networks' Python face: arrays and sizes in, arrays filled. Shapes are checked by the Python floor above, memory is
// the caller's, and computations run without the GIL.
#include "bind_network.h"

#include <algorithm>
#include <cmath>

#include "beside.h"
#include "bind_held.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace elman {
namespace {

constexpr double kWorthLettingGo = 1e5;  // multiply-adds: 10 microseconds

// Whether all numbers of a step are finite, and all symbols are there. It costs less here than in NumPy.
template <class T>
bool readable(const Architecture& a, const Maybe<const T>& x, const Maybe<const std::int32_t>& symbols) {
  const auto is_symbol = [&](std::int32_t symbol) { return symbol >= 0 && symbol < a.inputs; };
  if (symbols) return std::all_of(symbols->data(), symbols->data() + symbols->size(), is_symbol);
  return std::all_of(x->data(), x->data() + x->size(), [](T number) { return std::isfinite(number); });
}

Noise noise(std::optional<std::uint64_t> key) { return {key.has_value(), key.value_or(0)}; }

// Runs Python's signal handlers; true where one raised.
bool interrupted() {
  const nb::gil_scoped_acquire gil;
  return PyErr_CheckSignals() != 0;
}

void raise_if(bool stopped) {
  if (stopped) throw nb::python_error();
}

template <class T>
void bind_network(nb::module_& m, const char* suffix) {
  const auto name = [&](const char* stem) { return std::string(stem) + suffix; };

  nb::class_<HeldTerm<T>>(m, name("Term").c_str())
      .def(
          "__init__",
          [](HeldTerm<T>* self, Array<const std::int32_t> rows, Array<const std::int64_t> begins,
             Array<const std::int32_t> outputs,
             Array<const T> values) { new (self) HeldTerm<T>{rows, begins, outputs, values}; },
          "rows"_a, "begins"_a, "outputs"_a, "values"_a);

  nb::class_<HeldExamples<T>>(m, name("Examples").c_str())
      .def(
          "__init__",
          [](HeldExamples<T>* self, std::ptrdiff_t steps, std::ptrdiff_t columns, Maybe<const T> dense,
             Maybe<const std::int32_t> symbols, Maybe<const T> targets,
             Maybe<const std::int32_t> target_symbols, Maybe<const T> weights,
             Maybe<const std::int32_t> lengths, const std::vector<HeldTerm<T>>& terms) {
            new (self)
                HeldExamples<T>{dense, targets, weights, symbols, target_symbols, lengths, terms, {}, {}};
            for (const HeldTerm<T>& term : terms) self->term_views.push_back(term.view());
            self->view = {steps,
                          columns,
                          pointer(dense),
                          pointer(symbols),
                          pointer(targets),
                          pointer(target_symbols),
                          pointer(weights),
                          pointer(lengths),
                          self->term_views};
          },
          "steps"_a, "columns"_a, "dense"_a = nb::none(), "symbols"_a = nb::none(), "targets"_a = nb::none(),
          "target_symbols"_a = nb::none(), "weights"_a = nb::none(), "lengths"_a = nb::none(),
          "terms"_a = std::vector<HeldTerm<T>>());

  nb::class_<HeldLoss<T>>(m, name("Loss").c_str())
      .def(
          "__init__",
          [](HeldLoss<T>* self, LossKind kind, T smoothing, T delta, Maybe<const T> of_outputs, int negatives,
             Maybe<const double> cumulative, Correction correction, T regulariser) {
            new (self) HeldLoss<T>{of_outputs,
                                   cumulative,
                                   {kind, smoothing, delta, pointer(of_outputs), negatives,
                                    pointer(cumulative), correction, regulariser}};
          },
          "kind"_a, "smoothing"_a = 0, "delta"_a = 0, "of_outputs"_a = nb::none(), "negatives"_a = 0,
          "cumulative"_a = nb::none(), "correction"_a = Correction::none, "regulariser"_a = 0)
      .def(
          "draw",
          [](const HeldLoss<T>& self, std::uint64_t key) {
            Negatives<T> negatives;
            negatives.draw(self.view, int(self.cumulative->size()), derive(key, kNegatives));
            return std::make_tuple(negatives.items, negatives.offsets);
          },
          "key"_a, "The negatives of the update of this key, each once, and their offsets.");

  nb::class_<BoundOptimizer<T>>(m, name("Optimizer").c_str())
      .def(
          "__init__",
          [](BoundOptimizer<T>* self, const OptimizerSettings& settings,
             const std::vector<std::tuple<std::ptrdiff_t, std::ptrdiff_t, double>>& groups, Array<T> first,
             Array<T> second, Maybe<T> average) {
            new (self) BoundOptimizer<T>{
                {settings, {}, first.data(), second.data(), pointer(average)}, first, second, average};
            for (const auto& [begin, end, decay] : groups)
              self->optimizer.groups.push_back({begin, end, decay});
          },
          "settings"_a, "groups"_a, "first"_a.noconvert(), "second"_a.noconvert(), "average"_a = nb::none());

  using Net = Guarded<T>;
  using Held = HeldExamples<T>;
  nb::class_<Net>(m, name("Network").c_str())
      .def(nb::init<Architecture>(), "architecture"_a)
      .def(
          "tensors",
          [](const Net& self) {
            nb::list tensors;
            for (const Tensor& t : self.network.layout().tensors)
              tensors.append(nb::make_tuple(t.name, nb::tuple(nb::cast(t.shape)), t.offset));
            return tensors;
          },
          nb::sig("def tensors(self) -> list[tuple[str, tuple[int, ...], int]]"))
      .def(
          "forward",
          [](Net& self, Array<const T> parameters, const Held& examples, const Arrays<const T>& initial,
             std::optional<std::uint64_t> key, Array<T> y, const Arrays<T>& final) {
            Heartbeat heartbeat(interrupted);
            compute(self, [&](Network<T>& n) {
              n.forward(parameters.data(), examples.view, states(initial), noise(key), y.data(),
                        states(final), &heartbeat);
            });
            raise_if(heartbeat.stopped());
          },
          "parameters"_a.noconvert(), "examples"_a, "initial"_a, "noise_key"_a.none(), "y"_a.noconvert(),
          "final"_a.noconvert())
      .def(
          "losses",
          [](Net& self, Array<const T> parameters, const Held& examples, const Arrays<const T>& initial,
             const HeldLoss<T>& loss, Array<T> losses, const Arrays<T>& final) {
            Heartbeat heartbeat(interrupted);
            compute(self, [&](Network<T>& n) {
              n.losses(parameters.data(), examples.view, states(initial), loss.view, losses.data(),
                       states(final), &heartbeat);
            });
            raise_if(heartbeat.stopped());
          },
          "parameters"_a.noconvert(), "examples"_a, "initial"_a, "loss"_a, "losses"_a.noconvert(),
          "final"_a.noconvert())
      .def(
          "trace",
          [](Net& self, Array<const T> parameters, const Held& examples, const Arrays<const T>& initial,
             std::optional<std::uint64_t> key, Array<T> y, const Arrays<T>& gates,
             const Arrays<T>& all_states, Maybe<T> read, Maybe<T> scored) {
            T* at[kMaxGates] = {};
            for (std::size_t g = 0; g < gates.size(); ++g) at[g] = gates[g].data();
            compute(self, [&](Network<T>& n) {
              n.trace(parameters.data(), examples.view, states(initial), noise(key), y.data(), at,
                      states(all_states), pointer(read), pointer(scored));
            });
          },
          "parameters"_a.noconvert(), "examples"_a, "initial"_a, "noise_key"_a.none(), "y"_a.noconvert(),
          "gates"_a.noconvert(), "states"_a.noconvert(), "read"_a.noconvert().none(),
          "scored"_a.noconvert().none())
      .def(
          "vjp",
          [](Net& self, Array<const T> parameters, const Held& examples, const Arrays<const T>& initial,
             std::optional<std::uint64_t> key, Array<const T> dy, const Arrays<const T>& dfinal,
             Array<T> gradient, Maybe<T> dx, const Arrays<T>& dinitial) {
            compute(self, [&](Network<T>& n) {
              n.vjp(parameters.data(), examples.view, states(initial), noise(key), dy.data(), states(dfinal),
                    gradient.data(), pointer(dx), states(dinitial));
            });
          },
          "parameters"_a.noconvert(), "examples"_a, "initial"_a, "noise_key"_a.none(), "dy"_a, "dfinal"_a,
          "gradient"_a.noconvert(), "dx"_a.noconvert().none(), "dinitial"_a.noconvert())
      .def(
          "loss_and_gradient",
          [](Net& self, Array<const T> parameters, const Held& examples, const Arrays<const T>& initial,
             std::optional<std::uint64_t> key, const HeldLoss<T>& loss, bool mean,
             Array<const std::int32_t> columns, Array<T> gradient, const Arrays<T>& final) {
            double value = 0;
            Heartbeat heartbeat(interrupted);
            compute(self, [&](Network<T>& n) {
              const Window w = {0, int(examples.view.steps), {columns.data(), columns.size()}};
              value = n.loss_and_gradient(parameters.data(), examples.view, w, w, states(initial), noise(key),
                                          loss.view, mean, {}, gradient.data(), states(final), &heartbeat);
            });
            raise_if(heartbeat.stopped());
            return value;
          },
          "parameters"_a.noconvert(), "examples"_a, "initial"_a, "noise_key"_a.none(), "loss"_a, "mean"_a,
          "columns"_a, "gradient"_a.noconvert(), "final"_a.noconvert())
      .def(
          "fit",
          [](Net& self, Array<T> parameters, const Held& examples, Array<const std::int32_t> columns,
             int steps, Array<const std::int64_t> start, Array<const bool> carry, Array<const double> rate,
             const HeldLoss<T>& loss, const BoundOptimizer<T>& optimizer, const FitOptions& options,
             const Arrays<T>& carried, Array<double> losses, const std::optional<Shared<T>>& shared) {
            const Plan plan = {.updates = std::ptrdiff_t(columns.shape(0)),
                               .rows = std::ptrdiff_t(columns.shape(1)),
                               .steps = steps,
                               .columns = columns.data(),
                               .start = start.data(),
                               .carry = reinterpret_cast<const std::uint8_t*>(carry.data()),
                               .rate = rate.data()};
            Exchange<T> exchange;
            if (shared) {
              const auto& [first, last, flat, add] = *shared;
              exchange = {first, last, flat.data(), [&add] {
                            const nb::gil_scoped_acquire gil;
                            add();
                          }};
            }
            FitResult result;
            Heartbeat heartbeat(interrupted);
            compute(self, [&](Network<T>& n) {
              result = fit(n, parameters.data(), examples.view, plan, loss.view, optimizer.optimizer, options,
                           states(carried), losses.data(), shared ? &exchange : nullptr, heartbeat);
            });
            raise_if(result.interrupted);
            return result.not_finite;
          },
          "parameters"_a.noconvert(), "examples"_a, "columns"_a, "steps"_a, "start"_a, "carry"_a, "rate"_a,
          "loss"_a, "optimizer"_a, "options"_a, "carried"_a.noconvert(), "losses"_a.noconvert(),
          "exchange"_a = nb::none(),
          "Applies the updates (U, B); fills `losses` (U) as they are done. Returns \"\", or what was not "
          "finite. With an exchange (first, last, flat (P + 2), add) it reads these rows of each batch, and "
          "calls "
          "`add` when `flat` has their gradient, losses and weights.")
      .def(
          "beside",
          [](const Net& self, const HeldLoss<T>& loss) {
            return self.network.goes_beside(loss.view) ? self.network.math().lanes : 0;
          },
          "loss"_a, "How many networks like this one can learn side by side, a sequence per update; 0: none.")
      .def(
          "fit_beside",
          [](Net& self, const Arrays<T>& parameters, const std::vector<const Held*>& examples,
             const std::vector<Array<const std::int32_t>>& columns, int steps,
             Array<const std::int64_t> start, Array<const double> rate, const HeldLoss<T>& loss,
             const std::vector<const BoundOptimizer<T>*>& optimizers, const std::vector<std::uint64_t>& seeds,
             const FitOptions& options, const std::vector<Array<double>>& losses) {
            std::vector<Neighbour<T>> all;
            for (std::size_t i = 0; i < parameters.size(); ++i)
              all.push_back({parameters[i].data(), &examples[i]->view, columns[i].data(),
                             &optimizers[i]->optimizer, seeds[i], losses[i].data()});
            const Plan plan = {.updates = std::ptrdiff_t(rate.size()),
                               .rows = 1,
                               .steps = steps,
                               .start = start.data(),
                               .rate = rate.data()};
            bool done = false;
            Heartbeat heartbeat(interrupted);
            compute(self, [&](Network<T>& n) {
              done = fit_beside(n, std::span<const Neighbour<T>>(all), plan, loss.view, options, heartbeat);
            });
            raise_if(heartbeat.stopped());
            return done;
          },
          "parameters"_a.noconvert(), "examples"_a, "columns"_a, "steps"_a, "start"_a, "rate"_a, "loss"_a,
          "optimizers"_a, "seeds"_a, "options"_a, "losses"_a.noconvert(),
          "Updates of networks like this one, up to `beside` of them, a column each per update. False, and "
          "nothing "
          "is done, where a number ceases to be finite.")
      .def(
          "apply",
          [](Net& self, Array<T> parameters, Array<const T> gradient, double rate,
             const BoundOptimizer<T>& optimizer, const FitOptions& options) {
            std::string not_finite;
            compute(self, [&](Network<T>& n) {
              not_finite =
                  apply(n, parameters.data(), gradient.data(), optimizer.optimizer, T(rate), options);
            });
            return not_finite;
          },
          "parameters"_a.noconvert(), "gradient"_a.noconvert(), "rate"_a, "optimizer"_a, "options"_a,
          "One update with this gradient (P). Returns \"\", or the tensor whose gradient is not finite.")
      .def(
          "pack", [](Net& self, Array<const T> parameters) { self.network.pack(parameters.data()); },
          "parameters"_a.noconvert())
      .def(
          "step",
          [](Net& self, Array<const T> parameters, Maybe<const T> x, Maybe<const std::int32_t> symbols,
             std::ptrdiff_t rows, const Arrays<T>& state, Maybe<T> read, Maybe<std::int64_t> count,
             Maybe<T> total, const std::vector<HeldTerm<T>>& terms, Array<T> y) {
            if (!readable(self.network.architecture(), x, symbols)) return false;
            std::vector<Term<T>> views;
            for (const HeldTerm<T>& term : terms) views.push_back(term.view());
            Examples<T> e;
            e.terms = views;
            e.steps = 1, e.columns = rows, e.dense = pointer(x), e.symbols = pointer(symbols);
            const auto step = [&](Network<T>& n) {
              n.step(parameters.data(), e, states(state), {pointer(read), pointer(count), pointer(total)},
                     y.data());
            };
            // A network whose steps take longer than to let the GIL go and take it back. Not what this step has to
            // do decides, but the network alone: the GIL is the lock of all its steps, or the mutex is.
            if (self.network.multiply_adds(1, 1) < kWorthLettingGo)
              step(self.network);
            else
              compute(self, step);
            return true;
          },
          "parameters"_a.noconvert(), "x"_a.none(), "symbols"_a.none(), "rows"_a, "state"_a.noconvert(),
          "read"_a.noconvert().none(), "count"_a.noconvert().none(), "total"_a.noconvert().none(), "terms"_a,
          "y"_a.noconvert(), "One step of a stream. False, and nothing is done, where x is not to be read.")
      .def(
          "sample",
          [](Net& self, Array<const T> parameters, Array<const std::int32_t> symbols, T temperature,
             Array<const double> uniform, const Arrays<T>& state, Array<std::int32_t> drawn) {
            Heartbeat heartbeat(interrupted);
            compute(self, [&](Network<T>& n) {
              n.sample(parameters.data(), std::ptrdiff_t(drawn.shape(0)), std::ptrdiff_t(drawn.shape(1)),
                       symbols.data(), temperature, uniform.data(), states(state), drawn.data(), &heartbeat);
            });
            raise_if(heartbeat.stopped());
          },
          "parameters"_a.noconvert(), "symbols"_a, "temperature"_a, "uniform"_a, "state"_a.noconvert(),
          "drawn"_a.noconvert());
}

}  // namespace
void bind_networks(nb::module_& m) {
  bind_network<float>(m, "32");
  bind_network<double>(m, "64");
}

}  // namespace elman
