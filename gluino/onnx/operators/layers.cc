#include <gluino/onnx/operators/layouts.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/layers/convolution.h>
#include <gluino/ops/layers/deconvolution.h>
#include <gluino/ops/layers/per_axis.h>

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
  const Padded padded = read_pads(n, o.kernel, o.stride, o.dilate, 0);
  o.pad = padded.pad;
  return n.make("Convolution", o, read_operands(n, padded.data));
}

Symbol read_deconvolution(const ImportNode& n) {
  DeconvolutionOptions o;
  const Shape weight = weight_shape(n);
  read_window(n, weight, o);
  o.num_filter = weight[1] * o.num_group;
  const auto axes = static_cast<std::size_t>(o.kernel.ndim());
  const std::string automatic = n.text("auto_pad", "NOTSET");
  n.expect(!n.has("output_shape") && (automatic == "NOTSET" || automatic == "VALID"),
           "output_shape and auto_pad are not read");
  const Ints pads = n.ints("pads", Ints(2 * axes, 0));
  n.expect(pads.size() == 2 * axes, "pads: expected ", 2 * axes, " numbers, got ", pads.size());
  o.pad = Shape(std::span(pads).first(axes));
  o.adj = shape_of_ints(n, "output_padding", axes, 0);
  // A pad that is smaller behind is an adj.
  for (std::size_t i = 0; i < axes; ++i) {
    o.adj[static_cast<int>(i)] += pads[i] - pads[axes + i];
    n.expect(o.adj[static_cast<int>(i)] >= 0, "pads: more behind than in front is not read");
  }
  return n.make("Deconvolution", o, read_operands(n, n.in()));
}

const bool registered = translate([](Translations& t) {
  t.writes<ConvolutionOptions>("Convolution", write_convolution).reads("Conv", read_convolution);
  t.writes<DeconvolutionOptions>("Deconvolution", write_deconvolution);
  t.reads("ConvTranspose", read_deconvolution);
});

}  // namespace
}  // namespace gluino::onnx
