#include <gluino/base/error.h>
#include <gluino/graph/symbol/infer.h>
#include <gluino/ops/core/data_inputs.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <system_error>
#include <vector>

namespace gluino::graph {
namespace {

// What a node says of shapes in which a number stands for all sizes that are not known. False when
// it refuses them.
bool infer_with(std::int64_t size, const Node& node, std::vector<Shape>& in,
                std::vector<Shape>& out) {
  for (Shape& shape : in) {
    for (int i = 0; i < shape.ndim(); ++i) {
      if (shape[i] == -1) shape[i] = size;
    }
  }
  std::vector<DType> in_types(in.size(), float32), out_types(out.size(), float32);
  try {
    infer_node(*node.op, node.options.get(), node.name, in, out, in_types, out_types, false);
  } catch (const Error&) {
    return false;
  }
  return true;
}

// Leaves of a shape the sizes that `other` has, too.
void keep_common(Shape& shape, const Shape& other) {
  if (shape.ndim() != other.ndim()) shape = Shape::unknown();
  for (int i = 0; i < shape.ndim(); ++i) {
    if (shape[i] != other[i]) shape[i] = -1;
  }
}

}  // namespace

std::int64_t largest_named(const Node& node) {
  std::int64_t largest = 0;
  for (const Field& field : node.op->fields) {
    const std::string text = field.write(node.options.get());
    const char* const end = text.data() + text.size();
    for (const char* at = text.data(); at != end;) {
      std::int64_t number = 0;
      const auto [next, error] = std::from_chars(at, end, number);
      if (error == std::errc::result_out_of_range) return std::numeric_limits<std::int64_t>::max();
      if (error == std::errc()) largest = std::max(largest, number < 0 ? -(number + 1) : number);
      at = error == std::errc() ? next : at + 1;
    }
  }
  return largest;
}

bool merge(Shape& shape, const Shape& other) {
  if (!other.ndim_known()) return true;
  if (!shape.ndim_known()) {
    shape = other;
    return true;
  }
  bool fits = shape.ndim() == other.ndim();
  for (int i = 0; fits && i < shape.ndim(); ++i) {
    if (shape[i] == -1) shape[i] = other[i];
    fits = other[i] == -1 || shape[i] == other[i];
  }
  return fits;
}

bool infer_sizes_at(const IndexedGraph::Item& item, std::vector<Shape>& shapes) {
  const Node& node = *item.node;
  const Op& op = *node.op;
  if (op.runs_user_code || op.subgraphs) return false;
  const int count = static_cast<int>(item.inputs.size());
  const auto data = static_cast<std::size_t>(num_data_of(op, node.options.get(), count));
  std::vector<Shape> in, out(static_cast<std::size_t>(node.num_outputs()), Shape::unknown());
  for (const int entry : item.inputs) {
    in.push_back(shapes[static_cast<std::size_t>(entry)]);
    if (in.size() <= data && !in.back().ndim_known()) return false;
  }
  // Two that most numbers divide, beyond any place that the options name, and 1, or 0 where 1 is
  // refused, which tells what is cut at a place that not all have.
  std::int64_t size = 27'720;
  std::vector<Shape> first_in = in, first_out = out;
  if (!infer_with(size, node, first_in, first_out)) {
    const std::int64_t named = largest_named(node);
    if (named < size || named > kLongestAxis) return false;
    size *= 1 + named / size;
    first_in = in;
    first_out = out;
    if (!infer_with(size, node, first_in, first_out)) return false;
  }
  const auto compare_with = [&](std::int64_t other) {
    std::vector<Shape> next_in = in, next_out = out;
    if (!infer_with(other, node, next_in, next_out)) return false;
    for (std::size_t i = 0; i < in.size(); ++i) keep_common(first_in[i], next_in[i]);
    for (std::size_t i = 0; i < out.size(); ++i) keep_common(first_out[i], next_out[i]);
    return true;
  };
  if (!compare_with(2 * size)) return false;
  if (!compare_with(1)) compare_with(0);
  bool changed = false;
  const auto learn = [&](int entry, const Shape& shape) {
    Shape& place = shapes[static_cast<std::size_t>(entry)];
    Shape merged = place;
    if (!merge(merged, shape) || merged == place) return;
    place = merged;
    changed = true;
  };
  for (std::size_t i = data; i < in.size(); ++i) learn(item.inputs[i], first_in[i]);
  for (std::size_t i = 0; i < out.size(); ++i) {
    learn(item.first_entry + static_cast<int>(i), first_out[i]);
  }
  return changed;
}

}  // namespace gluino::graph
