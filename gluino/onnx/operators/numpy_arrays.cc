#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/translations.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>

// NumPy's operators that MXNet's older ones have not: written.
namespace gluino::onnx {
namespace {

constexpr std::int64_t kToEnd = std::numeric_limits<std::int64_t>::max();

// The axes of an option, counted from 0; none told: all.
Ints axes_of(ExportNode& e, const char* name) {
  const auto told = e.option<std::optional<Shape>>(name);
  Ints axes;
  for (int axis = 0; !told && axis < e.ndim(); ++axis) axes.push_back(axis);
  if (told) {
    for (const std::int64_t axis : *told) axes.push_back(normalize_axis(axis, e.ndim()));
  }
  return axes;
}

void write_flip(ExportNode& e) {
  const Ints axes = axes_of(e, "axis");
  const Ints back(axes.size(), -1);
  e.give(e.slice(e.in(), back, Ints(axes.size(), std::numeric_limits<std::int64_t>::min()), axes,
                 back));
}

void write_move_axis(ExportNode& e) {
  const Ints from = axes_of(e, "source"), to = axes_of(e, "destination");
  e.expect(from.size() == to.size(), "source and destination of different lengths");
  Ints order(static_cast<std::size_t>(e.ndim()), -1), rest;
  for (std::size_t i = 0; i < from.size(); ++i) order[static_cast<std::size_t>(to[i])] = from[i];
  for (int axis = e.ndim() - 1; axis >= 0; --axis) {
    if (std::find(from.begin(), from.end(), axis) == from.end()) rest.push_back(axis);
  }
  for (std::int64_t& axis : order) {
    if (axis >= 0) continue;
    axis = rest.back();
    rest.pop_back();
  }
  e.give(e.transpose(e.in(), order));
}

void write_rolled_axis(ExportNode& e) {
  const auto axis =
      static_cast<std::int64_t>(normalize_axis(e.option<std::int64_t>("axis"), e.ndim()));
  auto start = e.option<std::int64_t>("start");
  if (start < 0) start += e.ndim();
  Ints order;
  for (std::int64_t i = 0; i <= e.ndim(); ++i) {
    if (i == start) order.push_back(axis);
    if (i != axis && i < e.ndim()) order.push_back(i);
  }
  e.give(e.transpose(e.in(), order));
}

// Each place of an axis so often as its number, or the only one, says.
void write_repeats(ExportNode& e) {
  const auto axis = e.option<std::optional<std::int64_t>>("axis");
  const auto repeats = e.option<std::vector<std::optional<std::int64_t>>>("repeats");
  const int along = axis ? normalize_axis(*axis, e.ndim()) : 0;
  std::int64_t size = 1;
  for (int i = 0; i < e.ndim(); ++i) {
    if (!axis || i == along) size *= e.size(0, i);
  }
  Ints places;
  for (std::int64_t i = 0; i < size; ++i) {
    const auto& times = repeats[repeats.size() == 1 ? 0 : static_cast<std::size_t>(i)];
    places.insert(places.end(), static_cast<std::size_t>(times.value_or(0)), i);
  }
  const std::string x = axis ? e.in() : e.reshape(e.in(), {-1});
  e.give(e.add("Gather", {x, e.ints(places)}, {{"axis", std::int64_t{along}}}));
}

// What falls out at the end comes in at the front.
void write_roll(ExportNode& e) {
  const auto shift = e.option<std::optional<Shape>>("shift");
  const auto axis = e.option<std::optional<Shape>>("axis");
  e.expect(shift && !shift->empty(), "shift None");
  std::string x = axis ? e.in() : e.reshape(e.in(), {-1});
  const int count = axis ? axis->ndim() : 1;
  for (int i = 0; i < count; ++i) {
    const int along = axis ? normalize_axis((*axis)[i], e.ndim()) : 0;
    const std::int64_t by = -(*shift)[shift->ndim() == 1 ? 0 : i];
    std::int64_t size = 1;
    for (int k = 0; !axis && k < e.ndim(); ++k) size *= e.size(0, k);
    if (axis) size = e.size(0, along);
    const std::int64_t at = size == 0 ? 0 : (by % size + size) % size;
    if (at == 0) continue;
    x = e.add("Concat", {e.slice(x, {at}, {kToEnd}, {along}), e.slice(x, {0}, {at}, {along})},
              {{"axis", std::int64_t{along}}});
  }
  e.give(axis ? x : e.reshape_to(x, e.out_shape()));
}

// Along the second axis, of rows along the first; rows on top of each other are matrices first.
void write_joined(ExportNode& e, bool beside) {
  Names parts;
  for (int i = 0; i < e.num_inputs(); ++i) {
    e.expect(e.dtype(i) == e.dtype(), "of several types");
    std::string part = e.in(i);
    const int ndim = e.ndim(i), wanted = beside ? 1 : 2;
    for (int axes = ndim; axes < wanted; ++axes) part = e.unsqueeze(part, {0});
    parts.push_back(part);
  }
  const std::int64_t axis = beside && e.ndim() > 1 ? 1 : 0;
  e.give(e.add("Concat", parts, {{"axis", axis}}));
}

// Whether all, or any, elements over the axes are not 0.
void write_quantor(ExportNode& e, const char* reduction) {
  const Ints axes = axes_of(e, "axis");
  const bool keepdims = e.option<bool>("keepdims");
  e.expect(!axes.empty(), "axis ()");
  const std::string flags = e.cast(e.cast(e.in(), boolean), int32);
  const std::string found = e.cast(e.reduce(reduction, flags, axes, keepdims), e.out_dtype());
  e.give_under_shape(found, keepdims ? e.ndim() : e.ndim() - static_cast<int>(axes.size()));
}

void write_place(ExportNode& e, const char* theirs) {
  const auto axis = e.option<std::optional<std::int64_t>>("axis");
  const bool keepdims = e.option<bool>("keepdims");
  const std::string x = axis ? e.in() : e.reshape(e.in(), {-1});
  e.expect(axis || !keepdims, "keepdims without axis");
  e.expect(e.dtype() != boolean, "of bool");
  const std::string at = e.add(
      theirs, {x}, {{"axis", axis.value_or(0)}, {"keepdims", std::int64_t{axis && keepdims}}});
  e.give_under_shape(e.cast(at, e.out_dtype()), axis ? e.ndim() - !keepdims : 0);
}

// The mean squared distance from the mean, or its root.
void write_spread(ExportNode& e, bool is_root) {
  const Ints axes = axes_of(e, "axis");
  const bool keepdims = e.option<bool>("keepdims");
  e.expect(is_floating(e.dtype()) && e.out_dtype() == e.dtype(), "of ", e.dtype());
  e.expect(!axes.empty(), "axis ()");
  const std::string mean = e.reduce("ReduceMean", e.in(), axes, true);
  const std::string away = e.add("Sub", {e.in(), mean});
  std::string y = e.reduce("ReduceMean", e.add("Mul", {away, away}), axes, keepdims);
  if (const auto less = e.option<std::int64_t>("ddof"); less != 0) {
    std::int64_t count = 1;
    for (const std::int64_t axis : axes) count *= e.size(0, static_cast<int>(axis));
    e.expect(count > less, "ddof ", less, " of ", count, " elements");
    const double factor = static_cast<double>(count) / static_cast<double>(count - less);
    y = e.add("Mul", {y, e.number(factor)});
  }
  if (is_root) y = e.add("Sqrt", {y});
  e.give_under_shape(y, keepdims ? e.ndim() : e.ndim() - static_cast<int>(axes.size()));
}

void write_flag(ExportNode& e, const char* theirs, Attributes attributes) {
  e.expect(is_floating(e.dtype()), "of ", e.dtype());
  e.give(e.add(theirs, {e.in()}, std::move(attributes)));
}

void write_finite(ExportNode& e) {
  e.expect(is_floating(e.dtype()), "of ", e.dtype());
  const std::string is_none = e.add("IsNaN", {e.in()});
  e.give(e.add("Not", {e.add("Or", {is_none, e.add("IsInf", {e.in()})})}));
}

// A number where the condition holds, where it does not, or one of two.
void write_where(ExportNode& e, bool number_first) {
  e.expect(e.out_dtype() == e.dtype(1), "as ", e.out_dtype());
  const std::string number = e.number(e.option<double>("scalar"), e.dtype(1));
  const std::string condition = e.cast(e.in(0), boolean);
  e.give(number_first ? e.add("Where", {condition, number, e.in(1)})
                      : e.add("Where", {condition, e.in(1), number}));
}

void write_full_like(ExportNode& e) {
  const NDArray number = nd::full({1}, e.option<double>("fill_value"), e.out_dtype(), cpu());
  e.give(e.add("ConstantOfShape", {e.shape_of(e.in())}, {{"value", number}}));
}

// The last axes of a times the first of b.
void write_tensordot(ExportNode& e) {
  const auto axes = static_cast<int>(e.option<std::int64_t>("axes"));
  e.expect(axes > 0 && e.dtype(0) == e.dtype(1), "axes ", axes);
  std::int64_t inner = 1;
  for (int axis = 0; axis < axes; ++axis) inner *= e.size(1, axis);
  const std::string product =
      e.add("MatMul", {e.reshape(e.in(0), {-1, inner}), e.reshape(e.in(1), {inner, -1})});
  e.give(e.reshape_to(product, e.out_shape()));
}

const bool registered = translate([](Translations& t) {
  t.writes_by_name("_npi_flip", write_flip).writes_by_name("_np_moveaxis", write_move_axis);
  t.writes_by_name("_np_roll", write_roll).writes_by_name("_npi_rollaxis", write_rolled_axis);
  t.writes_by_name("_npi_repeats", write_repeats);
  t.writes_by_name("_npi_hstack", [](ExportNode& e) { write_joined(e, true); });
  t.writes_by_name("_npi_vstack", [](ExportNode& e) { write_joined(e, false); });
  t.writes_by_name("_np_all", [](ExportNode& e) { write_quantor(e, "ReduceMin"); });
  t.writes_by_name("_np_any", [](ExportNode& e) { write_quantor(e, "ReduceMax"); });
  t.writes_by_name("_npi_argmax", [](ExportNode& e) { write_place(e, "ArgMax"); });
  t.writes_by_name("_npi_argmin", [](ExportNode& e) { write_place(e, "ArgMin"); });
  t.writes_by_name("_npi_var", [](ExportNode& e) { write_spread(e, false); });
  t.writes_by_name("_npi_std", [](ExportNode& e) { write_spread(e, true); });
  t.writes_by_name("_npi_isnan", [](ExportNode& e) { write_flag(e, "IsNaN", {}); });
  t.writes_by_name("_npi_isinf", [](ExportNode& e) { write_flag(e, "IsInf", {}); });
  t.writes_by_name("_npi_isposinf", [](ExportNode& e) {
    write_flag(e, "IsInf", {{"detect_negative", std::int64_t{0}}});
  });
  t.writes_by_name("_npi_isneginf", [](ExportNode& e) {
    write_flag(e, "IsInf", {{"detect_positive", std::int64_t{0}}});
  });
  t.writes_by_name("_npi_isfinite", write_finite);
  t.writes_by_name("_npi_logical_not", [](ExportNode& e) {
    e.give(e.cast(e.add("Not", {e.cast(e.in(), boolean)}), e.out_dtype()));
  });
  t.writes_by_name("_npi_where_lscalar", [](ExportNode& e) { write_where(e, true); });
  t.writes_by_name("_npi_where_rscalar", [](ExportNode& e) { write_where(e, false); });
  t.writes_by_name("_npi_full_like", write_full_like);
  t.writes_by_name("_npi_tensordot_int_axes", write_tensordot);
});

}  // namespace
}  // namespace gluino::onnx
