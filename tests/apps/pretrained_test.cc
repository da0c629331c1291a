#include <apps/digits/models/pretrained.h>
#include <apps/digits/training/digit_data.h>
#include <apps/digits/training/evaluation.h>
#include <apps/program.h>
#include <gluino/gluon/data/vision/datasets.h>
#include <gluino/ndarray/creation.h>

namespace digits_test {
namespace {

TEST(DigitsPretrained, IsSmallAndSaysWhatItIs) {
  const digits::Model model = digits::load_pretrained();
  ASSERT_TRUE(model.info.has_value());
  EXPECT_EQ(model.info->dataset, "mnist");
  EXPECT_TRUE(digits::shows_digits(model.images));
  std::int64_t bytes = 0;
  for (const auto& parameter : model.net->collect_params()) {
    bytes += 4 * parameter.shape().size();
  }
  EXPECT_LE(bytes, 1 << 20);
  EXPECT_NE(model.description.find("part of this program"), std::string::npos);
}

// Digits of another hand than those that it was trained with.
TEST(DigitsPretrained, ReadsDrawnDigits) {
  const digits::Model model = digits::load_pretrained();
  const gluino::gluon::data::Dataset drawn =
      gluino::gluon::data::vision::SyntheticDigits({.count = 1000, .train = false});
  const auto result =
      digits::evaluate(*model.net, digits::make_loader(drawn, {.batch_size = 100}), gluino::cpu(0));
  EXPECT_GT(result.accuracy(), 0.93);
}

TEST(DigitsPretrained, ReadsMnist) {
  const char* folder = std::getenv("GLUINO_MNIST");
  if (folder == nullptr) GTEST_SKIP() << "GLUINO_MNIST names no folder";
  const digits::Model model = digits::load_pretrained();
  const auto test = digits::read_idx_part(folder, digits::Part::test, {});
  ASSERT_EQ(test.size(), 10'000);
  const auto frozen = model.net->freeze(gluino::nd::zeros({1, 1, 28, 28}));
  const auto result =
      digits::evaluate(frozen, digits::make_loader(test, {.batch_size = 100}), gluino::cpu(0));
  EXPECT_GE(result.accuracy(), 0.995);
  EXPECT_NEAR(result.accuracy(), model.info->test_accuracy.value(), 5e-4)
      << "as its description says";
}

}  // namespace
}  // namespace digits_test
