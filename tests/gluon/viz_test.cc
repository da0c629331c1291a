#include <gluino/gluon/viz.h>

#include "gluon/support.h"

namespace gluino::viz {
namespace {

namespace nn = gluon::nn;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::message_of;
using ::testing::Not;

TEST(VizOfBlocks, DrawsTheGraphWithItsShapes) {
  auto net = testing::lenet();
  net.initialize();
  const std::string source = plot_network(net, {1, 1, 28, 28}).source();
  EXPECT_THAT(source, AllOf(HasSubstr(R"([label="Convolution\n5x5/1x1, 20")"),
                            HasSubstr(R"([label="Pooling\nmax, 2x2/2x2")"),
                            HasSubstr(R"([label="FullyConnected\n500")"),
                            HasSubstr(R"(-> "data" [label="1x28x28")"),
                            HasSubstr(R"([label="20x24x24")"), Not(HasSubstr("_weight"))));
}

TEST(VizOfBlocks, TheTableCountsEveryParameter) {
  auto net = testing::lenet();
  net.initialize();
  const std::string table = summary(net, {1, 1, 28, 28});
  EXPECT_THAT(table, HasSubstr("Total params: 431080\n"));
  EXPECT_THAT(table, HasSubstr("LeNet_conv0_fwd(Convolution)"));
}

// x * table + 1: the table is an array that is no parameter.
class Scaled : public gluon::HybridBlock {
 public:
  NDArray forward(const NDArray& x) override { return x * table_ + 1.0; }

 private:
  NDArray table_ = nd::ones({2, 3});
};

TEST(VizOfBlocks, ConstantsAreDrawn) {
  Scaled block;
  EXPECT_THAT(plot_network(block, {2, 3}).source(), HasSubstr("-> \"constant0\" [label=\"3\""));
}

TEST(VizOfBlocks, WrongShapesAreToldByTheLayer) {
  auto net = testing::lenet();
  net.initialize();
  EXPECT_THAT(message_of([&] { plot_network(net, {1, 784}); }), HasSubstr("conv0"));
  EXPECT_THAT(message_of([] {
                auto fresh = testing::mlp();
                summary(fresh, {1, 784});
              }),
              HasSubstr("initialize"));
}

}  // namespace
}  // namespace gluino::viz
