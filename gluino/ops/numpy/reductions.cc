#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/numpy/axes-inl.h>

#include <limits>
#include <numeric>

/// NumPy's sums, means and extremes over axes: all axes give an array of none.
namespace gluino {
namespace {

using namespace numpy;

struct NpReduceOptions {
  std::optional<Shape> axis{};
  std::optional<DType> dtype{};
  bool keepdims = false;
  std::optional<double> initial{};
};

struct SpreadOptions {
  std::optional<Shape> axis{};
  std::optional<DType> dtype{};
  std::int64_t ddof = 0;
  bool keepdims = false;
};

NDArray over_given(const char* name, const NDArray& x, const NpReduceOptions& o) {
  return over(name, x, axes_of(o.axis, x.ndim()), o.keepdims);
}

// Truths are counted in int64; other types add up in their own.
NDArray counted(const NDArray& x, const std::optional<DType>& dtype) {
  if (dtype == boolean) return as(as(x, boolean), int64);
  if (dtype) return as(x, *dtype);
  return x.dtype() == boolean ? as(x, int64) : x;
}

// How many of all elements are true: bytes are added up, in columns that a byte can count.
NDArray truths_in(const NDArray& x) {
  constexpr std::int64_t kMost = 255;
  const std::int64_t width = x.size() / kMost, rest = x.size() % kMost;
  const auto* truths = static_cast<const std::uint8_t*>(x.data());
  const Temporary<std::uint8_t> columns(width);
  kernels::reduce::sum(truths, Shape{kMost, width}, 1, columns.data());
  const NDArray count({}, int64, x.context());
  *static_cast<std::int64_t*>(count.data()) =
      std::accumulate(columns.data(), columns.data() + width, std::int64_t{0}) +
      std::accumulate(truths + kMost * width, truths + kMost * width + rest, std::int64_t{0});
  return count;
}

DType counted_type(DType in, const std::optional<DType>& dtype) {
  return dtype.value_or(in == boolean ? int64 : in);
}

constexpr Fill kDistinct{Fill::Kind::distinct, -2, 2};

template <class O>
void add_axis(OpDefinition<O>& d) {
  d.field("axis", &O::axis, "The axes to reduce; None means all.");
}

template <class O>
void add_samples(OpDefinition<O>& d) {
  d.sample({}, {{{3, 4}, kDistinct}})
      .sample({}, {{{}, kDistinct}})
      .sample({.axis = Shape{1}}, {{{3, 4, 2}, kDistinct}})
      .sample({.axis = Shape{0, -1}, .keepdims = true}, {{{3, 4, 2}, kDistinct}})
      .sample({.axis = Shape{1}}, {{{0, 4}, kDistinct}});
}

DType mean_type(DType in, const std::optional<DType>& dtype) {
  return dtype.value_or(real_type(in));
}

template <class F>
void define_total(const char* name, std::vector<std::string> aliases, const char* doc,
                  DType (*type_of)(DType, const std::optional<DType>&), F f) {
  auto d = formula::define<NpReduceOptions>(name, [f](const NpReduceOptions& o, In in) {
    const NDArray result = f(o, in[0]);
    return o.dtype ? as(result, *o.dtype) : result;
  });
  d.aliases(std::move(aliases)).doc(doc).inputs({"a"});
  add_axis(d);
  d.field("dtype", &NpReduceOptions::dtype, "The type that it is computed in.")
      .field("keepdims", &NpReduceOptions::keepdims, "Keep reduced axes with size 1.")
      .field("initial", &NpReduceOptions::initial, "The number to begin with.")
      .infer_types([type_of](const NpReduceOptions& o, auto in, auto out) {
        if (in[0]) out[0] = type_of(*in[0], o.dtype);
      });
  add_samples(d);
}

NDArray mean_of(const NDArray& x, const NpReduceOptions& o) {
  return over_given("mean", o.dtype && is_floating(*o.dtype) ? as(x, *o.dtype) : real(x), o);
}

[[maybe_unused]] const bool totals = [] {
  define_total(
      "_np_sum", {}, "The sum over axes.", counted_type,
      [](const NpReduceOptions& o, const NDArray& x) {
        const bool all = axes_of(o.axis, x.ndim()).ndim() == x.ndim();
        const bool truths = x.dtype() == boolean && !o.dtype && all && !current_mode().dry_run;
        const NDArray sum =
            truths
                ? reshaped(truths_in(x), reduced(x.shape(), axes_of(o.axis, x.ndim()), o.keepdims))
                : over_given("sum", counted(x, o.dtype), o);
        return o.initial ? sum + *o.initial : sum;
      });
  define_total("_np_prod", {"_np_product"}, "The product over axes.", counted_type,
               [](const NpReduceOptions& o, const NDArray& x) {
                 const NDArray product = over_given("prod", counted(x, o.dtype), o);
                 return o.initial ? product * *o.initial : product;
               });
  define_total("_npi_mean", {}, "The mean over axes; of whole numbers in float32.", mean_type,
               [](const NpReduceOptions& o, const NDArray& x) { return mean_of(x, o); });
  return true;
}();

// A whole array has no infinity to begin with, and bool is compared as 0 and 1.
template <class F>
void define_extreme(const char* name, const char* of_nd, std::vector<std::string> aliases,
                    const char* doc, F with_initial) {
  const auto compute = [=](const NpReduceOptions& o, In in) {
    const NDArray x = in[0].dtype() == boolean ? as(in[0], uint8) : in[0];
    const Shape axes = axes_of(o.axis, x.ndim());
    check(o.initial || count_of(x.shape(), axes) > 0 || reduced(x.shape(), axes, false).size() == 0,
          "ValueError: shape ", x.shape(), " has no elements to choose from");
    const NDArray found = over(of_nd, x, axes, o.keepdims);
    return as(o.initial ? with_initial(found, *o.initial) : found, in[0].dtype());
  };
  auto d = formula::define<NpReduceOptions>(name, compute);
  d.aliases(std::move(aliases)).doc(doc).inputs({"a"});
  add_axis(d);
  d.field("keepdims", &NpReduceOptions::keepdims, "Keep reduced axes with size 1.")
      .field("initial", &NpReduceOptions::initial, "One more element to choose from.");
  add_samples(d);
}

[[maybe_unused]] const bool extremes = [] {
  define_extreme("_np_max", "max", {"_np_amax"}, "The largest element over axes.",
                 [](const NDArray& x, double number) { return ops::maximum(x, number); });
  define_extreme("_np_min", "min", {"_np_amin"}, "The smallest element over axes.",
                 [](const NDArray& x, double number) { return ops::minimum(x, number); });
  return true;
}();

NDArray variance_of(const SpreadOptions& o, const NDArray& data) {
  const NDArray x = o.dtype && is_floating(*o.dtype) ? as(data, *o.dtype) : real(data);
  const Shape axes = axes_of(o.axis, x.ndim());
  const NDArray away = x - over("mean", x, axes, true);
  const NDArray variance = over("mean", away * away, axes, o.keepdims);
  const auto count = static_cast<double>(count_of(x.shape(), axes));
  const double rest = count - static_cast<double>(o.ddof);
  if (o.ddof == 0) return variance;
  return variance * (rest > 0 ? count / rest : std::numeric_limits<double>::infinity());
}

// Of equal numbers the root has no slope, but the distances, by which it is multiplied, are 0: so
// is the gradient, not 0 times infinity.
NDArray deviation_of(const NDArray& variance) {
  const NDArray are_equal = variance == 0;
  return ops::sqrt(variance + are_equal) * (1 - are_equal);
}

template <class F>
void define_spread(const char* name, const char* doc, F f) {
  auto d = formula::define<SpreadOptions>(name, [f](const SpreadOptions& o, In in) {
    const NDArray result = f(variance_of(o, in[0]));
    return o.dtype ? as(result, *o.dtype) : result;
  });
  d.doc(doc).inputs({"a"});
  add_axis(d);
  d.field("dtype", &SpreadOptions::dtype, "The type that it is computed in.")
      .field("ddof", &SpreadOptions::ddof, "What the number of elements is lessened by.")
      .field("keepdims", &SpreadOptions::keepdims, "Keep reduced axes with size 1.")
      .infer_types([](const SpreadOptions& o, auto in, auto out) {
        if (in[0]) out[0] = o.dtype.value_or(real_type(*in[0]));
      })
      .sample({}, {{{3, 4}, kDistinct}})
      .sample({.axis = Shape{1}, .ddof = 1}, {{{3, 4, 2}, kDistinct}})
      .sample({.axis = Shape{0, -1}, .keepdims = true}, {{{3, 4, 2}, kDistinct}})
      .sample({.axis = Shape{1}}, {{{0, 4}, kDistinct}});
}

[[maybe_unused]] const bool spreads = [] {
  define_spread("_npi_var", "The mean squared distance from the mean.",
                [](const NDArray& variance) { return variance; });
  define_spread("_npi_std", "The root of the mean squared distance from the mean.", deviation_of);
  return true;
}();

struct AverageOptions {
  std::optional<Shape> axis{};
  bool returned = false;
  bool weighted = true;
};

Arrays average_of(const AverageOptions& o, In in) {
  const NDArray a = real(in[0]);
  const Shape axes = axes_of(o.axis, a.ndim());
  if (!o.weighted) {
    const NDArray mean = over("mean", a, axes, false);
    const auto count = static_cast<double>(count_of(a.shape(), axes));
    return {mean, filled(mean.shape(), count, mean.dtype(), mean.context())};
  }
  NDArray weights = as(in[1], a.dtype());
  if (weights.shape() != a.shape()) {
    check(axes.ndim() == 1 && weights.ndim() == 1, "TypeError: weights: expected the shape of a ",
          a.shape(), ", or one axis where `axis` names one, got ", weights.shape());
    const int axis = static_cast<int>(axes[0]);
    check(weights.shape()[0] == a.shape()[axis], "ValueError: weights: expected ", a.shape()[axis],
          " of them, got ", weights.shape()[0]);
    Shape row = Shape::filled(a.ndim(), 1);
    row[axis] = weights.shape()[0];
    weights = expanded(reshaped(weights, row), a.shape());
  }
  const NDArray total = over("sum", weights, axes, false);
  return {over("sum", a * weights, axes, false) / total, total};
}

const auto average =
    formula::define<AverageOptions>("_npi_average",
                                    [](const AverageOptions& o, In in) {
                                      Arrays both = average_of(o, in);
                                      if (!o.returned) both.pop_back();
                                      return both;
                                    })
        .doc("The mean over axes, weighted; with `returned` also the sum of the weights.")
        .inputs({"a", "weights"})
        .omits_last_when([](const AverageOptions& o) { return !o.weighted; })
        .outputs({"output", "sum_of_weights"}, 2)
        .outputs_by([](const AverageOptions& o) { return o.returned ? 2 : 1; })
        .field("axis", &AverageOptions::axis, "The axes to reduce; None means all.")
        .field("returned", &AverageOptions::returned, "Give the sum of the weights, too.")
        .field("weighted", &AverageOptions::weighted, "Whether there are weights.")
        .sample({}, {{{3, 4}}, {{3, 4}, {Fill::Kind::uniform, 0.5, 2}}})
        .sample({.axis = Shape{1}, .returned = true},
                {{{3, 4}}, {{4}, {Fill::Kind::uniform, 0.5, 2}}})
        .sample({.axis = Shape{0}, .weighted = false}, {{{3, 4}}})
        .sample({.axis = Shape{1}}, {{{0, 4}}, {{4}, {Fill::Kind::uniform, 0.5, 2}}});

}  // namespace
}  // namespace gluino
