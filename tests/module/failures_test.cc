// After something has thrown in the midst of fit, the module is as the batches before have made it.
#include <gluino/graph/sym.h>
#include <gluino/ops/control/custom.h>

#include <stdexcept>

#include "module/support.h"

namespace gluino {
namespace {

using testing::LogLines;

// Counts down where something is to fail.
int until_failure = -1;

void count_down() {
  if (until_failure >= 0 && until_failure-- == 0) throw std::runtime_error("out of ink");
}

class Identity : public op::CustomOp {
  void forward(bool /*is_train*/, const std::vector<GradReq>& req, const std::vector<NDArray>& in,
               const std::vector<NDArray>& out, const std::vector<NDArray>& /*aux*/) override {
    assign(out[0], req[0], in[0]);
  }
  void backward(const std::vector<GradReq>& req, const std::vector<NDArray>& out_grad,
                const std::vector<NDArray>& /*in*/, const std::vector<NDArray>& /*out*/,
                const std::vector<NDArray>& in_grad, const std::vector<NDArray>& /*aux*/) override {
    count_down();
    assign(in_grad[0], req[0], out_grad[0]);
  }
};

class IdentityProp : public op::CustomOpProp {
  std::unique_ptr<op::CustomOp> create_operator(
      const Context& /*context*/, const std::vector<Shape>& /*shapes*/,
      const std::vector<DType>& /*types*/) const override {
    return std::make_unique<Identity>();
  }
};

class FailingMetric : public metric::EvalMetric {
 public:
  FailingMetric() : EvalMetric("failing") {}

 private:
  void update_batch(std::span<const NDArray>, std::span<const NDArray>) override {
    count_down();
    count(1, 1);
  }
};

class FailingIter : public io::NDArrayIter {
 public:
  FailingIter() : NDArrayIter(testing::ten_samples(), testing::ten_labels(), {.batch_size = 4}) {}
  bool next(io::DataBatch& batch) override {
    count_down();
    return NDArrayIter::next(batch);
  }
};

[[maybe_unused]] const bool registered = [] {
  op::register_prop<IdentityProp>("test_failing_identity");
  return true;
}();

mod::Module module_of(const Symbol& symbol, const std::vector<Context>& contexts) {
  random::seed(4);
  mod::Module module(symbol, {.context = contexts});
  io::NDArrayIter data = testing::ten_in_fours();
  module.bind(data.provide_data(), data.provide_label());
  module.init_params({.initializer = init::Xavier()});
  module.init_optimizer({.optimizer = "adam", .optimizer_params = {{"learning_rate", 0.01}}});
  return module;
}

void train(mod::Module& module, int batches) {
  io::NDArrayIter data = testing::ten_in_fours();
  io::DataBatch batch;
  for (int i = 0; i < batches; ++i) {
    ASSERT_TRUE(data.next(batch));
    module.train_step(batch);
  }
}

struct Failure {
  const char* name;
  int countdown;
  /// The batches that are trained on before it.
  int batches;
  mod::FitOptions options;
};

std::vector<Failure> failures(int contexts) {
  const auto after_batch = [](const callback::BatchEndParam&) { count_down(); };
  const auto after_epoch = [](int, const Symbol&, const ArrayMap&, const ArrayMap&) {
    count_down();
  };
  return {
      {"callback of batches", 1, 2, {.batch_end_callback = after_batch, .num_epoch = 1}},
      {"callback of epochs", 0, 3, {.epoch_end_callback = after_epoch, .num_epoch = 1}},
      {"metric",
       contexts,  // it is told of each context's part
       2,
       {.eval_metric = std::make_shared<FailingMetric>(), .num_epoch = 1}},
      {"monitor",
       0,
       0,
       {.num_epoch = 1,
        .monitor = mon::Monitor({.interval = 1,
                                 .stat_func =
                                     [](const NDArray& x) {
                                       count_down();
                                       return x;
                                     }})}},
  };
}

TEST(ModuleFailures, LeaveWhatTheBatchesBeforeMade) {
  const LogLines log;
  for (const std::vector<Context>& contexts : {std::vector{cpu(0)}, {cpu(0), cpu(1)}}) {
    for (const Failure& failure : failures(static_cast<int>(contexts.size()))) {
      SCOPED_TRACE(str(failure.name, " on ", contexts.size(), " contexts"));
      mod::Module module = module_of(testing::small_net(), contexts);
      io::NDArrayIter data = testing::ten_in_fours();
      until_failure = failure.countdown;
      EXPECT_ANY_THROW(module.fit(data, failure.options));
      until_failure = -1;
      EXPECT_FALSE(autograd::is_recording() || autograd::is_training());
      mod::Module expected = module_of(testing::small_net(), contexts);
      train(expected, failure.batches);
      // A monitor's executor fuses no operators, which may change last bits.
      const auto found = module.get_params().arg_params;
      for (const auto& [name, array] : expected.get_params().arg_params) {
        testing::expect_near(found.at(name), array.to_vector<double>(), 1e-5);
      }
      for (mod::Module* each : {&module, &expected}) {
        io::NDArrayIter again = testing::ten_in_fours();
        each->fit(again, {.num_epoch = 2});
      }
      const auto went_on = module.get_params().arg_params;
      for (const auto& [name, array] : expected.get_params().arg_params) {
        testing::expect_near(went_on.at(name), array.to_vector<double>(), 1e-4);
      }
    }
  }
}

TEST(ModuleFailures, OfAnIteratorAreTheUsers) {
  const LogLines log;
  mod::Module module = module_of(testing::small_net(), {cpu()});
  FailingIter data;
  until_failure = 2;
  EXPECT_ANY_THROW(module.fit(data, {.num_epoch = 1}));
  until_failure = -1;
  mod::Module expected = module_of(testing::small_net(), {cpu()});
  train(expected, 2);
  testing::expect_same_bits(module.get_params().arg_params, expected.get_params().arg_params);
}

// Parameters behind the operator that fails have their gradients by then, but no update.
TEST(ModuleFailures, OfABackwardUpdateNothing) {
  const Symbol fc1 = sym::FullyConnected(sym::var("data"), {.num_hidden = 3}, "fc1");
  const Symbol own = sym::Custom({fc1}, {.op_type = "test_failing_identity"}, "own");
  const Symbol fc2 = sym::FullyConnected(own, {.num_hidden = 2}, "fc2");
  const Symbol net = sym::SoftmaxOutput(fc2, {}, "softmax");
  for (const std::vector<Context>& contexts : {std::vector{cpu(0)}, {cpu(0), cpu(1)}}) {
    mod::Module module = module_of(net, contexts);
    mod::Module expected = module_of(net, contexts);
    train(module, 1);
    train(expected, 1);
    io::NDArrayIter data = testing::ten_in_fours();
    io::DataBatch batch;
    ASSERT_TRUE(data.next(batch));
    until_failure = 0;
    EXPECT_ANY_THROW(module.train_step(batch));
    until_failure = -1;
    testing::expect_same_bits(module.get_params().arg_params, expected.get_params().arg_params);
    module.train_step(batch);
    expected.train_step(batch);
    testing::expect_same_bits(module.get_params().arg_params, expected.get_params().arg_params);
  }
}

}  // namespace
}  // namespace gluino
