#pragma once

#include <gluino/base/log.h>
#include <gluino/graph/sym.h>
#include <gluino/io/iterators/ndarray_iter.h>
#include <gluino/module/callback.h>
#include <gluino/module/feed_forward.h>
#include <gluino/module/module.h>

#include <filesystem>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "gluon/support.h"

namespace gluino::testing {

/// Takes the log while it lives. What no two runs have in common, speeds and times, becomes "*".
class LogLines {
 public:
  LogLines() {
    before_ = set_logger([this](const std::string& line) { lines_.push_back(line); });
  }
  LogLines(const LogLines&) = delete;
  LogLines& operator=(const LogLines&) = delete;
  ~LogLines() { set_logger(before_); }

  std::vector<std::string> take() {
    for (std::string& line : lines_) {
      line = std::regex_replace(line, std::regex("Speed: [0-9]+\\.[0-9]{2} "), "Speed: * ");
      line = std::regex_replace(line, std::regex("cost=[0-9]+\\.[0-9]{3}$"), "cost=*");
    }
    return std::exchange(lines_, {});
  }

 private:
  std::vector<std::string> lines_;
  Logger before_;
};

/// A folder that is gone at the end of the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = ::testing::TempDir() + "gluino_XXXXXX";
    check(mkdtemp(path.data()) != nullptr, "no temporary folder");
    path_ = path;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// 4 -> 3 tanh -> 2 classes.
inline Symbol small_net() {
  const Symbol fc1 = sym::FullyConnected(sym::var("data"), {.num_hidden = 3}, "fc1");
  const Symbol tanh1 = sym::Activation(fc1, {.act_type = "tanh"}, "tanh1");
  const Symbol fc2 = sym::FullyConnected(tanh1, {.num_hidden = 2}, "fc2");
  return sym::SoftmaxOutput(fc2, {}, "softmax");
}

/// The same with a BatchNorm, which has auxiliary states.
inline Symbol net_with_states() {
  const Symbol fc1 = sym::FullyConnected(sym::var("data"), {.num_hidden = 3}, "fc1");
  const Symbol bn = sym::BatchNorm(fc1, {.fix_gamma = false}, "bn");
  return sym::SoftmaxOutput(bn, {}, "softmax");
}

/// Ten samples of two classes in turn.
inline NDArray ten_samples() { return pattern({10, 4}, 0); }
inline NDArray ten_labels() { return nd::array({0, 1, 0, 1, 0, 1, 0, 1, 0, 1}); }

inline io::NDArrayIter ten_in_fours(const std::string& last_batch_handle = "pad") {
  return {ten_samples(), ten_labels(), {.batch_size = 4, .last_batch_handle = last_batch_handle}};
}

inline void expect_params(const ArrayMap& params,
                          const std::map<std::string, std::vector<double>>& expected,
                          double tolerance = 1e-6) {
  ASSERT_EQ(params.size(), expected.size());
  for (const auto& [name, values] : expected) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(params.contains(name));
    expect_near(params.at(name), values, tolerance);
  }
}

inline void expect_same_bits(const ArrayMap& a, const ArrayMap& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, array] : a) {
    ASSERT_TRUE(b.contains(name)) << name;
    EXPECT_EQ(array.to_vector<float>(), b.at(name).to_vector<float>()) << name;
  }
}

}  // namespace gluino::testing
