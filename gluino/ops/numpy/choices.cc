#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/numpy/arrays-inl.h>

/// NumPy's choices between elements, and what is written where a mask says so.
namespace gluino {
namespace {

using namespace numpy;

constexpr Fill kChoice{Fill::Kind::integers, 0, 2};

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
        .looks_up({1})
        .field("value", &MaskScalarOptions::value, "The number.")
        .field("start_axis", &MaskScalarOptions::start_axis, "Where the mask's axes begin.")
        .sample({.value = 2}, {{{3, 4}}, {{3}, kChoice}})
        .sample({.value = 2, .start_axis = 1}, {{{3, 4, 2}}, {{4, 2}, kChoice}})
        .sample({.value = 2}, {{{0, 4}}, {{0}, kChoice}});

}  // namespace
}  // namespace gluino
