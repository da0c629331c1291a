#include <gluino/ops/core/add_kernels.h>
#include <gmock/gmock.h>

#include "ops/support.h"

// Kernels of another device are added to a defined operator from that device's room.
namespace gluino {
namespace {

using testing::message_of;

void negate(const NoOptions& /*options*/, const Call& call) {
  for (std::int64_t i = 0; i < call.in[0].size(); ++i) {
    call.out[0].as<float>()[i] = -call.in[0].as<float>()[i];
  }
}

TEST(AddedKernels, StandBesideTheOthers) {
  const Op& op = Op::get("round");
  ASSERT_FALSE(op.kernels_for(Device::gpu).forward);
  add_kernels("round", Device::gpu, negate);
  const auto& kernels = op.kernels_for(Device::gpu);
  ASSERT_TRUE(kernels.forward);
  EXPECT_FALSE(kernels.backward);
  std::vector<float> x = {1.6F, 2}, y(2);
  const Tensor in{x.data(), {2}, float32}, out{y.data(), {2}, float32};
  const NoOptions options;
  kernels.forward(&options, {{&in, 1}, {&out, 1}, false, gpu(0)});
  EXPECT_EQ(y, (std::vector<float>{-1.6F, -2}));
  EXPECT_EQ(nd::round(nd::from(x)).to_vector<float>(), (std::vector<float>{2, 2}));
}

TEST(AddedKernels, OptionsOfAnotherTypeAreRefused) {
  EXPECT_THAT(message_of([] {
                add_kernels<ScalarOptions>("relu", Device::gpu,
                                           [](const ScalarOptions& /*o*/, const Call&) {});
              }),
              ::testing::HasSubstr("options of another type"));
}

}  // namespace
}  // namespace gluino
