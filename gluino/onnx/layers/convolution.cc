#include <gluino/onnx/layers/layouts.h>
#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/layers/convolution.h>
#include <gluino/ops/layers/deconvolution.h>
#include <gluino/ops/layers/per_axis.h>
#include <gluino/ops/movement/repeat.h>

#include <algorithm>

// Convolutions and their transposes.
namespace gluino::onnx {
namespace {

// What both have in common.
template <class O>
Attributes window(const O& o, const Shape& pad) {
  const auto numbers = [&](const Shape& given, std::int64_t otherwise) {
    return given.empty() ? Ints(static_cast<std::size_t>(o.kernel.ndim()), otherwise)
                         : Ints(given.begin(), given.end());
  };
  Ints pads = numbers(pad, 0);
  const Ints behind = pads;
  pads.insert(pads.end(), behind.begin(), behind.end());
  return {{"kernel_shape", Ints(o.kernel.begin(), o.kernel.end())},
          {"strides", numbers(o.stride, 1)},
          {"dilations", numbers(o.dilate, 1)},
          {"group", o.num_group},
          {"pads", pads}};
}

template <class O>
Names operands(ExportNode& e, const O& o) {
  Names names{channels_first(e, e.in(0), o.layout), channels_first(e, e.in(1), o.layout)};
  if (!o.no_bias) names.push_back(e.in(2));
  return names;
}

void write_convolution(ExportNode& e, const ConvolutionOptions& o) {
  give_as_laid_out(e, e.add("Conv", operands(e, o), window(o, o.pad)), o.layout);
}

// With a target the pad and the adj that lead to it: what is too much is cut off on both sides, of
// an odd number one more in front.
void write_deconvolution(ExportNode& e, const DeconvolutionOptions& o) {
  Shape pad = o.pad, adj = o.adj;
  const bool has_target = std::any_of(o.target_shape.begin(), o.target_shape.end(),
                                      [](std::int64_t size) { return size != 0; });
  if (has_target) {
    pad = adj = o.target_shape;
    for (int axis = 0; axis < o.kernel.ndim(); ++axis) {
      const int place = channels_last(o.layout) ? 1 + axis : 2 + axis;
      const std::int64_t stride = o.stride.empty() ? 1 : o.stride[axis];
      const std::int64_t dilate = o.dilate.empty() ? 1 : o.dilate[axis];
      const std::int64_t whole =
          stride * (e.size(0, place) - 1) + dilate * (o.kernel[axis] - 1) + 1;
      const std::int64_t excess = whole - o.target_shape[axis];
      adj[axis] = excess % 2;
      pad[axis] = (excess + 1) / 2;
    }
  }
  Attributes attributes = window(o, pad);
  if (!adj.empty()) attributes.emplace("output_padding", Ints(adj.begin(), adj.end()));
  give_as_laid_out(e, e.add("ConvTranspose", operands(e, o), std::move(attributes)), o.layout);
}

Shape shape_of_ints(const ImportNode& n, const char* name, std::size_t axes,
                    std::int64_t otherwise) {
  const Ints given = n.ints(name, Ints(axes, otherwise));
  n.expect(given.size() == axes, name, ": expected ", axes, " numbers, got ", given.size());
  return Shape(std::span(given));
}

// The shape of the weight, and so the number of axes and channels, must be known.
Shape weight_shape(const ImportNode& n) {
  const Shape weight = n.shape(1);
  n.expect(weight.ndim() >= 3 && weight.ndim() <= 5 && weight.known(),
           "weight: expected 3 to 5 axes of known sizes, got ", weight);
  return weight;
}

template <class O>
void read_window(const ImportNode& n, const Shape& weight, O& o) {
  const auto axes = static_cast<std::size_t>(weight.ndim() - 2);
  Ints kernel(weight.begin() + 2, weight.end());
  n.expect(n.ints("kernel_shape", kernel) == kernel, "kernel_shape: the weight is ", weight);
  o.kernel = Shape(std::span<const std::int64_t>(kernel));
  o.stride = shape_of_ints(n, "strides", axes, 1);
  o.dilate = shape_of_ints(n, "dilations", axes, 1);
  o.num_group = n.integer("group", 1);
  o.no_bias = !n.has(2);
  n.expect(o.num_group > 0, "group: expected at least 1, got ", o.num_group);
}

Symbols read_operands(const ImportNode& n, const Symbol& data) {
  Symbols operands{data, n.in(1)};
  if (n.has(2)) operands.push_back(n.in(2));
  return operands;
}

Symbol read_convolution(const ImportNode& n) {
  ConvolutionOptions o;
  const Shape weight = weight_shape(n);
  read_window(n, weight, o);
  o.num_filter = weight[0];
  const Padded padded = read_pads(n, n.in(), o.kernel, o.stride, o.dilate, 0);
  o.pad = padded.pad;
  return n.make("Convolution", o, read_operands(n, padded.data));
}

// What is cut off in front and behind: as told, or such that the result has a size.
Ints pads_of_transpose(const ImportNode& n, const DeconvolutionOptions& o) {
  const auto axes = static_cast<std::size_t>(o.kernel.ndim());
  const std::string automatic = n.text("auto_pad", "NOTSET");
  const Ints padding = n.ints("output_padding", Ints(axes, 0));
  Ints pads = n.ints("pads", Ints(2 * axes, 0));
  n.expect(pads.size() == 2 * axes && padding.size() == axes, "pads: expected ", 2 * axes,
           " numbers, got ", pads.size());
  Ints sizes = n.ints("output_shape");
  const bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
  if (automatic == "VALID") pads.assign(2 * axes, 0);
  if (sizes.empty() && !same) return pads;
  const Shape data = n.shape();
  n.expect(sizes.empty() || sizes.size() == axes || sizes.size() == axes + 2,
           "output_shape: expected ", axes, " numbers, got ", sizes.size());
  if (sizes.size() == axes + 2) sizes.erase(sizes.begin(), sizes.begin() + 2);
  constexpr std::int64_t kMost = 1 << 24;
  for (const Shape& numbers : {o.stride, o.dilate, o.kernel}) {
    for (const std::int64_t number : numbers) {
      n.expect(number > 0 && number < kMost, "strides, dilations: expected numbers above 0, got ",
               number);
    }
  }
  for (std::size_t i = 0; i < axes; ++i) {
    const int axis = static_cast<int>(i);
    n.expect(data.ndim() == static_cast<int>(axes) + 2 && data[2 + axis] > 0,
             "output_shape and auto_pad: the size of the images must follow from the file, got ",
             data);
    n.expect(padding[i] >= 0 && padding[i] < kMost && data[2 + axis] < kMost &&
                 (sizes.empty() || (sizes[i] > 0 && sizes[i] < kMost * kMost / 2)),
             "output_padding and output_shape: got ", padding[i], " for images ", data);
    const std::int64_t whole = o.stride[axis] * (data[2 + axis] - 1) + padding[i] +
                               o.dilate[axis] * (o.kernel[axis] - 1) + 1;
    const std::int64_t wanted = sizes.empty() ? data[2 + axis] * o.stride[axis] : sizes[i];
    const std::int64_t all = whole - wanted;
    // Of an odd number one more in front, but behind for SAME_UPPER.
    const std::int64_t half = (all - (all < 0 && all % 2 != 0)) / 2;
    pads[i] = automatic == "SAME_UPPER" ? half : all - half;
    pads[axes + i] = all - pads[i];
  }
  return pads;
}

Symbol read_deconvolution(const ImportNode& n) {
  DeconvolutionOptions o;
  const Shape weight = weight_shape(n);
  read_window(n, weight, o);
  o.num_filter = weight[1] * o.num_group;
  const auto axes = static_cast<std::size_t>(o.kernel.ndim());
  const Ints pads = pads_of_transpose(n, o);
  for (const std::int64_t pad : pads) {
    n.expect(std::abs(pad) < (std::int64_t{1} << 48), "pads: got ", pad);
  }
  o.adj = shape_of_ints(n, "output_padding", axes, 0);
  // What is cut off on both sides is a pad, what is cut off on one more is a slice; a pad below 0
  // behind is an adj.
  const Composer c(n);
  Ints front(axes, 0), behind(axes, 0);
  o.pad = Shape::filled(o.kernel.ndim(), 0);
  for (std::size_t i = 0; i < axes; ++i) {
    const int axis = static_cast<int>(i);
    o.adj[axis] -= std::min<std::int64_t>(pads[axes + i], 0);
    const std::int64_t last = std::max<std::int64_t>(pads[axes + i], 0);
    o.pad[axis] = std::min(pads[i], last);
    front[i] = pads[i] - o.pad[axis];
    behind[i] = last - o.pad[axis];
  }
  Symbol y = n.make("Deconvolution", o, read_operands(n, n.in()));
  for (std::size_t i = 0; i < axes; ++i) {
    if (front[i] == 0 && behind[i] == 0) continue;
    y = c.slice(y, static_cast<std::int64_t>(2 + i), front[i],
                behind[i] > 0 ? std::optional(-behind[i]) : std::nullopt);
  }
  return y;
}

// A convolution of each channel by itself that looks back: at zeros, or at what came before.
Symbols read_causal(const ImportNode& n) {
  const Composer c(n);
  const Shape data = n.shape(0), weight = n.shape(1);
  n.expect(
      data.ndim() == 3 && weight.ndim() == 3 && weight.known() && weight[2] >= 1 && data[2] >= 0,
      "expected (N, C, L) and (C, 1, k) whose sizes follow from the file, got ", data, " and ",
      weight);
  const std::int64_t before = weight[2] - 1;
  Symbol x = n.in();
  if (n.has(3)) {
    x = c.concat({n.in(3), x}, 2);
  } else if (before > 0) {
    x = n.make("Pad", PadOptions{.pad_width = {0, 0, 0, 0, before, 0}}, {x});
  }
  const ConvolutionOptions o{
      .kernel = {weight[2]}, .num_filter = weight[0], .num_group = weight[0], .no_bias = !n.has(2)};
  Symbols in{x, n.in(1)};
  if (n.has(2)) in.push_back(n.in(2));
  Symbol y = n.make("Convolution", o, in);
  const std::string activation = n.text("activation", "none");
  n.expect(activation == "none" || activation == "silu" || activation == "swish",
           "activation: expected none, silu or swish, got ", activation);
  if (activation != "none") y = c.mul(y, c.of("sigmoid", y));
  return {y, c.slice(x, 2, data[2], {})};
}

const bool registered = translate([](Translations& t) {
  t.writes<ConvolutionOptions>("Convolution", write_convolution).reads("Conv", read_convolution);
  t.writes<DeconvolutionOptions>("Deconvolution", write_deconvolution);
  t.reads("ConvTranspose", read_deconvolution);
  t.reads("CausalConvWithState", read_causal);
});

}  // namespace
}  // namespace gluino::onnx
