#include <gluino/base/error.h>
#include <gluino/metric/classification.h>
#include <gluino/metric/correlation.h>
#include <gluino/metric/regression.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ops/layers/softmax.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "error_message.h"

namespace gluino {
namespace {

using metric::EvalMetric;
using metric::NameValue;
using ::testing::HasSubstr;
using testing::message_of;

using Batch = std::pair<NDArray, NDArray>;

// ((37 i + 11 k) mod 101 - 50) / 32
NDArray plain(const Shape& shape, int k) {
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>((static_cast<int>(i) * 37 + 11 * k) % 101 - 50) / 32;
  }
  return nd::from(values, shape);
}

// (5 i + 3 k) mod classes
NDArray classes_of(std::int64_t count, int k, int classes) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>((static_cast<int>(i) * 5 + 3 * k) % classes);
  }
  return nd::from(values, {count});
}

Batch five_classes(int step) { return {classes_of(8, step, 5), ops::softmax(plain({8, 5}, step))}; }
Batch two_classes(int step) {
  return {classes_of(8, step, 2), ops::softmax(plain({8, 2}, step + 1))};
}
Batch numbers(int step) { return {plain({8, 2}, step), plain({8, 2}, 2 * step + 1)}; }

struct Expected {
  std::shared_ptr<EvalMetric> metric;
  Batch (*batch)(int step);
  std::string name;
  double local;   // of the second and third batch, as MXNet 1.9.1 gives it
  double global;  // of all three
};

std::vector<Expected> expectations() {
  using namespace metric;
  return {
      {create("top_k_accuracy", {{"top_k", 2}}), five_classes, "top_k_accuracy_2", 0.25,
       0.333333333333},
      {create("top_k_acc", {{"top_k", 3}}), five_classes, "top_k_accuracy_3", 0.625,
       0.583333333333},
      {create("f1"), two_classes, "f1", 0.666666666667, 0.577777777778},
      {std::make_shared<F1>(F1Options{.average = "micro"}), two_classes, "f1", 0.666666666667,
       0.571428571429},
      {create("mcc"), two_classes, "mcc", 0.258198889747, -0.0203174965651},
      {std::make_shared<MCC>(MCCOptions{.average = "micro"}), two_classes, "mcc", 0.258198889747,
       0},
      {create("PCC"), five_classes, "pcc", -0.0507673082567, -0.0390137157320},
      {create("pcc"), two_classes, "pcc", 0.258198889747, 0},
      {create("ce"), five_classes, "cross-entropy", 2.12999129295, 2.0308953921},
      {create("CrossEntropy", {{"eps", 0.01}}), five_classes, "cross-entropy", 2.02148938179,
       1.93060795466},
      {create("nll_loss"), five_classes, "nll-loss", 2.12999129295, 2.0308953921},
      {create("perplexity"), five_classes, "perplexity", 8.41479254, 7.62090639902},
      {create("perplexity", {{"ignore_label", 3}}), five_classes, "perplexity", 6.91453651271,
       6.57427800856},
      {create("mae"), numbers, "mae", 1.2314453125, 0.986979166667},
      {create("mse"), numbers, "mse", 1.94241333008, 1.49666341146},
      {create("rmse"), numbers, "rmse", 1.38561189175, 1.1830488046},
      {create("pearsonr"), numbers, "pearsonr", -0.184360113829, 0.0890634168855},
  };
}

TEST(Metrics, GiveTheNumbersOfMxnet) {
  for (const Expected& expected : expectations()) {
    SCOPED_TRACE(expected.name);
    EvalMetric& metric = *expected.metric;
    EXPECT_TRUE(std::isnan(metric.get().second));
    for (int step = 0; step < 3; ++step) {
      const auto [label, pred] = expected.batch(step);
      metric.update(label, pred);
      if (step == 0) metric.reset_local();
    }
    EXPECT_EQ(metric.get().first, expected.name);
    EXPECT_NEAR(metric.get().second, expected.local, 1e-6);
    EXPECT_NEAR(metric.get_global_name_value()[0].second, expected.global, 1e-6);
    metric.reset();
    EXPECT_TRUE(std::isnan(metric.get_global_name_value()[0].second));
  }
}

// MXNet's number for all elements of three batches.
TEST(PearsonCorrelation, OfAllElementsTogether) {
  metric::PearsonCorrelation correlation({.average = "micro"});
  for (int step = 0; step < 3; ++step) {
    const auto [label, pred] = numbers(step);
    correlation.update(label, pred);
    if (step == 1) correlation.reset_local();
  }
  EXPECT_NEAR(correlation.get_global_name_value()[0].second, 0.0824796658896, 1e-9);
  metric::PearsonCorrelation last({.average = "micro"});
  last.update(numbers(2).first, numbers(2).second);
  EXPECT_EQ(correlation.get().second, last.get().second);
  metric::PearsonCorrelation line;
  line.update(nd::array({1, 2, 3}), nd::array({-2, -4, -6}));
  EXPECT_NEAR(line.get().second, -1, 1e-12);
}

// MXNet's own example: nearly all samples are taken for class 1.
TEST(MCC, SeesThatTheRarerClassIsMissed) {
  std::vector<float> labels(1001, 0);
  labels.resize(11002, 1);
  std::vector<float> scores;
  for (int row = 0; row < 11002; ++row) {
    const bool rejected = row == 1000 || row == 1001;
    scores.insert(scores.end(), {rejected ? 0.7F : 0.3F, rejected ? 0.3F : 0.7F});
  }
  metric::MCC mcc;
  metric::PCC pcc;
  for (EvalMetric* each : std::vector<EvalMetric*>{&mcc, &pcc}) {
    each->update(nd::from(labels, {11002}), nd::from(scores, {11002, 2}));
    EXPECT_NEAR(each->get().second, 0.01917751877733392, 1e-12);
  }
}

TEST(MCC, OfOneClassIsZeroAndPccsIsNone) {
  const NDArray all_one = nd::array({{0.1, 0.9}, {0.1, 0.9}, {0.1, 0.9}});
  for (const NDArray& labels : {nd::array({1, 1, 1}), nd::array({1, 0, 1})}) {
    metric::MCC mcc;
    mcc.update(labels, all_one);
    EXPECT_EQ(mcc.get().second, 0);
    metric::PCC pcc;
    pcc.update(labels, all_one);
    EXPECT_TRUE(std::isnan(pcc.get().second));
  }
}

// 7/9 is MXNet's number.
TEST(PCC, TakesClassesAndGrowsWithThem) {
  metric::PCC pcc;
  pcc.update(nd::array({0, 1, 2}), nd::array({0, 1, 2}));
  EXPECT_EQ(pcc.get().second, 1);
  pcc.reset_local();
  pcc.update(nd::array({0, 1, 2, 2, 6}), nd::array({0, 1, 2, 1, 6}));
  EXPECT_NEAR(pcc.get().second, 7.0 / 9, 1e-12);
}

TEST(MCC, AndPccRefuseWhatTheyCannotCount) {
  EXPECT_THAT(message_of([] { metric::MCC({.average = "all"}); }),
              HasSubstr("MCC: average: expected macro or micro, got 'all'"));
  EXPECT_THAT(message_of([] {
                metric::MCC().update(nd::array({0}), nd::array({{1, 2, 3}}));
              }),
              HasSubstr("MCC: expected predictions of shape (N, 2), got (1, 3)"));
  for (const double label : {-1.0, 1e9, std::nan("")}) {
    metric::PCC pcc;
    EXPECT_THAT(message_of([&] {
                  pcc.update(nd::array({label}), nd::array({{1, 2, 3}}));
                }),
                HasSubstr("PCC: expected classes from 0 to 16383, got"));
    EXPECT_TRUE(std::isnan(pcc.get().second));
  }
  EXPECT_THAT(message_of([] {
                metric::PCC().update(nd::array({0}), nd::array({1, 2}));
              }),
              HasSubstr("PCC: labels of shape (1,) do not fit predictions of shape (2,)"));
}

TEST(TopKAccuracy, EqualScoresCountInTheirOrder) {
  metric::TopKAccuracy top({.top_k = 2});
  top.update(nd::array({0, 1, 2}), nd::array({{1, 1, 1}, {1, 1, 1}, {1, 1, 1}}));
  EXPECT_EQ(top.get().second, 2.0 / 3);
  top.reset();
  top.update(nd::array({7, -1}), nd::array({{1, 2, 3}, {1, 2, 3}}));
  EXPECT_EQ(top.get().second, 0) << "what is no class is never right";
}

TEST(Regression, AColumnIsARow) {
  metric::MAE mae;
  mae.update(nd::array({1, 2}), nd::array({{2}, {4}}));
  EXPECT_EQ(mae.get(), NameValue("mae", 1.5));
}

TEST(Metrics, MistakesAreNamed) {
  const NDArray scores = nd::array({{0.5, 0.5}, {1, 0}});
  EXPECT_EQ(message_of([&] {
              metric::MSE().update(nd::ones({3}), nd::ones({2, 3}));
            }),
            "mse: labels of shape (3,) do not fit predictions of shape (2, 3)");
  EXPECT_THAT(message_of([&] {
                metric::CrossEntropy().update(nd::array({0, 2}), scores);
              }),
              HasSubstr("label 2 is none of 2 classes"));
  EXPECT_THAT(message_of([&] {
                metric::CrossEntropy().update(nd::array({0, NAN}), scores);
              }),
              HasSubstr("is none of 2 classes"));
  EXPECT_THAT(message_of([&] {
                metric::Perplexity().update(nd::array({0, -1}), scores);
              }),
              HasSubstr("not ignored"));
  EXPECT_THAT(message_of([&] { metric::F1().update(nd::array({0}), scores); }),
              HasSubstr("F1: labels of shape (1,)"));
  EXPECT_THAT(message_of([&] {
                metric::F1().update(nd::array({0}), nd::ones({1, 3}));
              }),
              HasSubstr("(N, 2), got (1, 3)"));
  EXPECT_THROW(metric::TopKAccuracy({.top_k = 1}), Error);
  EXPECT_THROW(metric::F1({.average = "mean"}), Error);
  EXPECT_THAT(message_of([] {
                metric::create("mse", {{"top_k", 3}});
              }),
              HasSubstr("[mse] has no option 'top_k'"));
}

}  // namespace
}  // namespace gluino
