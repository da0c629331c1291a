#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/vision/transformer.h>
#include <gluino/ops/vision/windows.h>

// Images that are moved, and parts of them: written.
namespace gluino::onnx {
namespace {

// (x, y, ...) of all pixels, as rows: each from -1 to 1, or counted.
std::vector<double> places(std::int64_t height, std::int64_t width, bool counted) {
  std::vector<double> rows;
  for (const bool is_x : {true, false}) {
    for (std::int64_t pixel = 0; pixel < height * width; ++pixel) {
      const auto at = static_cast<double>(is_x ? pixel % width : pixel / width);
      rows.push_back(counted ? at : 2 * at / static_cast<double>((is_x ? width : height) - 1) - 1);
    }
  }
  return rows;
}

// The places (N, 2, height, width) to which matrices (N, 6) bring the pixels of an image.
std::string affine(ExportNode& e, const std::string& matrices, const Shape& target, DType dtype) {
  e.expect(target.ndim() == 2, "target_shape ", target);
  const std::int64_t height = target[0], width = target[1];
  std::vector<double> rows = places(height, width, false);
  rows.insert(rows.end(), static_cast<std::size_t>(height * width), 1.0);
  const NDArray all = nd::from(rows, {3, height * width}, cpu()).astype(dtype);
  const std::string moved = e.add("MatMul", {e.reshape(matrices, {-1, 2, 3}), e.tensor(all)});
  return e.reshape(moved, {0, 2, height, width});
}

void write_grid(ExportNode& e, const GridGeneratorOptions& o) {
  if (o.transform_type == "affine") return e.give(affine(e, e.in(), o.target_shape, e.dtype()));
  // Pixels, moved so far, as places.
  const std::int64_t height = e.size(0, 2), width = e.size(0, 3);
  const NDArray pixels = nd::from(places(height, width, true), {1, 2, height, width}, cpu());
  const std::vector<double> steps{2.0 / static_cast<double>(width - 1),
                                  2.0 / static_cast<double>(height - 1)};
  const std::string at = e.add("Add", {e.in(), e.tensor(pixels.astype(e.dtype()))});
  const std::string factor = e.tensor(nd::from(steps, {2, 1, 1}, cpu()).astype(e.dtype()));
  e.give(e.add("Sub", {e.add("Mul", {at, factor}), e.number(1)}));
}

std::string sampled(ExportNode& e, const std::string& grid) {
  e.expect(e.opset() >= 16, "needs operator set 16");
  return e.add("GridSample", {e.in(), e.transpose(grid, {0, 2, 3, 1})},
               {{"align_corners", std::int64_t{1}},
                {"mode", std::string(e.opset() < 20 ? "bilinear" : "linear")}});
}

// The size is told, or that of other images; the part in the middle, or from an offset on.
void write_crop(ExportNode& e, const CropOptions& o) {
  Ints begin, end;
  for (const int axis : {0, 1}) {
    const std::int64_t size = e.num_inputs() > 1 ? e.size(1, 2 + axis) : o.h_w[axis];
    begin.push_back(o.center_crop ? (e.size(0, 2 + axis) - size) / 2 : o.offset[axis]);
    end.push_back(begin.back() + size);
  }
  e.give(e.slice(e.in(), begin, end, {2, 3}));
}

const bool registered = translate([](Translations& t) {
  t.writes<NoOptions>("BilinearSampler",
                      [](ExportNode& e, const NoOptions& /*o*/) { e.give(sampled(e, e.in(1))); });
  t.writes<GridGeneratorOptions>("GridGenerator", write_grid);
  t.writes<SpatialTransformerOptions>(
      "SpatialTransformer", [](ExportNode& e, const SpatialTransformerOptions& o) {
        e.give(sampled(e, affine(e, e.in(1), o.target_shape, e.dtype())));
      });
  t.writes<CropOptions>("Crop", write_crop);
});

}  // namespace
}  // namespace gluino::onnx
