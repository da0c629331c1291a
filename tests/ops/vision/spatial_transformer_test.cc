#include "ops/support.h"

namespace gluino {
namespace {

// A place just before a pixel, which half precision has not.
TEST(SpatialTransformer, HasInHalfPrecisionTheGradientOfItsPlaces) {
  constexpr double kBefore = 0.25 - 0x1p-13;
  for (const DType dtype : {float64, float32, float16}) {
    const NDArray images = nd::array({0, 0, 0, 1, 5}, dtype).reshape({1, 1, 1, 5});
    const NDArray loc = nd::array({0.25, 0, kBefore, 0, 0, 0}, dtype).reshape({1, 6});
    loc.attach_grad();
    NDArray seen;
    {
      const auto recording = autograd::record();
      seen = nd::invoke("SpatialTransformer", {images, loc},
                        {{"target_shape", "(2, 2)"},
                         {"transform_type", "affine"},
                         {"sampler_type", "bilinear"}})[0];
    }
    seen.backward();
    EXPECT_EQ(loc.grad().to_vector<double>(), (std::vector<double>{4, 0, 4, 0, 0, 0})) << dtype;
  }
}

}  // namespace
}  // namespace gluino
