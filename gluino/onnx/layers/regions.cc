#include <gluino/ndarray/creation.h>
#include <gluino/onnx/layers/layouts.h>
#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/vision/deformable.h>
#include <gluino/ops/vision/regions.h>
#include <gluino/ops/vision/windows.h>

// Regions of images, taps that are moved, and columns of windows.
namespace gluino::onnx {
namespace {

Symbol read_roi_align(const ImportNode& n) {
  const Composer c(n);
  n.expect(n.text("mode", "avg") == "avg",
           "mode: expected avg; the maximum of ONNX' weighed corners has no form here");
  const std::string pixels =
      n.text("coordinate_transformation_mode", n.opset() < 16 ? "output_half_pixel" : "half_pixel");
  n.expect(pixels == "half_pixel" || pixels == "output_half_pixel",
           "coordinate_transformation_mode: expected half_pixel or output_half_pixel, got ",
           pixels);
  const std::int64_t ratio = n.integer("sampling_ratio", 0);
  n.expect(ratio >= 0 && ratio <= 1024, "sampling_ratio: expected 0 to 1024, got ", ratio);
  const Symbol image = c.unsqueeze(c.cast(n.in(2), n.dtype(1)), 1);
  const RoiAlignOptions o{
      .pooled_size = {n.integer("output_height", 1), n.integer("output_width", 1)},
      .spatial_scale = n.real("spatial_scale", 1),
      .sample_ratio = ratio == 0 ? -1 : static_cast<int>(ratio),
      .aligned = pixels == "half_pixel"};
  return n.make("_contrib_ROIAlign", o, {n.in(0), c.concat({image, n.in(1)}, 1)});
}

void write_roi_align(ExportNode& e, const RoiAlignOptions& o) {
  e.expect(!o.position_sensitive, "position_sensitive");
  e.expect(o.aligned || e.opset() >= 16, "places of pixels' corners need operator set 16");
  e.expect(!o.aligned || e.opset() >= 16, "aligned needs operator set 16");
  const std::string image = e.cast(e.squeeze(e.slice(e.in(1), {0}, {1}, {1}), {1}), int64);
  const std::string boxes = e.slice(e.in(1), {1}, {5}, {1});
  e.give(e.add("RoiAlign", {e.in(0), boxes, image},
               {{"output_height", o.pooled_size[0]},
                {"output_width", o.pooled_size[1]},
                {"sampling_ratio", std::int64_t{std::max(o.sample_ratio, 0)}},
                {"spatial_scale", static_cast<float>(o.spatial_scale)},
                {"coordinate_transformation_mode",
                 std::string(o.aligned ? "half_pixel" : "output_half_pixel")}}));
}

Symbol read_max_roi_pool(const ImportNode& n) {
  const Ints size = n.ints("pooled_shape");
  n.expect(size.size() == 2, "pooled_shape: expected 2 numbers, got ", size.size());
  const RoiPoolingOptions o{.pooled_size = Shape(std::span(size)),
                            .spatial_scale = n.real("spatial_scale", 1)};
  return n.make("ROIPooling", o, {n.in(0), n.in(1)});
}

void write_roi_pooling(ExportNode& e, const RoiPoolingOptions& o) {
  e.give(e.add("MaxRoiPool", {e.in(0), e.in(1)},
               {{"pooled_shape", Ints(o.pooled_size.begin(), o.pooled_size.end())},
                {"spatial_scale", static_cast<float>(o.spatial_scale)}}));
}

// A mask of ones has nothing all around the image, as ONNX has it without one.
Symbol read_deformable(const ImportNode& n) {
  const Shape weight = n.shape(1), moved = n.shape(2);
  n.expect(weight.ndim() == 4 && weight.known(), "weight: expected 4 known sizes, got ", weight);
  const Ints kernel(weight.begin() + 2, weight.end());
  n.expect(n.ints("kernel_shape", kernel) == kernel, "kernel_shape: the weight is ", weight);
  const Ints stride = n.ints("strides", {1, 1}), dilate = n.ints("dilations", {1, 1});
  n.expect(stride.size() == 2 && dilate.size() == 2, "strides and dilations: expected 2 numbers");
  ModulatedDeformableConvolutionOptions o{.kernel = Shape(std::span(kernel)),
                                          .stride = Shape(std::span(stride)),
                                          .dilate = Shape(std::span(dilate)),
                                          .num_filter = weight[0],
                                          .num_group = n.integer("group", 1),
                                          .num_deformable_group = n.integer("offset_group", 1),
                                          .no_bias = !n.has(3)};
  const Padded padded = read_pads(n, n.in(0), o.kernel, o.stride, o.dilate, 0);
  o.pad = padded.pad;
  Symbols in{padded.data, n.in(2)};
  if (n.has(4)) {
    in.push_back(n.in(4));
  } else {
    const Composer c(n);
    n.expect(moved.ndim() == 4 && moved[1] > 0, "offset: expected 4 axes, got ", moved);
    in.push_back(n.make("ones_like", {c.slice(n.in(2), 1, 0, moved[1] / 2)}));
  }
  in.push_back(n.in(1));
  if (n.has(3)) in.push_back(n.in(3));
  return n.make("_contrib_ModulatedDeformableConvolution", o, in);
}

void write_deformable(ExportNode& e, const ModulatedDeformableConvolutionOptions& o) {
  e.expect(e.opset() >= 19, "needs operator set 19");
  const auto numbers = [](const Shape& given, std::int64_t otherwise) {
    return given.empty() ? Ints(2, otherwise) : Ints(given.begin(), given.end());
  };
  Ints pads = numbers(o.pad, 0);
  pads.insert(pads.end(), {pads[0], pads[1]});
  e.give(e.add("DeformConv",
               {e.in(0), e.in(3), e.in(1), o.no_bias ? std::string() : e.in(4), e.in(2)},
               {{"kernel_shape", Ints(o.kernel.begin(), o.kernel.end())},
                {"strides", numbers(o.stride, 1)},
                {"dilations", numbers(o.dilate, 1)},
                {"pads", pads},
                {"group", o.num_group},
                {"offset_group", o.num_deformable_group}}));
}

// Images with their padding, which is cut off afterwards: it may differ between the sides.
Symbol read_columns(const ImportNode& n) {
  const Composer c(n);
  const Ints image = n.ints(1), kernel = n.ints(2);
  n.expect(image.size() == 2 && kernel.size() == 2,
           "expected images of 2 axes, got image_shape and block_shape of ", image.size(), " and ",
           kernel.size());
  const Ints pads = n.ints("pads", Ints(4, 0));
  const Ints stride = n.ints("strides", {1, 1}), dilate = n.ints("dilations", {1, 1});
  n.expect(pads.size() == 4 && stride.size() == 2 && dilate.size() == 2,
           "pads, strides and dilations: expected 4, 2 and 2 numbers");
  for (const std::int64_t pad : pads) n.expect(pad >= 0 && pad < (1 << 24), "pads: got ", pad);
  for (const std::int64_t size : image) {
    n.expect(size >= 0 && size < (1 << 24), "image_shape: got ", size);
  }
  const Col2imOptions o{.output_size = {image[0] + pads[0] + pads[2], image[1] + pads[1] + pads[3]},
                        .kernel = Shape(std::span(kernel)),
                        .stride = Shape(std::span(stride)),
                        .dilate = Shape(std::span(dilate))};
  Symbol y = n.make("col2im", o, {n.in()});
  for (const int axis : {0, 1}) {
    const std::int64_t front = pads[static_cast<std::size_t>(axis)];
    if (front == 0 && pads[static_cast<std::size_t>(2 + axis)] == 0) continue;
    y = c.slice(y, 2 + axis, front, front + image[static_cast<std::size_t>(axis)]);
  }
  return y;
}

void write_columns(ExportNode& e, const Col2imOptions& o) {
  e.expect(e.opset() >= 18, "needs operator set 18");
  const auto numbers = [&](const Shape& given, std::int64_t otherwise) {
    return given.empty() ? Ints(2, otherwise) : Ints(given.begin(), given.end());
  };
  Ints pads = numbers(o.pad, 0);
  pads.insert(pads.end(), {pads[0], pads[1]});
  e.give(e.add(
      "Col2Im",
      {e.in(), e.ints(Ints(o.output_size.begin(), o.output_size.end())),
       e.ints(Ints(o.kernel.begin(), o.kernel.end()))},
      {{"strides", numbers(o.stride, 1)}, {"dilations", numbers(o.dilate, 1)}, {"pads", pads}}));
}

const bool registered = translate([](Translations& t) {
  t.writes<RoiAlignOptions>("_contrib_ROIAlign", write_roi_align);
  t.writes<RoiPoolingOptions>("ROIPooling", write_roi_pooling);
  t.writes<ModulatedDeformableConvolutionOptions>("_contrib_ModulatedDeformableConvolution",
                                                  write_deformable);
  t.writes<Col2imOptions>("col2im", write_columns);
  t.reads("RoiAlign", read_roi_align).reads("MaxRoiPool", read_max_roi_pool);
  t.reads("DeformConv", read_deformable).reads("Col2Im", read_columns);
});

}  // namespace
}  // namespace gluino::onnx
