#include <gluino/base/error.h>
#include <gluino/graph/symbol/infer.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace gluino::graph {
namespace {

// The shape of an output for such data; unknown where the node refuses it.
Shape output_of(const Node& node, std::size_t output, std::vector<Shape> in, const Shape& data) {
  in[0] = data;
  std::vector<Shape> out(static_cast<std::size_t>(node.num_outputs()), Shape::unknown());
  std::vector<DType> in_types(in.size(), float32), out_types(out.size(), float32);
  try {
    infer_node(*node.op, node.options.get(), node.name, in, out, in_types, out_types, false);
  } catch (const Error&) {
    return Shape::unknown();
  }
  return out[output];
}

// Whether the only output has the sizes of all inputs, where a 1 gives way to the others'.
bool broadcasts(const Node& node, std::size_t inputs) {
  const Op& op = *node.op;
  if (op.runs_user_code || op.subgraphs || node.num_outputs() != 1 || inputs < 2) return false;
  const Shape wide{2, 1, 5}, high{2, 3, 1}, both{2, 3, 5};
  return output_of(node, 0, std::vector<Shape>(inputs, high), wide) == both &&
         output_of(node, 0, std::vector<Shape>(inputs, wide), high) == both;
}

// Whether one more or one less along the axis would give the same output.
bool is_ambiguous(const Node& node, std::size_t output, const std::vector<Shape>& in,
                  const Shape& data, int axis, const Shape& out) {
  for (const std::int64_t step : {-1, 1}) {
    Shape near = data;
    near[axis] += step;
    if (near[axis] > 0 && output_of(node, output, in, near) == out) return true;
  }
  return false;
}

// The data for which an output has the shape `out`; nothing where that does not say it.
std::optional<Shape> data_for_output(const Node& node, const std::vector<Shape>& in,
                                     std::size_t output, const Shape& out) {
  const Op& op = *node.op;
  if (op.runs_user_code || op.subgraphs || op.variadic || op.num_data != 1) return std::nullopt;
  if (out.size() == 0 || in[0].ndim() != out.ndim()) return std::nullopt;
  Shape data = in[0];
  for (int i = 0; i < data.ndim(); ++i) {
    if (in[0][i] == -1) data[i] = out[i];
  }
  // What cuts off or adds a few elements is met at once, strides by steps of half the way.
  constexpr int kSteps = 8;
  constexpr std::int64_t kLongest = std::int64_t{1} << 40;
  Shape found = output_of(node, output, in, data);
  for (int step = 0; step < kSteps && !(found == out); ++step) {
    // What is refused may be too small: shorter than what is cut off.
    const bool refused = !found.ndim_known();
    if (!refused && found.ndim() != out.ndim()) return std::nullopt;
    for (int i = 0; i < data.ndim(); ++i) {
      if (in[0][i] == -1) data[i] += refused ? data[i] : out[i] - found[i];
      if (data[i] < 1 || data[i] > kLongest) return std::nullopt;
    }
    found = output_of(node, output, in, data);
  }
  if (!(found == out)) return std::nullopt;
  for (int i = 0; i < data.ndim(); ++i) {
    if (in[0][i] == -1 && is_ambiguous(node, output, in, data, i, out)) return std::nullopt;
  }
  return data;
}

// The sizes of a shape, each once, and their neighbours, 1 among them.
std::set<std::int64_t> sizes_to_try(const Shape& shape) {
  std::set<std::int64_t> sizes = {1};
  for (int i = 0; i < shape.ndim(); ++i) {
    sizes.insert({shape[i], shape[i] + 1, std::max<std::int64_t>(shape[i] - 1, 1)});
  }
  return sizes;
}

// The data of a node that keeps all elements, of which one size is missing, for an output `out`.
std::optional<Shape> data_with_elements_of(const Node& node, const std::vector<Shape>& in,
                                           const Shape& out) {
  if (!node.op->is_view || out.size() == 0) return std::nullopt;
  Shape data = in[0];
  if (std::count(data.begin(), data.end(), -1) != 1) return std::nullopt;
  std::int64_t left = out.size();
  for (const std::int64_t size : data) {
    if (size == -1) continue;
    if (size == 0 || left % size != 0) return std::nullopt;
    left /= size;
  }
  std::replace(data.begin(), data.end(), std::int64_t{-1}, left);
  if (!(output_of(node, 0, in, data) == out)) return std::nullopt;
  return data;
}

// Which axis of data of `ndim` axes each axis of an output is; -1: one of 1 that the node adds.
// Nothing where it does more than to reorder axes and to add such.
std::optional<std::vector<int>> axes_in_output(const Node& node, const std::vector<Shape>& in,
                                               std::size_t output, int ndim) {
  std::optional<std::vector<int>> axes;
  // Two rows of sizes, for one may be what a Reshape asks for.
  for (const std::int64_t least : {31, 67}) {
    Shape data;
    for (int i = 0; i < ndim; ++i) data.push_back(least + i);
    const Shape out = output_of(node, output, in, data);
    if (!out.ndim_known()) return std::nullopt;
    std::vector<int> found;
    for (const std::int64_t size : out) {
      if (size != 1 && (size < least || size >= least + ndim)) return std::nullopt;
      found.push_back(size == 1 ? -1 : static_cast<int>(size - least));
    }
    for (int i = 0; i < ndim; ++i) {
      if (std::count(found.begin(), found.end(), i) != 1) return std::nullopt;
    }
    if (axes && *axes != found) return std::nullopt;
    axes = found;
  }
  return axes;
}

// Whether data with one more axis of 1 would give the same output.
bool is_ambiguous(const Node& node, std::size_t output, const std::vector<Shape>& in,
                  const Shape& data, const Shape& out) {
  if (data.ndim() == Shape::kMaxDims) return false;
  for (int place = 0; place <= data.ndim(); ++place) {
    Shape more = data;
    more.insert(place, 1);
    if (output_of(node, output, in, more) == out) return true;
  }
  return false;
}

// The data of a node that reorders axes or adds some of 1, for an output `out`.
std::optional<Shape> data_with_axes_of(const Node& node, const std::vector<Shape>& in,
                                       std::size_t output, const Shape& out) {
  const Op& op = *node.op;
  if (op.runs_user_code || op.subgraphs || op.variadic || op.num_data != 1) return std::nullopt;
  if (out.size() == 0) return std::nullopt;
  const bool any_axes = !in[0].ndim_known();
  const int most = any_axes ? out.ndim() : in[0].ndim();
  std::optional<Shape> found;
  for (int ndim = any_axes ? 1 : most; ndim <= most; ++ndim) {
    const auto axes = axes_in_output(node, in, output, ndim);
    if (!axes || static_cast<int>(axes->size()) != out.ndim()) continue;
    Shape data = Shape::filled(ndim, 1);
    for (int i = 0; i < out.ndim(); ++i) {
      const int axis = (*axes)[static_cast<std::size_t>(i)];
      if (axis >= 0) data[axis] = out[i];
    }
    if (!(output_of(node, output, in, data) == out)) continue;
    if (found) return std::nullopt;
    found = data;
  }
  if (!found) return std::nullopt;
  for (int i = 0; i < found->ndim(); ++i) {
    const bool is_given = !any_axes && in[0][i] != -1;
    check(!is_given || in[0][i] == (*found)[i], "[", op.name, " ", node.name, "] data: expected ",
          *found, " for an output of ", out, ", got ", in[0]);
    if (!is_given && is_ambiguous(node, output, in, *found, i, out)) return std::nullopt;
  }
  if (any_axes && is_ambiguous(node, output, in, *found, out)) return std::nullopt;
  return found;
}

}  // namespace

bool infer_data_at(const IndexedGraph::Item& item, std::vector<Shape>& shapes) {
  std::vector<Shape> in;
  in.reserve(item.inputs.size());
  for (const int entry : item.inputs) in.push_back(shapes[static_cast<std::size_t>(entry)]);
  if (in.empty() || in[0].known()) return false;
  for (int i = 0; i < item.node->num_visible_outputs(); ++i) {
    const Shape& out = shapes[static_cast<std::size_t>(item.first_entry + i)];
    if (!out.known()) continue;
    const auto output = static_cast<std::size_t>(i);
    std::optional<Shape> data;
    if (in[0].ndim_known()) {
      data = data_with_elements_of(*item.node, in, out);
      if (!data) data = data_for_output(*item.node, in, output, out);
    }
    if (!data) data = data_with_axes_of(*item.node, in, output, out);
    if (!data) continue;
    shapes[static_cast<std::size_t>(item.inputs[0])] = *data;
    return true;
  }
  return false;
}

bool infer_factor_at(const IndexedGraph::Item& item, std::vector<Shape>& shapes) {
  if (item.inputs.size() != 2 || item.node->num_outputs() != 1) return false;
  std::vector<Shape> in;
  in.reserve(item.inputs.size());
  for (const int entry : item.inputs) in.push_back(shapes[static_cast<std::size_t>(entry)]);
  const Op& op = *item.node->op;
  if (op.runs_user_code || op.subgraphs || !in[0].known() || !in[1].ndim_known()) return false;
  int axis = -1;
  for (int i = 0; i < in[1].ndim(); ++i) {
    if (in[1][i] != -1) continue;
    if (axis >= 0) return false;
    axis = i;
  }
  if (axis < 0) return false;
  // A product takes one size only, which is one of the first factor's.
  std::optional<std::int64_t> found;
  const auto takes = [&](std::int64_t size) {
    in[1][axis] = size;
    return output_of(*item.node, 0, in, in[0]).ndim_known();
  };
  for (const std::int64_t size : sizes_to_try(in[0])) {
    if (!takes(size)) continue;
    if (found) return false;
    found = size;
  }
  if (!found || *found < 1) return false;
  in[1][axis] = *found;
  shapes[static_cast<std::size_t>(item.inputs[1])] = in[1];
  return true;
}

bool infer_broadcast_at(const IndexedGraph::Item& item, std::vector<Shape>& shapes) {
  Shape& place = shapes[static_cast<std::size_t>(item.first_entry)];
  if (place.known() || !broadcasts(*item.node, item.inputs.size())) return false;
  int ndim = 0;
  for (const int entry : item.inputs) {
    const Shape& shape = shapes[static_cast<std::size_t>(entry)];
    if (!shape.ndim_known()) return false;
    ndim = std::max(ndim, shape.ndim());
  }
  Shape out = place.ndim_known() ? place : Shape::filled(ndim, -1);
  if (out.ndim() != ndim) return false;
  for (int i = 0; i < ndim; ++i) {
    // Of a size that is not known, and those of 1, nothing follows; from any other it does.
    bool all_are_one = true;
    for (const int entry : item.inputs) {
      const Shape& shape = shapes[static_cast<std::size_t>(entry)];
      const int axis = i - (ndim - shape.ndim());
      const std::int64_t size = axis < 0 ? 1 : shape[axis];
      if (out[i] == -1 && size != 1) out[i] = size;
      all_are_one = all_are_one && size == 1;
    }
    if (out[i] == -1 && all_are_one) out[i] = 1;
  }
  if (out == place) return false;
  place = out;
  return true;
}

}  // namespace gluino::graph
