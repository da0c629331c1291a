// The memory of calls of a compiled graph: as much as is recorded, and little after that.
#include <gluino/graph/run/cached_op.h>
#include <gluino/graph/sym.h>
#include <gluino/ndarray/storage.h>

#include <thread>

#include "ops/support.h"

namespace gluino {
namespace {

constexpr std::int64_t kRows = 64;

CachedOp cell() {
  const Symbol x = sym::var("x");
  return CachedOp(sym::tanh(sym::sin(x) * sym::cos(x)) + x);
}

// In calls one after the other, recorded together; the memory that is in use before the gradient.
std::size_t unroll(const CachedOp& op, int calls) {
  const NDArray x = nd::ones({kRows, kRows});
  x.attach_grad();
  NDArray y = x;
  {
    const autograd::Scope recording = autograd::record();
    for (int i = 0; i < calls; ++i) y = op(std::vector{y})[0];
  }
  const std::size_t in_use = pool_statistics().in_use;
  y.backward();
  return in_use;
}

TEST(CachedRuns, AThousandCallsInOneRecordingAreGivenBack) {
  const CachedOp op = cell();
  unroll(op, 1);
  const std::size_t before = pool_statistics().in_use;
  const std::size_t recorded = unroll(op, 1000) - before;
  const std::size_t after = pool_statistics().in_use - before;
  EXPECT_LT(after, recorded / 20);
  // A second time needs no more.
  unroll(op, 1000);
  EXPECT_LE(pool_statistics().in_use - before, after);
}

TEST(CachedRuns, ARecordingThatIsDroppedGivesThemBackToo) {
  const CachedOp op = cell();
  unroll(op, 1);
  const std::size_t before = pool_statistics().in_use;
  std::size_t recorded = 0;
  {
    const NDArray x = nd::ones({kRows, kRows});
    x.attach_grad();
    const autograd::Scope recording = autograd::record();
    NDArray y = x;
    for (int i = 0; i < 300; ++i) y = op(std::vector{y})[0];
    recorded = pool_statistics().in_use - before;
  }
  EXPECT_LT(pool_statistics().in_use - before, recorded / 5);
}

}  // namespace
}  // namespace gluino
