// Module on whole data sets: predict, iter_predict, score.
#include "module/support.h"

namespace gluino {
namespace {

using mod::Module;
using ::testing::ElementsAre;
using testing::expect_near;
using ::testing::HasSubstr;
using testing::message_of;
using testing::pattern;
using testing::small_net;
using testing::ten_in_fours;
using testing::ten_samples;

Module ready(const mod::ModuleOptions& options = {}) {
  Module module(small_net(), options);
  module.bind({{"data", {4, 4}}}, {{"softmax_label", {4}}});
  random::seed(42);
  module.init_params({.initializer = init::Xavier()});
  return module;
}

// Row by row, each alone, as the network sees it.
std::vector<double> one_by_one(Module& module) {
  std::vector<double> all;
  for (int i = 0; i < 10; ++i) {
    for (const double p : module.predict(ten_samples().slice(i, i + 1)).to_vector<double>()) {
      all.push_back(p);
    }
  }
  return all;
}

TEST(Predict, LeavesOutThePadding) {
  Module module = ready();
  auto iter = ten_in_fours();
  const NDArray probabilities = module.predict(iter);
  EXPECT_EQ(probabilities.shape(), Shape({10, 2}));
  Module other = ready();
  expect_near(probabilities, one_by_one(other), 1e-6);

  const auto batches = module.predict_batches(iter);
  ASSERT_EQ(batches.size(), 3U);
  EXPECT_EQ(batches[1][0].shape(), Shape({4, 2}));
  EXPECT_EQ(batches[2][0].shape(), Shape({2, 2}));
  EXPECT_EQ(module.predict_outputs(iter).size(), 1U);
}

TEST(Predict, OnTwoContextsGivesTheSame) {
  Module one = ready();
  Module two = ready({.context = {cpu(0), cpu(1)}});
  auto iter = ten_in_fours();
  const NDArray expected = one.predict(iter);
  expect_near(two.predict(iter), expected.to_vector<double>(), 1e-6);
}

TEST(Predict, StopsAndGoesOnWhereTold) {
  Module module = ready();
  auto iter = ten_in_fours();
  const NDArray all = module.predict(iter);
  EXPECT_EQ(module.predict(iter, {.num_batch = 2}).shape(), Shape({8, 2}));
  // The iterator stands behind the second batch.
  const NDArray rest = module.predict(iter, {.reset = false});
  EXPECT_EQ(rest.to_vector<float>(), all.slice(8, 10).to_vector<float>());
  EXPECT_THAT(message_of([&] { module.predict(iter, {.reset = false}); }),
              HasSubstr("gave no batch"));
}

TEST(Predict, WalksThroughBatches) {
  Module module = ready();
  auto iter = ten_in_fours();
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> numbers;
  for (const auto& [outputs, nbatch, batch] : module.iter_predict(iter)) {
    rows.push_back(outputs[0].shape()[0]);
    numbers.push_back(nbatch);
    EXPECT_EQ(batch.label[0].shape(), Shape({4}));
  }
  EXPECT_THAT(rows, ElementsAre(4, 4, 2));
  EXPECT_THAT(numbers, ElementsAre(0, 1, 2));
}

TEST(Predict, NeedsNoLabels) {
  Module module(small_net());
  module.bind({{"data", {4, 4}}}, {}, {.for_training = false});
  module.init_params();
  io::NDArrayIter iter(ten_samples(), {.batch_size = 4});
  EXPECT_EQ(module.predict(iter).shape(), Shape({10, 2}));
}

TEST(Predict, OfSeveralOutputs) {
  const Symbol fc = sym::FullyConnected(sym::var("data"), {.num_hidden = 2}, "fc");
  Module module(sym::Group({fc, sym::relu(fc)}), {.label_names = {}});
  module.bind({{"data", {4, 4}}});
  module.init_params();
  io::NDArrayIter iter(ten_samples(), {.batch_size = 4});
  EXPECT_THAT(message_of([&] { module.predict(iter); }), HasSubstr("predict_outputs"));
  const auto outputs = module.predict_outputs(iter);
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_EQ(outputs[1].to_vector<float>(), nd::relu(outputs[0]).to_vector<float>());
}

// An iterator with more padding than samples.
class Wrong : public io::DataIter {
 public:
  Wrong() : io::DataIter(4) {}
  bool next(io::DataBatch& batch) override {
    batch = {.data = {pattern({4, 4}, 0)}, .label = {}, .pad = 5};
    return true;
  }
  void reset() override {}
  std::vector<io::DataDesc> provide_data() const override { return {{"data", {4, 4}}}; }
  std::vector<io::DataDesc> provide_label() const override { return {}; }
};

TEST(Predict, RefusesMorePaddingThanSamples) {
  Module module = ready();
  Wrong wrong;
  EXPECT_THAT(message_of([&] { module.predict(wrong); }), HasSubstr("5 of them are padding"));
}

TEST(Score, CountsThePaddingAsMxnetDoes) {
  Module module = ready();
  auto iter = ten_in_fours();
  metric::Accuracy accuracy;
  std::vector<std::int64_t> batches;
  const auto note = [&](const callback::BatchEndParam& param) {
    EXPECT_EQ(param.epoch, 7);
    batches.push_back(param.nbatch);
  };
  const auto values = module.score(
      iter, accuracy, {.batch_end_callback = note, .score_end_callback = note, .epoch = 7});
  EXPECT_THAT(batches, ElementsAre(0, 1, 2, 3));
  ASSERT_EQ(values.size(), 1U);
  EXPECT_EQ(values[0].second, accuracy.get().second);
  // 12 samples were counted, the two of the padding among them.
  EXPECT_NEAR(std::remainder(values[0].second * 12, 1), 0, 1e-9);
  EXPECT_EQ(module.score(iter, {"acc", "loss"}).size(), 2U);
  EXPECT_EQ(module.score(iter, "acc", {.num_batch = 1})[0].first, "accuracy");
}

}  // namespace
}  // namespace gluino
