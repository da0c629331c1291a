#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/movement/repeat.h>
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
  e.give(resized(e, "", sizes, "linear", o.align_corners ? "align_corners" : "half_pixel"));
}

Symbol read_nearest(const ImportNode& n, const std::vector<double>& scales) {
  n.expect(scales[2] == scales[3] && scales[2] >= 1 && scales[2] < 1e6 &&
               scales[2] == static_cast<double>(static_cast<std::int64_t>(scales[2])),
           "mode nearest makes images larger by a whole number only");
  // Larger by a whole number, each pixel becomes so many in these ways to round; in others not.
  const string coordinates = n.text("coordinate_transformation_mode", "half_pixel");
  const string rounding = n.text("nearest_mode", "round_prefer_floor");
  n.expect((coordinates == "asymmetric" && rounding == "floor") ||
               ((coordinates == "half_pixel" || coordinates == "pytorch_half_pixel") &&
                rounding.starts_with("round_prefer")),
           "coordinate_transformation_mode ", coordinates, " with nearest_mode ", rounding,
           " is not read");
  return n.make("UpSampling", UpSamplingOptions{.scale = static_cast<std::int64_t>(scales[2])},
                {n.in()});
}

Symbol read_linear(const ImportNode& n, const std::vector<double>& scales, const Shape& shape) {
  const string coordinates = n.text("coordinate_transformation_mode", "half_pixel");
  n.expect(coordinates == "align_corners" || coordinates == "half_pixel" ||
               coordinates == "pytorch_half_pixel",
           "coordinate_transformation_mode ", coordinates, " is not read");
  n.pass_over({"nearest_mode"});
  n.expect(shape[2] > 0 && shape[3] > 0, "the size of the images must follow from the file");
  BilinearResize2DOptions o{.align_corners = coordinates == "align_corners"};
  const auto size = [&](int axis) {
    const double wanted =
        scales[static_cast<std::size_t>(axis)] * static_cast<double>(shape[axis]) + 1e-4;
    n.expect(wanted >= 1 && wanted < 1e6, "an image of ", wanted, " pixels");
    const auto whole = static_cast<std::int64_t>(wanted);
    // Else ONNX and MXNet place the pixels by other scales.
    n.expect(wanted - static_cast<double>(whole) < 1e-3, "expected a whole number of pixels, got ",
             wanted - 1e-4);
    n.expect(coordinates != "pytorch_half_pixel" || whole > 1,
             "coordinate_transformation_mode pytorch_half_pixel of one pixel is not read");
    return whole;
  };
  o.height = size(2);
  o.width = size(3);
  return n.make("_contrib_BilinearResize2D", o, {n.in()});
}

Symbol read_resize(const ImportNode& n) {
  const string mode = n.text("mode", "nearest");
  n.expect(n.integer("antialias", 0) == 0, "antialias is not read");
  n.expect(n.text("keep_aspect_ratio_policy", "stretch") == "stretch",
           "keep_aspect_ratio_policy: only stretch is read");
  n.expect(!n.has("axes"), "axes are not read: expected all four of images");
  // Only mode cubic, and coordinates that are refused, know these; and input 1, a part to cut out.
  n.pass_over({"cubic_coeff_a", "exclude_outside", "extrapolation_value"});
  n.has(1);
  const Shape shape = n.shape();
  n.expect(shape.ndim() == 4, "expected images (N, C, H, W), got ", shape);
  std::vector<double> scales;
  if (n.has(3)) {
    const auto to = n.sizes(3);
    const auto from = n.data_sizes();
    for (std::size_t i = 0; i < 4 && to.size() == 4; ++i) {
      const bool same = to[i].first == from[i].first && to[i].second == from[i].second;
      n.expect(same || from[i].first > 0, "an axis of no elements");
      scales.push_back(
          same ? 1 : static_cast<double>(to[i].first) / static_cast<double>(from[i].first));
    }
  } else {
    scales = n.constant(2).to_vector<double>();
  }
  n.expect(scales.size() == 4 && scales[0] == 1 && scales[1] == 1,
           "expected the rows and columns of images in another size");
  if (mode == "nearest") return read_nearest(n, scales);
  n.expect(mode == "linear", "mode ", mode, " is not read");
  return read_linear(n, scales, shape);
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
  t.writes<UpSamplingOptions>("UpSampling", write_up_sampling).reads("Resize", read_resize);
  t.writes<BilinearResize2DOptions>("_contrib_BilinearResize2D", write_bilinear);
  t.writes<AdaptiveAvgPooling2DOptions>("_contrib_AdaptiveAvgPooling2D", write_adaptive);
});

}  // namespace
}  // namespace gluino::onnx
