#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/ops/core/axis_map-inl.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/elements.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/movement/repeat.h>

namespace gluino {
namespace {

// Place i of an axis of `count` shows place of(i) of the input.
template <class F>
void fill(AxisMap& map, int axis, std::int64_t count, F of) {
  auto& source = map.source[static_cast<std::size_t>(axis)];
  source.resize(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) source[static_cast<std::size_t>(i)] = of(i);
}

Shape with_ones_before(const Shape& shape, int ndim) {
  Shape result;
  for (int i = shape.ndim(); i < ndim; ++i) result.push_back(1);
  for (const std::int64_t size : shape) result.push_back(size);
  return result;
}

std::int64_t multiplied(std::int64_t size, std::int64_t times, const char* who) {
  std::int64_t product = 0;
  check(times >= 0, "[", who, "] expected numbers of at least 0, got ", times);
  check(!__builtin_mul_overflow(size, times, &product), "[", who, "] the sizes overflow");
  return product;
}

Shape out_shape(const TileOptions& o, const Shape& data) {
  const int ndim = std::max(data.ndim(), o.reps.ndim());
  const Shape in = with_ones_before(data, ndim);
  const Shape reps = with_ones_before(o.reps, ndim);
  Shape out;
  for (int i = 0; i < ndim; ++i) out.push_back(multiplied(in[i], reps[i], "tile"));
  return out;
}

AxisMap map_of(const TileOptions& o, const Shape& data) {
  AxisMap map;
  map.out = out_shape(o, data);
  map.in = with_ones_before(data, map.out.ndim());
  for (int i = 0; i < map.out.ndim(); ++i) {
    fill(map, i, map.out[i], [&](std::int64_t place) { return place % map.in[i]; });
  }
  return map;
}

Shape repeated_from(const RepeatOptions& o, const Shape& data) {
  return o.axis ? data : Shape{data.size()};
}

Shape out_shape(const RepeatOptions& o, const Shape& data) {
  Shape out = repeated_from(o, data);
  const int axis = normalize_axis(o.axis.value_or(0), out.ndim(), "[repeat] axis");
  out[axis] = multiplied(out[axis], o.repeats, "repeat");
  return out;
}

AxisMap map_of(const RepeatOptions& o, const Shape& data) {
  AxisMap map;
  map.in = repeated_from(o, data);
  map.out = out_shape(o, data);
  const int axis = normalize_axis(o.axis.value_or(0), map.in.ndim());
  for (int i = 0; i < map.out.ndim(); ++i) {
    const std::int64_t times = i == axis ? o.repeats : 1;
    fill(map, i, map.out[i], [&](std::int64_t place) { return place / times; });
  }
  return map;
}

std::int64_t width_at(const PadOptions& o, std::size_t i) { return o.pad_width[i].value_or(0); }

Shape out_shape(const PadOptions& o, const Shape& data) {
  const auto axes = static_cast<std::size_t>(data.ndim());
  check(o.pad_width.size() == 2 * axes, "[Pad] pad_width: expected ", 2 * axes,
        " numbers for shape ", data, ", got ", o.pad_width.size());
  Shape out = data;
  for (std::size_t i = 0; i < axes; ++i) {
    const int axis = static_cast<int>(i);
    for (const std::int64_t width : {width_at(o, 2 * i), width_at(o, 2 * i + 1)}) {
      check(width >= 0 && width < (std::int64_t{1} << 40),
            "[Pad] pad_width: expected numbers of at least 0, got ", width);
      check(o.mode == "constant" || width == 0 || data[axis] > 0, "[Pad] axis ", axis, " of shape ",
            data, " has nothing to repeat");
      check(o.mode != "reflect" || width == 0 || width < data[axis], "[Pad] axis ", axis,
            " of shape ", data, " is too short to mirror ", width, " elements");
      out[axis] += width;
    }
  }
  return out;
}

AxisMap map_of(const PadOptions& o, const Shape& data) {
  AxisMap map;
  map.in = data;
  map.out = out_shape(o, data);
  for (int axis = 0; axis < data.ndim(); ++axis) {
    const std::int64_t before = width_at(o, 2 * static_cast<std::size_t>(axis));
    const std::int64_t last = data[axis] - 1;
    fill(map, axis, map.out[axis], [&](std::int64_t place) -> std::int64_t {
      const std::int64_t i = place - before;
      if (i >= 0 && i <= last) return i;
      if (o.mode == "constant") return -1;
      if (o.mode == "edge") return std::clamp<std::int64_t>(i, 0, last);
      return i < 0 ? -i : 2 * last - i;
    });
  }
  return map;
}

template <class O>
double constant_of(const O& o) {
  if constexpr (std::is_same_v<O, PadOptions>) {
    return o.constant_value;
  } else {
    return 0;
  }
}

// The options without what is filled in: what remains is linear in the data.
template <class O>
O linear_part(O o) {
  if constexpr (std::is_same_v<O, PadOptions>) o.constant_value = 0;
  return o;
}

template <class O>
OpDefinition<O> define_mapped(const char* name, const char* doc) {
  auto definition = define_op<O>(name);
  definition.doc(doc)
      .types(Types::any)
      .inputs({"data"})
      .infer(+[](const O& o, Inference& s) {
        s.expect(s.in(0).ndim() >= 1, 0, "expected at least 1 dimension, got ", s.in(0));
        s.set_out(0, out_shape(o, s.in(0)));
      })
      .forward([](const O& o, const Call& call) {
        const Tensor& in = call.in[0];
        // What is empty may have an axis longer than any list.
        if (call.out[0].size() == 0) return;
        const AxisMap map = map_of(o, in.shape);
        dispatch_words(in.dtype, [&]<class W>() {
          map.forward(in.as<W>(), call.out[0].as<W>(),
                      static_cast<W>(word_of(in.dtype, constant_of(o))));
        });
      })
      .backward(
          [name](const O& o, const GradientCall& call) {
            const Tensor& dx = call.in_grad[0];
            dispatch_real(dx.dtype, name, [&]<class T>() {
              if (call.out_grad[0].size() == 0) {
                std::fill_n(dx.as<T>(), dx.size(), T(0));
              } else {
                map_of(o, dx.shape).backward(call.out_grad[0].as<T>(), dx.as<T>());
              }
            });
          },
          Op::nothing)
      .derivative([name](const O& o, const DerivativeCall& call) {
        const O options = linear_part(o);
        return derivative::linear(Op::get<O>(name), &options, call);
      });
  return definition;
}

const auto tile = define_mapped<TileOptions>("tile", "Repeats the whole array along its axes.")
                      .field("reps", &TileOptions::reps, "How often, per axis.")
                      .required()
                      .sample({.reps = {2, 3}}, {{{2, 3}}})
                      .sample({.reps = {2, 1, 2}}, {{{3}}})
                      .sample({.reps = {2}}, {{{0, 3}}});

template <class W>
void repeat_elements(const W* x, std::int64_t i, std::int64_t end, std::int64_t times, W* y) {
  constexpr std::int64_t kFew = 8;
  constexpr std::int64_t kBlock = 1024;  // which stays in the nearest cache
  if (times >= kFew) {
    for (; i < end; ++i) std::fill_n(y + i * times, times, x[i]);
    return;
  }
  for (; i < end; i += kBlock) {
    const std::int64_t stop = std::min(i + kBlock, end);
    for (std::int64_t t = 0; t < times; ++t) {
      for (std::int64_t j = i; j < stop; ++j) y[j * times + t] = x[j];
    }
  }
}

// Each run of elements behind the axis, as often as it is there.
void repeat_forward(const RepeatOptions& o, const Call& call) {
  const Tensor& in = call.in[0];
  if (call.out[0].size() == 0) return;
  const int axis = normalize_axis(o.axis.value_or(0), o.axis ? in.shape.ndim() : 1);
  const std::int64_t run = o.axis ? in.shape.size_between(axis + 1, in.shape.ndim()) : 1;
  const std::int64_t times = o.repeats;
  dispatch_words(in.dtype, [&]<class W>() {
    const W* x = in.as<W>();
    W* y = call.out[0].as<W>();
    parallel_for(in.size() / run, kernels::row_grain(run * times, kernels::kCopyGrain),
                 [=](std::int64_t i, std::int64_t end) {
                   if (run == 1) return repeat_elements(x, i, end, times, y);
                   for (; i < end; ++i) {
                     for (std::int64_t t = 0; t < times; ++t) {
                       std::copy_n(x + i * run, run, y + (i * times + t) * run);
                     }
                   }
                 });
  });
}

const auto repeat =
    define_mapped<RepeatOptions>("repeat", "Repeats each element along an axis.")
        .forward(repeat_forward)
        .field("repeats", &RepeatOptions::repeats, "How often.")
        .required()
        .field("axis", &RepeatOptions::axis, "The axis; None takes the array as one row.")
        .sample({.repeats = 2}, {{{2, 3}}})
        .sample({.repeats = 3, .axis = -2}, {{{2, 3, 2}}})
        .sample({.repeats = 2, .axis = 0}, {{{0, 3}}});

const auto pad =
    define_mapped<PadOptions>("Pad", "Adds a margin to the array.")
        .aliases({"pad"})
        .field("mode", &PadOptions::mode, "What the margin holds.", {"constant", "edge", "reflect"})
        .required()
        .field("pad_width", &PadOptions::pad_width, "Elements before and after, for each axis.")
        .required()
        .field("constant_value", &PadOptions::constant_value, "What mode constant fills in.")
        .sample({.pad_width = {0, 0, 1, 2}, .constant_value = 3}, {{{2, 3}}})
        .sample({.mode = "edge", .pad_width = {0, 0, 0, 0, 1, 2, 2, 0}}, {{{1, 2, 3, 4}}})
        .sample({.mode = "reflect", .pad_width = {0, 0, 0, 0, 1, 2, 2, 1}}, {{{1, 2, 3, 4}}})
        .sample({.pad_width = {1, 0, 0, 0}}, {{{0, 3}}});

}  // namespace
}  // namespace gluino
