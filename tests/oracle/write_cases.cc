// Writes, for every sample of every operator, a graph as MXNet's files hold it and what it computes
// here; compare_with_mxnet.py has MXNet read the graphs and compute the same. samples.json has the
// calls themselves, from which renew_numbers.py makes cases of ops/mxnet/numbers.json.
#include <gluino/graph/sym.h>
#include <gluino/ndarray/params.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::gradients;
using testing::heads_for;
using testing::inputs_of;
using testing::run;

// What only compiled graphs or users' programs know, and what runs on two devices.
bool is_known_elsewhere(const Op& op) {
  return !op.name.starts_with("_fused") && op.name != "Custom" && op.name != "_copyto";
}

// In MXNet's files a size of 0 is one that is not known.
bool has_elements(const Op& op, const Sample& sample) {
  for (const SampleInput& input : sample.inputs) {
    if (input.shape.size() == 0) return false;
  }
  return run(op, sample.options.get(), inputs_of(sample, float32))[0].size() > 0;
}

std::vector<NDArray> copies_of(const std::vector<NDArray>& arrays) {
  std::vector<NDArray> copies;
  for (const NDArray& array : arrays) copies.push_back(array.copy());
  return copies;
}

void add(nd::NamedArrays& all, const std::string& stem, const std::vector<NDArray>& arrays) {
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    if (arrays[i].defined()) all.emplace_back(str(stem, i), arrays[i]);
  }
}

void write_case(const Op& op, const Sample& sample, const std::string& path) {
  std::vector<Symbol> variables;
  for (std::size_t i = 0; i < sample.inputs.size(); ++i) variables.push_back(sym::var(str("x", i)));
  apply(op, sample.options.get(), variables).save(path + "-symbol.json");
  const auto inputs = inputs_of(sample, float32);
  const auto outputs = run(op, sample.options.get(), copies_of(inputs));
  nd::NamedArrays arrays;
  add(arrays, "x", inputs);
  add(arrays, "y", outputs);
  if (op.has_gradient() && is_floating(outputs[0].dtype())) {
    const auto heads = heads_for(outputs);
    add(arrays, "head", heads);
    add(arrays, "gradient", gradients(op, sample.options.get(), inputs, heads));
  }
  nd::save(path + ".params", arrays);
}

// A call as ops/mxnet/numbers.json has them, with elements like those of the sample.
nlohmann::json case_of(const Op& op, const Sample& sample) {
  nlohmann::json inputs = nlohmann::json::array();
  std::vector<Symbol> variables;
  for (const auto& [shape, fill] : sample.inputs) {
    const bool whole = fill.kind == Fill::Kind::integers;
    inputs.push_back({{"shape", std::vector<std::int64_t>(shape.begin(), shape.end())},
                      {"pattern", whole ? "whole" : "spread"},
                      {"low", fill.low},
                      {"high", fill.high}});
    variables.push_back(sym::var(str("x", variables.size())));
  }
  // The node's attributes are the options, and the number of inputs where MXNet wants it.
  const Symbol symbol = apply(op, sample.options.get(), variables);
  nlohmann::json told = {
      {"op", op.name}, {"attributes", symbol.list_attr()}, {"inputs", std::move(inputs)}};
  if (op.random) told["random"] = true;
  return told;
}

nlohmann::json description_of(const Op& op) {
  nlohmann::json fields = nlohmann::json::object();
  for (const Field& field : op.fields) {
    fields[field.name] = {{"default", field.default_value}, {"required", field.required}};
  }
  return {{"fields", fields}, {"random", op.random}};
}

void write_all(const std::string& folder) {
  std::filesystem::create_directories(folder);
  nlohmann::json operators;
  nlohmann::json samples = nlohmann::json::array();
  int cases = 0;
  for (const Op* op : Op::all()) {
    if (!is_known_elsewhere(*op)) continue;
    operators[op->name] = description_of(*op);
    for (std::size_t i = 0; i < op->samples.size(); ++i) {
      samples.push_back(case_of(*op, op->samples[i]));
      if (!has_elements(*op, op->samples[i])) continue;
      write_case(*op, op->samples[i], str(folder, "/", op->name, ".", i));
      ++cases;
    }
  }
  std::ofstream(folder + "/operators.json") << operators.dump(1);
  std::ofstream(folder + "/samples.json") << samples.dump();
  std::cout << cases << " cases of " << operators.size() << " operators\n";
}

}  // namespace
}  // namespace gluino

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: oracle_cases FOLDER\n";
    return 2;
  }
  try {
    gluino::write_all(argv[1]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
  return 0;
}
