#include <gluino/base/random.h>
#include <gluino/io/iterators/image_record_iter.h>
#include <gluino/io/pictures/image.h>
#include <gluino/io/records/recordio.h>
#include <gluino/ndarray/params.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <set>

#include "io/files.h"
#include "io/iter_support.h"

namespace gluino::io {
namespace {

using recordio::IRHeader;
using recordio::MXIndexedRecordIO;
using testing::ElementsAre;
using testing::HasSubstr;

/// A picture whose pixels tell where they stand: red is 10 times the row, green the column, blue
/// the number of the picture.
NDArray ruler(std::int64_t height, std::int64_t width, int number) {
  NDArray result({height, width, 3}, uint8);
  auto* out = result.data<std::uint8_t>();
  for (std::int64_t i = 0; i < height * width; ++i) {
    *out++ = static_cast<std::uint8_t>(i / width * 10);
    *out++ = static_cast<std::uint8_t>(i % width);
    *out++ = static_cast<std::uint8_t>(number);
  }
  return result;
}

class ImageRecordIterTest : public testing::Test {
 protected:
  ImageRecordIterTest() { write(7); }

  void write(int count, std::vector<float> more_labels = {}) {
    MXIndexedRecordIO writer(idx_, rec_, "w");
    for (int i = 0; i < count; ++i) {
      IRHeader header{.label = {static_cast<float>(i)}, .id = static_cast<std::uint64_t>(i + 100)};
      header.label.insert(header.label.end(), more_labels.begin(), more_labels.end());
      writer.write_idx(i, recordio::pack_img(header, ruler(6, 8, i), {.img_fmt = ".png"}));
    }
    writer.close();
  }
  ImageRecordIterOptions options() const {
    return {.path_imgrec = rec_, .data_shape = {3, 4, 4}, .batch_size = 3};
  }
  template <class Change>
  ImageRecordIterOptions options(Change change) const {
    ImageRecordIterOptions o = options();
    change(o);
    return o;
  }
  std::vector<float> first(const ImageRecordIterOptions& o) const {
    ImageRecordIter iter(o);
    DataBatch batch;
    iter.next(batch);
    return batch.data[0].to_vector<float>();
  }

  TempFolder folder_;
  std::string rec_ = folder_ / "file.rec";
  std::string idx_ = folder_ / "file.idx";
};

TEST_F(ImageRecordIterTest, CutsOutTheMiddleAsPlanes) {
  ImageRecordIter iter(options());
  EXPECT_EQ(iter.provide_data()[0], (DataDesc{"data", {3, 3, 4, 4}}));
  EXPECT_EQ(iter.provide_label()[0], (DataDesc{"softmax_label", {3}}));
  DataBatch batch;
  ASSERT_TRUE(iter.next(batch));
  EXPECT_THAT(batch.index, ElementsAre(100, 101, 102));
  const auto pixels = batch.data[0].to_vector<float>();
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const std::size_t channel = i / 16 % 3;
    const std::size_t expected = channel == 0   ? 10 * (1 + i / 4 % 4)
                                 : channel == 1 ? 2 + i % 4
                                                : i / 48;
    ASSERT_EQ(pixels[i], static_cast<float>(expected)) << i;
  }
}

// As MXNet 1.9.1.
TEST_F(ImageRecordIterTest, GoesRoundAsMXNetDoes) {
  for (const int threads : {0, 1, 3}) {
    ImageRecordIter iter(options([&](auto& o) { o.preprocess_threads = threads; }));
    EXPECT_EQ(labels_of(iter), "0 1 2 | 3 4 5 | 6 0 1 (2) ");
    EXPECT_EQ(labels_of(iter), "");
    EXPECT_EQ(next_epoch(iter), "2 3 4 | 5 6 0 (1) ");
    EXPECT_EQ(next_epoch(iter), "1 2 3 | 4 5 6 ");
    EXPECT_EQ(next_epoch(iter), "0 1 2 | 3 4 5 | 6 0 1 (2) ");
  }
  ImageRecordIter iter(options([](auto& o) { o.round_batch = false; }));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(next_epoch(iter), "0 1 2 | 3 4 5 | 6 0 0 (2) ");
}

TEST_F(ImageRecordIterTest, PixelsAreShiftedAndScaled) {
  const auto plain = first(options());
  const auto changed = first(options([](auto& o) {
    o.mean_r = 20;
    o.std_g = 4;
    o.mean_b = -1;
    o.std_b = 2;
    o.scale = 0.5;
  }));
  EXPECT_EQ(changed[0], (plain[0] - 20) / 2);
  EXPECT_EQ(changed[16], plain[16] / 8);
  EXPECT_EQ(changed[32], (plain[32] + 1) / 4);
}

TEST_F(ImageRecordIterTest, GreySmallAndResized) {
  const auto grey = first(options([](auto& o) {
    o.data_shape = {1, 6, 8};
    o.mean_r = 1;
  }));
  EXPECT_EQ(grey.size(), 3U * 48);
  // 0.299 * 10 * row + 0.587 * column: row 5, column 7.
  EXPECT_EQ(grey[47], 19 - 1);
  const auto resized = first(options([](auto& o) {
    o.resize = 3;
    o.data_shape = {3, 3, 4};
  }));
  // Rows of 6 become 3, at 0.5, 2.5 and 4.5.
  EXPECT_THAT((std::vector{resized[0], resized[4], resized[8]}), ElementsAre(5, 25, 45));
  const auto enlarged = first(options([](auto& o) { o.data_shape = {3, 12, 2}; }));
  EXPECT_EQ(enlarged.size(), 3U * 72);
  EXPECT_EQ(enlarged[22], 50) << "the last row";
}

TEST_F(ImageRecordIterTest, SeveralLabels) {
  write(3, {0.5, -1});
  ImageRecordIter iter(options([](auto& o) { o.label_width = 3; }));
  DataBatch batch;
  iter.next(batch);
  EXPECT_EQ(iter.provide_label()[0].shape, Shape({3, 3}));
  EXPECT_THAT(batch.label[0].to_vector<float>(), ElementsAre(0, 0.5, -1, 1, 0.5, -1, 2, 0.5, -1));
}

TEST_F(ImageRecordIterTest, ShufflesAnewFromTheOneSeedWithOrWithoutAnIndex) {
  const auto epochs = [&](int threads, const std::string& idx) {
    random::seed(4);
    ImageRecordIter iter(options([&](auto& o) {
      o.shuffle = true;
      o.preprocess_threads = threads;
      o.path_imgidx = idx;
    }));
    std::vector<std::string> all = {labels_of(iter)};
    for (int i = 0; i < 3; ++i) all.push_back(next_epoch(iter));
    return all;
  };
  const auto expected = epochs(0, "");
  EXPECT_EQ(std::set(expected.begin(), expected.end()).size(), 4U);
  EXPECT_EQ(epochs(3, ""), expected);
  EXPECT_EQ(epochs(2, idx_), expected);
  for (const std::string& epoch : expected) {
    std::istringstream in(epoch);
    std::multiset<std::string> seen;
    for (std::string word; in >> word;) seen.insert(word);
    for (const char* label : {"0", "1", "2", "3", "4", "5", "6"}) EXPECT_GE(seen.count(label), 1U);
  }
}

TEST_F(ImageRecordIterTest, PartsAreDisjointAndComplete) {
  const char* parts[] = {"0 1 ", "2 3 ", "4 5 | 6 4 (1) "};
  for (int part = 0; part < 3; ++part) {
    ImageRecordIter iter(options([&](auto& o) {
      o.batch_size = 2;
      o.num_parts = 3;
      o.part_index = part;
    }));
    EXPECT_EQ(labels_of(iter), parts[part]);
  }
}

TEST_F(ImageRecordIterTest, RandomCropsAndMirrorsFollowTheSeedNotTheThreads) {
  write(40);
  const auto pixels = [&](int threads, std::int64_t seed) {
    random::seed(seed);
    ImageRecordIter iter(options([&](auto& o) {
      o.rand_crop = o.rand_mirror = true;
      o.preprocess_threads = threads;
    }));
    std::vector<float> all;
    for (int epoch = 0; epoch < 2; ++epoch, iter.reset()) {
      for (const DataBatch& batch : iter) {
        for (const float value : batch.data[0].to_vector<float>()) all.push_back(value);
      }
    }
    return all;
  };
  const auto expected = pixels(0, 1);
  EXPECT_EQ(pixels(4, 1), expected);
  EXPECT_NE(pixels(4, 2), expected);
  // The upper left corners and directions that occur: 3 rows, 5 columns, both ways.
  std::set<float> rows;
  std::set<float> columns;
  std::set<bool> mirrored;
  for (std::size_t i = 0; i < expected.size(); i += 48) {
    rows.insert(expected[i]);
    columns.insert(std::min(expected[i + 16], expected[i + 19]));
    mirrored.insert(expected[i + 16] > expected[i + 17]);
    EXPECT_EQ(std::abs(expected[i + 16] - expected[i + 19]), 3);
  }
  EXPECT_THAT(rows, ElementsAre(0, 10, 20));
  EXPECT_THAT(columns, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(mirrored.size(), 2U);
}

TEST_F(ImageRecordIterTest, SeedsOfTheIteratorsOwn) {
  write(12);
  const auto epochs = [&](std::int64_t general, int threads, auto change) {
    random::seed(general);
    ImageRecordIter iter(options([&](auto& o) {
      o.brightness = 0.5;
      o.shuffle = true;
      o.preprocess_threads = threads;
      change(o);
    }));
    std::vector<std::string> labels;
    std::vector<std::vector<float>> pixels;
    for (int epoch = 0; epoch < 2; ++epoch, iter.reset()) {
      labels.emplace_back();
      pixels.emplace_back();
      for (const DataBatch& batch : iter) {
        for (const float label : batch.label[0].to_vector<float>())
          labels.back() += str(label, ' ');
        for (const float value : batch.data[0].to_vector<float>()) pixels.back().push_back(value);
      }
    }
    EXPECT_NE(labels[0], labels[1]);
    EXPECT_NE(pixels[0], pixels[1]);
    return std::pair(labels, pixels);
  };
  const auto seeded = [](auto& o) { o.seed = 5; };
  const auto expected = epochs(1, 0, seeded);
  EXPECT_EQ(epochs(2, 3, seeded), expected);
  EXPECT_NE(epochs(2, 3, [](auto& o) { o.seed = 6; }).first, expected.first);
  // The changes alone.
  const auto in_order = [](auto& o) {
    o.shuffle = false;
    o.seed_aug = 7;
  };
  const auto changes = [&](std::int64_t general, auto change) {
    random::seed(general);
    return first(options([&](auto& o) {
      o.brightness = 0.5;
      change(o);
    }));
  };
  EXPECT_EQ(changes(1, in_order), changes(2, in_order));
  EXPECT_NE(changes(1, [](auto&) {}), changes(2, [](auto&) {}));
  const auto both = [](auto& o) {
    o.seed = 5;
    o.seed_aug = 8;
  };
  EXPECT_EQ(epochs(2, 3, both).first, expected.first);
  EXPECT_NE(epochs(2, 3, both).second, expected.second);
}

TEST_F(ImageRecordIterTest, LabelsOfAList) {
  const std::string list = folder_ / "file.lst";
  std::string text;
  for (int i = 6; i >= 0; --i) text += str(i + 100, "\t", i * 2, "\t", i + 0.5, "\ta.png\n");
  put(list, text);
  const auto listed = [&](auto& o) {
    o.path_imglist = list;
    o.label_width = 2;
  };
  ImageRecordIter iter(options(listed));
  DataBatch batch;
  iter.next(batch);
  EXPECT_THAT(batch.label[0].to_vector<float>(), ElementsAre(0, 0.5, 2, 1.5, 4, 2.5));
  const auto error = [&] {
    return error_of([&] {
      ImageRecordIter broken(options(listed));
      labels_of(broken);
    });
  };
  put(list, "100\t1\t2\ta.png\n102\t1\t2\tb.png\n");
  EXPECT_THAT(error(), HasSubstr(str("record 1 at offset")));
  EXPECT_THAT(error(), HasSubstr(str("expected its id, 101, in ", list)));
  put(list, "100\t1\ta.png\n");
  EXPECT_THAT(error(), HasSubstr("expected as many labels as label_width says, 2, found 1"));
  put(list, "100\t1\t2\ta.png\n100\t1\t2\tb.png\n");
  EXPECT_THAT(error(), HasSubstr("100 twice"));
  put(list, "100\ta.png\n");
  EXPECT_THAT(error(), HasSubstr("line 1: expected a whole number"));
}

TEST_F(ImageRecordIterTest, TheMeanPictureIsMadeAndTakenOff) {
  const std::string mean = folder_ / "mean.bin";
  const auto with_mean = [&](auto& o) { o.mean_img = mean; };
  const auto plain = first(options());
  const auto changed = first(options(with_mean));
  // The pictures are rulers that differ in blue alone, from 0 to 6.
  for (std::size_t i = 0; i < 48; ++i) EXPECT_EQ(changed[i], i < 32 ? 0 : -3);
  const nd::NamedArrays written = nd::load(mean);
  ASSERT_EQ(written.size(), 1U);
  EXPECT_EQ(written[0].first, "mean_img");
  EXPECT_EQ(written[0].second.to_vector<float>()[0], plain[0]);
  // What is there is read, and not written again.
  const NDArray two({3, 4, 4});
  std::fill_n(two.data<float>(), two.size(), 2.0F);
  nd::save(mean, nd::NamedArrays{{"mean_img", two}});
  EXPECT_EQ(first(options(with_mean))[5], plain[5] - 2);
  const auto refused = [&](auto change) {
    return error_of([&] {
      ImageRecordIter bad(options([&](auto& o) {
        with_mean(o);
        change(o);
      }));
    });
  };
  EXPECT_THAT(refused([](auto& o) { o.mean_g = 1; }), HasSubstr("got both"));
  EXPECT_THAT(refused([](auto& o) {
                o.data_shape = {3, 5, 4};
              }),
              HasSubstr("mean.bin: expected one array, float32 of shape (3, 5, 4)"));
  put(mean, "nothing");
  EXPECT_THAT(refused([](auto&) {}), HasSubstr("mean.bin"));
  EXPECT_THAT(refused([&](auto& o) { o.mean_img = folder_ / "none/mean.bin"; }),
              HasSubstr("mean.bin"));
}

TEST_F(ImageRecordIterTest, ChangesAsOftenAsAskedFor) {
  const auto with = [&](const char* seq) {
    return options([=](auto& o) {
      o.aug_seq = seq;
      o.pad = 1;
      o.max_crop_size = 4;
    });
  };
  // The pad is cut off again, as often as it was put around.
  const auto once = first(with("aug_default"));
  EXPECT_EQ(first(with("aug_default,aug_default,")), once);
  const auto whole = [](auto& o) { o.data_shape = {3, 6, 8}; };
  const auto as_it_is = [&](auto& o) { whole(o), o.aug_seq = ""; };
  EXPECT_EQ(first(options(as_it_is)), first(options(whole)));
  EXPECT_THAT(
      error_of([&] { ImageRecordIter bad(with("aug_default,mine")); }),
      HasSubstr("aug_seq: expected aug_default, the only augmenter that there is, got mine"));
  EXPECT_THAT(error_of([&] {
                first(options([](auto& o) { o.aug_seq = "", o.data_shape = {3, 3, 4}; }));
              }),
              HasSubstr("expected a picture of the size of the data, 4 times 3"));
}

TEST_F(ImageRecordIterTest, ExposureAndMirrors) {
  write(40);
  std::set<float> contrasts;
  std::set<float> shades;
  ImageRecordIter iter(options([](auto& o) {
    o.max_random_contrast = 0.5;
    o.max_random_illumination = 8;
    o.mirror = true;
    o.mean_g = 2;
    o.scale = 2;
  }));
  for (const DataBatch& batch : iter) {
    const auto pixels = batch.data[0].to_vector<float>();
    for (std::size_t i = 0; i < pixels.size(); i += 48) {
      // ((pixel - mean) * contrast + illumination) * scale; green is its column, from the right.
      const float contrast = (pixels[i + 16] - pixels[i + 19]) / 3 / 2;
      EXPECT_NEAR((pixels[i + 4] - pixels[i]) / 20, contrast, 1e-4);
      EXPECT_THAT(contrast, testing::AllOf(testing::Ge(0.499), testing::Le(1.501)));
      const float shade = pixels[i + 19] / 2;
      EXPECT_THAT(shade, testing::AllOf(testing::Ge(-8), testing::Le(8)));
      contrasts.insert(contrast);
      shades.insert(shade);
    }
  }
  EXPECT_GT(contrasts.size(), 30U);
  EXPECT_GT(shades.size(), 30U);
  EXPECT_THAT(
      error_of([&] { ImageRecordIter bad(options([](auto& o) { o.max_random_contrast = -1; })); }),
      HasSubstr("max_random_contrast"));
}

TEST_F(ImageRecordIterTest, WorkersCanBeResetAndDroppedAtAnyTime) {
  write(30);
  ImageRecordIter iter(options());
  DataBatch batch;
  const std::string whole = labels_of(iter);
  for (int stop = 0; stop < 12; ++stop) {
    iter.reset();
    for (int i = 0; i < std::min(stop, 10); ++i) ASSERT_TRUE(iter.next(batch));
    EXPECT_EQ(next_epoch(iter), whole);
  }
  for (int i = 0; i < 30; ++i) ImageRecordIter dropped(options());
  EXPECT_EQ(next_epoch(iter), whole);
}

TEST_F(ImageRecordIterTest, BrokenRecordsAreToldWhereTheyAre) {
  const auto error = [&](const ImageRecordIterOptions& o) {
    return error_of([&] {
      ImageRecordIter iter(o);
      labels_of(iter);
    });
  };
  EXPECT_THAT(error(options([](auto& o) { o.label_width = 2; })),
              HasSubstr("file.rec: record 0 at offset 0: expected as many labels"));
  std::string content = get(rec_);
  const std::size_t second = std::stoul(get(idx_).substr(get(idx_).find("1\t") + 2));
  std::string bad = content;
  bad[second] = 'x';
  put(rec_, bad);
  const std::string place = str("file.rec: record 1 at offset ", second, ": ");
  EXPECT_THAT(error(options()), HasSubstr(place + "expected the magic number"));
  bad = content;
  bad[second + 8 + 24] = 'x';
  put(rec_, bad);
  EXPECT_THAT(error(options()), HasSubstr(place + "expected a JPEG, PNG or BMP picture"));
  put(rec_, content.substr(0, second + 100));
  EXPECT_THAT(error(options()), HasSubstr(place + "truncated"));
  EXPECT_THAT(error(options([](auto& o) { o.shuffle = true; })), HasSubstr(place + "truncated"));
  // An error ends the epoch; the next one is as it would have been.
  ImageRecordIter iter(options([](auto& o) { o.batch_size = 1; }));
  for (int i = 0; i < 2; ++i) {
    DataBatch batch;
    EXPECT_TRUE(iter.next(batch));
    EXPECT_THROW(iter.next(batch), Error);
    EXPECT_FALSE(iter.next(batch));
    iter.reset();
  }
}

TEST_F(ImageRecordIterTest, RefusesWhatDoesNotFit) {
  const auto refused = [&](auto change) {
    return error_of([&] { ImageRecordIter iter(options(change)); });
  };
  EXPECT_THAT(refused([](auto& o) { o.path_imgrec = "none.rec"; }), HasSubstr("none.rec: cannot"));
  EXPECT_THAT(refused([](auto& o) { o.path_imgidx = "none.idx"; }), HasSubstr("none.idx: cannot"));
  for (const Shape& shape : {Shape(), Shape{4, 4}, Shape{2, 4, 4}, Shape{3, 0, 4}}) {
    EXPECT_THAT(refused([&](auto& o) { o.data_shape = shape; }), HasSubstr("data_shape: expected"));
  }
  EXPECT_THAT(refused([](auto& o) { o.batch_size = 0; }), HasSubstr("batch_size: expected"));
  EXPECT_THAT(refused([](auto& o) { o.label_width = 0; }), HasSubstr("label_width: expected"));
  EXPECT_THAT(refused([](auto& o) { o.std_g = 0; }), HasSubstr("no std of 0"));
  EXPECT_THAT(refused([](auto& o) { o.part_index = 1; }), HasSubstr("got part 1 of 1"));
  EXPECT_THAT(refused([](auto& o) { o.preprocess_threads = -1; }), HasSubstr("preprocess_threads"));
  EXPECT_THAT(refused([](auto& o) { o.prefetch_buffer = 5000; }), HasSubstr("prefetch_buffer"));
}

TEST_F(ImageRecordIterTest, ABatchBeyondMemoryIsToldBeforeItsRecordsAreRead) {
  write(2);
  for (const int threads : {0, 2}) {
    ImageRecordIter iter(options([&](auto& o) {
      o.batch_size = std::int64_t{1} << 40;
      o.preprocess_threads = threads;
    }));
    DataBatch batch;
    EXPECT_THAT(error_of([&] { iter.next(batch); }), HasSubstr("out of memory: cannot allocate"));
  }
}

TEST_F(ImageRecordIterTest, MemoryDependsOnTheBatchNotOnTheFile) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the address sanitizer keeps what is freed";
#endif
  {
    MXIndexedRecordIO writer(idx_, rec_, "w");
    const std::string picture = image::imencode(ruler(6, 8, 0), {.format = ".png"});
    // 40 MB of records; what follows a picture's end is not looked at.
    for (int i = 0; i < 400; ++i) {
      writer.write_idx(i, recordio::pack({.label = {1}}, picture + std::string(100'000, 'x')));
    }
    writer.close();
  }
  ImageRecordIter iter(options([](auto& o) {
    o.preprocess_threads = 2;
    o.prefetch_buffer = 1;
  }));
  DataBatch batch;
  for (int i = 0; i < 20; ++i) iter.next(batch);
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  while (iter.next(batch)) {
  }
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 4000) << "kilobytes";
}

}  // namespace
}  // namespace gluino::io
