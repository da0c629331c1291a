#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/gluon/traced_forward.h>

#include <algorithm>
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

Tracer::Graph trace(const Block& block, std::span<const NDArray> inputs, ForwardFunction forward) {
  Tracer tracer;
  std::vector<NDArray> stand_ins;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    stand_ins.push_back(tracer.add_input(inputs[i], input_name(i, inputs.size())));
  }
  for (const auto& [id, parameter] : parameters_of(block)) {
    for (const NDArray& array : parameter.list_data()) tracer.watch(array);
  }
  std::vector<NDArray> outputs = {forward(stand_ins)};
  check(outputs[0].defined(), block.type_name(), " ", block.name(),
        ": forward returns a handle that refers to no array");
  stand_ins.clear();
  // Once more: forward may have made parameters.
  const ParametersByArray parameters = parameters_of(block);
  return tracer.finish(std::move(outputs), [&](const NDArray& array) {
    const auto found = parameters.find(array.id());
    return found == parameters.end() ? std::nullopt : std::optional(found->second.name());
  });
}

}  // namespace

std::string input_name(std::size_t index, std::size_t count) {
  return count == 1 ? "data" : str("data", index);
}

CallSignature::CallSignature(std::span<const NDArray> inputs)
    : context_(inputs[0].context()),
      training_(autograd::is_training()),
      recording_(autograd::is_recording()) {
  for (const NDArray& input : inputs) {
    shapes_.push_back(input.shape());
    types_.push_back(input.dtype());
  }
}

bool CallSignature::fits(std::span<const NDArray> inputs) const {
  if (inputs.size() != shapes_.size() || context_ != inputs[0].context() ||
      training_ != autograd::is_training() || recording_ != autograd::is_recording()) {
    return false;
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (shapes_[i] != inputs[i].shape() || types_[i] != inputs[i].dtype()) return false;
  }
  return true;
}

bool TracedForward::Source::same_as(const Source& other) const {
  if (input != other.input || parameter.defined() != other.parameter.defined()) return false;
  return !parameter.defined() || parameter.same_as(other.parameter);
}

TracedForward::TracedForward(const Block& block, std::span<const NDArray> inputs,
                             ForwardFunction forward)
    : TracedForward(block, trace(block, inputs, forward)) {}

TracedForward::TracedForward(const Block& block, Tracer::Graph graph)
    : symbol_(std::move(graph.symbol)),
      program_(std::move(graph.program)),
      op_(program_),
      may_differ_(graph.may_differ) {
  const ParametersByArray parameters = parameters_of(block);
  for (Tracer::Variable& variable : graph.variables) {
    Source source{.name = std::move(variable.name), .input = variable.input};
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
  }
  const NodeEntry& output = symbol_.entries()[0];
  if (!output.node->is_variable()) return;
  const auto is_returned = [&](const Source& source) { return source.name == output.node->name; };
  returned_ = static_cast<std::size_t>(std::find_if(sources_.begin(), sources_.end(), is_returned) -
                                       sources_.begin());
}

std::optional<PooledVector<NDArray>> TracedForward::gather(std::span<const NDArray> inputs) const {
  PooledVector<NDArray> arrays;
  arrays.reserve(sources_.size());
  for (const Source& source : sources_) {
    if (source.input >= 0) {
      arrays.push_back(inputs[static_cast<std::size_t>(source.input)]);
    } else if (source.captured.defined()) {
      arrays.push_back(source.captured);
    } else {
      const NDArray& array = source.parameter.data(inputs[0].context());
      if (array.dtype() != source.dtype || array.shape() != source.shape) return std::nullopt;
      arrays.push_back(array);
    }
  }
  return arrays;
}

NDArray TracedForward::run(std::span<const NDArray> arrays) const {
  const std::size_t count = program_.num_outputs();
  NDArray output;
  if (count > 1) {
    PooledVector<NDArray> outputs(count);
    op_(arrays, outputs);
    output = std::move(outputs.back());
  } else if (!returned_) {
    op_(arrays, {&output, 1});
  }
  // The array itself, as without a graph.
  return returned_ ? arrays[*returned_] : output;
}

std::string TracedForward::explain(std::span<const NDArray> inputs,
                                   const ExplainOptions& options) const {
  return op_.explain(*gather(inputs), options);
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
