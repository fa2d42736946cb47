// The engine's face for JavaScript: plain functions over addresses and numbers. src/elman/look/engine.js, with running/
// beside it, is what calls them, checks what they are given and holds the memory. Arrays are laid out as network.h says;
// 0 is "none".
#include <cstdlib>
#include <string>

#include "fit.h"
#include "generator.h"

#define ELMAN_EXPORT(name) extern "C" __attribute__((export_name(#name), used))

namespace elman {
namespace {

using Number = float;

// A network with its parameters.
struct Held {
  Network<Number> network;
  std::vector<Number> parameters;
  explicit Held(Architecture a) : network(std::move(a)) {
    parameters.resize(std::size_t(network.layout().size));
  }
};

struct HeldExamples {
  Examples<Number> view;
  std::vector<Term<Number>> terms;
};

struct Teacher {
  Held& held;
  Optimizer<Number> optimizer;
  FitOptions options;
  std::vector<Number> first, second;
  std::string trouble;
};

States<Number> states(Number* h, Number* c) { return {{h, c}}; }
States<const Number> states(const Number* h, const Number* c) { return {{h, c}}; }

bool never() { return false; }

// Lists for JavaScript, as JSON. Names are those of this engine: nothing in them wants escaping.
std::string quoted(const std::string& name) { return '"' + name + '"'; }

template <class Range, class F>
std::string listed(const Range& range, F&& tell) {
  std::string list;
  for (const auto& one : range) list += (list.empty() ? "" : ",") + tell(one);
  return '[' + list + ']';
}

const char* kept(std::string text) {
  static std::string last;
  last = std::move(text);
  return last.c_str();
}

}  // namespace

ELMAN_EXPORT(allocate) void* allocate(std::size_t bytes) { return std::malloc(bytes); }
ELMAN_EXPORT(release) void release(void* memory) { std::free(memory); }

// [[name, nonlinearity, gates, states]] of the table of cells.
ELMAN_EXPORT(cells) const char* cells() {
  return kept(listed(kernels<Number>().cells, [](const CellKernels<Number>& kernels) {
    const CellFacts& f = *kernels.facts;
    const auto name = [](const char* one) { return quoted(one); };
    return '[' + quoted(f.name) + ',' + quoted(f.nonlinearity) + ',' +
           listed(std::span(f.gate_names, std::size_t(f.gates)), name) + ',' +
           listed(std::span(kStateNames, std::size_t(f.states)), name) + ']';
  }));
}

// [[name, 1 where steps get scores]] of the table of readouts.
ELMAN_EXPORT(readouts) const char* readouts() {
  return kept(listed(kernels<Number>().readouts, [](const ReadoutKernels<Number>& kernels) {
    return '[' + quoted(kernels.facts->name) + ',' + std::to_string(int(kernels.facts->scored)) + ']';
  }));
}

// --- networks ---

ELMAN_EXPORT(network_new)
Held* network_new(int inputs, int outputs, bool symbols, int embedding, bool tied, const char* cell,
                  const char* nonlinearity, int hidden, int layers, bool bidirectional, bool bias,
                  double dropout, double noise, double output_dropout, double weight_dropout,
                  const char* readout, bool learned_initial, double initial, int terms) {
  return new Held({inputs, outputs, symbols, embedding, tied, cell, nonlinearity, hidden, layers,
                   bidirectional, bias, dropout, noise, output_dropout, weight_dropout, readout,
                   learned_initial, initial, terms});
}
ELMAN_EXPORT(network_free) void network_free(Held* held) { delete held; }
ELMAN_EXPORT(network_parameters) Number* network_parameters(Held* held) { return held->parameters.data(); }
ELMAN_EXPORT(network_size) std::size_t network_size(Held* held) { return held->parameters.size(); }

// [[name, shape, offset]]
ELMAN_EXPORT(network_tensors) const char* network_tensors(Held* held) {
  return kept(listed(held->network.layout().tensors, [](const Tensor& tensor) {
    return '[' + quoted(tensor.name) + ',' +
           listed(tensor.shape, [](std::ptrdiff_t extent) { return std::to_string(extent); }) + ',' +
           std::to_string(tensor.offset) + ']';
  }));
}

// --- examples and losses ---

ELMAN_EXPORT(examples_new)
HeldExamples* examples_new(std::ptrdiff_t steps, std::ptrdiff_t columns, const Number* dense,
                           const std::int32_t* symbols, const Number* targets,
                           const std::int32_t* target_symbols, const Number* weights,
                           const std::int32_t* lengths) {
  return new HeldExamples{{steps, columns, dense, symbols, targets, target_symbols, weights, lengths, {}},
                          {}};
}
ELMAN_EXPORT(examples_term)
void examples_term(HeldExamples* e, const std::int32_t* rows, const std::int64_t* begins,
                   const std::int32_t* outputs, const Number* values) {
  e->terms.push_back({rows, begins, outputs, values});
  e->view.terms = e->terms;
}
ELMAN_EXPORT(examples_free) void examples_free(HeldExamples* e) { delete e; }

ELMAN_EXPORT(loss_new)
Loss<Number>* loss_new(LossKind kind, double smoothing, double delta, const Number* of_outputs) {
  return new Loss<Number>{kind, Number(smoothing), Number(delta), of_outputs};
}
ELMAN_EXPORT(loss_free) void loss_free(Loss<Number>* loss) { delete loss; }

// The loss of one answer (O), whose place its gradient takes.
ELMAN_EXPORT(loss_of_answer)
double loss_of_answer(const Loss<Number>* loss, int outputs, Number* logits, const Number* targets,
                      const std::int32_t* symbol) {
  return kernels<Number>().loss(*loss, {.rows = 1,
                                        .outputs = outputs,
                                        .logits = logits,
                                        .row = outputs,
                                        .targets = targets,
                                        .symbols = symbol,
                                        .weights = nullptr,
                                        .scale = 1});
}

// --- what a network is asked ---

ELMAN_EXPORT(trace)
void trace(Held* held, const HeldExamples* e, const Number* h, const Number* c, Number* y, Number* gate0,
           Number* gate1, Number* gate2, Number* gate3, Number* hs, Number* cs, Number* read,
           Number* scored) {
  Number* const gates[kMaxGates] = {gate0, gate1, gate2, gate3};
  held->network.trace(held->parameters.data(), e->view, states(h, c), {}, y, gates, states(hs, cs), read,
                      scored);
}

ELMAN_EXPORT(losses)
void losses(Held* held, const HeldExamples* e, const Number* h, const Number* c, const Loss<Number>* loss,
            Number* each, Number* final_h, Number* final_c) {
  held->network.losses(held->parameters.data(), e->view, states(h, c), *loss, each, states(final_h, final_c),
                       nullptr);
}

ELMAN_EXPORT(vjp)
void vjp(Held* held, const HeldExamples* e, const Number* h, const Number* c, const Number* dy,
         const Number* dh, const Number* dc, Number* gradient, Number* dx, Number* dinitial_h,
         Number* dinitial_c) {
  held->network.vjp(held->parameters.data(), e->view, states(h, c), {}, dy, states(dh, dc), gradient, dx,
                    states(dinitial_h, dinitial_c));
}

// All columns (columns) of the examples.
ELMAN_EXPORT(loss_and_gradient)
double loss_and_gradient(Held* held, const HeldExamples* e, const std::int32_t* columns, const Number* h,
                         const Number* c, const Loss<Number>* loss, bool mean, Number* gradient,
                         Number* final_h, Number* final_c) {
  const Window w = {0, int(e->view.steps), {columns, std::size_t(e->view.columns)}};
  return held->network.loss_and_gradient(held->parameters.data(), e->view, w, w, states(h, c), {}, *loss,
                                         mean, {}, gradient, states(final_h, final_c), nullptr);
}

ELMAN_EXPORT(pack) void pack(Held* held) { held->network.pack(held->parameters.data()); }

ELMAN_EXPORT(step)
void step(Held* held, const HeldExamples* e, Number* h, Number* c, Number* read, std::int64_t* count,
          Number* total, Number* y) {
  held->network.step(held->parameters.data(), e->view, states(h, c), {read, count, total}, y);
}

ELMAN_EXPORT(sample)
void sample(Held* held, std::ptrdiff_t steps, std::ptrdiff_t rows, const std::int32_t* symbols,
            double temperature, const double* uniform, Number* h, Number* c, std::int32_t* drawn) {
  Heartbeat heartbeat(never);
  held->network.sample(held->parameters.data(), steps, rows, symbols, Number(temperature), uniform,
                       states(h, c), drawn, &heartbeat);
}

// --- learning ---

ELMAN_EXPORT(trainer_new)
Teacher* trainer_new(Held* held, OptimizerKind kind, double momentum, bool nesterov, bool lazy, double alpha,
                     double beta1, double beta2, double eps, bool mean, double clip_norm, double clip_value,
                     std::int64_t seed) {
  auto* t = new Teacher{
      .held = *held,
      .optimizer = {.settings = {kind, momentum, nesterov, lazy, alpha, beta1, beta2, eps}, .groups = {}},
      .options = {.mean = mean,
                  .clip_norm = clip_norm,
                  .clip_value = clip_value,
                  .seed = std::uint64_t(seed)},
      .first = std::vector<Number>(held->parameters.size()),
      .second = std::vector<Number>(held->parameters.size()),
      .trouble = {}};
  t->optimizer.first = t->first.data(), t->optimizer.second = t->second.data();
  return t;
}
ELMAN_EXPORT(trainer_free) void trainer_free(Teacher* t) { delete t; }

// The weight decay of a part of the parameters. Parts cover all of them.
ELMAN_EXPORT(trainer_decay)
void trainer_decay(Teacher* t, std::ptrdiff_t begin, std::ptrdiff_t end, double decay) {
  t->optimizer.groups.push_back({begin, end, decay});
}

// The share of the architecture's noise on the states, in the updates that follow.
ELMAN_EXPORT(trainer_noise) void trainer_noise(Teacher* t, double share) { t->options.noise = share; }

// Updates (U, B) by whole examples, each at its rate. Returns how many were done; `trainer_trouble` says what ended it.
ELMAN_EXPORT(trainer_fit)
std::ptrdiff_t trainer_fit(Teacher* t, const HeldExamples* e, const Loss<Number>* loss,
                           std::ptrdiff_t updates, std::ptrdiff_t rows, const std::int32_t* columns,
                           const double* rate, double* losses) {
  const std::vector<std::int64_t> start(std::size_t(updates), 0);
  const std::vector<std::uint8_t> carry(std::size_t(updates), 0);
  const Plan plan = {updates, rows, int(e->view.steps), columns, start.data(), carry.data(), rate};
  const Exchange<Number>* const alone = nullptr;
  Heartbeat heartbeat(never);
  FitResult result = fit(t->held.network, t->held.parameters.data(), e->view, plan, *loss, t->optimizer,
                         t->options, States<Number>{}, losses, alone, heartbeat);
  t->options.count += result.done;
  t->trouble = std::move(result.not_finite);
  return result.done;
}
ELMAN_EXPORT(trainer_trouble) const char* trainer_trouble(const Teacher* t) { return t->trouble.c_str(); }

// --- NumPy's generator ---

ELMAN_EXPORT(random_new) Generator* random_new(const std::uint32_t* seed, std::size_t words) {
  return new Generator(SeedSequence({seed, words}));
}
ELMAN_EXPORT(random_free) void random_free(Generator* generator) { delete generator; }

ELMAN_EXPORT(random_uniform)
void random_uniform(Generator* generator, double low, double high, std::ptrdiff_t count, double* drawn) {
  for (std::ptrdiff_t i = 0; i < count; ++i) drawn[i] = low + (high - low) * generator->uniform();
}

// In [0, last].
ELMAN_EXPORT(random_integers)
void random_integers(Generator* generator, std::int64_t last, std::ptrdiff_t count, std::int64_t* drawn) {
  for (std::ptrdiff_t i = 0; i < count; ++i) drawn[i] = std::int64_t(generator->up_to(std::uint64_t(last)));
}

}  // namespace elman
