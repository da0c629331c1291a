#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/creation/creation.h>
#include <gluino/ops/indexing/gather_nd.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/movement/movement.h>

#include <algorithm>

// Elements from and to places that arrays tell. All become gather_nd and _scatter_set_nd, whose
// places stand along the first axis, one row of numbers per axis of the data; they may count from
// the end, and those outside are an Error.
namespace gluino::onnx {
namespace {

/// Updates that may meet are done one after another; more than so many are refused.
constexpr std::int64_t kMostSteps = 256;

// Of each element of an array of int64 its place along an axis.
Symbol grid(const ImportNode& n, const Symbol& like, int ndim, int axis) {
  const Composer c(n);
  Shape codes = Shape::filled(ndim, 1);
  codes[axis] = -1;
  const Symbol row = n.make("_contrib_arange_like", ArangeLikeOptions{.axis = axis}, {like});
  return c.add(c.reshape(row, codes), n.make("zeros_like", {like}));
}

// Places `at` along one axis, on all others those of `at` itself.
Symbol places_along(const ImportNode& n, const Symbol& at, int ndim, int axis) {
  Symbols rows;
  for (int i = 0; i < ndim; ++i) rows.push_back(i == axis ? at : grid(n, at, ndim, i));
  return n.make("stack", StackOptions{.axis = 0}, rows);
}

Symbol read_gather_elements(const ImportNode& n) {
  const int ndim = n.ndim(), axis = normalize_axis(n.integer("axis", 0), ndim);
  const Shape at = n.shape(1);
  n.expect(at.ndim() == ndim, "indices: expected ", ndim, " axes, got ", at);
  return n.make("gather_nd",
                {n.in(), places_along(n, Composer(n).cast(n.in(1), int64), ndim, axis)});
}

// How an element and its update become one.
const char* reduction_of(const ImportNode& n) {
  const std::string name = n.text("reduction", "none");
  if (name == "none") return nullptr;
  if (name == "add") return "elemwise_add";
  if (name == "mul") return "elemwise_mul";
  if (name == "max") return "_maximum";
  if (name == "min") return "_minimum";
  n.refuse("reduction: expected none, add, mul, max or min, got ", name);
}

Symbol updated(const ImportNode& n, const Symbol& x, const Symbol& at, const Symbol& updates,
               const char* reduction) {
  const Symbol values =
      reduction == nullptr ? updates : n.make(reduction, {n.make("gather_nd", {x, at}), updates});
  return n.make("_scatter_set_nd", ScatterNdOptions{.shape = n.shape()}, {x, values, at});
}

void expect_known(const ImportNode& n) {
  n.expect(n.shape().known() && n.shape().size() > 0,
           "the shape of the data must follow from the file, got ", n.shape());
}

Symbol read_scatter_elements(const ImportNode& n) {
  const Composer c(n);
  expect_known(n);
  const int ndim = n.ndim(), axis = normalize_axis(n.integer("axis", 0), ndim);
  const char* const reduction = reduction_of(n);
  n.expect(n.ndim(1) == ndim, "indices: expected ", ndim, " axes, got ", n.shape(1));
  const Symbol at = c.cast(n.in(1), int64);
  if (reduction == nullptr) return updated(n, n.in(), places_along(n, at, ndim, axis), n.in(2), {});
  // Slices along the axis meet nowhere in themselves.
  const std::int64_t count = n.shape(1)[axis];
  n.expect(count >= 0 && count <= kMostSteps, "reduction of more than ", kMostSteps,
           " updates along the axis is not read");
  Symbol x = n.in();
  for (std::int64_t i = 0; i < count; ++i) {
    const Symbol part = c.slice(at, axis, i, i + 1);
    x = updated(n, x, places_along(n, part, ndim, axis), c.slice(n.in(2), axis, i, i + 1),
                reduction);
  }
  return count == 0 ? n.make("_copy", {x}) : x;
}

// ONNX has the numbers of a place along the last axis.
Symbol places_first(const ImportNode& n) {
  const Composer c(n);
  const int ndim = n.ndim(1);
  n.expect(ndim > 0, "indices: expected at least 1 axis");
  return c.cast(c.move_axis(n.in(1), ndim, ndim - 1, 0), int64);
}

Symbol read_scatter_nd(const ImportNode& n) {
  const Composer c(n);
  expect_known(n);
  const char* const reduction = reduction_of(n);
  const Symbol at = places_first(n);
  if (reduction == nullptr) return updated(n, n.in(), at, n.in(2), {});
  const Shape shape = n.shape(1);
  n.expect(shape.known() && shape[shape.ndim() - 1] > 0,
           "reduction: the shape of the indices must follow from the file, got ", shape);
  const std::int64_t depth = shape[shape.ndim() - 1];
  const std::int64_t count = shape.size() / depth;
  n.expect(count <= kMostSteps, "reduction of more than ", kMostSteps, " updates is not read");
  Shape rows{count};
  for (int axis = static_cast<int>(depth); axis < n.ndim(); ++axis) rows.push_back(n.shape()[axis]);
  const Symbol updates = c.reshape(n.in(2), rows), list = c.reshape(at, {depth, count});
  Symbol x = n.in();
  for (std::int64_t i = 0; i < count; ++i) {
    x = updated(n, x, c.slice(list, 1, i, i + 1), c.slice(updates, 0, i, i + 1), reduction);
  }
  return count == 0 ? n.make("_copy", {x}) : x;
}

// Batch axes, which data and places have in common, count themselves.
Symbol read_gather_nd(const ImportNode& n) {
  const Composer c(n);
  const int ndim = n.ndim(1);
  const std::int64_t batch = n.integer("batch_dims", 0);
  n.expect(batch >= 0 && batch < ndim && batch < n.ndim(), "batch_dims: got ", batch);
  Symbol at = places_first(n);
  Symbols rows;
  const Symbol first = c.slice(at, 0, 0, 1);
  for (int axis = 0; axis < batch; ++axis) rows.push_back(grid(n, first, ndim, axis + 1));
  rows.push_back(at);
  return n.make("gather_nd", {n.in(), c.concat(rows, 0)});
}

// A cache of words, into which new ones are written from a place of each batch on.
Symbol read_tensor_scatter(const ImportNode& n) {
  const Composer c(n);
  const std::string mode = n.text("mode", "linear");
  n.expect(mode == "linear" || mode == "circular", "mode: expected linear or circular, got ", mode);
  const int ndim = n.ndim(), axis = normalize_axis(n.integer("axis", -2), ndim);
  n.expect(axis > 0, "axis: expected one behind the batch's");
  const std::int64_t size = n.shape()[axis], count = n.shape(1)[axis];
  n.expect(size > 0 && count > 0, "the sizes of axis ", axis, " must follow from the file");
  const Symbol like = n.make("zeros_like", {c.cast(n.in(), int64)});
  Symbol since = grid(n, like, ndim, axis);
  if (n.has(2)) {
    Shape codes = Shape::filled(ndim, 1);
    codes[0] = -1;
    since = c.sub(since, c.reshape(c.cast(n.in(2), int64), codes));
  }
  if (mode == "circular") since = c.with("_mod_scalar", since, static_cast<double>(size));
  const auto last = static_cast<double>(count - 1);
  const Symbol is_new =
      c.mul(c.with("_greater_equal_scalar", since, 0), c.with("_lesser_equal_scalar", since, last));
  const Symbol at = places_along(n, c.clip(since, 0, last), ndim, axis);
  return c.where(is_new, n.make("gather_nd", {n.in(1), at}), n.in());
}

// The slices that a condition of the file chooses.
Symbol read_compress(const ImportNode& n) {
  const Composer c(n);
  const NDArray& condition = n.constant(1);
  n.expect(condition.ndim() == 1, "condition: expected a row, got ", condition.shape());
  const auto flags = condition.to_vector<double>();
  Ints chosen;
  for (std::size_t i = 0; i < flags.size(); ++i) {
    if (flags[i] != 0) chosen.push_back(static_cast<std::int64_t>(i));
  }
  const bool flat = !n.has("axis");
  const int axis = flat ? 0 : normalize_axis(n.integer("axis"), n.ndim());
  const Symbol x = flat ? c.reshape(n.in(), {-1}) : n.in();
  const std::int64_t size = n.shape(x)[axis];
  n.expect(size < 0 || chosen.empty() || chosen.back() < size, "condition: chooses place ",
           chosen.empty() ? 0 : chosen.back(), " of ", size);
  if (chosen.empty()) return c.slice(x, axis, 0, 0);
  return c.take(x, axis, chosen);
}

const bool registered = translate([](Translations& t) {
  t.reads("GatherElements", read_gather_elements).reads("GatherND", read_gather_nd);
  t.reads("ScatterElements", read_scatter_elements).reads("ScatterND", read_scatter_nd);
  t.reads("TensorScatter", read_tensor_scatter).reads("Compress", read_compress);
});

}  // namespace
}  // namespace gluino::onnx
