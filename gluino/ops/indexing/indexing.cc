#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/kernels/cpu/movement/indexing.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/labels.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/indexing/whole_numbers-inl.h>

#include <algorithm>

namespace gluino {
namespace {

enum Input { kData, kIndex };

Temporary<std::int64_t> bounded(const Tensor& index, std::int64_t size, const std::string& mode) {
  Temporary<std::int64_t> numbers = whole_numbers(index);
  if (mode == "raise") {
    const std::int64_t* const places = numbers.data();
    const std::int64_t* const wrong =
        std::find_if(places, places + index.size(),
                     [=](std::int64_t place) { return place < -size || place >= size; });
    check(wrong == places + index.size(), "[take] IndexError: there is no place ",
          wrong == places + index.size() ? 0 : *wrong, " in an axis of ", size);
  }
  kernels::bound_indices(numbers.data(), index.size(), size,
                         mode == "clip" ? kernels::IndexMode::clip : kernels::IndexMode::wrap);
  return numbers;
}

kernels::IndexedShape around(std::int64_t axis, const Shape& shape) {
  const int place = normalize_axis(axis, shape.ndim());
  return {.outer = shape.size_between(0, place),
          .n = shape[place],
          .inner = shape.size_between(place + 1, shape.ndim())};
}

void infer_pick(const PickOptions& o, Inference& s) {
  const Shape& data = s.in(kData);
  const int axis = s.axis(kData, o.axis, data.ndim());
  Shape kept = data;
  kept[axis] = 1;
  Shape dropped = data;
  dropped.erase(axis);
  if (dropped.empty()) dropped.push_back(1);
  const Shape& index = s.in(kIndex);
  s.expect(index == kept || index == dropped, kIndex, "expected shape ", dropped, " or ", kept,
           ", got ", index);
  s.expect(data[axis] > 0 || index.size() == 0, kData, "axis ", o.axis, " of ", data, " is empty");
  s.set_out(0, o.keepdims ? kept : dropped);
}

void check_classes(const PickOptions& o, const Call& call) {
  if (!o.check_labels) return;
  check_labels("pick", call.in[kIndex], {.classes = around(o.axis, call.in[kData].shape).n});
}

void pick(const PickOptions& o, const Call& call) {
  check_classes(o, call);
  const Tensor& data = call.in[kData];
  const auto shape = around(o.axis, data.shape);
  const auto index = bounded(call.in[kIndex], shape.n, o.mode);
  dispatch_words(data.dtype, [&]<class W>() {
    kernels::pick<W>(data.as<W>(), index.data(), call.out[0].as<W>(), shape);
  });
}

void pick_backward(const PickOptions& o, const GradientCall& call) {
  const Tensor& dx = call.in_grad[kData];
  if (!dx) return;
  const auto shape = around(o.axis, dx.shape);
  const auto index = bounded(call.in[kIndex], shape.n, o.mode);
  dispatch_real(dx.dtype, "pick", [&]<class T>() {
    kernels::pick_gradient<T>(call.out_grad[0].as<T>(), index.data(), dx.as<T>(), shape);
  });
}

const auto pick_op =
    define_op<PickOptions>("pick")
        .aliases({"choose_element_0index"})
        .doc("Per place along the other axes the element of an axis that the index names.")
        .types(Types::any)
        .inputs({"data", "index"})
        .reads_places({kIndex})
        .field("axis", &PickOptions::axis, "The axis to pick from.")
        .field("keepdims", &PickOptions::keepdims, "Keep that axis with size 1.")
        .field("mode", &PickOptions::mode, "What an index outside means.", {"clip", "wrap"})
        .mixed_types()
        .labels(kIndex, check_classes)
        .infer(infer_pick)
        .forward(pick)
        .backward(pick_backward, Op::inputs)
        .derivative(derivative::of_linear<PickOptions>("pick"))
        .sample({}, {{{4, 5}}, {{4}, {Fill::Kind::integers, 0, 5}}})
        .sample({.axis = 1, .keepdims = true},
                {{{2, 3, 4}}, {{2, 1, 4}, {Fill::Kind::integers, 0, 3}}})
        .sample({.mode = "wrap"}, {{{4, 5}}, {{4}, {Fill::Kind::integers, -5, 10}}})
        .sample({}, {{{0, 5}}, {{0}, {Fill::Kind::integers, 0, 5}}});

void infer_one_hot(const OneHotOptions& o, Inference& s) {
  s.expect(o.depth >= 0, -1, "depth: expected at least 0, got ", o.depth);
  Shape out = s.in(0);
  out.push_back(o.depth);
  s.set_out(0, out);
}

void one_hot(const OneHotOptions& o, const Call& call) {
  const Tensor& index = call.in[0];
  const Tensor& out = call.out[0];
  const auto numbers = whole_numbers(index);
  if (out.dtype == float32) {
    kernels::one_hot<float>(numbers.data(), index.size(), o.depth, static_cast<float>(o.on_value),
                            static_cast<float>(o.off_value), out.as<float>());
    return;
  }
  const Temporary<double> rows(out.size());
  kernels::one_hot<double>(numbers.data(), index.size(), o.depth, o.on_value, o.off_value,
                           rows.data());
  kernels::convert(rows.data(), float64, out.data, out.dtype, out.size());
}

const auto one_hot_op =
    define_op<OneHotOptions>("one_hot")
        .doc("A new last axis with on_value at the index and off_value elsewhere.")
        .types(Types::any)
        .inputs({"indices"})
        .input_alias(0, "data")
        .reads_places({0})
        .field("depth", &OneHotOptions::depth, "Size of the new axis.")
        .required()
        .field("on_value", &OneHotOptions::on_value, "The value at the index.")
        .field("off_value", &OneHotOptions::off_value, "The value elsewhere.")
        .field("dtype", &OneHotOptions::dtype, "Type of the result.")
        .output_type(&OneHotOptions::dtype)
        .infer(infer_one_hot)
        .forward(one_hot)
        .sample({.depth = 4}, {{{2, 3}, {Fill::Kind::integers, -1, 5}}})
        .sample({.depth = 4}, {{{0, 3}, {Fill::Kind::integers, 0, 4}}})
        .sample({.depth = 0}, {{{3}, {Fill::Kind::integers, 0, 4}}});

void infer_take(const TakeOptions& o, Inference& s) {
  const Shape& a = s.in(kData);
  const int axis = s.axis(kData, o.axis, a.ndim());
  Shape out;
  for (int i = 0; i < axis; ++i) out.push_back(a[i]);
  for (const std::int64_t dim : s.in(kIndex)) out.push_back(dim);
  for (int i = axis + 1; i < a.ndim(); ++i) out.push_back(a[i]);
  s.expect(a[axis] > 0 || s.in(kIndex).size() == 0, kData, "axis ", o.axis, " of ", a, " is empty");
  s.set_out(0, out);
}

void take(const TakeOptions& o, const Call& call) {
  const Tensor& a = call.in[kData];
  const auto shape = around(o.axis, a.shape);
  const Tensor& index = call.in[kIndex];
  const auto run = [&](const std::int64_t* places) {
    kernels::take(a.data, places, index.size(), call.out[0].data, shape, size_of(a.dtype));
  };
  // Most indices are places as they are.
  if (index.dtype == int64 &&
      kernels::all_inside(index.as<std::int64_t>(), index.size(), shape.n)) {
    return run(index.as<std::int64_t>());
  }
  run(bounded(index, shape.n, o.mode).data());
}

void take_backward(const TakeOptions& o, const GradientCall& call) {
  const Tensor& da = call.in_grad[kData];
  if (!da) return;
  const auto shape = around(o.axis, da.shape);
  const auto index = bounded(call.in[kIndex], shape.n, o.mode);
  dispatch_real(da.dtype, "take", [&]<class T>() {
    kernels::take_gradient<T>(call.out_grad[0].as<T>(), index.data(), call.in[kIndex].size(),
                              da.as<T>(), shape);
  });
}

const auto take_op = define_op<TakeOptions>("take")
                         .doc("Slices of an array along an axis at the places that indices name.")
                         .types(Types::any)
                         .inputs({"a", "indices"})
                         .reads_places({kIndex})
                         .field("axis", &TakeOptions::axis, "The axis to take from.")
                         .field("mode", &TakeOptions::mode, "What an index outside means.",
                                {"clip", "raise", "wrap"})
                         .mixed_types()
                         .infer(infer_take)
                         .forward(take)
                         .backward(take_backward, Op::inputs)
                         .derivative(derivative::of_linear<TakeOptions>("take"))
                         .sample({}, {{{5, 3}}, {{4}, {Fill::Kind::integers, 0, 5}}})
                         .sample({.axis = 1}, {{{2, 4, 3}}, {{2, 3}, {Fill::Kind::integers, 0, 4}}})
                         .sample({}, {{{5, 3}}, {{0}, {Fill::Kind::integers, 0, 5}}});

}  // namespace
}  // namespace gluino
