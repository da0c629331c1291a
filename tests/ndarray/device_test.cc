#include <gluino/base/error.h>
#include <gluino/ndarray/device.h>
#include <gtest/gtest.h>

#include <vector>

namespace gluino {
namespace {

TEST(Device, TheProcessorCopiesAndFills) {
  const DeviceMemory& memory = device_memory(Device::cpu);
  auto* const x = static_cast<float*>(memory.allocate(4 * sizeof(float), cpu()));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(x) % 64, 0U);
  memory.fill(x, float32, 4, 2.5);
  std::vector<float> y(4);
  copy_bytes(y.data(), cpu(1), x, cpu(0), 4 * sizeof(float));
  EXPECT_EQ(y, std::vector<float>(4, 2.5F));
  copy_bytes(nullptr, cpu(), nullptr, cpu(), 0);
  memory.release(x, cpu());
}

TEST(Device, WhatTheBuildLacksIsTold) {
  EXPECT_THROW(device_memory(Device::gpu), Error);
  std::vector<float> x(1);
  EXPECT_THROW(copy_bytes(x.data(), cpu(), x.data(), gpu(), sizeof(float)), Error);
}

}  // namespace
}  // namespace gluino
