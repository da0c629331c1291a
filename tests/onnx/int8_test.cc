// Frozen networks of bytes, written as numbers between QuantizeLinear and DequantizeLinear.
#include <gtest/gtest.h>

#include "onnx/run_model.h"

namespace gluino {
namespace {

using namespace gluon;

// A network whose layers are of all kinds, in bytes.
FrozenGraph bytes_of(nn::HybridSequential& net, const NDArray& images) {
  random::seed(4);
  net.initialize(init::Xavier());
  return quantize(net.freeze(images), {{images}});
}

void expect_near(const NDArray& images, nn::HybridSequential& net) {
  const FrozenGraph bytes = bytes_of(net, images);
  const NDArray expected = bytes(images);
  Shape shape = images.shape();
  shape[0] = -1;
  const std::string file =
      onnx::export_bytes(bytes.symbol(), bytes.params(), {{bytes.inputs()[0], shape}});
  const auto got = testing::run_model(onnx::import_bytes(file), {{bytes.inputs()[0], images}});
  ASSERT_EQ(got.at(0).shape(), expected.shape());
  // Sums of floats may lie on the other side of the middle between two bytes.
  const auto x = got[0].to_vector<double>(), y = expected.to_vector<double>();
  double largest = 0;
  for (const double value : y) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(x[i], y[i], 0.01 * largest);
}

TEST(Int8, ConvolutionsAndFullyConnectedLayers) {
  nn::HybridSequential net;
  net.add(nn::Conv2D({.channels = 20, .kernel_size = {5, 5}, .activation = "relu"}),
          nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}),
          nn::Conv2D({.channels = 24, .kernel_size = {3, 3}, .padding = {1, 1}}), nn::BatchNorm(),
          nn::Activation("tanh"), nn::Flatten(), nn::Dense({.units = 32, .activation = "relu"}),
          nn::Dense({.units = 10}));
  expect_near(nd::random::uniform({.low = -1, .shape = {8, 1, 28, 28}}), net);
}

TEST(Int8, Perceptrons) {
  nn::HybridSequential net;
  net.add(nn::Dense({.units = 64, .activation = "relu"}), nn::Dense({.units = 10}));
  expect_near(nd::random::uniform({.low = -1, .shape = {8, 50}}), net);
}

// MXNet's bytes by ranges: there, to bytes of int32 and back, with a range that is told or found.
TEST(Int8, BytesByRanges) {
  random::seed(5);
  const NDArray x = nd::random::uniform({.low = -2, .high = 1, .shape = {5, 7}});
  const NDArray sums = (x * 1e8).astype(int32);
  const auto end = [](double value) { return nd::full({1}, value, float32); };
  for (const char* type : {"int8", "uint8"}) {
    for (const bool told : {false, true}) {
      gluino::Attributes range{{"out_type", type}};
      if (told) range.insert({{"min_calib_range", "-0.5"}, {"max_calib_range", "0.75"}});
      const Symbol bytes = sym::invoke("_contrib_quantize_v2", {sym::var("x")}, range);
      const Symbol again = sym::invoke(
          "_contrib_requantize", {sym::var("sums"), sym::var("least"), sym::var("most")}, range);
      const Symbol back = sym::invoke("_contrib_dequantize", {bytes[0], bytes[1], bytes[2]}, {});
      const Symbol all = sym::Group({bytes, again, back});
      const ArrayMap inputs{{"x", x}, {"sums", sums}, {"least", end(-30)}, {"most", end(20)}};
      Shapes shapes;
      for (const auto& [name, array] : inputs) shapes[name] = array.shape();
      const std::string file = onnx::export_bytes(all, {}, shapes, {.dtypes = {{"sums", int32}}});
      testing::expect_same(testing::run_model(onnx::import_bytes(file), inputs), all.eval(inputs),
                           1e-6);
    }
  }
}

}  // namespace
}  // namespace gluino
