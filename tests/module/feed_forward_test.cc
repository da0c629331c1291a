// FeedForward. Numbers are MXNet 1.9.1's for the same network, seed and batches.
#include "module/support.h"

namespace gluino {
namespace {

using model::FeedForward;
using ::testing::ElementsAre;
using testing::expect_near;
using testing::expect_params;
using testing::expect_same_bits;
using ::testing::HasSubstr;
using testing::LogLines;
using testing::message_of;
using testing::small_net;
using testing::TemporaryFolder;
using testing::ten_in_fours;
using testing::ten_labels;
using testing::ten_samples;

const model::FeedForwardOptions kOptions = {.num_epoch = 2,
                                            .initializer = init::Xavier(),
                                            .learning_rate = 0.1,
                                            .momentum = 0.9,
                                            .wd = 0.01};

FeedForward trained() {
  random::seed(42);
  FeedForward model(small_net(), kOptions);
  auto iter = ten_in_fours();
  auto validation = ten_in_fours();
  model.fit(iter, {.eval_data = validation, .batch_end_callback = callback::Speedometer(4, 2)});
  return model;
}

TEST(FeedForward, TrainsAsMxnetAndLogsAsItDid) {
  LogLines log;
  FeedForward model = trained();
  EXPECT_THAT(log.take(),
              ElementsAre("Start training with [cpu(0)]",
                          "Epoch[0] Batch [2]\tSpeed: * samples/sec\tTrain-accuracy=0.125000",
                          "Epoch[0] Resetting Data Iterator", "Epoch[0] Train-accuracy=0.166667",
                          "Epoch[0] Time cost=*", "Epoch[0] Validation-accuracy=0.666667",
                          "Epoch[1] Batch [2]\tSpeed: * samples/sec\tTrain-accuracy=0.750000",
                          "Epoch[1] Resetting Data Iterator", "Epoch[1] Train-accuracy=0.750000",
                          "Epoch[1] Time cost=*", "Epoch[1] Validation-accuracy=0.833333"));
  expect_params(
      model.arg_params(),
      {{"fc1_bias", {-0.145199955, -0.00333311572, -0.0618304536}},
       {"fc1_weight",
        {0.949241936, -0.167814285, 0.443936348, 0.199201167, 0.27221027, 0.815465569, 0.514706314,
         0.0573474579, -0.612174153, -0.500202775, -0.671168745, -0.429993063}},
       {"fc2_bias", {0.0143793747, -0.0143793412}},
       {"fc2_weight",
        {0.541164458, -0.600300908, -0.309280694, -0.550713956, -0.191637218, -0.591257751}}});
  auto iter = ten_in_fours();
  EXPECT_NEAR(model.score(iter), 0.8333333333333334, 1e-12);
  EXPECT_EQ(model.predict(iter).shape(), Shape({10, 2}));
  // One sample.
  expect_near(model.predict(ten_samples().slice(0, 1)), {0.36471635, 0.63528365});
  expect_near(model.predict(ten_samples()).slice(9, 10), {0.302979529, 0.697020471});
}

TEST(FeedForward, EpochsMayHaveASizeOfTheirOwn) {
  LogLines log;
  random::seed(42);
  FeedForward model(
      small_net(),
      {.num_epoch = 2, .epoch_size = 2, .initializer = init::Xavier(), .learning_rate = 0.1});
  auto iter = ten_in_fours();
  model.fit(iter, {.batch_end_callback = [](const callback::BatchEndParam& param) {
              log_line(str("batch ", param.epoch, " ", param.nbatch));
            }});
  std::vector<std::string> lines = log.take();
  std::erase_if(lines, [](const std::string& line) { return line.find("accuracy") < line.size(); });
  EXPECT_THAT(lines,
              ElementsAre("Start training with [cpu(0)]", "batch 0 1", "batch 0 2",
                          "Epoch[0] Time cost=*", "batch 1 1", "Epoch[1] Resetting Data Iterator",
                          "batch 1 2", "Epoch[1] Time cost=*"));
  expect_near(model.arg_params().at("fc1_bias"), {-0.039494168, -0.00083428761, -0.0168412942});
  expect_near(model.arg_params().at("fc2_bias"), {-0.000565732596, 0.000565738417});
}

TEST(FeedForward, DrawsInTheOrderOfArguments) {
  const LogLines log;
  const Symbol hidden = sym::FullyConnected(sym::var("data"), {.num_hidden = 2}, "z");
  random::seed(42);
  FeedForward model(
      sym::SoftmaxOutput(sym::FullyConnected(hidden, {.num_hidden = 2}, "a"), {}, "softmax"),
      {.num_epoch = 0});
  auto iter = ten_in_fours();
  model.fit(iter);
  EXPECT_EQ(model.arg_params().at("z_weight").to_vector<float>()[0], 0.0065818727F);
}

TEST(FeedForward, TakesArrays) {
  LogLines log;
  random::seed(3);
  FeedForward model(
      small_net(),
      {.ctx = {cpu(0), cpu(1)}, .num_epoch = 2, .numpy_batch_size = 4, .learning_rate = 0.1});
  int batches = 0;
  model.fit(ten_samples(), ten_labels().reshape({10, 1}),
            {.eval_data = {ten_samples(), ten_labels()},
             .batch_end_callback = [&](const callback::BatchEndParam&) { ++batches; },
             .eval_batch_end_callback = callback::BatchEndCallbacks::Function()});
  // The two rows that are left begin the second epoch.
  EXPECT_EQ(batches, 2 + 3);
  EXPECT_THAT(log.take()[0], "Start training with [cpu(0), cpu(1)]");
  EXPECT_THAT(message_of([&] { model.fit(ten_samples(), nd::zeros({9})); }),
              HasSubstr("as many labels as samples, got 9 and 10"));
  EXPECT_THAT(message_of([&] {
                model.fit(ten_samples(), nd::zeros({10, 2}));
              }),
              HasSubstr("labels of shape (N) or (N, 1), got (10, 2)"));
}

TEST(FeedForward, SavedAndLoadedPredictsTheSame) {
  const LogLines log;
  const TemporaryFolder folder;
  FeedForward model = trained();
  model.save(folder.path("net"));
  FeedForward loaded = FeedForward::load(folder.path("net"), 2);
  EXPECT_EQ(loaded.predict(ten_samples()).to_vector<float>(),
            model.predict(ten_samples()).to_vector<float>());
  expect_same_bits(loaded.arg_params(), model.arg_params());
  // Training goes on with epoch 2.
  FeedForward further = FeedForward::load(folder.path("net"), 2, {.num_epoch = 3});
  auto iter = ten_in_fours();
  int first = -1;
  further.fit(iter, {.epoch_end_callback = [&](int epoch, const Symbol&, const ArrayMap&,
                                               const ArrayMap&) { first = epoch; }});
  EXPECT_EQ(first, 2);
  further.save(folder.path("net"), 7);
  EXPECT_TRUE(std::filesystem::exists(folder.path("net-0007.params")));
}

TEST(FeedForward, CreateTrains) {
  const LogLines log;
  random::seed(42);
  auto iter = ten_in_fours();
  const FeedForward model = FeedForward::create(small_net(), iter, kOptions);
  expect_same_bits(model.arg_params(), trained().arg_params());
}

TEST(FeedForward, PredictsWithNewWeightsAfterTraining) {
  const LogLines log;
  FeedForward model = trained();
  const auto before = model.predict(ten_samples()).to_vector<float>();
  auto iter = ten_in_fours();
  model.fit(iter);
  EXPECT_NE(model.predict(ten_samples()).to_vector<float>(), before);
}

TEST(FeedForward, RefusesWhatCannotWork) {
  const LogLines log;
  auto iter = ten_in_fours();
  FeedForward model(small_net());
  EXPECT_THAT(message_of([&] { model.fit(iter); }), HasSubstr("num_epoch"));
  EXPECT_THAT(message_of([&] { model.save("x"); }), HasSubstr("num_epoch"));
  EXPECT_THAT(message_of([&] { model.predict(iter); }),
              HasSubstr("the parameter fc1_weight has no value"));
  const ArrayMap extra = {{"fc9_weight", nd::zeros({2})}};
  EXPECT_THAT(message_of([&] { FeedForward(small_net(), {.arg_params = extra}); }),
              HasSubstr("fc9_weight"));
  FeedForward(small_net(), {.arg_params = extra, .allow_extra_params = true});
  FeedForward wrong(small_net(), {.num_epoch = 1, .arg_params = {{"fc1_bias", nd::zeros({2})}}});
  EXPECT_THAT(message_of([&] { wrong.fit(iter); }),
              HasSubstr("fc1_bias: expected shape (3,), found (2,)"));
  FeedForward spelled(small_net(), {.num_epoch = 1, .optimizer_params = {{"momentun", 0.9}}});
  EXPECT_THAT(message_of([&] { spelled.fit(iter); }), HasSubstr("momentun"));
}

}  // namespace
}  // namespace gluino
