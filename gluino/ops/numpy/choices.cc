#include <gluino/base/convert.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/layers/softmax.h>
#include <gluino/ops/numpy/places-inl.h>

#include <limits>
#include <vector>

/// NumPy's choices between elements, and what is written where a mask says so.
namespace gluino {
namespace {

using namespace numpy;

constexpr Fill kChoice{Fill::Kind::integers, 0, 2};
constexpr Fill kOnes{Fill::Kind::integers, 1, 2};

// x where the condition is not 0, else y; all three broadcast.
NDArray chosen(const NDArray& condition, const NDArray& x, const NDArray& y) {
  const Shape shape = broadcast_shapes(condition.shape(), broadcast_shapes(x.shape(), y.shape()));
  return ops::where(expanded(condition, shape), expanded(x, shape), expanded(y, shape));
}

NDArray number(double value, const NDArray& like) {
  return filled({}, value, like.dtype(), like.context());
}

const auto where = formula::define<NoOptions>("_npi_where",
                                              [](const NoOptions& /*o*/, In in) {
                                                const Arrays both = together(in.subspan(1));
                                                return chosen(in[0], both[0], both[1]);
                                              })
                       .doc("x where the condition is not 0, else y, broadcast.")
                       .inputs({"condition", "x", "y"})
                       .looks_up({0})
                       .infer_types([](const NoOptions& /*o*/, auto in, auto out) {
                         out[0].reset();
                         if (in[1] && in[2]) out[0] = promote(*in[1], *in[2]);
                       })
                       .sample({}, {{{3, 1}, kChoice}, {{3, 4}}, {{4}}})
                       .sample({}, {{{}, kChoice}, {{}}, {{2}}})
                       .sample({}, {{{0, 4}, kChoice}, {{1, 4}}, {{}}});

struct WhereScalarOptions {
  double scalar = 0;
};

void define_where_scalar(const char* name, const char* doc, const char* input, bool number_first) {
  formula::define<WhereScalarOptions>(name,
                                      [=](const WhereScalarOptions& o, In in) {
                                        const NDArray other = number(o.scalar, in[1]);
                                        return number_first ? chosen(in[0], other, in[1])
                                                            : chosen(in[0], in[1], other);
                                      })
      .doc(doc)
      .inputs({"condition", input})
      .looks_up({0})
      .field("scalar", &WhereScalarOptions::scalar, "The number.")
      .infer_types([](const WhereScalarOptions& /*o*/, auto in, auto out) { out[0] = in[1]; })
      .sample({.scalar = 2}, {{{3, 1}, kChoice}, {{3, 4}}})
      .sample({.scalar = 2}, {{{0, 4}, kChoice}, {{1, 4}}});
}

[[maybe_unused]] const bool where_scalars = [] {
  define_where_scalar("_npi_where_lscalar", "The number where the condition is not 0, else x.", "x",
                      true);
  define_where_scalar("_npi_where_rscalar", "y where the condition is not 0, else the number.", "y",
                      false);
  return true;
}();

struct WhereScalarsOptions {
  double x = 0;
  double y = 0;
};

const auto where_scalar2 = formula::define_without_gradient<WhereScalarsOptions>(
                               "_npi_where_scalar2",
                               [](const WhereScalarsOptions& o, In in) {
                                 const NDArray like = filled({}, 0, float32, in[0].context());
                                 return chosen(in[0], number(o.x, like), number(o.y, like));
                               })
                               .doc("One of two numbers, in float32.")
                               .inputs({"condition"})
                               .looks_up({0})
                               .field("x", &WhereScalarsOptions::x, "Where the condition is not 0.")
                               .field("y", &WhereScalarsOptions::y, "Where it is.")
                               .infer_types([](const WhereScalarsOptions& /*o*/, auto /*in*/,
                                               auto out) { out[0] = float32; })
                               .sample({.x = 1, .y = 2}, {{{3, 4}, kChoice}})
                               .sample({}, {{{0, 4}, kChoice}});

// The mask says it for the axes from `start_axis` on: of the data's shape there, but for its own.
NDArray mask_over(const NDArray& mask, std::int64_t start_axis, const NDArray& data) {
  const Shape& shape = data.shape();
  const int start = normalize_axis(start_axis, shape.ndim() + 1, "start_axis");
  Shape aligned = Shape::filled(shape.ndim(), 1);
  check(start + mask.ndim() <= shape.ndim(), "IndexError: mask: expected at most ",
        shape.ndim() - start, " axes, got ", mask.shape());
  for (int i = 0; i < mask.ndim(); ++i) {
    check(mask.shape()[i] == shape[start + i], "IndexError: mask: axis ", i, " of ", mask.shape(),
          " is not axis ", start + i, " of ", shape);
    aligned[start + i] = mask.shape()[i];
  }
  return expanded(reshaped(mask, aligned), shape);
}

struct MaskScalarOptions {
  double value = 0;
  std::int64_t start_axis = 0;
};

const auto assign_scalar =
    formula::define<MaskScalarOptions>("_npi_boolean_mask_assign_scalar",
                                       [](const MaskScalarOptions& o, In in) {
                                         return chosen(mask_over(in[1], o.start_axis, in[0]),
                                                       number(o.value, in[0]), in[0]);
                                       })
        .doc("The data with a number where the mask is not 0.")
        .in_place()
        .inputs({"data", "mask"})
        .reads_places({1})
        .field("value", &MaskScalarOptions::value, "The number.")
        .field("start_axis", &MaskScalarOptions::start_axis, "Where the mask's axes begin.")
        .sample({.value = 2}, {{{3, 4}}, {{3}, kChoice}})
        .sample({.value = 2, .start_axis = 1}, {{{3, 4, 2}}, {{4, 2}, kChoice}})
        .sample({.value = 2}, {{{0, 4}}, {{0}, kChoice}});

struct MaskedSoftmaxOptions {
  std::int64_t axis = -1;
  std::optional<double> temperature{};
};

// Whether an array is repeated along axes of size 1, and new ones in front, to be of a shape.
bool repeats_to(const Shape& from, const Shape& to) {
  const int lead = to.ndim() - from.ndim();
  for (int i = 0; lead >= 0 && i < from.ndim(); ++i) {
    if (from[i] != 1 && from[i] != to[lead + i]) return false;
  }
  return lead >= 0;
}

// f, a softmax, of the elements where the mask is not 0; `outside` elsewhere. What does not count
// is an infinity that the temperature makes the least number of all.
template <class F>
void define_masked(const char* name, const char* doc, const char* other_name, double outside,
                   const Fill& truths, F f) {
  formula::define<MaskedSoftmaxOptions>(
      name,
      [=](const MaskedSoftmaxOptions& o, In in) {
        const NDArray &data = in[0], &mask = in[1];
        check(repeats_to(mask.shape(), data.shape()), "ValueError: a mask of shape ", mask.shape(),
              " does not fit data of shape ", data.shape());
        const double infinity = std::numeric_limits<double>::infinity();
        const bool turns = o.temperature && *o.temperature < 0;
        const NDArray counted = chosen(mask, data, number(turns ? infinity : -infinity, data));
        const SoftmaxOptions options{.axis = o.axis, .temperature = o.temperature};
        return chosen(mask, f(counted, options), number(outside, data));
      })
      .aliases({other_name})
      .doc(doc)
      .inputs({"data", "mask"})
      .types(Types::real)
      .looks_up({1})
      .field("axis", &MaskedSoftmaxOptions::axis, "Along which axis.")
      .field("temperature", &MaskedSoftmaxOptions::temperature,
             "What the data are divided by first; None: 1.")
      .tolerates({"normalize"})
      .sample({}, {{{3, 4}}, {{3, 4}, truths}})
      .sample({.axis = 0, .temperature = -2}, {{{3, 2, 2}}, {{3, 1, 2}, truths}})
      .sample({.axis = 1}, {{{0, 4}}, {{1, 4}, truths}});
}

[[maybe_unused]] const bool masked = [] {
  define_masked("masked_softmax", "softmax of the elements where the mask is not 0; 0 elsewhere.",
                "_npx_masked_softmax", 0, kChoice,
                [](const NDArray& x, const SoftmaxOptions& o) { return ops::softmax(x, o); });
  define_masked("masked_log_softmax",
                "log_softmax of the elements where the mask is not 0; -inf elsewhere.",
                "_npx_masked_log_softmax", -std::numeric_limits<double>::infinity(), kOnes,
                [](const NDArray& x, const SoftmaxOptions& o) { return ops::log_softmax(x, o); });
  return true;
}();

struct MaskTensorOptions {
  std::int64_t start_axis = 0;
};

// Which of `given` values each element of a mask gets: those that are not 0 the next one, or all
// the only one. Throws Error where they are not as many.
std::vector<std::int64_t> numbers_of(const NDArray& mask, std::int64_t given) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(mask.size()));
  if (current_mode().dry_run) return numbers;  // The mask has no elements to look at.
  std::int64_t found = 0;
  dispatch(mask.dtype(), [&]<class T>() {
    const T* truths = static_cast<const T*>(mask.data());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (!convert<bool>(truths[i])) continue;
      numbers[i] = given == 1 ? 0 : found;
      ++found;
    }
  });
  check(given == 1 || given == found, "ValueError: value: expected ", found,
        " for as many elements of the mask, got ", given);
  return numbers;
}

NDArray mask_assigned(const MaskTensorOptions& o, In in) {
  const NDArray &data = in[0], &mask = in[1];
  const NDArray everywhere = mask_over(mask, o.start_axis, data);
  const int start = normalize_axis(o.start_axis, data.ndim() + 1, "start_axis");
  // The shape of what the mask selects, the number of elements left open.
  Shape selected;
  for (int i = 0; i < start; ++i) selected.push_back(data.shape()[i]);
  selected.push_back(1);
  for (int i = start + mask.ndim(); i < data.ndim(); ++i) selected.push_back(data.shape()[i]);
  NDArray values = as(in[2], data.dtype());
  const int from_end = selected.ndim() - start;
  if (values.ndim() >= from_end) selected[start] = values.shape()[values.ndim() - from_end];
  const std::vector<std::int64_t> numbers = numbers_of(mask, selected[start]);
  values = expanded(values, selected);
  if (values.size() == 0 || data.size() == 0) return ops::identity(data);
  values = taken(values, start, mask.size(),
                 [&](std::int64_t i) { return numbers[static_cast<std::size_t>(i)]; });
  return ops::where(everywhere, reshaped(values, data.shape()), data);
}

const auto assign_tensor =
    formula::define<MaskTensorOptions>("_npi_boolean_mask_assign_tensor", mask_assigned)
        .doc(
            "The data with values where the mask is not 0: one for each of its elements, in their "
            "order, or the same for all.")
        .inputs({"data", "mask", "value"})
        .in_place()
        .reads_places({1})
        .field("start_axis", &MaskTensorOptions::start_axis, "Where the mask's axes begin.")
        .infer_types([](const MaskTensorOptions& /*o*/, auto in, auto out) { out[0] = in[0]; })
        .sample({}, {{{3, 4}}, {{3}, kChoice}, {{4}}})
        .sample({.start_axis = 1}, {{{3, 4, 2}}, {{4}, kOnes}, {{3, 4, 2}}})
        .sample({}, {{{2, 3}}, {{2, 3}, kChoice}, {{}}})
        .sample({}, {{{0, 4}}, {{0}, kChoice}, {{4}}});

}  // namespace
}  // namespace gluino
