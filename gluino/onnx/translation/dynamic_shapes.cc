#include <gluino/onnx/translation/dynamic_shapes.h>

#include <algorithm>

namespace gluino::onnx {
namespace {

// Both divide by what poolings and strides divide by.
constexpr std::int64_t kFirstSize = 224;
constexpr std::int64_t kSecondSize = 320;
constexpr std::int64_t kStep = 32;  // from one name to the next

Shapes with_sizes(const DynamicShapes& inputs, const Shapes& others, std::int64_t first) {
  Shapes shapes = others;
  std::map<std::string, std::int64_t> sizes;
  for (const auto& [name, given] : inputs) {
    Shape& shape = shapes[name] = given.shape;
    for (int i = 0; i < shape.ndim(); ++i) {
      if (shape[i] >= 0) continue;
      const auto at = static_cast<std::size_t>(i);
      std::string key = at < given.names.size() ? given.names[at] : "";
      if (key.empty()) key = str(name, " ", i);
      const auto next = first + kStep * 8 * static_cast<std::int64_t>(sizes.size());
      shape[i] = sizes.emplace(key, next).first->second;
    }
  }
  return shapes;
}

}  // namespace

std::array<graph::EntryTypes, 2> infer_twice(const IndexedGraph& graph, const DynamicShapes& inputs,
                                             const Shapes& others, const DTypes& types,
                                             bool partial) {
  const auto inferred = [&](std::int64_t size) {
    return graph::infer_entries(graph, with_sizes(inputs, others, size), types, partial);
  };
  graph::EntryTypes first = inferred(kFirstSize);
  const auto is_dynamic = [](const auto& input) { return input.second.is_dynamic(); };
  if (std::none_of(inputs.begin(), inputs.end(), is_dynamic)) return {first, first};
  return {std::move(first), inferred(kSecondSize)};
}

graph::EntryTypes merged(const std::array<graph::EntryTypes, 2>& choices) {
  graph::EntryTypes found = choices[0];
  for (std::size_t i = 0; i < found.shapes.size(); ++i) {
    Shape& shape = found.shapes[i];
    const Shape& second = choices[1].shapes[i];
    if (shape.ndim() != second.ndim()) shape = Shape::unknown();
    for (int axis = 0; axis < shape.ndim(); ++axis) {
      if (shape[axis] != second[axis]) shape[axis] = -1;
    }
  }
  return found;
}

graph::EntryTypes infer_dynamic(const IndexedGraph& graph, const DynamicShapes& inputs,
                                const Shapes& others, const DTypes& types, bool partial) {
  return merged(infer_twice(graph, inputs, others, types, partial));
}

}  // namespace gluino::onnx
