#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/numpy/places-inl.h>
#include <gluino/ops/ordering/ordering.h>

#include <cmath>

/// NumPy's differences of neighbours, polynomials and percentiles.
namespace gluino {
namespace {

using namespace numpy;

struct DiffOptions {
  std::int64_t n = 1;
  std::int64_t axis = -1;
};

NDArray differences(const NDArray& x, int axis) {
  const std::int64_t size = x.shape()[axis];
  if (size < 2) {
    Shape shape = x.shape();
    shape[axis] = 0;
    return filled(shape, 0, x.dtype(), x.context());
  }
  return part_of(x, axis, 1, size) - part_of(x, axis, 0, size - 1);
}

const auto diff = formula::define<DiffOptions>(
                      "_npi_diff",
                      [](const DiffOptions& o, In in) {
                        check(o.n >= 0, "ValueError: n: expected at least 0, got ", o.n);
                        check(in[0].ndim() > 0, "ValueError: expected at least one axis");
                        const int axis = axis_of(o.axis, in[0].ndim());
                        NDArray x = in[0];
                        const std::int64_t most = std::min(o.n, x.shape()[axis] + 1);
                        for (std::int64_t i = 0; i < most; ++i) x = differences(x, axis);
                        return x;
                      })
                      .doc("The differences of neighbours along an axis, taken n times.")
                      .inputs({"a"})
                      .types(Types::numbers)
                      .field("n", &DiffOptions::n, "How often.")
                      .field("axis", &DiffOptions::axis, "Along which axis.")
                      .sample({}, {{{3, 4}}})
                      .sample({.n = 2, .axis = 0}, {{{5, 2}}})
                      .sample({.n = 3}, {{{2, 2}}})
                      .sample({}, {{{0, 4}}});

struct Ediff1dOptions {
  bool to_begin_arr_given = false;
  bool to_end_arr_given = false;
  std::optional<double> to_begin_scalar{};
  std::optional<double> to_end_scalar{};
};

NDArray ediff1d_of(const Ediff1dOptions& o, In in) {
  const NDArray x = flat(in[0]);
  Arrays parts;
  const auto add = [&](bool given, std::size_t input, const std::optional<double>& number) {
    if (given) {
      parts.push_back(flat(as(in[input], x.dtype())));
    } else if (number) {
      parts.push_back(filled({1}, *number, x.dtype(), x.context()));
    }
  };
  add(o.to_begin_arr_given, 1, o.to_begin_scalar);
  parts.push_back(differences(x, 0));
  add(o.to_end_arr_given, o.to_begin_arr_given ? 2 : 1, o.to_end_scalar);
  std::erase_if(parts, [](const NDArray& part) { return part.size() == 0; });
  if (parts.empty()) return filled({0}, 0, x.dtype(), x.context());
  return parts.size() == 1 ? parts[0] : ops::concat(parts, {.dim = 0});
}

const auto ediff1d =
    formula::define<Ediff1dOptions>("_npi_ediff1d", ediff1d_of)
        .doc("The differences of neighbours in the array laid flat, between other numbers.")
        .inputs({"input1", "input2", "input3"})
        .types(Types::numbers)
        .inputs_by(
            [](const Ediff1dOptions& o) {
              std::vector<std::string> names = {"input1", "input2", "input3"};
              names.resize(1U + o.to_begin_arr_given + o.to_end_arr_given);
              return names;
            },
            [](const Ediff1dOptions& /*o*/) { return 0; })
        .field("to_begin_arr_given", &Ediff1dOptions::to_begin_arr_given,
               "There is an array to stand in front.")
        .field("to_end_arr_given", &Ediff1dOptions::to_end_arr_given,
               "There is an array to stand behind.")
        .field("to_begin_scalar", &Ediff1dOptions::to_begin_scalar, "A number in front.")
        .field("to_end_scalar", &Ediff1dOptions::to_end_scalar, "A number behind.")
        .sample({}, {{{3, 4}}})
        .sample({.to_end_arr_given = true, .to_begin_scalar = 2}, {{{5}}, {{2}}})
        .sample({.to_begin_arr_given = true, .to_end_arr_given = true}, {{{0}}, {{2}}, {{1}}});

const auto polyval =
    formula::define<NoOptions>(
        "_npi_polyval",
        [](const NoOptions& /*o*/, In in) {
          check(in[0].ndim() == 1, "ValueError: p: expected one axis, got ", in[0].shape());
          const Arrays both = together(in);
          const NDArray& x = both[1];
          NDArray sum = filled(x.shape(), 0, x.dtype(), x.context());
          for (std::int64_t i = 0; i < both[0].size(); ++i) {
            const NDArray p = ops::slice_axis(both[0], {.axis = 0, .begin = i, .end = i + 1});
            sum = sum * x + expanded(reshaped(p, {}), x.shape());
          }
          return sum;
        })
        .doc("The polynomial at x; p has its coefficients, that of the highest power first.")
        .inputs({"p", "x"})
        .types(Types::numbers)
        .infer_types([](const NoOptions& /*o*/, auto in, auto out) {
          if (in[0] && in[1]) out[0] = promoted(in);
        })
        .sample({}, {{{3}}, {{2, 4}}})
        .sample({}, {{{1}}, {{}}})
        .sample({}, {{{0}}, {{2}}});

struct PercentileOptions {
  std::optional<Shape> axis{};
  std::string interpolation = "linear";
  bool keepdims = false;
  std::optional<double> q_scalar{};
};

// The array with the axes that are reduced laid flat as its last one.
NDArray with_row_last(const NDArray& x, const Shape& axes) {
  Shape order, shape;
  const auto reduced = [&](int i) { return std::find(axes.begin(), axes.end(), i) != axes.end(); };
  for (int i = 0; i < x.ndim(); ++i) {
    if (!reduced(i)) order.push_back(i), shape.push_back(x.shape()[i]);
  }
  std::int64_t n = 1;
  for (const std::int64_t axis : axes) {
    order.push_back(axis);
    n *= x.shape()[static_cast<int>(axis)];
  }
  shape.push_back(n);
  return reshaped(x.ndim() < 2 ? x : ops::transpose(x, {.axes = order}), shape);
}

NDArray percentile_of(const PercentileOptions& o, In in) {
  const NDArray x = as(in[0], in[0].dtype() == float64 ? float64 : float32);
  Shape axes = o.axis.value_or(Shape());
  for (std::int64_t& axis : axes) axis = axis_of(axis, x.ndim());
  for (int i = 0; !o.axis && i < x.ndim(); ++i) axes.push_back(i);
  const NDArray rows = ops::sort(with_row_last(x, axes));
  const std::int64_t n = rows.shape().back();
  check(n > 0, "ValueError: shape ", x.shape(), " has no elements to choose from");
  const NDArray q = o.q_scalar ? filled({}, *o.q_scalar, float64, x.context()) : as(in[1], float64);
  // Between which places of the row it lies, and how far behind the first.
  const NDArray place = q * (static_cast<double>(n - 1) / 100);
  const NDArray below = ops::floor(place), above = ops::ceil(place);
  NDArray part = place - below;
  if (o.interpolation == "lower") part = part * 0.0;
  if (o.interpolation == "higher") part = ops::ceil(part);
  if (o.interpolation == "midpoint") part = ops::ceil(part) * 0.5;
  if (o.interpolation == "nearest") part = ops::round_half_to_even(place) - below;
  const int last = rows.ndim() - 1;
  Shape kept;
  for (int i = 0; i < x.ndim(); ++i) {
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) {
      kept.push_back(x.shape()[i]);
    } else if (o.keepdims) {
      kept.push_back(1);
    }
  }
  const auto at = [&](const NDArray& places) {
    return ops::take(rows, as(flat(places), int64), {.axis = last});
  };
  const NDArray first = at(below), second = at(above);
  NDArray value = first + (second - first) * as(flat(part), x.dtype());
  if (last > 0) {  // The percentages' axes stand in front.
    Shape order = {last};
    for (int i = 0; i < last; ++i) order.push_back(i);
    value = ops::transpose(value, {.axes = order});
  }
  Shape shape = q.shape();
  for (const std::int64_t size : kept) shape.push_back(size);
  return reshaped(value, shape);
}

const auto percentile =
    formula::define<PercentileOptions>("_npi_percentile", percentile_of)
        .doc("What so many percent of the elements over axes are below.")
        .inputs({"a", "q"})
        .omits_last_when([](const PercentileOptions& o) { return o.q_scalar.has_value(); })
        .looks_up({1})
        .field("axis", &PercentileOptions::axis, "The axes to reduce; None means all.")
        .field("interpolation", &PercentileOptions::interpolation, "Between two elements.",
               {"higher", "linear", "lower", "midpoint", "nearest"})
        .field("keepdims", &PercentileOptions::keepdims, "Keep reduced axes with size 1.")
        .field("q_scalar", &PercentileOptions::q_scalar, "The percentage, if not an array.")
        .infer_types([](const PercentileOptions& /*o*/, auto in, auto out) {
          if (in[0]) out[0] = in[0] == float64 ? float64 : float32;
        })
        .sample({.q_scalar = 30}, {{{3, 4}}})
        .sample({.axis = Shape{1}, .interpolation = "midpoint"},
                {{{3, 4, 2}}, {{2}, {Fill::Kind::integers, 0, 100}}})
        .sample({.axis = Shape{0, -1}, .keepdims = true, .q_scalar = 50}, {{{3, 4, 2}}})
        .sample({.axis = Shape{1}, .q_scalar = 50}, {{{0, 4}}});

struct ConstraintOptions {
  std::string msg = "Constraint violated.";
};

const auto constraint_check =
    define_op<ConstraintOptions>("_npx_constraint_check")
        .doc("True, where all elements are; else an Error with the message.")
        .inputs({"input"})
        .types(Types::any)
        .looks_up({0})
        .infer_types(
            [](const ConstraintOptions& /*o*/, auto /*in*/, auto out) { out[0] = boolean; })
        .field("msg", &ConstraintOptions::msg, "What the Error says.")
        .infer(+[](const ConstraintOptions& /*o*/, Inference& s) { s.set_out(0, {}); })
        .forward([](const ConstraintOptions& o, const Call& call) {
          dispatch(call.in[0].dtype, [&]<class T>() {
            const T* x = call.in[0].as<T>();
            for (std::int64_t i = 0; i < call.in[0].size(); ++i) {
              check(static_cast<float>(x[i]) != 0, "ValueError: ", o.msg);
            }
          });
          *call.out[0].as<bool>() = true;
        })
        .sample({}, {{{3, 4}, {Fill::Kind::uniform, 1, 2}}})
        .sample({}, {{{0, 4}}});

const auto share_memory =
    define_op("_npi_share_memory")
        .doc("True where the arrays stand in the same memory.")
        .inputs({"a", "b"})
        .types(Types::any)
        .looks_up({0, 1})
        .infer_types([](const NoOptions& /*o*/, auto /*in*/, auto out) { out[0] = boolean; })
        .infer(+[](const NoOptions& /*o*/, Inference& s) { s.set_out(0, {}); })
        .forward([](const NoOptions& /*o*/, const Call& call) {
          const auto end_of = [](const Tensor& t) {
            return static_cast<const char*>(t.data) +
                   static_cast<std::size_t>(t.size()) * size_of(t.dtype);
          };
          const Tensor &a = call.in[0], &b = call.in[1];
          const std::less<> before;
          *call.out[0].as<bool>() = a.size() > 0 && b.size() > 0 &&
                                    before(static_cast<const char*>(a.data), end_of(b)) &&
                                    before(static_cast<const char*>(b.data), end_of(a));
        })
        .sample({}, {{{3}}, {{3}}})
        .sample({}, {{{0}}, {{3}}});

}  // namespace
}  // namespace gluino
