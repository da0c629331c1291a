#include <gluino/base/random.h>
#include <gluino/io/iterators/image_det_record_iter.h>
#include <gluino/io/pictures/image.h>
#include <gluino/io/records/recordio.h>
#include <gluino/ndarray/params.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "io/files.h"
#include "io/iter_support.h"

namespace gluino::io {
namespace {

using recordio::IRHeader;
using recordio::MXIndexedRecordIO;
using testing::Each;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

using Row = std::vector<float>;

NDArray picture(std::int64_t height, std::int64_t width) {
  NDArray result({height, width, 3}, uint8);
  for (std::int64_t i = 0; i < result.size(); ++i) {
    result.data<std::uint8_t>()[i] = static_cast<std::uint8_t>(i * 37 % 251);
  }
  return result;
}

// One object, two, and three.
const std::vector<Row> kLabels = {
    {2, 5, 0, .1F, .2F, .6F, .7F},
    {2, 5, 1, .25F, .25F, .75F, .75F, 3, 0, 0, .5F, 1},
    {2, 5, 2, 0, .5F, .5F, 1, 1, .1F, .1F, .9F, .9F, 0, .2F, .2F, .3F, .3F}};

class ImageDetRecordIterTest : public testing::Test {
 protected:
  ImageDetRecordIterTest() { write({picture(8, 12), picture(10, 6), picture(6, 6)}, kLabels); }
  void write(const std::vector<NDArray>& pictures, const std::vector<Row>& labels) const {
    MXIndexedRecordIO writer(idx_, rec_, "w");
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const IRHeader header{.label = labels[i], .id = i};
      writer.write_idx(static_cast<std::int64_t>(i),
                       recordio::pack_img(header, pictures[i], {.img_fmt = ".png"}));
    }
    writer.close();
  }
  ImageDetRecordIterOptions options() const {
    return {.path_imgrec = rec_, .data_shape = {3, 8, 8}, .batch_size = 2};
  }
  template <class Change>
  ImageDetRecordIterOptions options(Change change) const {
    ImageDetRecordIterOptions o = options();
    change(o);
    return o;
  }
  static std::vector<DataBatch> batches(const ImageDetRecordIterOptions& o) {
    ImageDetRecordIter iter(o);
    std::vector<DataBatch> all;
    for (DataBatch batch; iter.next(batch); batch = {}) all.push_back(batch);
    return all;
  }
  static Row label_row(const DataBatch& batch, std::int64_t i) {
    return batch.label[0][i].to_vector<float>();
  }
  // `front` numbers of what stands before the label, the label, and filling.
  static Row filled(Row front, const Row& label, std::size_t width, float fill = -1) {
    front.push_back(static_cast<float>(label.size()));
    front.insert(front.end(), label.begin(), label.end());
    front.resize(width, fill);
    return front;
  }
  template <class Change>
  std::string error(Change change) const {
    try {
      batches(options(change));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  TempFolder folder_;
  std::string rec_ = folder_ / "file.rec";
  std::string idx_ = folder_ / "file.idx";
};

// Labels, pad, order and pixels are what MXNet 1.9.1 gives for this file.
TEST_F(ImageDetRecordIterTest, GivesMXNetsBatches) {
  ImageDetRecordIter iter(options());
  EXPECT_EQ(iter.provide_data()[0], (DataDesc{"data", {2, 3, 8, 8}}));
  EXPECT_EQ(iter.provide_label()[0], (DataDesc{"softmax_label", {2, 21}}));
  const auto all = batches(options());
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(label_row(all[0], 0), filled({3, 8, 8}, kLabels[0], 21));
  EXPECT_EQ(label_row(all[0], 1), filled({3, 8, 8}, kLabels[1], 21));
  EXPECT_EQ(label_row(all[1], 0), filled({3, 8, 8}, kLabels[2], 21));
  EXPECT_EQ(label_row(all[1], 1), filled({3, 8, 8}, kLabels[0], 21));
  EXPECT_EQ(all[1].pad, 1);
  EXPECT_THAT(all[1].index, ElementsAre(2, 0));
  // Enlarged and shrunk, bilinearly; its rounding is OpenCV's to one.
  Row pixels = all[0].data[0].to_vector<float>();
  pixels.resize(3);
  EXPECT_THAT(pixels, Pointwise(FloatNear(1), Row{28, 194, 110}));
  pixels = all[1].data[0].to_vector<float>();
  pixels.resize(5);
  EXPECT_THAT(pixels, Pointwise(FloatNear(1), Row{0, 69, 153, 204, 99}));
}

TEST_F(ImageDetRecordIterTest, FillsLabelsUp) {
  const auto all = batches(options([](auto& o) {
    o.label_pad_width = 24;
    o.label_pad_value = -7;
  }));
  EXPECT_EQ(label_row(all[0], 1), filled({3, 8, 8}, kLabels[1], 28, -7));
  EXPECT_THAT(error([](auto& o) { o.label_pad_width = 8; }), HasSubstr("record 1 at offset"));
  EXPECT_THAT(error([](auto& o) { o.label_width = 7; }),
              HasSubstr("label_width says, 7, found 12"));
  const auto rest = batches(options([](auto& o) { o.round_batch = false; }));
  EXPECT_THAT(label_row(rest[1], 1), Each(-1));
}

TEST_F(ImageDetRecordIterTest, TakesLabelsFromAList) {
  std::string text;
  const Row label = {2, 5, 3, 0.25, 0.5, 0.75, 1};
  for (const int id : {2, 0, 1}) {
    text += std::to_string(id);
    for (const float number : label)
      text += str("\t", number + (number == 3 ? static_cast<float>(id) : 0));
    text += "\ta.png\n";
  }
  put(folder_ / "file.lst", text);
  const auto all = batches(options([&](auto& o) { o.path_imglist = folder_ / "file.lst"; }));
  Row second = label;
  second[2] = 4;
  EXPECT_EQ(label_row(all[0], 0), filled({3, 8, 8}, label, 11));
  EXPECT_EQ(label_row(all[0], 1), filled({3, 8, 8}, second, 11));
}

// As MXNet's.
TEST_F(ImageDetRecordIterTest, MirrorsPicturesWithTheirObjects) {
  const auto all = batches(options([](auto& o) { o.rand_mirror_prob = 1; }));
  EXPECT_THAT(label_row(all[0], 0),
              Pointwise(FloatNear(1e-6F), filled({3, 8, 8}, {2, 5, 0, .4F, .2F, .9F, .7F}, 21)));
  const Row plain = batches(options())[0].data[0].to_vector<float>();
  const Row mirrored = all[0].data[0].to_vector<float>();
  for (std::size_t x = 0; x < 8; ++x) EXPECT_NEAR(mirrored[x], plain[7 - x], 1);
}

TEST_F(ImageDetRecordIterTest, KeepsProportionsWhereAsked) {
  const auto fit = batches(options([](auto& o) { o.resize_mode = "fit"; }));
  EXPECT_THAT(label_row(fit[0], 0), Pointwise(FloatNear(0), filled({3, 5, 8}, kLabels[0], 21)));
  EXPECT_THAT(label_row(fit[0], 1), Pointwise(FloatNear(0), filled({3, 8, 4}, kLabels[1], 21)));
  EXPECT_THAT(label_row(fit[1], 0), Pointwise(FloatNear(0), filled({3, 8, 8}, kLabels[2], 21)));
  const Row pixels = fit[0].data[0].to_vector<float>();
  EXPECT_NEAR(pixels[0], 51, 1);
  EXPECT_THAT(Row(pixels.begin() + 40, pixels.begin() + 64), Each(0));
  const auto shrink = batches(options([](auto& o) { o.resize_mode = "shrink"; }));
  EXPECT_THAT(label_row(shrink[1], 0), Pointwise(FloatNear(0), filled({3, 6, 6}, kLabels[2], 21)));
  const Row as_it_is = shrink[1].data[0].to_vector<float>();
  EXPECT_THAT(Row(as_it_is.begin(), as_it_is.begin() + 5), ElementsAre(0, 111, 222, 82, 193));
}

TEST_F(ImageDetRecordIterTest, ScalesPixels) {
  const auto all = batches(options([](auto& o) {
    o.mean_r = 10;
    o.mean_g = 20;
    o.std_r = o.std_g = 2;
    o.scale = 0.5;
  }));
  const Row before = batches(options())[0].data[0].to_vector<float>();
  const Row pixels = all[0].data[0].to_vector<float>();
  EXPECT_EQ(pixels[0], (before[0] - 10) * 0.25F);
  EXPECT_EQ(pixels[64], (before[64] - 20) * 0.25F);
  EXPECT_EQ(pixels[128], before[128] * 0.5F);
}

// As MXNet's: beyond the edges are pixels of 0, which means are taken off too.
TEST_F(ImageDetRecordIterTest, ScalesWhatIsBeyondTheEdges) {
  const auto all = batches(options([](auto& o) {
    o.resize_mode = "fit";
    o.mean_r = 10;
    o.std_r = 2;
    o.scale = 4;
  }));
  const Row pixels = all[0].data[0].to_vector<float>();
  EXPECT_THAT(Row(pixels.begin() + 40, pixels.begin() + 64), Each(-20));
}

TEST_F(ImageDetRecordIterTest, TheMeanPictureIsMadeAndTakenOff) {
  const std::string mean = folder_ / "mean.bin";
  for (const char* mode : {"force", "fit"}) {
    const auto changed = [&](auto& o) { o.resize_mode = mode, o.batch_size = 3; };
    const Row plain = batches(options(changed))[0].data[0].to_vector<float>();
    const auto with_mean = [&](auto& o) { changed(o), o.mean_img = mean, o.scale = 2; };
    const Row pixels = batches(options(with_mean))[0].data[0].to_vector<float>();
    const nd::NamedArrays written = nd::load(mean);
    ASSERT_EQ(written.size(), 1U);
    EXPECT_EQ(written[0].first, "mean_img");
    const Row of_all = written[0].second.to_vector<float>();
    ASSERT_EQ(of_all.size(), 192U);
    for (std::size_t i = 0; i < 192; ++i) {
      EXPECT_NEAR(of_all[i], (plain[i] + plain[192 + i] + plain[384 + i]) / 3, 1e-4);
      EXPECT_EQ(pixels[i], (plain[i] - of_all[i]) * 2);
    }
    EXPECT_EQ(pixels, batches(options(with_mean))[0].data[0].to_vector<float>());
    std::filesystem::remove(mean);
  }
  EXPECT_THAT(error([&](auto& o) { o.mean_img = mean, o.mean_g = 1; }), HasSubstr("got both"));
  put(mean, "nothing");
  EXPECT_THAT(error([&](auto& o) { o.mean_img = mean; }), HasSubstr("mean.bin"));
}

TEST_F(ImageDetRecordIterTest, ChangesAsOftenAsAskedFor) {
  const auto with = [&](const char* seq) {
    return [=](auto& o) { o.aug_seq = seq, o.rand_mirror_prob = 1; };
  };
  const Row twice =
      batches(options(with("det_aug_default,det_aug_default")))[0].data[0].to_vector<float>();
  EXPECT_THAT(twice, Pointwise(FloatNear(1), batches(options())[0].data[0].to_vector<float>()));
  write({picture(4, 8), picture(8, 8)}, {kLabels[0], kLabels[1]});
  const auto as_it_is = batches(options(with("")))[0];
  EXPECT_EQ(label_row(as_it_is, 0), filled({3, 4, 8}, kLabels[0], 16));
  EXPECT_EQ(as_it_is.data[0].to_vector<float>()[8], static_cast<float>(24 * 37 % 251));
  write({picture(4, 9)}, {kLabels[0]});
  EXPECT_THAT(error(with("")), HasSubstr("found 9 times 4"));
  EXPECT_THAT(error(with("aug_default")), HasSubstr("expected det_aug_default"));
}

// A picture with a red square, and its frame; what is told of it must lie where it is.
NDArray with_square(std::int64_t side, std::int64_t from, std::int64_t to) {
  NDArray result({side, side, 3}, uint8);
  for (std::int64_t y = 0; y < side; ++y) {
    for (std::int64_t x = 0; x < side; ++x) {
      auto* pixel = result.data<std::uint8_t>() + (y * side + x) * 3;
      const bool inside = x >= from && x < to && y >= from && y < to;
      pixel[0] = inside ? 255 : 0;
      pixel[1] = pixel[2] = 0;
    }
  }
  return result;
}

class SquaresTest : public ImageDetRecordIterTest {
 protected:
  SquaresTest() {
    std::vector<Row> labels;
    std::vector<NDArray> pictures;
    for (int i = 0; i < 12; ++i) {
      pictures.push_back(with_square(64, 16, 40));
      labels.push_back({2, 5, 1, .25F, .25F, .625F, .625F});
    }
    write(pictures, labels);
  }
  ImageDetRecordIterOptions whole() const {
    return {.path_imgrec = rec_, .data_shape = {3, 64, 64}, .batch_size = 12};
  }
  // Where the label says that the square is, red is; how many pictures it was changed in.
  static int check_square(const ImageDetRecordIterOptions& o) {
    int changed = 0;
    const auto all = batches(o);
    const NDArray& data = all[0].data[0];
    for (std::int64_t i = 0; i < 12; ++i) {
      const Row label = label_row(all[0], i);
      EXPECT_EQ(label[3], 7);
      changed += label[7] != .25F || label[8] != .25F ? 1 : 0;
      const Row red = data[i].to_vector<float>();
      double inside = 0, outside = 0;
      for (int y = 0; y < 64; ++y) {
        for (int x = 0; x < 64; ++x) {
          const float fx = (static_cast<float>(x) + .5F) / 64,
                      fy = (static_cast<float>(y) + .5F) / 64;
          const bool in = fx > label[7] && fx < label[9] && fy > label[8] && fy < label[10];
          const bool is_red = red[static_cast<std::size_t>(y * 64 + x)] > 191 &&
                              red[static_cast<std::size_t>((64 + y) * 64 + x)] < 64;
          inside += in && !is_red;
          outside += !in && is_red;
        }
      }
      // But for its blurred edge.
      const double edge = 64 * 2 * (label[9] - label[7] + label[10] - label[8]);
      EXPECT_LE(inside, edge) << i;
      EXPECT_LE(outside, edge) << i;
    }
    return changed;
  }
};

TEST_F(SquaresTest, FramesFollowWhatIsCutOut) {
  random::seed(1);
  auto o = whole();
  o.rand_crop_prob = 1;
  o.min_crop_scales = {0.5};
  o.max_crop_scales = {0.9};
  o.min_crop_aspect_ratios = {0.5};
  o.max_crop_aspect_ratios = {2};
  o.min_crop_object_coverages = {0.5};
  EXPECT_EQ(check_square(o), 12);
  // All of the object, or the picture stays.
  o.min_crop_object_coverages = {1};
  check_square(o);
  o.max_crop_trials = {0};
  EXPECT_EQ(check_square(o), 0);
}

TEST_F(SquaresTest, FramesFollowWhatIsPutAround) {
  random::seed(2);
  auto o = whole();
  o.rand_pad_prob = 1;
  o.max_pad_scale = 3;
  o.fill_value = 9;
  EXPECT_GT(check_square(o), 8);
  o.rand_mirror_prob = 0.5;
  o.rand_crop_prob = 0.5;
  o.num_crop_sampler = 2;
  o.min_crop_scales = {0.3, 0.6};
  EXPECT_GT(check_square(o), 8);
}

TEST_F(SquaresTest, ColorsChange) {
  random::seed(3);
  const auto first_pixel = [&](auto change) {
    auto o = whole();
    change(o);
    const Row data = batches(o)[0].data[0].to_vector<float>();
    const std::size_t at = 20 * 64 + 20;
    return Row{data[at], data[at + 4096], data[at + 2 * 4096]};
  };
  const Row lighter = first_pixel([](auto& o) {
    o.random_illumination_prob = 1;
    o.max_random_illumination = 60;
  });
  // Of pure red, lightness alone lessens red, or adds as much green as blue.
  EXPECT_EQ(lighter[1], lighter[2]);
  EXPECT_TRUE(lighter[0] == 255 || lighter[1] == 0);
  EXPECT_NE(lighter, (Row{255, 0, 0}));
  const Row hue = first_pixel([](auto& o) {
    o.random_hue_prob = 1;
    o.max_random_hue = 40;
  });
  EXPECT_EQ(hue[0], 255);
  const Row contrast = first_pixel([](auto& o) {
    o.random_contrast_prob = 1;
    o.max_random_contrast = 0.5;
  });
  EXPECT_EQ(contrast[1], 0);
  EXPECT_GE(contrast[0], 127);
}

// The same for any number of threads.
TEST_F(SquaresTest, RandomChoicesFollowTheSeed) {
  auto o = whole();
  o.rand_crop_prob = o.rand_pad_prob = o.rand_mirror_prob = 0.5;
  o.max_pad_scale = 2;
  std::vector<Row> found;
  for (const int threads : {0, 1, 3}) {
    random::seed(4);
    o.preprocess_threads = threads;
    found.push_back(batches(o)[0].label[0].to_vector<float>());
  }
  EXPECT_EQ(found[0], found[1]);
  EXPECT_EQ(found[0], found[2]);
}

TEST_F(ImageDetRecordIterTest, WrongLabelsAreToldWithTheirPlace) {
  const auto told = [&](const Row& label) {
    write({picture(4, 4)}, {label});
    return error([](auto& o) { o.batch_size = 1; });
  };
  EXPECT_THAT(told({3}), HasSubstr("expected at least 7 numbers"));
  EXPECT_THAT(told({1, 5, 0, 0, 0, 1, 1}), HasSubstr("width of its header, 2 to 7, got 1"));
  EXPECT_THAT(told({2, 4, 0, 0, 0, 1, 1}), HasSubstr("width of an object, 5 to 7, got 4"));
  EXPECT_THAT(told({2, 5, 0, 0, 0, 1, 1, 3}), HasSubstr("record 0 at offset 0"));
  EXPECT_THAT(told({std::nanf(""), 5, 0, 0, 0, 1, 1}), HasSubstr("width of its header"));
  // A header of three, and objects of six.
  EXPECT_EQ(told({3, 6, 9, 0, 0, 0, 1, 1, 8}), "");
}

TEST_F(ImageDetRecordIterTest, OptionsThatAreNoneAreErrors) {
  EXPECT_THAT(error([](auto& o) { o.data_shape = {2, 8, 8}; }), HasSubstr("data_shape"));
  EXPECT_THAT(error([](auto& o) { o.path_imgrec = "none.rec"; }), HasSubstr("none.rec"));
  EXPECT_THAT(error([](auto& o) { o.rand_crop_prob = 2; }), HasSubstr("rand_crop_prob"));
  EXPECT_THAT(error([](auto& o) { o.max_pad_scale = 0.5; }), HasSubstr("max_pad_scale"));
  EXPECT_THAT(error([](auto& o) { o.resize_mode = "cut"; }), HasSubstr("resize_mode"));
  EXPECT_THAT(error([](auto& o) { o.crop_emit_mode = "edge"; }), HasSubstr("crop_emit_mode"));
  EXPECT_THAT(error([](auto& o) { o.inter_method = 5; }), HasSubstr("inter_method"));
  EXPECT_THAT(error([](auto& o) {
                o.min_crop_scales = {0.1, 0.2};
              }),
              HasSubstr("min_crop_scales and max_crop_scales: expected 1 or num_crop_sampler, 1"));
  EXPECT_THAT(error([](auto& o) { o.min_crop_overlaps = {0.9}, o.max_crop_overlaps = {0.8}; }),
              HasSubstr("expected a rising pair"));
  EXPECT_THAT(error([](auto& o) { o.label_pad_width = 1 << 30; }), HasSubstr("label_pad_width"));
  EXPECT_THAT(error([](auto& o) { o.fill_value = 256; }), HasSubstr("fill_value"));
}

}  // namespace
}  // namespace gluino::io
