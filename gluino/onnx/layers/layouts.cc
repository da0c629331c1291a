#include <gluino/onnx/layers/layouts.h>
#include <gluino/ops/layers/per_axis.h>
#include <gluino/ops/movement/repeat.h>

#include <algorithm>

namespace gluino::onnx {

std::string channels_first(ExportNode& e, const std::string& x, const std::string& layout) {
  if (!channels_last(layout)) return x;
  const int ndim = static_cast<int>(layout.size());
  Ints axes{0, ndim - 1};
  for (int axis = 1; axis < ndim - 1; ++axis) axes.push_back(axis);
  return e.transpose(x, axes);
}

void give_as_laid_out(ExportNode& e, const std::string& y, const std::string& layout) {
  if (!channels_last(layout)) return e.give(y);
  Ints axes{0};
  for (int axis = 2; axis < static_cast<int>(layout.size()); ++axis) axes.push_back(axis);
  axes.push_back(1);
  e.give(e.transpose(y, axes));
}

Padded read_pads(const ImportNode& n, const Symbol& x, const Shape& kernel, const Shape& stride,
                 const Shape& dilate, double value) {
  const auto axes = static_cast<std::size_t>(kernel.ndim());
  const std::string automatic = n.text("auto_pad", "NOTSET");
  Ints pads = n.ints("pads", Ints(2 * axes, 0));
  n.expect(pads.size() == 2 * axes, "pads: expected ", 2 * axes, " numbers, got ", pads.size());
  n.expect(std::all_of(pads.begin(), pads.end(), [](std::int64_t pad) { return pad >= 0; }),
           "pads: expected none below 0");
  if (automatic == "VALID") pads.assign(2 * axes, 0);
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    constexpr std::int64_t kMost = 1 << 24;
    const Shape data = n.shape();
    n.expect(data.ndim() == static_cast<int>(axes) + 2, "expected ", axes + 2, " axes, got ", data);
    for (std::size_t i = 0; i < axes; ++i) {
      const int axis = static_cast<int>(i);
      const std::int64_t size = data[2 + axis];
      n.expect(size > 0 && size < kMost, "auto_pad: the size of the images must be known, got ",
               data);
      for (const Shape* numbers : {&kernel, &stride, &dilate}) {
        n.expect((*numbers)[axis] > 0 && (*numbers)[axis] < kMost,
                 "kernel_shape, strides, dilations: expected numbers above 0, got ", *numbers);
      }
      const std::int64_t out = (size + stride[axis] - 1) / stride[axis];
      const std::int64_t reach = dilate[axis] * (kernel[axis] - 1) + 1;
      const std::int64_t all = std::max<std::int64_t>(0, (out - 1) * stride[axis] + reach - size);
      const bool upper = automatic == "SAME_UPPER";
      pads[i] = upper ? all / 2 : all - all / 2;
      pads[axes + i] = all - pads[i];
    }
  }
  const bool is_even = std::equal(pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(axes),
                                  pads.begin() + static_cast<std::ptrdiff_t>(axes));
  if (is_even) return {x, Shape(std::span<const std::int64_t>(pads).first(axes))};
  PadOptions margin{.pad_width = {0, 0, 0, 0}, .constant_value = value};
  for (std::size_t i = 0; i < axes; ++i) {
    margin.pad_width.emplace_back(pads[i]);
    margin.pad_width.emplace_back(pads[axes + i]);
  }
  return {n.make("Pad", margin, {x}), Shape::filled(kernel.ndim(), 0)};
}

}  // namespace gluino::onnx
