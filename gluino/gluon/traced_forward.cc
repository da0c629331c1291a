#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/gluon/traced_forward.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

namespace gluino::gluon {
namespace {

using ParametersByArray = std::map<const void*, Parameter>;

ParametersByArray parameters_of(const Block& block) {
  ParametersByArray found;
  for (const auto& [key, parameter] : block.structural_params()) {
    if (!parameter.is_initialized()) continue;
    for (const NDArray& copy : parameter.list_data()) found[copy.id()] = parameter;
  }
  return found;
}

bool same(const NodeEntry& a, const NodeEntry& b) { return a.node == b.node && a.index == b.index; }

bool is_computed(const NodeEntry& entry) { return !entry.node->is_variable(); }

// The part of `program` that must run: without outputs that are given twice or are variables, if
// anything is left.
Symbol to_compute(const Symbol& outputs, const Symbol& program) {
  const auto& entries = program.entries();
  std::vector<NodeEntry> heads(entries.begin(),
                               entries.end() - static_cast<std::ptrdiff_t>(outputs.num_outputs()));
  for (const NodeEntry& entry : outputs.entries()) {
    const auto there = [&](const NodeEntry& head) { return same(head, entry); };
    if (is_computed(entry) && std::none_of(heads.begin(), heads.end(), there)) {
      heads.push_back(entry);
    }
  }
  if (heads.empty()) return program;
  Symbol needed(std::move(heads));
  // A graph of no inputs would not know its place.
  return needed.list_inputs().empty() ? program : needed;
}

}  // namespace

std::vector<std::string> input_names(std::size_t count) {
  if (count == 1) return {"data"};
  std::vector<std::string> names;
  names.reserve(count);
  for (std::size_t i = 0; i < count; ++i) names.push_back(str("data", i));
  return names;
}

CallSignature::CallSignature(const CallInputs& inputs)
    : nesting_(inputs.nested.nesting()),
      context_(inputs.context()),
      training_(autograd::is_training()),
      recording_(autograd::is_recording()) {
  for (const NDArray& input : inputs.arrays) {
    shapes_.push_back(input.shape());
    types_.push_back(input.dtype());
  }
}

bool CallSignature::fits(const CallInputs& inputs) const {
  if (inputs.arrays.size() != shapes_.size() || context_ != inputs.context() ||
      training_ != autograd::is_training() || recording_ != autograd::is_recording()) {
    return false;
  }
  for (std::size_t i = 0; i < shapes_.size(); ++i) {
    const NDArray& input = inputs.arrays[i];
    if (shapes_[i] != input.shape() || types_[i] != input.dtype()) return false;
  }
  return nesting_.same_nesting(inputs.nested);
}

bool TracedForward::Source::same_as(const Source& other) const {
  if (input != other.input || parameter.defined() != other.parameter.defined()) return false;
  return !parameter.defined() || parameter.same_as(other.parameter);
}

// Nothing here may hold what forward gave when the tracer finishes.
TracedForward::Traced TracedForward::trace(Block& block, const Nested& inputs) {
  Tracer tracer;
  std::vector<NDArray> arrays;
  Nested nesting;
  {
    const CallInputs given(inputs);
    const auto names = input_names(given.arrays.size());
    std::vector<NDArray> stand_ins;
    stand_ins.reserve(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      stand_ins.push_back(tracer.add_input(given.arrays[i], names[i]));
    }
    for (const auto& [id, parameter] : parameters_of(block)) {
      for (const NDArray& array : parameter.list_data()) tracer.watch(array);
    }
    const Nested outputs = block.forward(inputs.unflatten(stand_ins));
    const auto found = outputs.flatten();
    check(!found.empty(), block.title(), ": forward returns a handle that refers to no array");
    arrays.assign(found.begin(), found.end());
    nesting = outputs.nesting();
  }
  // Once more: forward may have made parameters.
  const ParametersByArray parameters = parameters_of(block);
  const auto name_of = [&](const NDArray& array) {
    const auto found = parameters.find(array.id());
    return found == parameters.end() ? std::nullopt : std::optional(found->second.name());
  };
  return {tracer.finish(std::move(arrays), name_of), std::move(nesting)};
}

TracedForward::TracedForward(Block& block, const Nested& inputs)
    : TracedForward(block, trace(block, inputs)) {}

TracedForward::TracedForward(const Block& block, Traced traced)
    : symbol_(std::move(traced.graph.symbol)),
      program_(to_compute(symbol_, traced.graph.program)),
      op_(program_),
      may_differ_(traced.graph.may_differ),
      nesting_(std::move(traced.outputs)) {
  find_sources(block, std::move(traced.graph.variables));
  find_results();
}

void TracedForward::find_sources(const Block& block, std::vector<Tracer::Variable> variables) {
  const ParametersByArray parameters = parameters_of(block);
  const auto add = [&](Tracer::Variable& variable) {
    Source source{.name = variable.name, .input = variable.input};
    if (source.input < 0) {
      source.shape = variable.array.shape();
      source.dtype = variable.array.dtype();
      if (variable.captured) {
        source.captured = std::move(variable.array);
      } else {
        source.parameter = parameters.at(variable.array.id());
      }
    }
    sources_.push_back(std::move(source));
  };
  const auto names = program_.list_inputs();
  num_op_inputs_ = names.size();
  for (const std::string& name : names) {
    add(*std::find_if(variables.begin(), variables.end(),
                      [&](const Tracer::Variable& variable) { return variable.name == name; }));
  }
  for (Tracer::Variable& variable : variables) {
    if (std::find(names.begin(), names.end(), variable.name) == names.end()) add(variable);
  }
}

void TracedForward::find_results() {
  const auto& heads = program_.entries();
  for (const NodeEntry& entry : symbol_.entries()) {
    Result result{.is_source = entry.node->is_variable()};
    if (result.is_source) {
      const auto found = std::find_if(sources_.begin(), sources_.end(), [&](const Source& source) {
        return source.name == entry.node->name;
      });
      result.number = static_cast<std::size_t>(found - sources_.begin());
    } else {
      const auto found = std::find_if(heads.begin(), heads.end(),
                                      [&](const NodeEntry& head) { return same(head, entry); });
      result.number = static_cast<std::size_t>(found - heads.begin());
    }
    results_.push_back(result);
  }
  computes_ = std::any_of(heads.begin(), heads.end(), is_computed);
}

std::optional<PooledVector<NDArray>> TracedForward::gather(const CallInputs& inputs) const {
  PooledVector<NDArray> arrays;
  arrays.reserve(sources_.size());
  for (const Source& source : sources_) {
    if (source.input >= 0) {
      arrays.push_back(inputs.arrays[static_cast<std::size_t>(source.input)]);
    } else if (source.captured.defined()) {
      arrays.push_back(source.captured);
    } else {
      const NDArray& array = source.parameter.data(inputs.context());
      if (array.dtype() != source.dtype || array.shape() != source.shape) return std::nullopt;
      arrays.push_back(array);
    }
  }
  return arrays;
}

Nested TracedForward::run(std::span<const NDArray> arrays) const {
  PooledVector<NDArray> computed;
  if (computes_) {
    computed.resize(program_.num_outputs());
    op_(arrays.first(num_op_inputs_), computed);
  }
  // What forward gives as it got it is that array itself, as without a graph.
  const auto array_of = [&](const Result& result) -> const NDArray& {
    return result.is_source ? arrays[result.number] : computed[result.number];
  };
  if (nesting_.is_array()) return array_of(results_[0]);
  PooledVector<NDArray> outputs;
  outputs.reserve(results_.size());
  for (const Result& result : results_) outputs.push_back(array_of(result));
  return nesting_.unflatten(outputs);
}

std::string TracedForward::explain(const CallInputs& inputs, const ExplainOptions& options) const {
  const auto arrays = *gather(inputs);
  return op_.explain(std::span(arrays).first(num_op_inputs_), options);
}

void TracedForward::take_compiled(const TracedForward& earlier) {
  const auto alike = [](const Source& a, const Source& b) { return a.same_as(b); };
  if (std::equal(sources_.begin(), sources_.end(), earlier.sources_.begin(), earlier.sources_.end(),
                 alike) &&
      same_computation(program_, earlier.program_)) {
    op_ = earlier.op_;
  }
}

std::vector<std::pair<std::string, NDArray>> TracedForward::constants() const {
  const auto names = symbol_.list_inputs();
  std::vector<std::pair<std::string, NDArray>> found;
  for (const Source& source : sources_) {
    const bool used = std::find(names.begin(), names.end(), source.name) != names.end();
    if (source.input >= 0 || !used) continue;
    found.emplace_back(source.name,
                       source.captured.defined() ? source.captured : source.parameter.reduce());
  }
  return found;
}

}  // namespace gluino::gluon
