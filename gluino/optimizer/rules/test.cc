#include <gluino/optimizer/core/array_steps.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/test.h>

namespace gluino::optimizer {

Test::Test(const TestOptions& options) : Optimizer(common(options)) {}

State Test::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, 1);
}

void Test::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  next_step(index, weight, state, 1);
  check_not_recorded("test");
  weight += grad * rescale_grad();
  state[0].assign(weight);
}

[[maybe_unused]] static const bool registered = [] {
  register_optimizer("test", [](const OptionMap& given) {
    auto setters = common_setters<TestOptions>();
    return std::make_shared<Test>(read_options("test", given, setters));
  });
  return true;
}();

}  // namespace gluino::optimizer
