// Losses of more than two arrays; the numbers are those of MXNet 1.9.1.
#include "gluon/support.h"

namespace gluino::gluon {
namespace {

using gluino::testing::expect_near;
using gluino::testing::message_of;
using gluino::testing::pattern;
using ::testing::HasSubstr;

struct SeveralLosses : ::testing::TestWithParam<bool> {
  template <class L>
  L made(L loss) {
    loss.hybridize(GetParam());
    return loss;
  }
  NDArray x = pattern({3, 4}, 1);
  NDArray y = pattern({3, 4}, 2);
  NDArray z = pattern({3, 4}, 3);
  NDArray labels = nd::array({1, -1, 1});
};

TEST_P(SeveralLosses, Triplet) {
  auto wide = made(loss::TripletLoss({.margin = 1.5}));
  expect_near(wide(x, y, z), {0, 2.251953125, 0.08203125});
  auto half = made(loss::TripletLoss({.weight = 0.5}));
  expect_near(half(x, y, z), {0, 0.8759765625, 0});
  expect_near(half(x, y, z, nd::array({1, 2, 0})), {0, 2 * 0.8759765625, 0});
  Block& any = half;
  EXPECT_THAT(message_of([&] { any(x, y); }),
              HasSubstr("takes (array, array, array, array or nothing), got (array (3, 4), "));
}

TEST_P(SeveralLosses, CosineEmbedding) {
  auto plain = made(loss::CosineEmbeddingLoss());
  const NDArray value = plain(x, y, labels);
  EXPECT_EQ(value.shape(), (Shape{3, 1}));
  expect_near(value, {0.06938481330871582, 0, 0.05667465925216675});
  auto wide = made(loss::CosineEmbeddingLoss({.weight = 2, .margin = 0.2}));
  expect_near(wide(x, y, labels * -1.0, nd::array({0.5, 2, 0})),
              {0.7306151986122131, 5.587310791015625, 0});
}

TEST_P(SeveralLosses, PoissonNLL) {
  const NDArray counts = nd::abs(pattern({3, 4}, 5)) * 3.0;
  auto plain = made(loss::PoissonNLLLoss());
  const NDArray value = plain(x, counts);
  EXPECT_EQ(value.shape(), (Shape{1}));
  expect_near(value, {1.0091665983200073});
  auto full = made(loss::PoissonNLLLoss({.from_logits = false, .compute_full = true}));
  expect_near(full(nd::abs(x) + 0.1, counts + 1.5), {5.632654666900635});
  // log(0!) is 0, not NaN.
  EXPECT_EQ(full(nd::ones({2}), nd::zeros({2})).asscalar(), 1);
}

TEST_P(SeveralLosses, CTC) {
  const NDArray pred = nd::ones({2, 20, 4});
  const NDArray label = nd::array({{1, 0, -1, -1}, {2, 1, 1, -1}});
  auto plain = made(loss::CTCLoss());
  expect_near(plain(pred, label), {18.828207, 16.505817});
  auto turned = made(loss::CTCLoss({.layout = "TNC", .label_layout = "TN", .weight = 2}));
  const NDArray steps = nd::swapaxes(pred, {.dim1 = 0, .dim2 = 1});
  const NDArray lengths = nd::array({18, 18}), counts = nd::array({2, 3});
  expect_near(turned(steps, label.transpose({1, 0}), lengths, counts, nd::array({1, 0.5})),
              {2 * 16.467596, 14.388154});
  auto counted = made(loss::CTCLoss());
  expect_near(counted(pred, label, {}, counts), {18.828207, 16.505817});
}

INSTANTIATE_TEST_SUITE_P(EagerAndHybridized, SeveralLosses, ::testing::Bool());

// A weight per sample weighs samples, wherever their axis is.
TEST(Losses, WeightsLieAlongTheAxisOfTheBatch) {
  loss::L2Loss l2({.batch_axis = 1});
  const NDArray found = l2(nd::ones({3, 3}), nd::zeros({3, 3}), nd::array({1, 0, 0}));
  EXPECT_EQ(found.to_vector<double>(), (std::vector<double>{0.5, 0, 0}));
}

TEST(Losses, CosineTakesLabelsOfWholeNumbers) {
  loss::CosineEmbeddingLoss cosine;
  const NDArray a = nd::array({{1, 2}, {3, 4}}), b = nd::array({{2, 1}, {-1, 1}});
  EXPECT_EQ(cosine(a, b, nd::array({1, -1}, int32)).to_vector<float>(),
            cosine(a, b, nd::array({1, -1})).to_vector<float>());
}

}  // namespace
}  // namespace gluino::gluon
