#include <gluino/base/convert.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/movement/slice_assign.h>
#include <gluino/ops/movement/slice_part-inl.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace gluino {
namespace {

enum Input { kWhole, kPart };

void copy_whole(const Tensor& from, const Tensor& to) {
  const auto bytes = static_cast<std::size_t>(from.size()) * size_of(from.dtype);
  if (bytes > 0 && from.data != to.data) std::memcpy(to.data, from.data, bytes);
}

// The same number everywhere in a part.
void fill_part(const Tensor& whole, const Part& part, double value) {
  const std::int64_t n = part.shape.size();
  const Temporary<char> row(n * static_cast<std::int64_t>(size_of(whole.dtype)));
  dispatch(whole.dtype, [&]<class T>() {
    // Whole numbers wrap around, as where they are added.
    constexpr bool kWhole = std::is_integral_v<T> && !std::is_same_v<T, bool>;
    using Wide = std::conditional_t<kWhole, std::int64_t, T>;
    std::fill_n(reinterpret_cast<T*>(row.data()), n, static_cast<T>(convert<Wide>(value)));
  });
  copy_part(whole, part, {row.data(), part.shape, whole.dtype}, true);
}

// The gradient of what is not replaced.
void keep_around(const SliceOptions& o, const Tensor& dy, const Tensor& dx) {
  if (!dx) return;
  copy_whole(dy, dx);
  fill_part(dx, part_of(o, dx.shape), 0);
}

template <class O>
void add_bounds(OpDefinition<O>& definition) {
  definition.field("begin", &O::begin, "First index per axis; None: the start.").required();
  definition.field("end", &O::end, "Index after the last per axis; None: the end.").required();
  definition.field("step", &O::step, "Step per axis; negative walks backwards.");
}

bool define_slice_assign() {
  auto definition = define_op<SliceOptions>("_slice_assign");
  definition.aliases({"_crop_assign", "_npi_slice_assign"})
      .doc("lhs with rhs in place of a part, as after lhs[begin:end:step] = rhs in Python.")
      .types(Types::any)
      .inputs({"lhs", "rhs"})
      .in_place();
  add_bounds(definition);
  definition
      .infer(+[](const SliceOptions& o, Inference& s) {
        s.set_in(kPart, infer_part(o, s));
        s.set_out(0, s.in(kWhole));
      })
      .forward([](const SliceOptions& o, const Call& call) {
        copy_whole(call.in[kWhole], call.out[0]);
        copy_part(call.out[0], part_of(o, call.out[0].shape), call.in[kPart], true);
      })
      .backward(
          [](const SliceOptions& o, const GradientCall& call) {
            const Tensor& dy = call.out_grad[0];
            const Tensor& part = call.in_grad[kPart];
            // The part first: the other gradient may be written over dy.
            if (part) copy_part(dy, part_of(o, dy.shape), part, false);
            keep_around(o, dy, call.in_grad[kWhole]);
          },
          Op::nothing)
      .derivative(derivative::of_linear<SliceOptions>("_slice_assign"))
      .sample({.begin = {1}, .end = {3}}, {{{4, 3}}, {{2, 3}}})
      .sample({.begin = {{}, -1}, .end = {{}, {}}, .step = {2, -2}}, {{{5, 6}}, {{3, 3}}})
      .sample({.begin = {2, 0}, .end = {1, 2}}, {{{4, 3}}, {{0, 2}}})
      .sample({.begin = {0}, .end = {{}}}, {{{0, 3}}, {{0, 3}}});
  return true;
}

bool define_slice_assign_scalar() {
  using O = SliceAssignScalarOptions;
  auto definition = define_op<O>("_slice_assign_scalar");
  definition.aliases({"_crop_assign_scalar", "_npi_slice_assign_scalar"})
      .doc("The data with a number in place of a part, as after x[begin:end:step] = scalar.")
      .types(Types::any)
      .inputs({"data"})
      .nameless()
      .in_place()
      .field("scalar", &O::scalar, "The number.");
  add_bounds(definition);
  const auto options = [](SliceOptions part, double scalar) {
    O o;
    static_cast<SliceOptions&>(o) = std::move(part);
    o.scalar = scalar;
    return o;
  };
  definition
      .infer(+[](const O& o, Inference& s) {
        infer_part(o, s);
        s.set_out(0, s.in(0));
      })
      .forward([](const O& o, const Call& call) {
        copy_whole(call.in[0], call.out[0]);
        fill_part(call.out[0], part_of(o, call.out[0].shape), o.scalar);
      })
      .backward([](const O& o,
                   const GradientCall& call) { keep_around(o, call.out_grad[0], call.in_grad[0]); },
                Op::nothing)
      .derivative([](const O& o, const DerivativeCall& call) {
        O zero = o;
        zero.scalar = 0;
        return std::vector<NDArray>{ops::slice_assign_scalar(call.out_grad[0], zero)};
      })
      .sample(options({.begin = {1}, .end = {3}}, 2), {{{4, 3}}})
      .sample(options({.begin = {{}, -1}, .end = {{}, {}}, .step = {2, -2}}, -1), {{{5, 6}}})
      .sample(options({.begin = {0}, .end = {{}}}, 1), {{{0, 3}}});
  return true;
}

[[maybe_unused]] const bool defined = define_slice_assign() && define_slice_assign_scalar();

}  // namespace
}  // namespace gluino
