#include <gluino/optimizer/core/array_steps.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/test.h>

namespace gluino::optimizer {
namespace {

Fields<TestOptions> own_options() { return {}; }

}  // namespace

Test::Test(const TestOptions& options) : Optimizer(common("test", options, own_options())) {}

State Test::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, 1);
}

void Test::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  next_step(index, weight, state, 1);
  check_not_recorded("test");
  weight += grad * rescale_grad();
  state[0].assign(weight);
}

[[maybe_unused]] static const bool registered = registers<Test>("test", own_options());

}  // namespace gluino::optimizer
