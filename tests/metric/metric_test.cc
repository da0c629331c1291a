#include <gluino/base/error.h>
#include <gluino/metric/metric.h>
#include <gluino/ndarray/creation.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace gluino {
namespace {

using metric::Accuracy;
using metric::CompositeEvalMetric;
using metric::CustomMetric;
using metric::Loss;
using metric::NameValue;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// The example of MXNet's documentation.
TEST(Accuracy, ComparesLabelsWithTheLargestScore) {
  Accuracy accuracy;
  EXPECT_TRUE(std::isnan(accuracy.get().second));
  const NDArray scores = nd::array({{0.3, 0.7}, {0, 1.}, {0.4, 0.6}});
  accuracy.update({nd::array({0, 1, 1})}, {scores});
  EXPECT_EQ(accuracy.get(), NameValue("accuracy", 2.0 / 3));
  EXPECT_EQ(accuracy.to_string(), "EvalMetric: {'accuracy': 0.6666666666666666}");
  accuracy.reset();
  EXPECT_TRUE(std::isnan(accuracy.get().second));
}

TEST(Accuracy, LabelsAndScoresOfAnyType) {
  for (const DType labels : {float32, float64, float16, bfloat16, uint8, int8, int32, int64}) {
    for (const DType scores : {float32, float64, float16, bfloat16, uint8, int32}) {
      Accuracy accuracy;
      accuracy.update(nd::array({2, 0, 1}, labels),
                      nd::array({{1, 5, 9}, {7, 7, 0}, {3, 2, 1}}, scores));
      EXPECT_EQ(accuracy.get().second, 2.0 / 3) << labels << " " << scores;
    }
  }
}

TEST(Accuracy, OfClassesAsTheyAre) {
  Accuracy accuracy;
  accuracy.update(nd::array({3, 1, 2, 4}), nd::array({3.9, 1, 7, -4}));
  EXPECT_EQ(accuracy.get().second, 0.5);
}

TEST(Accuracy, AgreesWithTheDefinitionOnAnyAxis) {
  std::mt19937 engine(5);
  const Shape shape{4, 7, 3, 30};
  std::vector<float> scores(static_cast<std::size_t>(shape.size()));
  for (float& score : scores) score = static_cast<float>(engine() % 12);  // with ties
  for (int axis = 0; axis < 4; ++axis) {
    Shape rest = shape;
    rest.erase(axis);
    std::vector<std::int32_t> labels(static_cast<std::size_t>(rest.size()));
    for (auto& label : labels) {
      label = static_cast<std::int32_t>(engine() % static_cast<unsigned>(shape[axis]));
    }
    const std::int64_t inner = shape.size_between(axis + 1, 4);
    std::int64_t correct = 0;
    for (std::int64_t i = 0; i < rest.size(); ++i) {
      const std::int64_t at = i / inner * shape[axis] * inner + i % inner;
      std::int64_t best = 0;
      for (std::int64_t c = 0; c < shape[axis]; ++c) {
        if (scores[static_cast<std::size_t>(at + c * inner)] >
            scores[static_cast<std::size_t>(at + best * inner)]) {
          best = c;
        }
      }
      correct += best == labels[static_cast<std::size_t>(i)];
    }
    Accuracy accuracy({.axis = axis - 4});
    accuracy.update(nd::from(labels, rest), nd::from(scores, shape));
    EXPECT_EQ(accuracy.get().second,
              static_cast<double>(correct) / static_cast<double>(rest.size()));
  }
}

TEST(Accuracy, MistakesAreErrors) {
  Accuracy accuracy;
  EXPECT_THROW(accuracy.update({nd::ones({2})}, {nd::ones({2}), nd::ones({2})}), Error);
  EXPECT_THROW(accuracy.update(nd::ones({3}), nd::ones({2, 5})), Error);
  EXPECT_THROW(accuracy.update(nd::ones({3}), nd::ones({2})), Error);
  EXPECT_THROW(accuracy.update(nd::ones({3}), nd::ones({3, 0})), Error);
  EXPECT_THROW(accuracy.update(nd::ones({3}), NDArray()), Error);
  accuracy.update(nd::ones({0}), nd::ones({0, 5}));
  accuracy.update(nd::array({0}), nd::array({NAN}));
  EXPECT_EQ(accuracy.get().second, 0);
}

TEST(Loss, IsTheMeanOfAllElements) {
  Loss loss;
  loss.update(NDArray(), nd::array({1, 2}));
  loss.update({}, {nd::array({{3, 4}, {5, 9}}, float64), nd::array({4}, int32)});
  EXPECT_EQ(loss.get(), NameValue("loss", 4.0));
}

TEST(EvalMetric, LocalAndGlobalCounts) {
  Loss loss("cost");
  loss.update(NDArray(), nd::array({1}));
  loss.reset_local();
  loss.update(NDArray(), nd::array({3}));
  EXPECT_THAT(loss.get_name_value(), ElementsAre(NameValue("cost", 3)));
  EXPECT_THAT(loss.get_global_name_value(), ElementsAre(NameValue("cost", 2)));
  loss.reset();
  EXPECT_TRUE(std::isnan(loss.get_global_name_value()[0].second));
}

TEST(EvalMetric, NumbersAreWrittenAsPythonDoes) {
  const std::vector<std::pair<double, std::string>> cases = {{0.9877, "0.9877"},
                                                             {1, "1.0"},
                                                             {0, "0.0"},
                                                             {1e-4, "0.0001"},
                                                             {1e-5, "1e-05"},
                                                             {1.5e17, "1.5e+17"},
                                                             {NAN, "nan"},
                                                             {123456, "123456.0"},
                                                             {-0.1, "-0.1"},
                                                             {HUGE_VAL, "inf"},
                                                             {1e15, "1000000000000000.0"}};
  for (const auto& [value, text] : cases) {
    CustomMetric metric([value = value](const auto&, const auto&) { return value; });
    metric.update(NDArray(), NDArray());
    std::ostringstream out;
    out << metric;
    EXPECT_EQ(out.str(), "EvalMetric: {'custom': " + text + "}");
  }
}

TEST(CompositeEvalMetric, HoldsSeveral) {
  const auto both = metric::create({"acc", "loss"});
  both->update(nd::array({1, 1}), nd::array({{0, 1}, {3, 0}}));
  EXPECT_THAT(both->get_name_value(),
              ElementsAre(NameValue("accuracy", 0.5), NameValue("loss", 1)));
  EXPECT_EQ(both->to_string(), "EvalMetric: {'accuracy': 0.5, 'loss': 1.0}");
  EXPECT_THROW(both->get(), Error);
  both->reset_local();
  EXPECT_TRUE(std::isnan(both->get_name_value()[0].second));
  EXPECT_EQ(both->get_global_name_value()[0].second, 0.5);
  both->reset();
  EXPECT_TRUE(std::isnan(both->get_global_name_value()[1].second));
  EXPECT_EQ(CompositeEvalMetric().to_string(), "EvalMetric: {}");
  EXPECT_THROW(CompositeEvalMetric({nullptr}), Error);
}

TEST(CustomMetric, CallsTheFunction) {
  const auto count_and_sum = [](const NDArray& label, const NDArray& pred) {
    return std::pair<double, std::int64_t>(label.asscalar() * pred.asscalar(), 4);
  };
  CustomMetric metric(count_and_sum, {.name = "product", .allow_extra_outputs = true});
  metric.update({nd::array({3})}, {nd::array({5}), nd::array({7})});
  EXPECT_EQ(metric.get(), NameValue("product", 15.0 / 4));
  CustomMetric strict(count_and_sum);
  EXPECT_THROW(strict.update({nd::array({3})}, {nd::array({5}), nd::array({7})}), Error);
  EXPECT_THROW(CustomMetric(CustomMetric::Value()), Error);
}

TEST(EvalMetric, MadeByName) {
  EXPECT_EQ(metric::create("Accuracy")->name(), "accuracy");
  EXPECT_EQ(metric::create("acc")->name(), "accuracy");
  EXPECT_EQ(metric::create("loss")->name(), "loss");
  try {
    metric::create("acccuracy");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("'acccuracy'"), HasSubstr("acc, accuracy, ")));
  }
  metric::register_metric("cost", [](const auto&) { return std::make_shared<Loss>("cost"); });
  EXPECT_EQ(metric::create("cost")->name(), "cost");
  metric::register_metric("nothing", [](const auto&) { return nullptr; });
  EXPECT_THROW(metric::create("nothing"), Error);
}

TEST(EvalMetric, OptionsThatCountAreWholeNumbers) {
  const std::pair<const char*, const char*> all[] = {
      {"acc", "axis"}, {"top_k_acc", "top_k"}, {"perplexity", "ignore_label"}};
  for (const auto& [name, option] : all) {
    for (const double value : {1.5, 1e300, std::nan("")}) {
      EXPECT_THROW(metric::create(name, {{option, value}}), Error) << name << " " << value;
    }
  }
}

}  // namespace
}  // namespace gluino
