// CTCLoss against the sum over all ways through the steps, and MXNet's choices.
#include <cmath>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::filled;
using testing::message_of;
using Labels = std::vector<std::int64_t>;

// What a way says: repetitions once, blanks not at all.
Labels said_by(const Labels& way, std::int64_t blank) {
  Labels said;
  for (std::size_t t = 0; t < way.size(); ++t) {
    if (way[t] != blank && (t == 0 || way[t] != way[t - 1])) said.push_back(way[t]);
  }
  return said;
}

// -log of the sum of the probabilities of all ways of `steps` steps that say the labels.
double by_all_ways(const NDArray& data, std::int64_t sequence, std::int64_t steps,
                   const Labels& labels, std::int64_t blank) {
  const std::int64_t classes = data.shape()[2], sequences = data.shape()[1];
  const auto p = nd::softmax(data).to_vector<double>();
  double sum = 0;
  Labels way(static_cast<std::size_t>(steps), 0);
  const auto count = static_cast<std::int64_t>(std::pow(classes, steps));
  for (std::int64_t number = 0; number < count; ++number) {
    std::int64_t rest = number;
    double product = 1;
    for (std::size_t t = 0; t < way.size(); ++t, rest /= classes) {
      way[t] = rest % classes;
      product *= p[(t * static_cast<std::size_t>(sequences) + static_cast<std::size_t>(sequence)) *
                       static_cast<std::size_t>(classes) +
                   static_cast<std::size_t>(way[t])];
    }
    if (said_by(way, blank) == labels) sum += product;
  }
  return -std::log(sum);
}

TEST(CTCLoss, IsTheProbabilityOfAllWays) {
  const NDArray data = filled({{5, 3, 4}}, float64, 1);
  const NDArray first = nd::CTCLoss(data, nd::array({{1, 2, 2}, {3, 0, 0}, {0, 0, 0}}));
  EXPECT_NEAR(first.data<double>()[0], by_all_ways(data, 0, 5, {1, 2, 2}, 0), 1e-12);
  EXPECT_NEAR(first.data<double>()[1], by_all_ways(data, 1, 5, {3}, 0), 1e-12);
  EXPECT_NEAR(first.data<double>()[2], by_all_ways(data, 2, 5, {}, 0), 1e-12);
  const NDArray last =
      nd::CTCLoss(std::vector<NDArray>{data, nd::array({{0, 1, 2}, {2, 2, 1}, {1, 0, 0}}),
                                       nd::array({4, 5, 2}), nd::array({3, 2, 1})},
                  {.use_data_lengths = true, .use_label_lengths = true, .blank_label = "last"});
  EXPECT_NEAR(last.data<double>()[0], by_all_ways(data, 0, 4, {0, 1, 2}, 3), 1e-12);
  EXPECT_NEAR(last.data<double>()[1], by_all_ways(data, 1, 5, {2, 2}, 3), 1e-12);
  EXPECT_NEAR(last.data<double>()[2], by_all_ways(data, 2, 2, {1}, 3), 1e-12);
}

// As in MXNet: the loss 0, and no gradient, also of what lies behind a sequence's end.
TEST(CTCLoss, LabelsThatDoNotFitHaveNone) {
  const NDArray data = filled({{3, 2, 3}}, float64, 2);
  data.attach_grad();
  NDArray loss;
  {
    const auto recording = autograd::record();
    loss = nd::CTCLoss(std::vector<NDArray>{data, nd::array({{1, 1}, {1, 2}}), nd::array({2, 2})},
                       {.use_data_lengths = true});
  }
  loss.backward();
  EXPECT_EQ(loss.data<double>()[0], 0);
  EXPECT_NEAR(loss.data<double>()[1], by_all_ways(data, 1, 2, {1, 2}, 0), 1e-12);
  const auto gradient = data.grad().to_vector<double>();
  for (const int i : {0, 1, 2, 6, 7, 8, 12, 13, 14, 15, 16, 17}) {
    EXPECT_EQ(gradient[static_cast<std::size_t>(i)], 0) << i;
  }
}

TEST(CTCLoss, LongSequencesOfSmallProbabilitiesAreNumbers) {
  const NDArray data = filled({{400, 1, 50}}, float32, 3) * 30.0;
  std::vector<float> labels(150);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<float>(i % 49 + 1);
  const NDArray loss = nd::CTCLoss(data, nd::from(labels, {1, 150}));
  EXPECT_TRUE(std::isfinite(loss.asscalar()));
  EXPECT_GT(loss.asscalar(), 100);
}

TEST(CTCLoss, RefusesLabelsAndLengthsOutside) {
  const NDArray data = nd::zeros({3, 1, 4});
  EXPECT_EQ(message_of([&] {
              nd::CTCLoss(data, nd::array({{1, 4}}));
            }),
            "[CTCLoss] label: 4 of sequence 0 is none of 4 classes");
  EXPECT_EQ(message_of([&] {
              nd::CTCLoss(std::vector<NDArray>{data, nd::array({{1, 2}}), nd::array({4})},
                          {.use_data_lengths = true});
            }),
            "[CTCLoss] data_lengths: expected 0 to 3, got 4 for sequence 0");
  EXPECT_EQ(message_of([&] {
              nd::CTCLoss(data, nd::array({{1, 2, 1, 2}}));
            }),
            "[CTCLoss] label: expected the labels of 1 sequences, no more than 3 each, got (1, 4)");
}

}  // namespace
}  // namespace gluino
