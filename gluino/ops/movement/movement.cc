#include <gluino/kernels/cpu/movement/movement.h>
#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/slice_part-inl.h>

#include <algorithm>
#include <utility>

namespace gluino {
namespace {

Shape permutation_of(const TransposeOptions& o, int ndim) {
  if (!o.axes.empty()) {
    Shape axes = o.axes;
    for (std::int64_t& axis : axes) axis = normalize_axis(axis, ndim, "[transpose] axes");
    return axes;
  }
  Shape reversed;
  for (int i = ndim - 1; i >= 0; --i) reversed.push_back(i);
  return reversed;
}

Shape permutation_of(const SwapAxisOptions& o, int ndim) {
  Shape axes;
  for (int i = 0; i < ndim; ++i) axes.push_back(i);
  std::swap(axes[normalize_axis(o.dim1, ndim, "[SwapAxis] dim1")],
            axes[normalize_axis(o.dim2, ndim, "[SwapAxis] dim2")]);
  return axes;
}

template <class O>
void infer_permuted(const O& o, Inference& s) {
  const Shape& in = s.in(0);
  const Shape axes = permutation_of(o, in.ndim());
  s.expect(axes.ndim() == in.ndim(), -1, "axes: expected ", in.ndim(), " numbers for ", in,
           ", got ", axes);
  Shape out;
  unsigned seen = 0;
  for (const std::int64_t axis : axes) {
    s.expect((seen >> axis & 1U) == 0, -1, "axes: ", axes, " names axis ", axis, " twice");
    seen |= 1U << axis;
    out.push_back(in[static_cast<int>(axis)]);
  }
  s.set_out(0, out);
}

template <class O>
void permute(const O& o, const Call& call) {
  const Tensor& in = call.in[0];
  kernels::transpose(in.data, in.shape, permutation_of(o, in.shape.ndim()), call.out[0].data,
                     size_of(in.dtype));
}

template <class O>
void permute_back(const O& o, const GradientCall& call) {
  const Tensor& dy = call.out_grad[0];
  const Shape axes = permutation_of(o, dy.shape.ndim());
  Shape inverse = axes;
  for (int i = 0; i < axes.ndim(); ++i) inverse[static_cast<int>(axes[i])] = i;
  kernels::transpose(dy.data, dy.shape, inverse, call.in_grad[0].data, size_of(dy.dtype));
}

const auto transpose_op =
    define_op<TransposeOptions>("transpose")
        .doc("Puts the axes into another order.")
        .types(Types::any)
        .inputs({"data"})
        .nameless()
        .row_wise_if([](const TransposeOptions& o, const Shape& /*data*/) {
          return !o.axes.empty() && o.axes[0] == 0;
        })
        .field("axes", &TransposeOptions::axes, "Where each axis comes from; none reverses them.")
        .infer(infer_permuted<TransposeOptions>)
        .forward(permute<TransposeOptions>)
        .backward(permute_back<TransposeOptions>, Op::nothing)
        .derivative(derivative::of_linear<TransposeOptions>("transpose"))
        .sample({}, {{{3, 4}}})
        .sample({.axes = {2, 0, 3, 1}}, {{{2, 3, 4, 5}}})
        .sample({}, {{{0, 4}}});

const auto swap_axis_op = define_op<SwapAxisOptions>("SwapAxis")
                              .aliases({"swapaxes"})
                              .hint("swapaxes")
                              .doc("Exchanges two axes.")
                              .types(Types::any)
                              .inputs({"data"})
                              .field("dim1", &SwapAxisOptions::dim1, "One axis.")
                              .field("dim2", &SwapAxisOptions::dim2, "The other axis.")
                              .infer(infer_permuted<SwapAxisOptions>)
                              .forward(permute<SwapAxisOptions>)
                              .backward(permute_back<SwapAxisOptions>, Op::nothing)
                              .derivative(derivative::of_linear<SwapAxisOptions>("SwapAxis"))
                              .sample({.dim1 = 0, .dim2 = -1}, {{{2, 3, 4}}})
                              .sample({.dim1 = 0, .dim2 = 1}, {{{2, 0, 4}}});

void infer_concat(const ConcatOptions& o, Inference& s) {
  Shape out = s.in(0);
  const int axis = s.axis(0, o.dim, out.ndim(), "dim");
  for (int i = 1; i < s.num_inputs(); ++i) {
    Shape expected = s.in(0);
    if (s.in(i).ndim() == expected.ndim()) expected[axis] = s.in(i)[axis];
    s.expect(s.in(i) == expected, i, "expected the shape of the first, ", s.in(0),
             ", but for axis ", axis, ", got ", s.in(i));
    out[axis] += s.in(i)[axis];
  }
  s.set_out(0, out);
}

// Visits the stretches of the output's axis that the inputs fill.
template <class F>
void each_stretch(std::span<const Tensor> parts, const Shape& whole, int axis, F f) {
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::int64_t count = parts[i].shape.ndim() == whole.ndim() ? parts[i].shape[axis] : 1;
    f(parts[i], along(whole, axis, begin, count));
    begin += count;
  }
}

template <class O>
int joined_axis(const O& o, const Shape& out) {
  if constexpr (std::is_same_v<O, ConcatOptions>) {
    return normalize_axis(o.dim, out.ndim());
  } else {
    return normalize_axis(o.axis, out.ndim());
  }
}

template <class O>
void join(const O& o, const Call& call) {
  const Tensor& out = call.out[0];
  each_stretch(call.in, out.shape, joined_axis(o, out.shape),
               [&](const Tensor& in, const Part& part) { copy_part(out, part, in, true); });
}

template <class O>
void cut(const O& o, const GradientCall& call) {
  const Tensor& dy = call.out_grad[0];
  each_stretch(call.in_grad, dy.shape, joined_axis(o, dy.shape),
               [&](const Tensor& dx, const Part& part) {
                 if (dx) copy_part(dy, part, dx, false);
               });
}

OpDefinition<ConcatOptions> define_concat(const char* name, const char* stem) {
  auto definition = define_op<ConcatOptions>(name);
  definition.doc("Joins arrays along an existing axis.")
      .types(Types::any)
      .variadic(stem)
      .row_wise_if([](const ConcatOptions& o, const Shape& data) {
        return normalize_axis(o.dim, data.ndim()) != 0;
      })
      .field("dim", &ConcatOptions::dim, "The axis.")
      .infer(infer_concat)
      .forward(join<ConcatOptions>)
      .backward(cut<ConcatOptions>, Op::nothing)
      .derivative(derivative::of_linear<ConcatOptions>(name))
      .sample({}, {{{2, 3}}, {{2, 1}}, {{2, 4}}})
      .sample({.dim = 0}, {{{2, 3}}, {{0, 3}}, {{1, 3}}});
  return definition;
}

const auto concat_op = define_concat("Concat", "arg").aliases({"concat"});

// The parameters of recurrent layers, each as one row.
const auto rnn_param_concat_op =
    define_concat("_rnn_param_concat", "arg").aliases({"_npi_rnn_param_concat"});

void infer_stack(const StackOptions& o, Inference& s) {
  for (int i = 1; i < s.num_inputs(); ++i) {
    s.expect(s.in(i) == s.in(0), i, "expected the shape of the first, ", s.in(0), ", got ",
             s.in(i));
  }
  Shape out = s.in(0);
  out.insert(s.axis(0, o.axis, out.ndim() + 1), s.num_inputs());
  s.set_out(0, out);
}

const auto stack_op = define_op<StackOptions>("stack")
                          .doc("Joins arrays of one shape along a new axis.")
                          .types(Types::any)
                          .variadic("arg")
                          .row_wise_if([](const StackOptions& o, const Shape& data) {
                            return normalize_axis(o.axis, data.ndim() + 1) != 0;
                          })
                          .field("axis", &StackOptions::axis, "The place of the new axis.")
                          .infer(infer_stack)
                          .forward(join<StackOptions>)
                          .backward(cut<StackOptions>, Op::nothing)
                          .derivative(derivative::of_linear<StackOptions>("stack"))
                          .sample({}, {{{2, 3}}, {{2, 3}}})
                          .sample({.axis = -1}, {{{2, 3}}, {{2, 3}}, {{2, 3}}})
                          .sample({}, {{{0, 3}}, {{0, 3}}});

void infer_slice(const SliceOptions& o, Inference& s) { s.set_out(0, infer_part(o, s)); }

const auto slice_op =
    define_op<SliceOptions>("slice")
        .aliases({"crop"})
        .doc("A part of the array, as x[begin:end:step] per axis in Python.")
        .types(Types::any)
        .inputs({"data"})
        .nameless()
        .field("begin", &SliceOptions::begin, "First index per axis; None: the start.")
        .required()
        .field("end", &SliceOptions::end, "Index after the last per axis; None: the end.")
        .required()
        .field("step", &SliceOptions::step, "Step per axis; negative walks backwards.")
        .infer(infer_slice)
        .forward([](const SliceOptions& o, const Call& call) {
          copy_part(call.in[0], part_of(o, call.in[0].shape), call.out[0], false);
        })
        .backward(
            [](const SliceOptions& o, const GradientCall& call) {
              scatter_part(call.in_grad[0], part_of(o, call.in_grad[0].shape), call.out_grad[0]);
            },
            Op::nothing)
        .derivative(derivative::of_linear<SliceOptions>("slice"))
        .sample({.begin = {1}, .end = {3}}, {{{4, 3}}})
        .sample({.begin = {{}, -1}, .end = {{}, {}}, .step = {2, -2}}, {{{5, 6}}})
        .sample({.begin = {2, 0}, .end = {1, 2}}, {{{4, 3}}})
        .sample({.begin = {0, {}}, .end = {{}, {}}, .step = {1, -1}}, {{{0, 3}}});

Part part_of(const SliceAxisOptions& o, const Shape& in) {
  const int axis = normalize_axis(o.axis, in.ndim());
  const Range range = resolve(o.begin, o.end, 1, in[axis]);
  return along(in, axis, range.first, range.count);
}

// Of an axis without elements, which may be one of a size not known yet, any part may be asked for.
void infer_slice_axis(const SliceAxisOptions& o, Inference& s) {
  const Shape& in = s.in(0);
  const int axis = s.axis(0, o.axis, in.ndim());
  const std::int64_t size = in[axis];
  const std::int64_t begin = o.begin < 0 ? o.begin + size : o.begin;
  const std::int64_t last = o.end.value_or(size);
  const std::int64_t end = last < 0 ? last + size : last;
  s.expect(size == 0 || (0 <= begin && begin <= end && end <= size), 0, "begin ", o.begin,
           " and end ", last, " name no part of axis ", axis, " of ", in);
  s.set_out(0, part_of(o, in).shape);
}

const auto slice_axis_op =
    define_op<SliceAxisOptions>("slice_axis")
        .doc("Indices [begin, end) of one axis, which must lie within it.")
        .types(Types::any)
        .inputs({"data"})
        .nameless()
        .field("axis", &SliceAxisOptions::axis, "The axis.")
        .required()
        .field("begin", &SliceAxisOptions::begin, "The first index.")
        .required()
        .field("end", &SliceAxisOptions::end, "The index after the last; None: the end.")
        .required()
        .infer(infer_slice_axis)
        .forward([](const SliceAxisOptions& o, const Call& call) {
          copy_part(call.in[0], part_of(o, call.in[0].shape), call.out[0], false);
        })
        .backward(
            [](const SliceAxisOptions& o, const GradientCall& call) {
              scatter_part(call.in_grad[0], part_of(o, call.in_grad[0].shape), call.out_grad[0]);
            },
            Op::nothing)
        .derivative(derivative::of_linear<SliceAxisOptions>("slice_axis"))
        .sample({.axis = 1, .begin = 1, .end = 3}, {{{3, 4, 2}}})
        .sample({.axis = 0, .begin = -2}, {{{3, 4}}})
        .sample({.axis = 1, .begin = 1}, {{{0, 4}}});

void infer_broadcast(const BroadcastToOptions& o, Inference& s) {
  const Shape& in = s.in(0);
  Shape out = o.shape;
  const int lead = out.ndim() - in.ndim();
  for (int i = 0; i < out.ndim(); ++i) {
    if (out[i] == 0 && i >= lead) out[i] = in[i - lead];
  }
  bool fits = lead >= 0 && std::all_of(out.begin(), out.end(), [](auto size) { return size >= 0; });
  for (int i = 0; fits && i < in.ndim(); ++i) fits = in[i] == 1 || in[i] == out[lead + i];
  s.expect(fits, 0, "cannot broadcast ", in, " to ", o.shape);
  s.set_out(0, out);
}

// Repeats any type: an axis that is repeated has stride 0.
void broadcast(const BroadcastToOptions& /*options*/, const Call& call) {
  const Tensor& in = call.in[0];
  const Tensor& out = call.out[0];
  const auto dense = kernels::dense_strides(in.shape);
  kernels::Strides strides{};
  const int lead = out.shape.ndim() - in.shape.ndim();
  for (int i = 0; i < in.shape.ndim(); ++i) {
    const auto from = static_cast<std::size_t>(i);
    strides[static_cast<std::size_t>(lead + i)] = in.shape[i] == 1 ? 0 : dense[from];
  }
  kernels::copy_strided(in.data, strides, out.data, kernels::dense_strides(out.shape), out.shape,
                        size_of(in.dtype));
}

void sum_back(const BroadcastToOptions& /*options*/, const GradientCall& call) {
  const Tensor& dx = call.in_grad[0];
  const Tensor& dy = call.out_grad[0];
  dispatch_real(dx.dtype, "broadcast_to", [&]<class T>() {
    kernels::sum_to_shape<T>(dy.as<T>(), dy.shape, dx.as<T>(), dx.shape);
  });
}

const auto broadcast_to_op =
    define_op<BroadcastToOptions>("broadcast_to")
        .doc("Repeats axes of size 1 until the array has the given shape.")
        .types(Types::any)
        .inputs({"data"})
        .nameless()
        .field("shape", &BroadcastToOptions::shape, "The new shape; 0 keeps the input's size.")
        .required()
        .infer(infer_broadcast)
        .forward(broadcast)
        .backward(sum_back, Op::nothing)
        .derivative(derivative::of_linear<BroadcastToOptions>("broadcast_to"))
        .sample({.shape = {2, 3, 4}}, {{{3, 1}}})
        .sample({.shape = {0, 4}}, {{{3, 1}}})
        .sample({.shape = {2, 0, 4}}, {{{0, 1}}});

}  // namespace

NDArray nd::moveaxis(const NDArray& data, std::int64_t source, std::int64_t destination) {
  const int from = normalize_axis(source, data.ndim(), "moveaxis: source");
  const int to = normalize_axis(destination, data.ndim(), "moveaxis: destination");
  Shape axes;
  for (int i = 0; i < data.ndim(); ++i) {
    if (i != from) axes.push_back(i);
  }
  axes.insert(to, from);
  return ops::transpose(data, {.axes = axes});
}

}  // namespace gluino
