#include "module/support.h"

namespace gluino {
namespace {

using callback::BatchEndParam;
using callback::LogStyle;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::LogLines;
using testing::message_of;

// An epoch of `batches` batches, of which every other one is right.
void run_epoch(callback::BatchEndCallbacks::Function& callback, int epoch, int batches,
               metric::EvalMetric* metric, LogStyle style) {
  const bool running = style == LogStyle::running;
  if (metric != nullptr) metric->reset();
  for (int i = 0; i < batches; ++i) {
    if (metric != nullptr) metric->update(nd::array({1}), nd::array({double(i % 2)}));
    callback(
        {.epoch = epoch, .nbatch = i + (running ? 1 : 0), .eval_metric = metric, .style = style});
  }
}

TEST(Speedometer, CountsRangesInModules) {
  LogLines log;
  metric::Accuracy accuracy;
  callback::BatchEndCallbacks::Function speed = callback::Speedometer(100, 2);
  for (const int epoch : {0, 1}) run_epoch(speed, epoch, 6, &accuracy, LogStyle::ranges);
  EXPECT_THAT(log.take(),
              ElementsAre("Epoch[0] Batch [0-2]\tSpeed: * samples/sec\taccuracy=0.333333",
                          "Epoch[0] Batch [2-4]\tSpeed: * samples/sec\taccuracy=0.500000",
                          "Epoch[1] Batch [0-2]\tSpeed: * samples/sec\taccuracy=0.333333",
                          "Epoch[1] Batch [2-4]\tSpeed: * samples/sec\taccuracy=0.500000"));
  // What is logged for the epoch counts all of its batches.
  EXPECT_EQ(accuracy.get_global_name_value()[0].second, 0.5);
}

TEST(Speedometer, CountsFromTheBeginningWhenTold) {
  LogLines log;
  metric::Accuracy accuracy;
  callback::BatchEndCallbacks::Function speed =
      callback::Speedometer(100, 2, {.auto_reset = false});
  run_epoch(speed, 3, 6, &accuracy, LogStyle::ranges);
  EXPECT_THAT(log.take(),
              ElementsAre("Epoch[3] Batch [0-2]\tSpeed: * samples/sec\taccuracy=0.333333",
                          "Epoch[3] Batch [0-4]\tSpeed: * samples/sec\taccuracy=0.400000"));
}

TEST(Speedometer, CountsBatchesInFeedForward) {
  LogLines log;
  metric::Accuracy accuracy;
  callback::BatchEndCallbacks::Function speed = callback::Speedometer(100, 2);
  run_epoch(speed, 0, 6, &accuracy, LogStyle::running);
  EXPECT_THAT(log.take(),
              ElementsAre("Epoch[0] Batch [2]\tSpeed: * samples/sec\tTrain-accuracy=0.500000",
                          "Epoch[0] Batch [4]\tSpeed: * samples/sec\tTrain-accuracy=0.500000",
                          "Epoch[0] Batch [6]\tSpeed: * samples/sec\tTrain-accuracy=0.500000"));
}

TEST(Speedometer, WritesAllValuesOrNone) {
  LogLines log;
  const auto both = metric::create({"acc", "loss"});
  callback::BatchEndCallbacks::Function speed = callback::Speedometer(10, 1);
  run_epoch(speed, 0, 2, both.get(), LogStyle::ranges);
  run_epoch(speed, 1, 2, nullptr, LogStyle::ranges);
  EXPECT_THAT(
      log.take(),
      ElementsAre("Epoch[0] Batch [0-1]\tSpeed: * samples/sec\taccuracy=0.500000\tloss=0.500000",
                  "Iter[1] Batch [1]\tSpeed: * samples/sec"));
}

TEST(Speedometer, TellsTheSpeed) {
  std::string line;
  const Logger before = set_logger([&](const std::string& text) { line = text; });
  metric::Accuracy accuracy;
  callback::Speedometer speed(1000000, 1);
  speed({.nbatch = 0, .eval_metric = &accuracy});
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(20)) {
  }
  speed({.nbatch = 1, .eval_metric = &accuracy});
  set_logger(before);
  std::smatch parts;
  ASSERT_TRUE(std::regex_search(line, parts, std::regex("Speed: ([0-9.]+) samples/sec")));
  EXPECT_LE(std::stod(parts[1]), 1000000 / 0.02);
  EXPECT_GT(std::stod(parts[1]), 1000000 / 20.0);
  // Nothing was counted since the last line.
  EXPECT_THAT(line, HasSubstr("\taccuracy=nan"));
}

TEST(ProgressBar, Grows) {
  LogLines log;
  const callback::ProgressBar bar(8, 10);
  for (const int batch : {0, 2, 3, 8}) bar({.nbatch = batch});
  EXPECT_THAT(log.take(), ElementsAre("[----------] 0%\r", "[==--------] 25%\r",
                                      "[====------] 38%\r", "[==========] 100%\r"));
}

TEST(LogTrainMetric, WritesEveryPeriod) {
  LogLines log;
  metric::Accuracy accuracy;
  callback::BatchEndCallbacks::Function each = callback::log_train_metric(2);
  run_epoch(each, 0, 4, &accuracy, LogStyle::ranges);
  EXPECT_THAT(log.take(), ElementsAre("Iter[0] Batch[0] Train-accuracy=0.000000",
                                      "Iter[0] Batch[2] Train-accuracy=0.333333"));
  each = callback::log_train_metric(2, {.auto_reset = true});
  run_epoch(each, 0, 4, &accuracy, LogStyle::ranges);
  EXPECT_THAT(log.take(), ElementsAre("Iter[0] Batch[0] Train-accuracy=0.000000",
                                      "Iter[0] Batch[2] Train-accuracy=0.500000"));
}

TEST(LogValidationMetrics, WritesALine) {
  LogLines log;
  metric::Accuracy accuracy;
  accuracy.update(nd::array({1, 0}), nd::array({1, 1}));
  callback::LogValidationMetricsCallback()({.epoch = 4, .eval_metric = &accuracy});
  EXPECT_THAT(log.take(), ElementsAre("Epoch[4] Validation-accuracy=0.500000"));
}

TEST(DoCheckpoint, WritesEveryPeriod) {
  LogLines log;
  const testing::TemporaryFolder folder;
  const auto save = callback::do_checkpoint(folder.path("net"), 2);
  for (int epoch = 0; epoch < 4; ++epoch) {
    save(epoch, testing::small_net(), {{"fc1_bias", nd::full({3}, epoch)}}, {});
  }
  EXPECT_THAT(log.take(),
              ElementsAre("Saved checkpoint to \"" + folder.path("net-0002.params") + "\"",
                          "Saved checkpoint to \"" + folder.path("net-0004.params") + "\""));
  EXPECT_EQ(model::load_params(folder.path("net"), 4).arg_params.at("fc1_bias").to_vector<int>(),
            (std::vector<int>{3, 3, 3}));
}

TEST(Callbacks, RefuseWhatMakesNoSense) {
  EXPECT_THAT(message_of([] { callback::Speedometer(100, 0); }), HasSubstr("frequent"));
  EXPECT_THAT(message_of([] { callback::ProgressBar(0); }), HasSubstr("total"));
  EXPECT_THAT(message_of([] { callback::log_train_metric(0); }), HasSubstr("period"));
}

}  // namespace
}  // namespace gluino
