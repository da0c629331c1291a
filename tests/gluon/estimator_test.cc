// Trainings by contrib::estimator::Estimator.
#include <gluino/base/log.h>
#include <gluino/base/random.h>

#include <filesystem>

#include "gluon/support.h"

namespace gluino::gluon {
namespace {

namespace estimator = contrib::estimator;
using gluino::testing::message_of;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EstimatorTest : public ::testing::Test {
 protected:
  EstimatorTest() : before_(set_logger([this](const std::string& line) { log.push_back(line); })) {
    random::seed(1);
    net.add(nn::Dense({.units = 8, .activation = "relu"}), nn::Dense({.units = 2}));
    net.initialize(init::Xavier());
  }
  ~EstimatorTest() override { set_logger(before_); }

  // Two classes: whether the sum is above 0.
  static data::ArrayDataset samples(std::int64_t count) {
    const NDArray x = nd::random::uniform({.low = -1, .high = 1, .shape = {count, 4}});
    return data::ArrayDataset(x, nd::sum(x, {.axis = {1}}) > 0.0);
  }
  std::shared_ptr<Trainer> trainer(double rate = 0.5) const {
    return std::make_shared<Trainer>(net.collect_params(), "sgd",
                                     optimizer::OptionMap{{"learning_rate", rate}});
  }

  std::vector<std::string> log;
  nn::HybridSequential net;
  loss::SoftmaxCrossEntropyLoss cross_entropy;
  data::DataLoader train{samples(200), {.batch_size = 20}};
  data::DataLoader val{samples(100), {.batch_size = 20}};

 private:
  Logger before_;
};

TEST_F(EstimatorTest, Trains) {
  estimator::Estimator e(net, cross_entropy, {.trainer = trainer()});
  e.fit(train, {.epochs = 20, .val_data = &val});
  EXPECT_GT(e.train_metrics()[0]->get().second, 0.95);
  EXPECT_GT(e.val_metrics()[0]->get().second, 0.9);
  EXPECT_EQ(e.train_metrics()[0]->name(), "training accuracy");
  EXPECT_EQ(e.val_metrics()[1]->name(), "validation softmaxcrossentropyloss");
  EXPECT_THAT(log, Contains(HasSubstr("Training begins, for 20 epochs")));
  EXPECT_THAT(log, Contains(HasSubstr("[Epoch 19] ")));
  EXPECT_THAT(log, Contains(HasSubstr("validation accuracy: 0.9")));
}

// The same weights as a loop that is written out, at one context and at two.
TEST_F(EstimatorTest, DoesWhatALoopDoes) {
  for (const std::vector<Context>& places :
       {std::vector<Context>{cpu(0)}, std::vector<Context>{cpu(0), cpu(1)}}) {
    nn::Dense by_loop({.units = 2}), by_estimator({.units = 2});
    by_loop.initialize(init::One());
    by_estimator.initialize(init::One(), places);
    Trainer loop_trainer(by_loop.collect_params(), "sgd", {{"learning_rate", 0.5}});
    for (const auto& [x, label] : train) {
      {
        const auto recording = autograd::record();
        cross_entropy(by_loop(x), label).backward();
      }
      loop_trainer.step(20);
    }
    by_estimator(nd::ones({1, 4}, float32, places[0]));
    estimator::Estimator e(
        by_estimator, cross_entropy,
        {.trainer = std::make_shared<Trainer>(by_estimator.collect_params(), "sgd",
                                              optimizer::OptionMap{{"learning_rate", 0.5}}),
         .context = places});
    e.fit(train, {.epochs = 1});
    gluino::testing::expect_near(by_estimator.weight().data(),
                                 by_loop.weight().data().to_vector<double>(), 1e-5);
  }
}

struct Counting : estimator::EventHandler {
  void train_begin(estimator::Estimator&) override { events += 'T'; }
  void train_end(estimator::Estimator&) override { events += 't'; }
  void epoch_begin(estimator::Estimator&) override { events += 'E'; }
  bool epoch_end(estimator::Estimator&) override {
    events += 'e';
    return false;
  }
  void batch_begin(estimator::Estimator&, const data::Batch&) override { events += 'B'; }
  bool batch_end(estimator::Estimator&, const estimator::BatchResult& result) override {
    events += 'b';
    samples += result.preds[0].shape()[0];
    return false;
  }
  std::string events;
  std::int64_t samples = 0;
};

TEST_F(EstimatorTest, EndsAfterSoManyBatches) {
  estimator::Estimator e(net, cross_entropy, {.trainer = trainer()});
  const auto counting = std::make_shared<Counting>();
  e.fit(train, {.batches = 12, .event_handlers = {counting}});
  EXPECT_EQ(counting->events, "TEBbBbBbBbBbBbBbBbBbBbeEBbBbet");
  EXPECT_EQ(counting->samples, 240);
  EXPECT_THAT(message_of([&] { e.fit(train, {}); }), HasSubstr("either epochs or batches"));
  EXPECT_THAT(message_of([&] { e.fit(train, {.epochs = 0}); }), HasSubstr("at least 1"));
  const data::DataLoader none(samples(0), {.batch_size = 20});
  EXPECT_THAT(message_of([&] { e.fit(none, {.batches = 1}); }), HasSubstr("no batches"));
}

TEST_F(EstimatorTest, MissingMetricsAreTold) {
  const estimator::Metrics none = {nullptr};
  EXPECT_THAT(message_of([&] { estimator::MetricHandler h(none); }), HasSubstr("is missing"));
  EXPECT_THAT(message_of([&] { estimator::LoggingHandler h(none); }), HasSubstr("is missing"));
  EXPECT_THAT(
      message_of([&] { estimator::Estimator(net, cross_entropy, {.train_metrics = none}); }),
      HasSubstr("is missing"));
  EXPECT_THAT(message_of([&] { estimator::Estimator(net, cross_entropy, {.val_metrics = none}); }),
              HasSubstr("is missing"));
}

TEST_F(EstimatorTest, EndsEarly) {
  // With a learning rate of 0 nothing becomes better.
  estimator::Estimator e(net, cross_entropy, {.trainer = trainer(0)});
  const auto early = std::make_shared<estimator::EarlyStoppingHandler>(
      e.train_metrics()[0], estimator::EarlyStoppingHandlerOptions{.patience = 2});
  const auto counting = std::make_shared<Counting>();
  e.fit(train, {.epochs = 10, .event_handlers = {early, counting}});
  EXPECT_EQ(early->stopped_epoch(), 2);
  EXPECT_EQ(std::count(counting->events.begin(), counting->events.end(), 'e'), 3);
  EXPECT_THAT(log, Contains(HasSubstr("training accuracy does not become better")));
  EXPECT_THAT(message_of([&] { estimator::EarlyStoppingHandler h(nullptr); }),
              HasSubstr("monitor"));
  EXPECT_THAT(message_of([&] {
                estimator::EarlyStoppingHandler h(e.train_metrics()[0], {.mode = "best"});
              }),
              HasSubstr("mode: expected auto, min or max, got best"));
}

TEST_F(EstimatorTest, KeepsAndResumesCheckpoints) {
  const std::string folder = ::testing::TempDir() + "gluino_estimator_" + std::to_string(getpid());
  std::filesystem::remove_all(folder);
  const auto files = [&] {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  };
  estimator::Estimator e(net, cross_entropy, {.trainer = trainer()});
  e.fit(train, {.epochs = 3,
                .event_handlers = {std::make_shared<estimator::CheckpointHandler>(
                    folder, estimator::CheckpointHandlerOptions{.monitor = e.train_metrics()[1],
                                                                .save_best = true,
                                                                .max_checkpoints = 2})}});
  EXPECT_THAT(files(), ElementsAre("model-best.params", "model-best.states",
                                   "model-epoch1batch20.params", "model-epoch1batch20.states",
                                   "model-epoch2batch30.params", "model-epoch2batch30.states"));
  const NDArray x = nd::ones({1, 4});
  const auto trained = net(x).to_vector<double>();
  net.initialize(init::Xavier(), cpu(), true);
  const auto counting = std::make_shared<Counting>();
  const auto resuming = [&](std::int64_t epochs) {
    return estimator::FitOptions{
        .epochs = epochs,
        .event_handlers = {
            std::make_shared<estimator::CheckpointHandler>(
                folder, estimator::CheckpointHandlerOptions{.resume_from_checkpoint = true}),
            counting}};
  };
  e.fit(train, resuming(3));
  EXPECT_EQ(net(x).to_vector<double>(), trained);
  EXPECT_EQ(counting->events, "Tt");
  e.fit(train, resuming(5));
  EXPECT_EQ(std::count(counting->events.begin(), counting->events.end(), 'e'), 2);
  EXPECT_THAT(files(), Contains("model-epoch4batch50.params"));
  std::filesystem::remove_all(folder);
}

TEST_F(EstimatorTest, ValidatesWhenAsked) {
  estimator::Estimator e(net, cross_entropy, {.trainer = trainer()});
  const auto counting = std::make_shared<Counting>();
  e.fit(train, {.epochs = 4,
                .event_handlers = {
                    std::make_shared<estimator::ValidationHandler>(
                        val,
                        estimator::ValidationHandlerOptions{
                            .epoch_period = 2, .batch_period = 15, .event_handlers = {counting}}),
                    std::make_shared<estimator::LoggingHandler>(
                        e.train_metrics(), estimator::LoggingHandlerOptions{.log_interval = 5})}});
  // After batches 15 and 30, and after epochs 2 and 4.
  EXPECT_EQ(std::count(counting->events.begin(), counting->events.end(), 'E'), 4);
  EXPECT_THAT(log, Contains(HasSubstr("[Epoch 1][Batch 5][Samples 320]")));
}

}  // namespace
}  // namespace gluino::gluon
