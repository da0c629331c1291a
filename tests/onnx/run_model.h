#pragma once

#include <gluino/gluino.h>
#include <gluino/onnx/onnx.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace gluino::testing {

/// What an imported network gives for inputs by name; those that it does not read are left out.
inline std::vector<NDArray> run_model(const onnx::ImportedModel& model, const ArrayMap& inputs) {
  ArrayMap all = model.arg_params;
  all.insert(model.aux_params.begin(), model.aux_params.end());
  const auto names = model.symbol.list_inputs();
  for (const auto& [name, array] : inputs) {
    if (std::find(names.begin(), names.end(), name) != names.end()) all[name] = array;
  }
  return model.symbol.eval(all);
}

/// The same shapes and types, and numbers as near as `tolerance` times the largest magnitude, at
/// least 1.
inline void expect_same(const std::vector<NDArray>& got, const std::vector<NDArray>& expected,
                        double tolerance) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].shape(), expected[i].shape()) << "output " << i;
    EXPECT_EQ(got[i].dtype(), expected[i].dtype()) << "output " << i;
    const auto x = got[i].to_vector<double>();
    const auto y = expected[i].to_vector<double>();
    double largest = 1;
    for (const double value : y) {
      if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
    }
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (!std::isfinite(y[k])) {
        EXPECT_EQ(str(x[k]), str(y[k])) << "output " << i << ", element " << k;
      } else {
        ASSERT_NEAR(x[k], y[k], tolerance * largest) << "output " << i << ", element " << k;
      }
    }
  }
}

}  // namespace gluino::testing
