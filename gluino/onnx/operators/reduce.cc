#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/cast.h>
#include <gluino/ops/reduce/cumsum.h>
#include <gluino/ops/reduce/moments.h>
#include <gluino/ops/reduce/nan_reduce.h>
#include <gluino/ops/reduce/reduce.h>

#include <algorithm>

// What is reduced along axes.
namespace gluino::onnx {
namespace {

// The axes that are reduced, counted from 0; all if none are named.
Ints reduced_axes(const ReduceOptions& o, int ndim) {
  std::vector<bool> named(static_cast<std::size_t>(ndim), o.axis.empty());
  for (const std::int64_t axis : o.axis) {
    named[static_cast<std::size_t>(normalize_axis(axis, ndim))] = true;
  }
  Ints axes;
  for (int axis = 0; axis < ndim; ++axis) {
    const bool excluded = o.exclude && !o.axis.empty();
    const bool is_named = named[static_cast<std::size_t>(axis)];
    if (is_named != excluded) axes.push_back(axis);
  }
  return axes;
}

void give_reduced(ExportNode& e, const char* theirs, const std::string& x, const ReduceOptions& o) {
  const Ints axes = reduced_axes(o, e.ndim());
  if (axes.empty()) return e.give(x);
  const int left = o.keepdims ? e.ndim() : e.ndim() - static_cast<int>(axes.size());
  e.give_under_shape(e.reduce(theirs, x, axes, o.keepdims), left);
}

// NumPy's, where nothing is converted.
void write_numpys(ExportNode& e, const char* theirs) {
  e.expect(e.out_dtype() == e.dtype() && is_floating(e.dtype()), "of ", e.dtype());
  e.expect(!e.option<std::optional<double>>("initial"), "initial");
  const auto axis = e.option<std::optional<Shape>>("axis");
  e.expect(!axis || !axis->empty(), "axis ()");
  give_reduced(e, theirs, e.in(),
               {.axis = axis.value_or(Shape()), .keepdims = e.option<bool>("keepdims")});
}

// What is no number counts as `value`.
std::string with_numbers(ExportNode& e, double value) {
  return e.add("Where", {e.add("IsNaN", {e.in()}), e.number(value), e.in()});
}

void write_norm(ExportNode& e, const NormOptions& o) {
  const bool widens = size_of(e.out_dtype()) > size_of(e.dtype());
  e.expect(widens || e.out_dtype() == e.dtype(), "an out_dtype that is narrower than the data's");
  give_reduced(e, o.ord == 1 ? "ReduceL1" : "ReduceL2",
               widens ? e.cast(e.in(), e.out_dtype()) : e.in(),
               {.axis = o.axis, .keepdims = o.keepdims});
}

void write_arg(ExportNode& e, const char* theirs, const ArgReduceOptions& o) {
  const std::string x = o.axis ? e.in() : e.reshape(e.in(), {-1});
  const int left = o.axis ? e.ndim() - !o.keepdims : 0;
  const std::int64_t axis = o.axis.value_or(0);
  const bool keepdims = o.axis && o.keepdims;
  const std::string place =
      e.add(theirs, {x}, {{"axis", axis}, {"keepdims", std::int64_t{keepdims}}});
  const std::string number = e.cast(place, e.out_dtype());
  if (!o.axis && o.keepdims)
    return e.give(e.reshape(number, Ints(static_cast<std::size_t>(e.out_shape().ndim()), 1)));
  e.give_under_shape(number, left);
}

void write_moments(ExportNode& e, const MomentsOptions& o) {
  const ReduceOptions over{.axis = o.axes.value_or(Shape()), .keepdims = o.keepdims};
  const Ints axes = reduced_axes(over, e.ndim());
  const std::string mean = e.reduce("ReduceMean", e.in(), axes, true);
  const std::string away = e.add("Sub", {e.in(), mean});
  const std::string variance = e.reduce("ReduceMean", e.add("Mul", {away, away}), axes, o.keepdims);
  const int left = o.keepdims ? e.ndim() : e.ndim() - static_cast<int>(axes.size());
  e.give_under_shape(e.reduce("ReduceMean", e.in(), axes, o.keepdims), left, 0);
  e.give_under_shape(variance, left, 1);
}

void write_cumsum(ExportNode& e, const CumsumOptions& o) {
  std::string x = o.axis ? e.in() : e.reshape(e.in(), {-1});
  if (o.dtype && *o.dtype != e.dtype()) x = e.cast(x, *o.dtype);
  e.give(e.add("CumSum", {x, e.number(static_cast<double>(o.axis.value_or(0)), int64)}));
}

// A shape without axes stays one: numpy's reductions, unlike MXNet's older ones, give that.
Symbol reduced(const ImportNode& n, const char* ours, const Symbol& x, const Ints& axes,
               bool keepdims) {
  const ReduceOptions options{.axis = Shape(std::span(axes)), .keepdims = keepdims};
  const Shape shape = n.shape(x);
  const bool all =
      axes.empty() || (shape.ndim_known() && axes.size() == static_cast<std::size_t>(shape.ndim()));
  if (!all || keepdims) return n.make(ours, options, {x});
  return n.make_by_text("_np_reshape", {{"newshape", "()"}}, {n.make(ours, ReduceOptions{}, {x})});
}

struct ReduceArguments {
  Ints axes;
  bool keepdims;
  /// Nothing is reduced.
  bool none;
};

ReduceArguments arguments_of(const ImportNode& n) {
  const Ints axes = n.has(1) ? n.ints(1) : n.ints("axes");
  const bool empty_is_none = n.integer("noop_with_empty_axes", 0) != 0;
  n.expect(axes.size() <= static_cast<std::size_t>(Shape::kMaxDims), "axes: too many");
  return {.axes = axes,
          .keepdims = n.integer("keepdims", 1) != 0,
          .none = axes.empty() && empty_is_none};
}

// after(f(x)) reduced
template <class Before, class After>
auto reader(const char* ours, Before before, After after) {
  return [=](const ImportNode& n) {
    const ReduceArguments a = arguments_of(n);
    const Symbol x = before(n, n.in());
    if (a.none) return after(n, x);
    // Of flags as of whole numbers.
    if (n.dtype() != boolean) return after(n, reduced(n, ours, x, a.axes, a.keepdims));
    const Composer c(n);
    return c.cast(after(n, reduced(n, ours, c.cast(x, uint8), a.axes, a.keepdims)), boolean);
  };
}

Symbol unchanged(const ImportNode& /*n*/, const Symbol& x) { return x; }
template <const char* const& Name>
Symbol mapped(const ImportNode& n, const Symbol& x) {
  return n.make(Name, {x});
}
constexpr const char* kAbs = "abs";
constexpr const char* kSquare = "square";
constexpr const char* kSqrt = "sqrt";
constexpr const char* kLog = "log";
constexpr const char* kExp = "exp";

Symbol read_arg(const ImportNode& n, const char* ours) {
  const Composer c(n);
  const int ndim = n.ndim();
  const int axis = normalize_axis(n.integer("axis", 0), ndim);
  const ArgReduceOptions options{.axis = axis, .keepdims = n.integer("keepdims", 1) != 0};
  const bool last = n.integer("select_last_index", 0) != 0;
  Symbol place = n.make(ours, options, {last ? c.flip(n.in(), axis) : n.in()});
  if (ndim == 1 && !options.keepdims) place = c.reshape_to(place, {});
  place = c.cast(place, int64);
  if (!last) return place;
  const std::int64_t size = n.shape()[axis];
  n.expect(size >= 0, "select_last_index: the size of axis ", axis, " must follow from the file");
  return c.from(static_cast<double>(size - 1), place);
}

// Sums or products of all elements up to each; or before each, where `exclusive`, then the first is
// `none`; from the end, where `reverse`.
template <class F>
Symbol cumulative(const ImportNode& n, double none, F of_all) {
  const Composer c(n);
  const int ndim = n.ndim();
  const Ints told = n.ints(1);
  n.expect(told.size() == 1, "axis: expected one number, got ", told.size());
  const int axis = normalize_axis(told[0], ndim);
  const bool reverse = n.integer("reverse", 0) != 0;
  Symbol x = reverse ? c.flip(n.in(), axis) : n.in();
  if (n.integer("exclusive", 0) != 0) {
    const Symbol first = c.slice(x, axis, 0, 1);
    const Symbol filled = c.plus(n.make("zeros_like", {first}), none);
    x = c.concat({filled, c.slice(x, axis, 0, -1)}, axis);
  }
  const Symbol result = of_all(c, x, axis);
  return reverse ? c.flip(result, axis) : result;
}

Symbol read_cumsum(const ImportNode& n) {
  return cumulative(n, 0, [&n](const Composer& /*c*/, const Symbol& x, int axis) {
    return n.make("_np_cumsum", CumsumOptions{.axis = axis}, {x});
  });
}

// Products by doubling the reach: each step multiplies by what stands so many places before.
Symbol read_cumprod(const ImportNode& n) {
  return cumulative(n, 1, [&n](const Composer& c, Symbol x, int axis) {
    const std::int64_t size = n.shape()[axis];
    n.expect(size >= 0, "the size of axis ", axis, " must follow from the file");
    for (std::int64_t reach = 1; reach < size; reach *= 2) {
      const Symbol ahead = c.slice(x, axis, 0, reach);
      const Symbol rest = c.mul(c.slice(x, axis, reach, {}), c.slice(x, axis, 0, size - reach));
      x = c.concat({ahead, rest}, axis);
    }
    return x;
  });
}

const bool registered = translate([](Translations& t) {
  const auto reduces = [&t](const char* ours, const char* theirs) {
    t.writes<ReduceOptions>(ours, [theirs](ExportNode& e, const ReduceOptions& o) {
      give_reduced(e, theirs, e.in(), o);
    });
    t.reads(theirs, reader(ours, unchanged, unchanged));
  };
  reduces("sum", "ReduceSum");
  reduces("mean", "ReduceMean");
  reduces("prod", "ReduceProd");
  reduces("max", "ReduceMax");
  reduces("min", "ReduceMin");
  const auto numpys = [&t](const char* ours, const char* theirs) {
    t.writes_by_name(ours, [theirs](ExportNode& e) { write_numpys(e, theirs); });
  };
  numpys("_np_sum", "ReduceSum");
  numpys("_npi_mean", "ReduceMean");
  numpys("_np_prod", "ReduceProd");
  numpys("_np_max", "ReduceMax");
  numpys("_np_min", "ReduceMin");
  t.reads("ReduceL1", reader("sum", mapped<kAbs>, unchanged));
  t.reads("ReduceL2", reader("sum", mapped<kSquare>, mapped<kSqrt>));
  t.reads("ReduceSumSquare", reader("sum", mapped<kSquare>, unchanged));
  t.reads("ReduceLogSum", reader("sum", unchanged, mapped<kLog>));
  t.reads("ReduceLogSumExp", reader("sum", mapped<kExp>, mapped<kLog>));
  t.writes<ReduceOptions>("nansum", [](ExportNode& e, const ReduceOptions& o) {
    give_reduced(e, "ReduceSum", with_numbers(e, 0), o);
  });
  t.writes<ReduceOptions>("nanprod", [](ExportNode& e, const ReduceOptions& o) {
    give_reduced(e, "ReduceProd", with_numbers(e, 1), o);
  });
  t.writes<NormOptions>("norm", write_norm);
  t.writes<MomentsOptions>("moments", write_moments);
  t.writes<ArgReduceOptions>(
      "argmax", [](ExportNode& e, const ArgReduceOptions& o) { write_arg(e, "ArgMax", o); });
  t.writes<ArgReduceOptions>(
      "argmin", [](ExportNode& e, const ArgReduceOptions& o) { write_arg(e, "ArgMin", o); });
  t.writes<NoOptions>("argmax_channel", [](ExportNode& e, const NoOptions& /*o*/) {
    write_arg(e, "ArgMax", {.axis = 1});
  });
  t.reads("ArgMax", [](const ImportNode& n) { return read_arg(n, "argmax"); });
  t.reads("ArgMin", [](const ImportNode& n) { return read_arg(n, "argmin"); });
  t.writes<CumsumOptions>("_np_cumsum", write_cumsum).reads("CumSum", read_cumsum);
  t.reads("CumProd", read_cumprod);
});

}  // namespace
}  // namespace gluino::onnx
