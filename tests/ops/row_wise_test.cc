// What operators say of the rows of a batch, held to: every sample in another order, and filled up
// with more rows.
#include <gluino/ops/core/data_inputs.h>

#include <cmath>
#include <set>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::describe;
using testing::inputs_of;

// The rows of an array that are named, as a new one.
NDArray rows_of(const NDArray& array, const std::vector<std::int64_t>& rows) {
  Shape shape = array.shape();
  shape[0] = static_cast<std::int64_t>(rows.size());
  const NDArray result(shape, array.dtype());
  const std::size_t bytes = array.bytes() / static_cast<std::size_t>(array.shape()[0]);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::memcpy(static_cast<char*>(result.data()) + i * bytes,
                static_cast<const char*>(array.data()) + static_cast<std::size_t>(rows[i]) * bytes,
                bytes);
  }
  return result;
}

void check_rows(const Op& op, const Sample& sample, const std::vector<std::int64_t>& rows) {
  SCOPED_TRACE(describe(op, sample));
  const void* options = sample.options.get();
  const auto inputs = inputs_of(sample, float32);
  const std::int64_t batch = inputs[0].shape()[0];
  const int num_data = num_data_of(op, options, static_cast<int>(inputs.size()));
  std::vector<NDArray> other;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const bool data = op.is_loss || static_cast<int>(i) < num_data;
    const bool has_rows = data && inputs[i].ndim() > 0 && inputs[i].shape()[0] == batch &&
                          (op.is_loss || inputs[i].ndim() == inputs[0].ndim());
    other.push_back(has_rows ? rows_of(inputs[i], rows) : inputs[i]);
  }
  const auto expected = apply_all(op, options, inputs);
  const auto got = apply_all(op, options, other);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(expected[i].shape()[0], batch);
    const NDArray wanted = rows_of(expected[i], rows);
    ASSERT_EQ(got[i].shape(), wanted.shape());
    const auto x = got[i].to_vector<double>();
    const auto y = wanted.to_vector<double>();
    // Kernels take another way from some number of rows on.
    for (std::size_t k = 0; k < x.size(); ++k) {
      ASSERT_NEAR(x[k], y[k], 1e-6 * std::max(1.0, std::abs(y[k]))) << "output " << i;
    }
  }
}

TEST(RowWise, RowsFollowFromThatRowAlone) {
  std::set<std::string> checked;
  for (const Op* op : Op::all()) {
    for (const Sample& sample : op->samples) {
      if (!op->row_wise || sample.inputs.empty()) continue;
      const Shape& data = sample.inputs[0].shape;
      if (data.ndim() == 0 || data[0] < 2 || data.size() == 0) continue;
      if (!op->row_wise(sample.options.get(), data)) continue;
      std::vector<std::int64_t> backwards, filled_up;
      for (std::int64_t row = 0; row < data[0]; ++row) {
        backwards.insert(backwards.begin(), row);
        filled_up.push_back(row);
      }
      filled_up.insert(filled_up.end(), 3, data[0] - 1);
      // Where the first size is inferred it must be the batch's, which a graph looks at.
      std::vector<NDArray> out = apply_all(*op, sample.options.get(), inputs_of(sample, float32));
      if (out[0].ndim() == 0 || out[0].shape()[0] != data[0]) continue;
      check_rows(*op, sample, backwards);
      check_rows(*op, sample, filled_up);
      checked.insert(op->name);
    }
  }
  EXPECT_GE(checked.size(), 60U);
  for (const char* name : {"FullyConnected", "Convolution", "Pooling", "Activation", "BatchNorm"}) {
    EXPECT_TRUE(checked.contains(name)) << name;
  }
}

}  // namespace
}  // namespace gluino
