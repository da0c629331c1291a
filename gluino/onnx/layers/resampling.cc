#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/layers/up_sampling.h>
#include <gluino/ops/vision/resampling.h>

// Images in other sizes.
namespace gluino::onnx {
namespace {

using std::string;

string resized(ExportNode& e, const string& scales, const string& sizes, const char* mode,
               const char* coordinates) {
  Names inputs{e.in(), "", scales};
  if (!sizes.empty()) inputs.push_back(sizes);
  Attributes attributes{{"mode", string(mode)},
                        {"coordinate_transformation_mode", string(coordinates)}};
  if (string(mode) == "nearest") attributes["nearest_mode"] = string("floor");
  return e.add("Resize", std::move(inputs), std::move(attributes));
}

void write_up_sampling(ExportNode& e, const UpSamplingOptions& o) {
  e.expect(o.sample_type == "nearest", "sample_type ", o.sample_type);
  e.expect(e.num_inputs() == 1, "several inputs");
  const std::vector<float> scales{1, 1, static_cast<float>(o.scale), static_cast<float>(o.scale)};
  e.give(resized(e, e.tensor(nd::from(scales, {4}, cpu())), "", "nearest", "asymmetric"));
}

// The batch and the channels are as many as the data's, whatever these are.
void write_bilinear(ExportNode& e, const BilinearResize2DOptions& o) {
  const Shape& out = e.out_shape();
  e.expect(out[2] > 0 && out[3] > 0, "the size of the images must be known");
  const string first = e.slice(e.shape_of(e.in()), {0}, {2}, {0});
  const string sizes =
      e.add("Concat", {first, e.ints({out[2], out[3]})}, {{"axis", std::int64_t{0}}});
  e.give(resized(e, "", sizes, "linear", o.align_corners ? "align_corners" : "pytorch_half_pixel"));
}

// Windows of one size, where they divide the image.
void write_adaptive(ExportNode& e, const AdaptiveAvgPooling2DOptions& /*o*/) {
  const Shape& out = e.out_shape();
  if (out[2] == 1 && out[3] == 1) return e.give(e.add("GlobalAveragePool", {e.in()}));
  Ints kernel;
  for (const int axis : {2, 3}) {
    const std::int64_t size = e.size(0, axis);
    e.expect(size % out[axis] == 0, size, " pixels are not ", out[axis], " windows of one size");
    kernel.push_back(size / out[axis]);
  }
  e.give(e.add("AveragePool", {e.in()}, {{"kernel_shape", kernel}, {"strides", kernel}}));
}

const bool registered = translate([](Translations& t) {
  t.writes<UpSamplingOptions>("UpSampling", write_up_sampling);
  t.writes<BilinearResize2DOptions>("_contrib_BilinearResize2D", write_bilinear);
  t.writes<AdaptiveAvgPooling2DOptions>("_contrib_AdaptiveAvgPooling2D", write_adaptive);
});

}  // namespace
}  // namespace gluino::onnx
