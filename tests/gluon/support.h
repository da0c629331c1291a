#pragma once

#include <gluino/gluino.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "error_message.h"

namespace gluino::testing {

/// ((37 i + 11 k) mod 101 - 50) / 32: numbers that are the same in the reference's Python.
inline NDArray pattern(const Shape& shape, int k) {
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>((static_cast<int>(i) * 37 + 11 * k) % 101 - 50) / 32;
  }
  return nd::from(values, shape);
}

inline void expect_near(const NDArray& got, const std::vector<double>& expected,
                        double tolerance = 2e-6) {
  const auto values = got.to_vector<double>();
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(values[i], expected[i], tolerance * (1 + std::abs(expected[i]))) << "element " << i;
  }
}

/// The tutorials' networks.
inline gluon::nn::HybridSequential lenet() {
  namespace nn = gluon::nn;
  nn::HybridSequential net("LeNet_");
  const auto scope = net.name_scope();
  net.add(nn::Conv2D({.channels = 20, .kernel_size = {5, 5}, .activation = "tanh"}),
          nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}),
          nn::Conv2D({.channels = 50, .kernel_size = {5, 5}, .activation = "tanh"}),
          nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}), nn::Flatten(),
          nn::Dense({.units = 500, .activation = "tanh"}), nn::Dense({.units = 10}));
  return net;
}

inline gluon::nn::HybridSequential mlp() {
  namespace nn = gluon::nn;
  nn::HybridSequential net("MLP_");
  const auto scope = net.name_scope();
  net.add(nn::Flatten(), nn::Dense({.units = 128, .activation = "relu"}),
          nn::Dense({.units = 64, .activation = "relu"}), nn::Dense({.units = 10}));
  return net;
}

/// A file that is gone at the end of the test.
class TemporaryFile {
 public:
  TemporaryFile() {
    std::string path = ::testing::TempDir() + "gluino_XXXXXX";
    const int file = mkstemp(path.data());
    check(file >= 0, "no temporary file");
    close(file);
    path_ = path;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace gluino::testing
