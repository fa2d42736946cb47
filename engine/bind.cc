// The engine's Python face: facts, settings and losses by name; networks and machines are bound in files of their own.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "apply.h"
#include "architecture.h"
#include "bind_machine.h"
#include "bind_network.h"
#include "bind_pairs.h"
#include "bind_softmax.h"

namespace nb = nanobind;
using namespace nb::literals;

NB_MODULE(_engine, m) {
  // What is still there at the end of a process goes with it: the command line leaves its cleaning to the
  // system, and whoever keeps a network in a global variable does too.
  nb::set_leak_warnings(false);
  using namespace elman;
  instruction_set();  // a wrong ELMAN_ISA is said before anything is bound, not at the first use
  m.doc() = "The compiled engine: everything inside a training step.";

  nb::enum_<LossKind>(m, "LossKind")
      .value("bits", LossKind::bits)
      .value("symbols", LossKind::symbols)
      .value("squared", LossKind::squared)
      .value("squared_sigmoid", LossKind::squared_sigmoid)
      .value("huber", LossKind::huber)
      .value("pinball", LossKind::pinball)
      .value("sampled_symbols", LossKind::sampled_symbols)
      .value("bpr_max", LossKind::bpr_max)
      .value("top1_max", LossKind::top1_max);
  nb::enum_<Correction>(m, "Correction", "Of logits by the chance with which negatives are drawn.")
      .value("none", Correction::none)
      .value("all", Correction::all)
      .value("negatives", Correction::negatives);
  nb::enum_<OptimizerKind>(m, "OptimizerKind")
      .value("sgd", OptimizerKind::sgd)
      .value("rmsprop", OptimizerKind::rmsprop)
      .value("adagrad", OptimizerKind::adagrad)
      .value("adam", OptimizerKind::adam)
      .value("adamw", OptimizerKind::adamw);

  nb::class_<CellFacts>(m, "Cell", "Facts about one recurrence.")
      .def_prop_ro("name", [](const CellFacts& c) { return c.name; })
      .def_prop_ro("nonlinearity", [](const CellFacts& c) { return c.nonlinearity; })
      .def_prop_ro(
          "gates",
          [](const CellFacts& c) { return std::vector<std::string>(c.gate_names, c.gate_names + c.gates); })
      .def_prop_ro(
          "states",
          [](const CellFacts& c) { return std::vector<std::string>(kStateNames, kStateNames + c.states); })
      .def_ro("recurrent", &CellFacts::recurrent);
  m.def(
      "cells",
      [] {
        std::vector<const CellFacts*> facts;
        for (const auto& cell : kernels<double>().cells) facts.push_back(cell.facts);
        return facts;
      },
      nb::rv_policy::reference, "The table of cells.");

  nb::class_<ReadoutFacts>(m, "Readout", "Facts about what the head reads of a whole sequence.")
      .def_prop_ro("name", [](const ReadoutFacts& r) { return r.name; })
      .def_ro("scored", &ReadoutFacts::scored);
  m.def(
      "readouts",
      [] {
        std::vector<const ReadoutFacts*> facts;
        for (const auto& readout : kernels<double>().readouts) facts.push_back(readout.facts);
        return facts;
      },
      nb::rv_policy::reference, "The table of readouts.");

  nb::class_<Architecture>(m, "Architecture")
      .def(
          "__init__",
          [](Architecture* self, int inputs, int outputs, bool symbols, int embedding, bool tied,
             std::string cell, std::string nonlinearity, int hidden, int layers, bool bidirectional,
             bool bias, double dropout, double noise, double output_dropout, double weight_dropout,
             std::string readout, bool learned_initial, double initial, int terms) {
            new (self) Architecture{inputs,
                                    outputs,
                                    symbols,
                                    embedding,
                                    tied,
                                    std::move(cell),
                                    std::move(nonlinearity),
                                    hidden,
                                    layers,
                                    bidirectional,
                                    bias,
                                    dropout,
                                    noise,
                                    output_dropout,
                                    weight_dropout,
                                    std::move(readout),
                                    learned_initial,
                                    initial,
                                    terms};
          },
          "inputs"_a, "outputs"_a, "symbols"_a, "embedding"_a, "tied"_a, "cell"_a, "nonlinearity"_a,
          "hidden"_a, "layers"_a, "bidirectional"_a, "bias"_a, "dropout"_a, "noise"_a, "output_dropout"_a,
          "weight_dropout"_a, "readout"_a, "learned_initial"_a, "initial"_a, "terms"_a);

  nb::class_<OptimizerSettings>(m, "OptimizerSettings")
      .def(
          "__init__",
          [](OptimizerSettings* self, OptimizerKind kind, double momentum, bool nesterov, bool lazy,
             double alpha, double beta1, double beta2, double eps) {
            new (self) OptimizerSettings{kind, momentum, nesterov, lazy, alpha, beta1, beta2, eps};
          },
          "kind"_a, "momentum"_a, "nesterov"_a, "lazy"_a, "alpha"_a, "beta1"_a, "beta2"_a, "eps"_a);

  nb::class_<FitOptions>(m, "FitOptions")
      .def(
          "__init__",
          [](FitOptions* self, bool mean, double clip_norm, double clip_value, double averaging,
             std::int64_t count, std::uint64_t seed, double noise) {
            new (self) FitOptions{mean, clip_norm, clip_value, averaging, count, seed, noise};
          },
          "mean"_a, "clip_norm"_a, "clip_value"_a, "averaging"_a, "count"_a, "seed"_a, "noise"_a);

  bind_networks(m);
  bind_machine(m);
  bind_pairs(m);
  bind_softmax(m);
}
