// Regions, as MXNet 1.9.1 proposes and pools them.
#include <gluino/ops/nd.h>
#include <gmock/gmock.h>

#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using Values = std::vector<double>;

// Two anchors, of 16 and 32 pixels, at each of 2 x 3 places, with rising scores.
std::vector<NDArray> proposals(const Attributes& more, const char* name = "_contrib_Proposal",
                               std::int64_t images = 1) {
  const NDArray scores = nd::arange(0, static_cast<double>(images * 24)).reshape({images, 4, 2, 3});
  const NDArray moves = nd::zeros({images, 8, 2, 3});
  std::vector<double> info;
  for (std::int64_t i = 0; i < images; ++i) info.insert(info.end(), {32, 48, 1});
  Attributes options = {{"scales", "(1, 2)"},
                        {"ratios", "(1,)"},
                        {"rpn_min_size", "0"},
                        {"output_score", "True"},
                        {"rpn_post_nms_top_n", "3"}};
  for (const auto& [key, value] : more) options[key] = value;
  return nd::invoke(name, {scores, moves, nd::from(info, {images, 3}).astype(float32)}, options);
}

TEST(Proposal, GivesTheBestThatDoNotOverlap) {
  const auto got = proposals({{"threshold", "0.3"}});
  // The larger anchors of three places, cut at the edges of the image.
  EXPECT_EQ(got[0].to_vector<double>(), (Values{0, 24, 8, 47, 31,  //
                                                0, 0, 8, 23, 31,   //
                                                0, 8, 0, 39, 23}));
  EXPECT_EQ(got[1].to_vector<double>(), (Values{23, 21, 19}));
  EXPECT_EQ(proposals({{"output_score", "False"}}).size(), 1U);
}

TEST(Proposal, RepeatsWhatThereIs) {
  const auto got = proposals({{"rpn_pre_nms_top_n", "2"}, {"threshold", "1"}});
  EXPECT_EQ(got[1].to_vector<double>(), (Values{23, 22, 23}));
}

TEST(Proposal, PutsSmallRegionsLast) {
  // None of the boxes has 40 pixels on both sides.
  const auto got = proposals({{"rpn_min_size", "40"}});
  EXPECT_EQ(got[1].to_vector<double>(), (Values{-1, -1, -1}));
}

TEST(Proposal, OfSeveralImages) {
  const auto got = proposals({{"threshold", "0.3"}}, "_contrib_MultiProposal", 2);
  EXPECT_EQ(got[0].shape(), (Shape{6, 5}));
  EXPECT_EQ(got[1].to_vector<double>(), (Values{23, 21, 19, 47, 45, 43}));
  EXPECT_EQ(got[0].slice(3, 6).to_vector<double>()[0], 1);
  EXPECT_THAT(message_of([] { proposals({}, "_contrib_Proposal", 2); }),
              HasSubstr("expected one image, got 2"));
  EXPECT_THAT(message_of([] {
                proposals({{"scales", "(1, 2, 3)"}});
              }),
              HasSubstr("expected 6 channels"));
}

TEST(PsRoiPooling, IsTheMeanOfChannelsThatStandForAPart) {
  const NDArray data = nd::arange(0, 1.0 * 8 * 6 * 6).reshape({1, 8, 6, 6});
  const NDArray rois = nd::array({{0, 0, 0, 4, 4}, {-1, 0, 0, 4, 4}});
  const NDArray got = nd::PSROIPooling(data, rois, {.output_dim = 2, .pooled_size = 2});
  EXPECT_EQ(got.to_vector<double>(),
            (Values{7, 45, 91, 129, 151, 189, 235, 273, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_THAT(
      message_of([&] { nd::PSROIPooling(data, rois, {.output_dim = 3, .pooled_size = 2}); }),
      HasSubstr("output_dim * group_size * group_size channels, got 8"));
}

}  // namespace
}  // namespace gluino
