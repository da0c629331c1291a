#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/movement/copy.h>
#include <gluino/ops/movement/like.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/repeat.h>
#include <gluino/ops/movement/reshape.h>

#include <algorithm>
#include <limits>
#include <numeric>

// Shapes, the order of axes, and repetition.
namespace gluino::onnx {
namespace {

// Codes that ONNX has, too: sizes, 0 for the input's at that place, -1 for what is left.
bool has_plain_codes(const ReshapeOptions& o) {
  return !o.reverse && !o.shape.empty() &&
         std::all_of(o.shape.begin(), o.shape.end(), [](std::int64_t code) { return code >= -1; });
}

void write_reshape(ExportNode& e, const ReshapeOptions& o) {
  const bool is_empty = std::count(e.shape().begin(), e.shape().end(), 0) > 0;
  if (has_plain_codes(o) && !is_empty) {
    return e.give(e.reshape(e.in(), Ints(o.shape.begin(), o.shape.end())));
  }
  e.give(e.reshape_to(e.in(), e.out_shape()));
}

// Codes for sizes that only a run knows: 0 where it is the data's at that place, -1 for one other.
Ints codes_of(const ImportNode& n, const std::vector<Size>& sizes) {
  const bool whole = n.integer("allowzero", 0) == 0;
  Ints codes;
  bool has_rest =
      std::any_of(sizes.begin(), sizes.end(), [](const Size& size) { return size.first == -1; });
  const std::vector<Size> data = n.data_sizes();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i].is_known()) {
      codes.push_back(sizes[i].first);
    } else if (whole && i < data.size() && data[i].first == sizes[i].first &&
               data[i].second == sizes[i].second) {
      codes.push_back(0);
    } else {
      n.expect(!has_rest, "more than one size is known only when the network runs");
      codes.push_back(-1);
      has_rest = true;
    }
  }
  return codes;
}

// A shape may say how many rows there are of what only the data tell: as it is wrong otherwise,
// too.
Symbol of_told_shape(const ImportNode& n, const Unsized& value) {
  const Ints sizes = n.ints(1);
  n.pass_over({"allowzero"});
  const bool is_told = std::all_of(sizes.begin(), sizes.end(), [](auto size) { return size >= 0; });
  n.expect(is_told && value.of_shape, value.where,
           "how many rows input 0 has only the data tell, and not the shape");
  return value.of_shape(Shape(std::span(sizes)));
}

Symbol read_reshape(const ImportNode& n) {
  if (const Unsized* value = n.unsized(0)) return of_told_shape(n, *value);
  const Ints codes = codes_of(n, n.sizes(1));
  n.expect(codes.size() <= static_cast<std::size_t>(Shape::kMaxDims), "too many axes");
  const Shape shape{std::span<const std::int64_t>(codes)};
  n.expect(std::all_of(codes.begin(), codes.end(), [](std::int64_t code) { return code >= -1; }),
           "the shape ", shape);
  // numpy's takes 0 for a size.
  if (codes.empty() || n.integer("allowzero", 0) != 0) {
    return n.make_by_text("_np_reshape", {{"newshape", shape.to_string()}}, {n.in()});
  }
  return n.make("Reshape", ReshapeOptions{.shape = shape}, {n.in()});
}

void write_reshape_like(ExportNode& e, const ReshapeLikeOptions& o) {
  const bool of_parts = o.lhs_begin || o.lhs_end || o.rhs_begin || o.rhs_end;
  if (of_parts || e.out_shape().known()) {
    return e.give(e.reshape_to(e.in(), e.out_shape()));
  }
  e.give(e.add("Reshape", {e.in(), e.shape_of(e.in(1))}));
}

// (N, ...) as (N, the rest).
Symbol read_flatten(const ImportNode& n) {
  const std::int64_t axis = n.integer("axis", 1);
  if (axis == 1) return n.make("Flatten", {n.in()});
  const Shape shape = n.shape();
  n.expect(shape.ndim_known(), "the number of axes does not follow from the file");
  n.expect(axis >= -shape.ndim() && axis <= shape.ndim(), "axis ", axis, " of ", shape);
  const int split = static_cast<int>(axis < 0 ? axis + shape.ndim() : axis);
  std::int64_t rows = 1;
  for (int i = 0; i < split; ++i) rows = shape[i] < 0 || rows < 0 ? -1 : rows * shape[i];
  if (rows >= 0) return n.make("Reshape", ReshapeOptions{.shape = {rows, -1}}, {n.in()});
  std::int64_t columns = 1;
  for (int i = split; i < shape.ndim(); ++i) {
    n.expect(shape[i] >= 0, "axis ", axis, " of ", shape, ": sizes must be known on one side");
    columns *= shape[i];
  }
  return n.make("Reshape", ReshapeOptions{.shape = {-1, columns}}, {n.in()});
}

void write_transpose(ExportNode& e, const TransposeOptions& o) {
  Ints axes(static_cast<std::size_t>(e.ndim()));
  std::iota(axes.rbegin(), axes.rend(), 0);
  if (!o.axes.empty()) {
    std::transform(o.axes.begin(), o.axes.end(), axes.begin(),
                   [&](std::int64_t axis) { return normalize_axis(axis, e.ndim()); });
  }
  e.give(e.transpose(e.in(), axes));
}

Symbol read_transpose(const ImportNode& n) {
  const Ints axes = n.ints("perm");
  n.expect(axes.size() <= static_cast<std::size_t>(Shape::kMaxDims), "perm: too many axes");
  return n.make("transpose", TransposeOptions{.axes = Shape(std::span(axes))}, {n.in()});
}

void write_swap(ExportNode& e, const SwapAxisOptions& o) {
  Ints axes(static_cast<std::size_t>(e.ndim()));
  std::iota(axes.begin(), axes.end(), 0);
  std::swap(axes[static_cast<std::size_t>(normalize_axis(o.dim1, e.ndim()))],
            axes[static_cast<std::size_t>(normalize_axis(o.dim2, e.ndim()))]);
  e.give(e.transpose(e.in(), axes));
}

void write_squeeze(ExportNode& e, const SqueezeOptions& o) {
  Ints axes;
  for (const std::int64_t axis : o.axis.value_or(Shape()))
    axes.push_back(normalize_axis(axis, e.ndim()));
  for (int axis = 0; !o.axis && axis < e.ndim(); ++axis) {
    if (e.shape()[axis] == 1) axes.push_back(axis);
  }
  // MXNet keeps one axis of one number.
  if (e.ndim() - static_cast<int>(axes.size()) != e.out_shape().ndim()) axes.pop_back();
  e.give(axes.empty() ? e.in() : e.squeeze(e.in(), axes));
}

Ints sorted_axes(Ints axes, int ndim) {
  for (std::int64_t& axis : axes) axis = normalize_axis(axis, ndim);
  std::sort(axes.begin(), axes.end());
  return axes;
}

Symbol read_squeeze(const ImportNode& n) {
  const Shape shape = n.shape();
  const Ints given = n.has(1) ? n.ints(1) : Ints();
  // Those that leave nothing are numpy's.
  if (shape.ndim_known() && (shape.ndim() == static_cast<int>(given.size()) || given.empty())) {
    Shape left;
    const Ints axes = sorted_axes(given, shape.ndim());
    for (int axis = 0; axis < shape.ndim(); ++axis) {
      const bool named = std::find(axes.begin(), axes.end(), axis) != axes.end();
      n.expect(!named || shape[axis] == 1 || shape[axis] < 0, "axis ", axis, " of ", shape,
               " is not 1");
      if (!(named || (given.empty() && shape[axis] == 1))) left.push_back(shape[axis]);
    }
    return n.make_by_text("_np_reshape", {{"newshape", left.to_string()}}, {n.in()});
  }
  n.expect(given.size() <= static_cast<std::size_t>(Shape::kMaxDims), "axes: too many");
  SqueezeOptions options;
  if (!given.empty()) options.axis = Shape(std::span(given));
  return n.make("squeeze", options, {n.in()});
}

Symbol read_unsqueeze(const ImportNode& n) {
  const Ints given = n.ints(1);
  const int ndim = n.ndim() + static_cast<int>(given.size());
  n.expect(ndim <= Shape::kMaxDims, "axes: too many");
  Symbol x = n.in();
  for (const std::int64_t axis : sorted_axes(given, ndim)) {
    x = n.make("expand_dims", AxisOptions{.axis = axis}, {x});
  }
  return x;
}

// What stands for sizes that stay in Expand.
std::string expand(ExportNode& e, const std::string& x, const Ints& sizes) {
  return e.add("Expand", {x, e.ints(sizes)});
}

void write_broadcast_axis(ExportNode& e, const BroadcastAxisOptions& o) {
  Ints sizes(static_cast<std::size_t>(e.ndim()), 1);
  for (int i = 0; i < o.axis.ndim(); ++i) {
    sizes[static_cast<std::size_t>(normalize_axis(o.axis[i], e.ndim()))] = o.size[i];
  }
  e.give(expand(e, e.in(), sizes));
}

void write_broadcast_to(ExportNode& e, const BroadcastToOptions& o) {
  Ints sizes(o.shape.begin(), o.shape.end());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] == 0) sizes[i] = e.shape()[static_cast<int>(i)] == 0 ? 0 : 1;
  }
  e.give(expand(e, e.in(), sizes));
}

void write_broadcast_like(ExportNode& e, const BroadcastLikeOptions& o) {
  if (!o.lhs_axes) return e.give(e.add("Expand", {e.in(), e.shape_of(e.in(1))}));
  Ints sizes(static_cast<std::size_t>(e.ndim()), 1);
  for (int i = 0; i < o.lhs_axes->ndim(); ++i) {
    const int from = normalize_axis((*o.rhs_axes)[i], e.ndim(1));
    sizes[static_cast<std::size_t>(normalize_axis((*o.lhs_axes)[i], e.ndim()))] = e.size(1, from);
  }
  e.give(expand(e, e.in(), sizes));
}

Symbol read_expand(const ImportNode& n) {
  const Ints sizes = n.ints(1);
  const Shape shape = n.shape();
  n.expect(shape.ndim_known() && sizes.size() <= static_cast<std::size_t>(Shape::kMaxDims),
           "the number of axes does not follow from the file");
  const Shape given{std::span<const std::int64_t>(sizes)};
  Symbol x = n.in();
  for (int i = shape.ndim(); i < given.ndim(); ++i) {
    x = n.make("expand_dims", AxisOptions{.axis = 0}, {x});
  }
  BroadcastAxisOptions options;
  const int more = std::max(0, shape.ndim() - given.ndim());
  const int less = std::max(0, given.ndim() - shape.ndim());
  for (int axis = 0; axis < given.ndim(); ++axis) {
    const std::int64_t now = axis < less ? 1 : shape[axis + more - less];
    if (given[axis] == 1 || now == given[axis]) continue;
    n.expect(now == 1, "the shape ", shape, " does not become ", given);
    options.axis.push_back(axis + more);
    options.size.push_back(given[axis]);
  }
  return options.axis.empty() ? x : n.make("broadcast_axis", options, {x});
}

void write_tile(ExportNode& e, const TileOptions& o) {
  Ints reps(o.reps.begin(), o.reps.end());
  std::string x = e.in();
  const auto ndim = static_cast<std::size_t>(e.ndim());
  if (reps.size() < ndim) reps.insert(reps.begin(), ndim - reps.size(), 1);
  Ints front(reps.size() - ndim);
  std::iota(front.begin(), front.end(), 0);
  e.give(e.add("Tile", {e.unsqueeze(x, front), e.ints(reps)}));
}

Symbol read_tile(const ImportNode& n) {
  const Ints reps = n.ints(1);
  n.expect(reps.size() <= static_cast<std::size_t>(Shape::kMaxDims), "too many axes");
  return n.make("tile", TileOptions{.reps = Shape(std::span(reps))}, {n.in()});
}

// Each element gets an axis of its own, along which it is repeated.
void write_repeat(ExportNode& e, const RepeatOptions& o) {
  std::string x = o.axis ? e.in() : e.reshape(e.in(), {-1});
  const int ndim = o.axis ? e.ndim() : 1;
  const int axis = normalize_axis(o.axis.value_or(0), ndim);
  Ints sizes(static_cast<std::size_t>(ndim) + 1, 1);
  sizes[static_cast<std::size_t>(axis) + 1] = o.repeats;
  e.give(e.reshape_to(expand(e, e.unsqueeze(x, {axis + 1}), sizes), e.out_shape()));
}

void write_reverse(ExportNode& e, const ReverseOptions& o) {
  const Ints axes(o.axis.begin(), o.axis.end());
  e.give(e.slice(e.in(), Ints(axes.size(), -1),
                 Ints(axes.size(), std::numeric_limits<std::int64_t>::min()), axes,
                 Ints(axes.size(), -1)));
}

const bool registered = translate([](Translations& t) {
  t.writes<ReshapeOptions>("Reshape", write_reshape).reads("Reshape", read_reshape);
  t.writes<ReshapeLikeOptions>("reshape_like", write_reshape_like);
  t.writes<NoOptions>("Flatten", [](ExportNode& e, const NoOptions& /*o*/) {
    e.give(e.add("Flatten", {e.in()}, {{"axis", std::int64_t{1}}}));
  });
  t.reads("Flatten", read_flatten);
  t.writes<TransposeOptions>("transpose", write_transpose).reads("Transpose", read_transpose);
  t.writes<SwapAxisOptions>("SwapAxis", write_swap);
  t.writes<AxisOptions>("expand_dims", [](ExportNode& e, const AxisOptions& o) {
    e.give(e.unsqueeze(e.in(), {o.axis}));
  });
  t.reads("Unsqueeze", read_unsqueeze);
  t.writes<SqueezeOptions>("squeeze", write_squeeze).reads("Squeeze", read_squeeze);
  t.writes<BroadcastAxisOptions>("broadcast_axis", write_broadcast_axis);
  t.writes<BroadcastToOptions>("broadcast_to", write_broadcast_to);
  t.writes<BroadcastLikeOptions>("broadcast_like", write_broadcast_like);
  t.reads("Expand", read_expand);
  t.writes<TileOptions>("tile", write_tile).reads("Tile", read_tile);
  t.writes<RepeatOptions>("repeat", write_repeat);
  t.writes<ReverseOptions>("reverse", write_reverse);
  // NumPy's.
  t.writes_by_name("_np_transpose", [](ExportNode& e) {
    write_transpose(e, {.axes = e.option<std::optional<Shape>>("axes").value_or(Shape())});
  });
  t.writes_by_name("_npi_broadcast_to", [](ExportNode& e) {
    Ints sizes(e.out_shape().begin(), e.out_shape().end());
    // Those that only a run knows are the data's.
    std::replace(sizes.begin(), sizes.end(), std::int64_t{-1}, std::int64_t{1});
    e.give(expand(e, e.in(), sizes));
  });
});

}  // namespace
}  // namespace gluino::onnx
