// Data sets of pictures in files.
#include <gluino/base/file.h>
#include <gluino/gluon/data/dataloader.h>
#include <gluino/gluon/data/record_dataset.h>
#include <gluino/gluon/data/vision/datasets.h>
#include <gluino/gluon/data/vision/image_folder.h>
#include <gluino/io/pictures/image.h>
#include <gluino/io/records/recordio.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "gluon_data/support.h"
#include "io/files.h"

namespace gluino::gluon::data::vision {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

NDArray shade(int value) { return nd::full({4, 5, 3}, value, uint8); }

std::string path_in(const io::TempFolder& folder, const std::string& name) { return folder / name; }

TEST(PictureDatasets, RecordsAsBytesAndAsPictures) {
  const io::TempFolder folder;
  const std::string rec = path_in(folder, "a.rec");
  recordio::MXIndexedRecordIO writer(path_in(folder, "a.idx"), rec, "w");
  for (int i = 0; i < 5; ++i) {
    recordio::IRHeader header{.label = {static_cast<float>(i)}};
    if (i == 4) header.label = {1, 2, 3};
    writer.write_idx(i, recordio::pack_img(header, shade(10 * i), {.img_fmt = ".png"}));
  }
  writer.close();
  const RecordFileDataset bytes(rec);
  EXPECT_EQ(bytes.size(), 5);
  EXPECT_EQ(bytes[3].data().dtype(), uint8);
  const ImageRecordDataset pictures(rec);
  EXPECT_EQ(pictures[3].data().to_vector<int>(), std::vector<int>(60, 30));
  EXPECT_EQ(pictures[3].label().shape(), Shape({}));
  EXPECT_THAT(pictures[3].label().to_vector<int>(), ElementsAre(3));
  EXPECT_THAT(pictures[4].label().to_vector<int>(), ElementsAre(1, 2, 3));
  EXPECT_EQ(ImageRecordDataset(rec, {.flag = 0})[1].data().shape(), Shape({4, 5, 1}));
  // In any order, by several threads, and without an index.
  std::filesystem::remove(path_in(folder, "a.idx"));
  const DataLoader loader(ImageRecordDataset(rec).take(4),
                          {.batch_size = 2, .shuffle = true, .num_workers = 2});
  int sum = 0;
  for (const auto& [images, labels] : loader) {
    const auto numbers = labels.to_vector<int>();
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      EXPECT_EQ(images[static_cast<std::int64_t>(i)].to_vector<int>()[0], 10 * numbers[i]);
      sum += numbers[i];
    }
  }
  EXPECT_EQ(sum, 6);
  EXPECT_THAT(error_of([] { RecordFileDataset("none.rec"); }), HasSubstr("none.rec"));
  EXPECT_THAT(error_of([&] { ImageRecordDataset(rec, {.flag = 2}); }), HasSubstr("flag"));
}

TEST(PictureDatasets, RecordsThatAreNoPicturesAreNamed) {
  const io::TempFolder folder;
  const std::string rec = path_in(folder, "a.rec");
  recordio::MXIndexedRecordIO writer(path_in(folder, "a.idx"), rec, "w");
  writer.write_idx(0, recordio::pack({}, "no picture"));
  writer.close();
  const ImageRecordDataset pictures(rec);
  EXPECT_THAT(error_of([&] { pictures[0]; }), HasSubstr("a.rec: record number 0: "));
}

TEST(PictureDatasets, FoldersAreClasses) {
  const io::TempFolder folder;
  for (const char* name : {"dogs", "cats"}) {
    std::filesystem::create_directory(path_in(folder, name));
    for (const char* file : {"b.png", "a.PNG", "notes.txt"}) {
      write_file(path_in(folder, std::string(name) + "/" + file),
                 image::imencode(shade(name[0]), {.format = ".png"}));
    }
  }
  write_file(path_in(folder, "alone.png"), "not in a folder");
  const ImageFolderDataset pictures(folder.path());
  EXPECT_THAT(pictures.synsets(), ElementsAre("cats", "dogs"));
  ASSERT_EQ(pictures.size(), 4);
  EXPECT_THAT(pictures.items()[2].first, HasSubstr("dogs/a.PNG"));
  EXPECT_EQ(pictures[2].data().to_vector<int>()[0], 'd');
  EXPECT_EQ(pictures[2].label().dtype(), int32);
  EXPECT_THAT(pictures[2].label().to_vector<int>(), ElementsAre(1));
  EXPECT_THAT(error_of([] { ImageFolderDataset("no/such/folder"); }), HasSubstr("no/such/folder"));
}

// A record is its label, or two, and three planes.
std::string cifar_record(std::string labels, int first_pixel) {
  for (int i = 0; i < 3072; ++i) labels += static_cast<char>(first_pixel + i / 1024);
  return labels;
}

TEST(PictureDatasets, Cifar) {
  const io::TempFolder folder;
  for (int i = 1; i <= 5; ++i) {
    write_file(path_in(folder, str("data_batch_", i, ".bin")),
               cifar_record(std::string(1, static_cast<char>(i)), 10 * i));
  }
  write_file(path_in(folder, "test.bin"), cifar_record({3, 77}, 1) + cifar_record({4, 88}, 5));
  const CIFAR10 ten({.root = folder.path()});
  ASSERT_EQ(ten.size(), 5);
  EXPECT_EQ(ten[4].data().shape(), Shape({32, 32, 3}));
  EXPECT_EQ(ten[4].label().to_vector<int>()[0], 5);
  const auto pixels = ten[4].data().to_vector<int>();
  EXPECT_THAT(std::vector<int>(pixels.begin(), pixels.begin() + 4), ElementsAre(50, 51, 52, 50));
  const CIFAR100 coarse({.root = folder.path(), .train = false});
  const CIFAR100 fine({.root = folder.path(), .fine_label = true, .train = false});
  EXPECT_EQ(coarse[1].label().to_vector<int>()[0], 4);
  EXPECT_EQ(fine[1].label().to_vector<int>()[0], 88);
  write_file(path_in(folder, "test_batch.bin"), "short");
  EXPECT_THAT(error_of([&] { CIFAR10({.root = folder.path(), .train = false}); }),
              HasSubstr("test_batch.bin: expected records of 3073 bytes, got 5 bytes"));
  EXPECT_THAT(error_of([&] { CIFAR100({.root = folder.path()}); }), HasSubstr("train.bin"));
  EXPECT_THAT(error_of([] { FashionMNIST({.root = "no/such/folder"}); }),
              HasSubstr("no/such/folder"));
}

}  // namespace
}  // namespace gluino::gluon::data::vision
