// A kind of module of a user's own: a loss computed by hand. What works on whole data sets comes
// with the base class, and it stands in a row with others.
#include <gluino/module/sequential_module.h>

#include "module/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAre;
using testing::expect_near;
using ::testing::HasSubstr;
using testing::LogLines;
using testing::message_of;
using testing::pattern;
using testing::ten_in_fours;

// Softmax and its loss; the gradient of the scores is written down here.
class SoftmaxLoss : public mod::BaseModule {
 public:
  std::shared_ptr<BaseModule> handle() const override {
    return std::make_shared<SoftmaxLoss>(*this);
  }
  void bind(const std::vector<io::DataDesc>& data_shapes,
            const std::vector<io::DataDesc>& label_shapes, const mod::BindOptions&) override {
    state_->data = data_shapes;
    state_->labels = label_shapes;
  }
  void init_params(const mod::InitParamsOptions&) override {}
  model::Params get_params() const override { return {}; }
  model::Params param_arrays() const override { return {}; }
  void init_optimizer(const mod::InitOptimizerOptions&) override {}
  void install_monitor(const mon::Monitor&) override {}
  void prepare(const io::DataBatch&) override { ++state_->prepared; }
  void forward(const io::DataBatch& batch, std::optional<bool>) override {
    state_->output = nd::softmax(batch.data[0]);
    if (!batch.label.empty()) state_->label = batch.label[0];
  }
  void backward(const std::vector<NDArray>&) override {
    state_->grad = state_->output - nd::one_hot(state_->label, {.depth = 2});
  }
  void update() override {}
  void update_metric(metric::EvalMetric& metric, const std::vector<NDArray>& labels) override {
    metric.update(labels, {state_->output});
  }
  std::vector<NDArray> get_outputs() const override { return {state_->output}; }
  std::vector<NDArray> get_input_grads() const override { return {state_->grad}; }
  bool binded() const override { return !state_->data.empty(); }
  bool for_training() const override { return true; }
  bool inputs_need_grad() const override { return true; }
  bool params_initialized() const override { return true; }
  bool optimizer_initialized() const override { return true; }
  const std::vector<std::string>& data_names() const override { return state_->names; }
  std::vector<std::string> output_names() const override { return {"loss_output"}; }
  const std::vector<io::DataDesc>& data_shapes() const override { return state_->data; }
  const std::vector<io::DataDesc>& label_shapes() const override { return state_->labels; }
  std::vector<io::DataDesc> output_shapes() const override {
    return {{"loss_output", state_->data[0].shape}};
  }
  int prepared() const { return state_->prepared; }

 private:
  struct State {
    std::vector<io::DataDesc> data, labels;
    std::vector<std::string> names = {"scores"};
    NDArray output, label, grad;
    int prepared = 0;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

Symbol scores() { return sym::FullyConnected(sym::var("data"), {.num_hidden = 2}, "fc"); }

ArrayMap trained(mod::BaseModule& module) {
  auto data = ten_in_fours();
  module.fit(data, {.optimizer_params = {{"learning_rate", 0.1}, {"momentum", 0.9}},
                    .arg_params =
                        ArrayMap{{"fc_weight", pattern({2, 4}, 0)}, {"fc_bias", pattern({2}, 1)}},
                    .num_epoch = 2});
  return module.get_params().arg_params;
}

TEST(BaseModule, AKindOfOnesOwnTrainsInARow) {
  LogLines log;
  mod::SequentialModule row;
  row.add(mod::Module(scores(), {.label_names = {}}))
      .add(SoftmaxLoss(), {.take_labels = true, .auto_wiring = true});
  mod::Module built_in(sym::SoftmaxOutput(scores(), {}, "softmax"));
  const ArrayMap params = trained(row);
  const std::vector<std::string> lines = log.take();
  const ArrayMap expected = trained(built_in);
  EXPECT_EQ(lines, log.take());
  for (const auto& [name, array] : expected) {
    expect_near(params.at(name), array.to_vector<double>(), 1e-6);
  }
  auto data = ten_in_fours();
  expect_near(row.predict(data), built_in.predict(data).to_vector<double>(), 1e-6);
}

TEST(BaseModule, WholeDataSetsWorkOnEveryKind) {
  SoftmaxLoss loss;
  io::NDArrayIter data(pattern({5, 2}, 0), nd::array({0, 1, 0, 1, 1}), {.batch_size = 2});
  EXPECT_THAT(message_of([&] { loss.score(data, "acc"); }), HasSubstr("score: the module has no"));
  loss.bind(data.provide_data(), data.provide_label(), {});
  const NDArray whole = loss.predict(data);
  EXPECT_EQ(whole.shape(), Shape({5, 2}));
  expect_near(whole, nd::softmax(pattern({5, 2}, 0)).to_vector<double>());
  EXPECT_EQ(loss.prepared(), 3);  // each batch
  int batches = 0;
  for (const auto& [outputs, nbatch, batch] : loss.iter_predict(data)) {
    EXPECT_EQ(nbatch, batches++);
    EXPECT_EQ(outputs[0].shape()[0], 2 - batch.pad);
  }
  EXPECT_EQ(batches, 3);
  EXPECT_FALSE(loss.symbol().defined());
  EXPECT_THAT(message_of([&] { loss.save_checkpoint("net", 1); }), HasSubstr("save_params"));
}

}  // namespace
}  // namespace gluino
