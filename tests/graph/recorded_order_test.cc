// A traced graph uses states and random numbers in the order in which the block did, which need not
// be that of a walk through the graph.
#include <gluino/graph/passes/passes.h>
#include <gluino/graph/run/plan.h>
#include <gluino/graph/symbol/indexed_graph.h>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::same_bits;

// Draws first for what it adds last, and normalises in the other order than it adds.
class Crossed : public gluon::HybridBlock {
 public:
  NDArray forward(const NDArray& x) override {
    const NDArray late = ops::Dropout(x * 2, {.p = 0.5});
    const NDArray early = ops::Dropout(x, {.p = 0.3});
    const NDArray second = (*norm_)(late);
    const NDArray first = (*norm_)(early * 3);
    return ops::broadcast_add(first, second) * (x + early);
  }

 private:
  gluon::Child<gluon::nn::BatchNorm> norm_ = child<gluon::nn::BatchNorm>("norm");
};

struct Results {
  NDArray output, gradient, moving_mean;
};

Results run(bool hybridized, bool passes) {
  const bool before = std::exchange(graph::passes_enabled(), passes);
  Crossed block;
  block.initialize();
  const NDArray x = nd::arange(24).reshape({4, 6}).copy();
  block(x);
  block.hybridize(hybridized);
  random::seed(7);
  x.attach_grad();
  Results results;
  for (int step = 0; step < 3; ++step) {
    const auto recording = autograd::record();
    results.output = block(x);
    results.output.backward();
  }
  results.gradient = x.grad();
  for (const auto& parameter : block.collect_params(".*running_mean|.*moving_mean")) {
    results.moving_mean = parameter.data();
  }
  graph::passes_enabled() = before;
  return results;
}

TEST(RecordedOrder, IsKeptByGraphs) {
  const Results eager = run(false, false);
  ASSERT_TRUE(eager.moving_mean.defined());
  const Results compiled = run(true, false);
  EXPECT_TRUE(same_bits(eager.output, compiled.output));
  EXPECT_TRUE(same_bits(eager.gradient, compiled.gradient));
  EXPECT_TRUE(same_bits(eager.moving_mean, compiled.moving_mean));
  EXPECT_TRUE(same_bits(eager.moving_mean, run(true, true).moving_mean));
}

}  // namespace
}  // namespace gluino
