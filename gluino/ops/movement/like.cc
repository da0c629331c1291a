#include <gluino/ops/core/axis_map-inl.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/movement/like.h>

#include <cstring>

namespace gluino {
namespace {

// Where each place of the output comes from, for an output of that shape.
AxisMap identity_map(const Shape& in, const Shape& out) {
  AxisMap map;
  map.in = in;
  map.out = out;
  for (int axis = 0; axis < out.ndim(); ++axis) {
    auto& source = map.source[static_cast<std::size_t>(axis)];
    source.resize(static_cast<std::size_t>(out[axis]));
    for (std::size_t i = 0; i < source.size(); ++i) source[i] = static_cast<std::int64_t>(i);
  }
  return map;
}

AxisMap broadcast_map(const Shape& in, const Shape& out) {
  AxisMap map = identity_map(in, out);
  for (int axis = 0; axis < out.ndim(); ++axis) {
    if (in[axis] != 1) continue;
    auto& source = map.source[static_cast<std::size_t>(axis)];
    std::fill(source.begin(), source.end(), 0);
  }
  return map;
}

AxisMap map_of(const BroadcastLikeOptions& /*o*/, const Shape& in, const Shape& out) {
  return broadcast_map(in, out);
}
AxisMap map_of(const BroadcastAxisOptions& /*o*/, const Shape& in, const Shape& out) {
  return broadcast_map(in, out);
}
AxisMap map_of(const SliceLikeOptions& /*o*/, const Shape& in, const Shape& out) {
  return identity_map(in, out);
}
AxisMap map_of(const ReverseOptions& o, const Shape& in, const Shape& out) {
  AxisMap map = identity_map(in, out);
  for (const std::int64_t axis : o.axis) {
    auto& source = map.source[static_cast<std::size_t>(normalize_axis(axis, in.ndim()))];
    std::reverse(source.begin(), source.end());
  }
  return map;
}

template <class O, class Infer>
OpDefinition<O> define_mapped(const char* name, const char* doc, std::vector<std::string> inputs,
                              Infer infer) {
  const bool has_like = inputs.size() == 2;
  auto definition = define_op<O>(name);
  definition.doc(doc).types(Types::any).inputs(std::move(inputs));
  if (has_like) definition.looks_up({1}).mixed_types();
  definition.infer(infer)
      .forward([](const O& o, const Call& call) {
        const Tensor& in = call.in[0];
        if (call.out[0].size() == 0) return;
        dispatch_words(in.dtype, [&]<class W>() {
          map_of(o, in.shape, call.out[0].shape).forward(in.as<W>(), call.out[0].as<W>());
        });
      })
      .backward(
          [name](const O& o, const GradientCall& call) {
            const Tensor& dx = call.in_grad[0];
            if (!dx) return;
            const Tensor& dy = call.out_grad[0];
            dispatch_real(dx.dtype, name, [&]<class T>() {
              // What is empty may have an axis longer than any list.
              if (dy.size() == 0) {
                std::fill_n(dx.as<T>(), dx.size(), T(0));
              } else {
                map_of(o, dx.shape, dy.shape).backward(dy.as<T>(), dx.as<T>());
              }
            });
          },
          // The gradient's own gradient calls the operator again.
          has_like ? Op::inputs : Op::nothing)
      .derivative(derivative::of_linear<O>(name));
  return definition;
}

void expect_widened(const Shape& from, const Shape& to, int axis, Inference& s) {
  s.expect(from[axis] == to[axis] || from[axis] == 1, 0, "expected axis ", axis,
           " to have the size 1 or ", to[axis], ", got ", from);
}

const auto broadcast_like =
    define_mapped<BroadcastLikeOptions>(
        "broadcast_like", "Repeats axes of size 1 until the array has the sizes of another.",
        {"lhs", "rhs"},
        [](const BroadcastLikeOptions& o, Inference& s) {
          const Shape& lhs = s.in(0);
          const Shape& rhs = s.in(1);
          Shape out = lhs;
          if (!o.lhs_axes && !o.rhs_axes) {
            s.expect(lhs.ndim() == rhs.ndim(), 0, "expected as many axes as rhs ", rhs, ", got ",
                     lhs);
            out = rhs;
          } else {
            const Shape left = o.lhs_axes.value_or(Shape());
            const Shape right = o.rhs_axes.value_or(Shape());
            s.expect(left.ndim() == right.ndim() && left.ndim() > 0, -1,
                     "expected as many lhs_axes as rhs_axes, got ", left, " and ", right);
            for (int i = 0; i < left.ndim(); ++i) {
              out[s.axis(0, left[i], lhs.ndim())] = rhs[s.axis(1, right[i], rhs.ndim())];
            }
          }
          for (int axis = 0; axis < out.ndim(); ++axis) expect_widened(lhs, out, axis, s);
          s.set_out(0, out);
        })
        .field("lhs_axes", &BroadcastLikeOptions::lhs_axes, "Axes of lhs; None: all.")
        .field("rhs_axes", &BroadcastLikeOptions::rhs_axes, "The axes of rhs with their sizes.")
        .sample({}, {{{2, 1, 3}}, {{2, 4, 3}}})
        .sample({}, {{{0, 1, 3}}, {{0, 4, 3}}})
        .sample({.lhs_axes = Shape{1}, .rhs_axes = Shape{-1}}, {{{2, 1, 3}}, {{5, 4}}});

const auto broadcast_axis =
    define_mapped<BroadcastAxisOptions>(
        "broadcast_axis", "Repeats axes of size 1.", {"data"},
        [](const BroadcastAxisOptions& o, Inference& s) {
          const Shape& data = s.in(0);
          s.expect(o.axis.ndim() == o.size.ndim(), -1, "expected as many sizes as axes, got ",
                   o.axis, " and ", o.size);
          Shape out = data;
          for (int i = 0; i < o.axis.ndim(); ++i) {
            const int axis = s.axis(0, o.axis[i], data.ndim());
            for (int j = 0; j < i; ++j) {
              s.expect(normalize_axis(o.axis[j], data.ndim()) != axis, 0, "axis ", o.axis[i],
                       " is named twice");
            }
            s.expect(o.size[i] >= 0, -1, "size: expected at least 0, got ", o.size);
            out[axis] = o.size[i];
            expect_widened(data, out, axis, s);
          }
          s.set_out(0, out);
        })
        .nameless()
        .aliases({"broadcast_axes"})
        .field("axis", &BroadcastAxisOptions::axis, "The axes.")
        .field("size", &BroadcastAxisOptions::size, "Their new sizes.")
        .sample({.axis = {1, 2}, .size = {3, 2}}, {{{2, 1, 1}}})
        .sample({.axis = {1}, .size = {3}}, {{{0, 1}}});

const auto slice_like =
    define_mapped<SliceLikeOptions>(
        "slice_like", "The first elements of each axis, as many as another array has.",
        {"data", "shape_like"},
        [](const SliceLikeOptions& o, Inference& s) {
          const Shape& data = s.in(0);
          const Shape& like = s.in(1);
          Shape out = data;
          const auto cut = [&](int axis, int other) {
            s.expect(like[other] <= data[axis], 0, "expected at least ", like[other],
                     " elements along axis ", axis, ", got ", data);
            out[axis] = like[other];
          };
          if (o.axes.empty()) {
            s.expect(like.ndim() == data.ndim(), 1, "expected as many axes as data ", data,
                     ", got ", like);
            for (int axis = 0; axis < data.ndim(); ++axis) cut(axis, axis);
          }
          for (const std::int64_t axis : o.axes) {
            cut(s.axis(0, axis, data.ndim()), s.axis(1, axis, like.ndim()));
          }
          s.set_out(0, out);
        })
        .field("axes", &SliceLikeOptions::axes, "The axes that are cut; none: all.")
        .sample({}, {{{4, 5}}, {{2, 3}}})
        .sample({}, {{{0, 5}}, {{0, 3}}})
        .sample({.axes = {-1}}, {{{4, 5}}, {{1, 2}}});

const auto reverse =
    define_mapped<ReverseOptions>("reverse", "Some axes the other way round.", {"data"},
                                  [](const ReverseOptions& o, Inference& s) {
                                    for (const std::int64_t axis : o.axis) {
                                      s.axis(0, axis, s.in(0).ndim());
                                    }
                                    s.set_out(0, s.in(0));
                                  })
        .aliases({"flip"})
        .field("axis", &ReverseOptions::axis, "The axes.")
        .required()
        .sample({.axis = {0}}, {{{3, 4}}})
        .sample({.axis = {1, -1}}, {{{2, 3, 2}}})
        .sample({.axis = {0}}, {{{0, 4}}});

// The bounds of a row of axes, from the end when negative.
std::pair<int, int> bounds(const std::optional<std::int64_t>& begin,
                           const std::optional<std::int64_t>& end, int ndim, Inference& s) {
  const auto place = [&](std::int64_t at) { return at < 0 ? at + ndim : at; };
  const std::int64_t first = place(begin.value_or(0));
  const std::int64_t last = place(end.value_or(ndim));
  s.expect(0 <= first && first <= last && last <= ndim, -1, "expected bounds of axes within 0 and ",
           ndim, ", got ", first, " and ", last);
  return {static_cast<int>(first), static_cast<int>(last)};
}

void infer_reshape_like(const ReshapeLikeOptions& o, Inference& s) {
  const Shape& lhs = s.in(0);
  const Shape& rhs = s.in(1);
  const auto [left_begin, left_end] = bounds(o.lhs_begin, o.lhs_end, lhs.ndim(), s);
  const auto [right_begin, right_end] = bounds(o.rhs_begin, o.rhs_end, rhs.ndim(), s);
  Shape out;
  for (int i = 0; i < left_begin; ++i) out.push_back(lhs[i]);
  for (int i = right_begin; i < right_end; ++i) out.push_back(rhs[i]);
  for (int i = left_end; i < lhs.ndim(); ++i) out.push_back(lhs[i]);
  s.expect(out.size() == lhs.size(), 0, "cannot be reshaped from ", lhs, " to ", out);
  s.set_out(0, out);
}

const auto reshape_like =
    define_op<ReshapeLikeOptions>("reshape_like")
        .doc("The same elements under the shape of another array.")
        .types(Types::any)
        .inputs({"lhs", "rhs"})
        .looks_up({1})
        .mixed_types()
        .field("lhs_begin", &ReshapeLikeOptions::lhs_begin, "First of the axes that change.")
        .field("lhs_end", &ReshapeLikeOptions::lhs_end, "Behind the last of them.")
        .field("rhs_begin", &ReshapeLikeOptions::rhs_begin, "First of the axes they become.")
        .field("rhs_end", &ReshapeLikeOptions::rhs_end, "Behind the last of them.")
        .infer(infer_reshape_like)
        .forward([](const ReshapeLikeOptions& /*o*/, const Call& call) {
          const Tensor& in = call.in[0];
          if (in.size() == 0) return;
          std::memcpy(call.out[0].data, in.data,
                      static_cast<std::size_t>(in.size()) * size_of(in.dtype));
        })
        .backward(
            [](const ReshapeLikeOptions& /*o*/, const GradientCall& call) {
              const Tensor& dx = call.in_grad[0];
              if (!dx || dx.size() == 0) return;
              std::memcpy(dx.data, call.out_grad[0].data,
                          static_cast<std::size_t>(dx.size()) * size_of(dx.dtype));
            },
            Op::nothing)
        .derivative([](const ReshapeLikeOptions& /*o*/, const DerivativeCall& call) {
          return std::vector<NDArray>{derivative::reshaped(call.out_grad[0], call.in[0].shape()),
                                      NDArray()};
        })
        .sample({}, {{{2, 6}}, {{3, 4}}})
        .sample({}, {{{0, 6}}, {{3, 0}}})
        .sample({.lhs_begin = 1, .lhs_end = 2, .rhs_begin = 0, .rhs_end = 2},
                {{{2, 6}}, {{3, 2, 5}}});

struct ShapeArray {
  static constexpr const char* name = "shape_array";
  static constexpr const char* doc = "The sizes of the axes, int64.";
  static void infer(const NoOptions& /*o*/, Inference& s) { s.set_out(0, {s.in(0).ndim()}); }
  static void forward(const NoOptions& /*o*/, const Call& call) {
    auto* const out = call.out[0].as<std::int64_t>();
    std::copy(call.in[0].shape.begin(), call.in[0].shape.end(), out);
  }
};

struct SizeArray {
  static constexpr const char* name = "size_array";
  static constexpr const char* doc = "The number of elements, int64.";
  static void infer(const NoOptions& /*o*/, Inference& s) { s.set_out(0, {1}); }
  static void forward(const NoOptions& /*o*/, const Call& call) {
    *call.out[0].as<std::int64_t>() = call.in[0].size();
  }
};

template <class What>
[[maybe_unused]] const bool described = [] {
  define_op(What::name)
      .doc(What::doc)
      .types(Types::any)
      .inputs({"data"})
      .nameless()
      .looks_up({0})
      .infer_types([](const NoOptions& /*o*/, auto /*in*/, auto out) { out[0] = int64; })
      .infer(What::infer)
      .forward(What::forward)
      .sample({}, {{{2, 3}}})
      .sample({}, {{{0, 3}}});
  return true;
}();
template const bool described<ShapeArray>;
template const bool described<SizeArray>;

}  // namespace
}  // namespace gluino
