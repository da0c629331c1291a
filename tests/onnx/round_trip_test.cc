// Every sample of every operator that has a form in ONNX, written, read again and run: the same
// numbers as the operator's own.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "onnx/sample_graph.h"

namespace gluino {
namespace {

using testing::describe;
using testing::graph_of;
using testing::SampleGraph;
using testing::shapes_of;

// To 1e-6 of the largest magnitude among them.
void expect_same(const std::vector<NDArray>& got, const std::vector<NDArray>& expected) {
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
        ASSERT_NEAR(x[k], y[k], 1e-6 * largest) << "output " << i << ", element " << k;
      }
    }
  }
}

std::vector<NDArray> run(const onnx::ImportedModel& model, const ArrayMap& inputs) {
  ArrayMap all = model.arg_params;
  all.insert(model.aux_params.begin(), model.aux_params.end());
  const auto names = model.symbol.list_inputs();
  for (const auto& [name, array] : inputs) {
    if (std::find(names.begin(), names.end(), name) != names.end()) all[name] = array;
  }
  return model.symbol.eval(all);
}

bool is_written(const Op& op) {
  const auto names = onnx::written_operators();
  return std::find(names.begin(), names.end(), op.name) != names.end();
}

// The file's bytes, or nothing where ONNX has no form of just these options.
std::optional<std::string> written(const SampleGraph& graph, const Shapes& shapes, int opset) {
  try {
    return onnx::export_bytes(graph.symbol, graph.parameters, shapes, {.opset = opset});
  } catch (const Error& error) {
    if (std::string(error.what()).find("no form in ONNX") == std::string::npos) throw;
    return std::nullopt;
  }
}

class RoundTrip : public ::testing::TestWithParam<int> {};

TEST_P(RoundTrip, GivesTheNumbersOfEverySample) {
  int tried = 0, passed = 0;
  for (const Op* op : Op::all()) {
    if (!is_written(*op)) continue;
    int of_operator = 0;
    for (const Sample& sample : op->samples) {
      SCOPED_TRACE(describe(*op, sample));
      const SampleGraph graph = graph_of(*op, sample);
      ++tried;
      const auto bytes = written(graph, shapes_of(graph.inputs), GetParam());
      if (!bytes) continue;
      ++passed;
      ++of_operator;
      try {
        expect_same(run(onnx::import_bytes(*bytes), graph.inputs), graph.expected);
      } catch (const Error& error) {
        ADD_FAILURE() << error.what();
      }
    }
    EXPECT_TRUE(of_operator > 0 || op->samples.empty()) << op->name << " has no sample with a form";
  }
  // Nearly all: what is refused are options, such as a mask of topk.
  EXPECT_GT(passed, tried * 9 / 10) << passed << " of " << tried;
}

INSTANTIATE_TEST_SUITE_P(Opsets, RoundTrip, ::testing::Values(13, 17, 18, 21));

// The first axis of what the network is given is told when it runs.
TEST(RoundTrip, OfSamplesWithABatchThatIsNotKnown) {
  int passed = 0;
  for (const Op* op : Op::all()) {
    if (!is_written(*op)) continue;
    for (const Sample& sample : op->samples) {
      SCOPED_TRACE(describe(*op, sample));
      const SampleGraph graph = graph_of(*op, sample);
      Shapes shapes = shapes_of(graph.inputs);
      bool suits = !shapes.empty();
      for (auto& [name, shape] : shapes) {
        suits = suits && shape.ndim() > 0 && shape.size() > 0;
        if (suits) shape[0] = -1;
      }
      if (!suits) continue;
      std::optional<std::string> bytes;
      try {
        bytes = written(graph, shapes, 17);
      } catch (const Error&) {
        continue;  // Where the operator itself depends on the size.
      }
      if (!bytes) continue;
      try {
        expect_same(run(onnx::import_bytes(*bytes), graph.inputs), graph.expected);
        ++passed;
      } catch (const Error& error) {
        // Some need sizes that only a run knows: that is told.
        EXPECT_NE(std::string(error.what()).find("buffer"), std::string::npos) << error.what();
      }
    }
  }
  EXPECT_GT(passed, 200);
}

}  // namespace
}  // namespace gluino
