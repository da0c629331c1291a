// What hawkesll says of events that are none; its numbers stand in mxnet/numbers.json.
#include <gluino/ops/losses/hawkes.h>
#include <gluino/ops/nd.h>
#include <gmock/gmock.h>

#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::HasSubstr;

ops::HawkesInputs<NDArray> two_sequences() {
  return {.lda = nd::ones({2, 3}),
          .alpha = nd::full({3}, 0.5),
          .beta = nd::ones({3}),
          .state = nd::zeros({2, 3}),
          .lags = nd::ones({2, 4}),
          .marks = nd::zeros({2, 4}, int32),
          .valid_length = nd::full({2}, 4),
          .max_time = nd::full({2}, 5)};
}

std::string message_of(const ops::HawkesInputs<NDArray>& inputs) {
  try {
    ops::hawkesll(inputs)[0].to_vector<float>();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Hawkes, TellsWhatIsNoEvent) {
  EXPECT_EQ(message_of(two_sequences()), "no error");
  auto inputs = two_sequences();
  inputs.marks = nd::full({2, 4}, 3, int32);
  EXPECT_THAT(message_of(inputs), HasSubstr("marks: expected from 0 to 2, got 3"));
  inputs.valid_length = nd::zeros({2});
  EXPECT_EQ(message_of(inputs), "no error") << "marks beyond the valid ones mean nothing";
  inputs.valid_length = nd::full({2}, 5);
  EXPECT_THAT(message_of(inputs), HasSubstr("valid_length: expected from 0 to 4, got 5"));
  inputs = two_sequences();
  inputs.lags = nd::ones({3, 4});
  EXPECT_THAT(message_of(inputs), HasSubstr("lags: expected 2 sequences"));
  inputs = two_sequences();
  inputs.alpha = inputs.alpha.astype(float64);
  EXPECT_THAT(message_of(inputs), HasSubstr("alpha: expected float32"));
}

// With alpha 0 there are K Poisson processes: log lda for each event, less lda times the time.
TEST(Hawkes, WithoutInfluenceIsPoissons) {
  auto inputs = two_sequences();
  inputs.lda = nd::full({2, 3}, 1.5);
  inputs.alpha = nd::zeros({3});
  const auto found = ops::hawkesll(inputs)[0].to_vector<double>();
  for (const double each : found) EXPECT_NEAR(each, 4 * std::log(1.5) - 3 * 1.5 * 5, 1e-5);
}

}  // namespace
}  // namespace gluino
