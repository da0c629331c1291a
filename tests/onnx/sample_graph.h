#pragma once

#include <gluino/gluino.h>
#include <gluino/onnx/onnx.h>
#include <gluino/ops/core/op.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ops/samples.h"

namespace gluino::testing {

/// A sample of an operator as a network of that operator alone: what it is given first are inputs,
/// the rest parameters.
struct SampleGraph {
  Symbol symbol;
  ArrayMap inputs;
  ArrayMap parameters;
  /// What the operator itself gives, outside of training.
  std::vector<NDArray> expected;
};

inline SampleGraph graph_of(const Op& op, const Sample& sample) {
  SampleGraph graph;
  const std::vector<NDArray> arrays = inputs_of(sample, float32);
  std::vector<Symbol> variables;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const std::string name = str("in", i);
    variables.push_back(sym::var(name));
    const bool given = op.variadic || static_cast<int>(i) < std::max(op.num_data, 1);
    (given ? graph.inputs : graph.parameters)[name] = arrays[i].copy();
  }
  graph.symbol = apply(op, sample.options.get(), std::span<const Symbol>(variables), "node");
  graph.expected = apply_all(op, sample.options.get(), arrays);
  return graph;
}

inline Shapes shapes_of(const ArrayMap& arrays) {
  Shapes shapes;
  for (const auto& [name, array] : arrays) shapes[name] = array.shape();
  return shapes;
}

}  // namespace gluino::testing
