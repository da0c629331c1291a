// Every sample of every operator that has a form in ONNX, written, read again and run: the same
// numbers as the operator's own.
#include <gtest/gtest.h>

#include <algorithm>

#include "onnx/run_model.h"
#include "onnx/sample_graph.h"

namespace gluino {
namespace {

using testing::describe;
using testing::expect_same;
using testing::graph_of;
using testing::run_model;
using testing::SampleGraph;
using testing::shapes_of;

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

constexpr int kNewest = 21;

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
        expect_same(run_model(onnx::import_bytes(*bytes), graph.inputs), graph.expected, 1e-6);
      } catch (const Error& error) {
        ADD_FAILURE() << error.what();
      }
    }
    // The newest set has a form of all.
    EXPECT_TRUE(of_operator > 0 || op->samples.empty() || GetParam() < kNewest)
        << op->name << " has no sample with a form";
  }
  // Nearly all: what is refused are options, such as a mask of topk.
  EXPECT_GT(passed, tried * 9 / 10) << passed << " of " << tried;
}

INSTANTIATE_TEST_SUITE_P(Opsets, RoundTrip, ::testing::Values(13, 17, 18, kNewest));

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
        // A size of 1 is one that operators look at.
        suits = suits && shape.ndim() > 0 && shape.size() > 0 && shape[0] != 1;
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
        expect_same(run_model(onnx::import_bytes(*bytes), graph.inputs), graph.expected, 1e-6);
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
