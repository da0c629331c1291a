#include <gluino/io/iterators/image_det_record_iter.h>
#include <gluino/io/pictures/image.h>
#include <gluino/io/records/recordio.h>
#include <gmock/gmock.h>

#include <set>

#include "apps/program.h"

namespace digits_test {
namespace {

namespace image = gluino::image;
namespace recordio = gluino::recordio;
using gluino::NDArray;
using gluino::Shape;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using testing::UnorderedElementsAre;

gluino::NDArray flat(const Shape& shape, int value) {
  NDArray result(shape, gluino::uint8);
  result.assign(value);
  return result;
}

/// cats/ with two pictures, dogs/small/ with one, a text, and a picture beside the folders.
class Im2RecTest : public testing::Test {
 protected:
  Im2RecTest() {
    std::filesystem::create_directories(root_ + "/cats");
    std::filesystem::create_directories(root_ + "/dogs/small");
    put("cats/a.png", image::imencode(flat({20, 30, 3}, 10), {.format = ".png"}));
    put("cats/b.JPG", image::imencode(flat({30, 20, 3}, 200)));
    put("dogs/small/c.png", image::imencode(flat({24, 24, 1}, 90), {.format = ".png"}));
    put("dogs/notes.txt", "no picture");
    put("z.jpeg", image::imencode(flat({8, 8, 3}, 50)));
  }

  void put(const std::string& name, const std::string& content) const {
    gluino::write_file(root_ + "/" + name, content);
  }
  Result im2rec(const std::string& options) const {
    return run(words(options, {prefix_, root_}), {.program = IM2REC_PROGRAM});
  }
  void expect_error(const std::string& options, int code, const std::string& part) const {
    const Result result = im2rec(options);
    EXPECT_EQ(result.code, code) << options;
    EXPECT_EQ(lines(result.err).size(), 1U) << result.err;
    EXPECT_THAT(result.err, StartsWith("im2rec: "));
    EXPECT_THAT(result.err, HasSubstr(part));
  }
  std::map<std::int64_t, std::pair<recordio::IRHeader, std::string>> records() const {
    recordio::MXIndexedRecordIO reader(prefix_ + ".idx", prefix_ + ".rec", "r");
    std::map<std::int64_t, std::pair<recordio::IRHeader, std::string>> result;
    for (const std::int64_t key : reader.keys()) {
      result[key] = recordio::unpack(reader.read_idx(key));
    }
    return result;
  }

  TempFolder folder_;
  std::string root_ = folder_ / "pictures";
  std::string prefix_ = folder_ / "data";
};

TEST_F(Im2RecTest, ListsAFolderPerClass) {
  const Result result = im2rec("--list --recursive --no-shuffle");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(lines(result.out),
              ElementsAre(". 0", "cats 1", "dogs/small 2", "wrote " + prefix_ + ".lst"));
  EXPECT_EQ(read(prefix_ + ".lst"),
            "0\t0.000000\tz.jpeg\n1\t1.000000\tcats/a.png\n2\t1.000000\tcats/b.JPG\n"
            "3\t2.000000\tdogs/small/c.png\n");
  EXPECT_EQ(im2rec("--list").code, 0);
  EXPECT_EQ(read(prefix_ + ".lst"), "0\t0.000000\tz.jpeg\n");
  EXPECT_EQ(im2rec("--list --recursive --exts .png").code, 0);
  EXPECT_EQ(lines(read(prefix_ + ".lst")).size(), 2U);
}

TEST_F(Im2RecTest, ShufflesAndSplitsFromASeed) {
  for (int i = 0; i < 20; ++i) put("cats/" + std::to_string(i) + ".png", "listed only");
  std::filesystem::create_directory_symlink("..", root_ + "/cats/round");
  const auto list = [&](const std::string& options) {
    EXPECT_EQ(im2rec("--list --recursive " + options).code, 0);
    return read(prefix_ + ".lst");
  };
  const std::string first = list("");
  EXPECT_EQ(list("--seed 0"), first);
  EXPECT_NE(list("--seed 1"), first);
  const auto sorted = lines(list("--no-shuffle"));
  EXPECT_EQ(sorted.size(), 24U) << "a link back to the folder is not followed";
  EXPECT_THAT(lines(first), testing::UnorderedElementsAreArray(sorted));

  EXPECT_EQ(im2rec("--list --recursive --train-ratio 0.5 --test-ratio 0.25").code, 0);
  std::vector<std::string> all;
  for (const auto& [name, count] : {std::pair{"_train", 12U}, {"_val", 6U}, {"_test", 6U}}) {
    const auto part = lines(read(prefix_ + name + ".lst"));
    EXPECT_EQ(part.size(), count) << name;
    all.insert(all.end(), part.begin(), part.end());
  }
  EXPECT_THAT(all, testing::UnorderedElementsAreArray(sorted));
}

TEST_F(Im2RecTest, PacksAList) {
  ASSERT_EQ(im2rec("--list --recursive --no-shuffle").code, 0);
  const Result result = im2rec("");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("packed 4 pictures into " + prefix_ + ".rec"));
  const auto packed = records();
  ASSERT_EQ(packed.size(), 4U);
  EXPECT_EQ(packed.at(2).first, (recordio::IRHeader{.label = {1}, .id = 2}));
  const NDArray b = image::imdecode(packed.at(2).second);
  EXPECT_EQ(b.shape(), Shape({30, 20, 3}));
  EXPECT_NEAR(b.to_vector<int>()[0], 200, 2);
  EXPECT_EQ(image::imdecode(packed.at(3).second, {.flag = -1}).shape(), Shape({24, 24, 3}));
}

TEST_F(Im2RecTest, ResizesCropsAndEncodes) {
  ASSERT_EQ(im2rec("--list --recursive --no-shuffle").code, 0);
  const auto shapes = [&](const std::string& options) {
    EXPECT_EQ(im2rec(options).code, 0) << options;
    std::vector<Shape> result;
    for (const auto& [key, record] : records()) {
      result.push_back(image::imdecode(record.second, {.flag = -1}).shape());
    }
    return result;
  };
  EXPECT_THAT(shapes("--resize 10"), ElementsAre(Shape({10, 10, 3}), Shape({10, 15, 3}),
                                                 Shape({15, 10, 3}), Shape({10, 10, 3})));
  EXPECT_THAT(shapes("--resize 12 --center-crop --encoding .png --quality 9 --color 0"),
              testing::Each(Shape({12, 12, 1})));
  EXPECT_THAT(records().at(0).second, StartsWith("\x89PNG"));
  EXPECT_THAT(shapes("--color -1 --encoding .png")[3], Shape({24, 24, 1}));
  const std::size_t good = std::filesystem::file_size(prefix_ + ".rec");
  EXPECT_EQ(im2rec("--encoding .jpg --quality 1").code, 0);
  EXPECT_LT(std::filesystem::file_size(prefix_ + ".rec"), good + 4000);
}

// What a list says of the objects on pictures comes back from the iterator of detections.
TEST_F(Im2RecTest, PacksBoxesForDetection) {
  gluino::write_file(prefix_ + ".lst",
                     "0\t2\t5\t1\t0.1\t0.2\t0.5\t0.75\tcats/a.png\n"
                     "1\t2\t5\t0\t0\t0\t1\t1\t3\t0.25\t0.25\t0.5\t0.5\tcats/b.JPG\n");
  ASSERT_EQ(im2rec("--pack-label --resize 16").code, 0);
  gluino::io::ImageDetRecordIter boxes({.path_imgrec = prefix_ + ".rec",
                                        .path_imgidx = prefix_ + ".idx",
                                        .data_shape = {3, 12, 12},
                                        .batch_size = 2});
  gluino::io::DataBatch batch;
  ASSERT_TRUE(boxes.next(batch));
  EXPECT_THAT(batch.label[0].to_vector<float>(),
              ElementsAre(3, 12, 12, 7, 2, 5, 1, 0.1F, 0.2F, 0.5F, 0.75F, -1, -1, -1, -1, -1,  //
                          3, 12, 12, 12, 2, 5, 0, 0, 0, 1, 1, 3, 0.25F, 0.25F, 0.5F, 0.5F));
  EXPECT_NEAR(batch.data[0][0].to_vector<float>()[0], 10, 3);
  EXPECT_NEAR(batch.data[0][1].to_vector<float>()[0], 200, 3);
  EXPECT_FALSE(boxes.next(batch));
}

TEST_F(Im2RecTest, ThreadsDoNotChangeTheFile) {
  for (int i = 0; i < 150; ++i) {
    put("cats/" + std::to_string(i) + ".png",
        image::imencode(flat({9, 9, 3}, i), {.format = ".png"}));
  }
  ASSERT_EQ(im2rec("--list --recursive").code, 0);
  ASSERT_EQ(im2rec("--num-thread 1").code, 0);
  const std::string one = read(prefix_ + ".rec");
  ASSERT_EQ(im2rec("--num-thread 7").code, 0);
  EXPECT_EQ(read(prefix_ + ".rec"), one);
}

TEST_F(Im2RecTest, PassesBytesThroughAndWritesSeveralLabels) {
  gluino::write_file(prefix_ + ".lst", "7\t1.5\t-2\tdogs/notes.txt\n");
  ASSERT_EQ(im2rec("--pass-through --pack-label").code, 0);
  auto packed = records();
  EXPECT_EQ(packed.at(7).first, (recordio::IRHeader{.flag = 2, .label = {1.5, -2}, .id = 7}));
  EXPECT_EQ(packed.at(7).second, "no picture");
  ASSERT_EQ(im2rec("--pass-through").code, 0);
  EXPECT_EQ(records().at(7).first, (recordio::IRHeader{.label = {1.5}, .id = 7}));
}

TEST_F(Im2RecTest, AnUnreadablePictureStopsItWithTheOldFilesInPlace) {
  ASSERT_EQ(im2rec("--list --recursive --no-shuffle").code, 0);
  ASSERT_EQ(im2rec("").code, 0);
  const std::string before = read(prefix_ + ".rec");
  put("cats/b.JPG", "broken");
  expect_error("", 1, "cats/b.JPG: expected a JPEG, PNG or BMP picture");
  EXPECT_EQ(read(prefix_ + ".rec"), before);
  EXPECT_EQ(folder_.count(), 4U) << "list, .rec, .idx and the pictures; nothing half";
  const Result skipped = im2rec("--skip-unreadable");
  EXPECT_EQ(skipped.code, 0);
  EXPECT_THAT(skipped.err, HasSubstr("left out: " + root_ + "/cats/b.JPG"));
  EXPECT_THAT(skipped.out, HasSubstr("packed 3 pictures"));
  EXPECT_EQ(records().count(2), 0U);
}

TEST_F(Im2RecTest, WrongUseAndWrongFilesAreOneSentence) {
  expect_error("", 1, "data.lst: there is no such list; im2rec --list makes one");
  for (const char* line : {"x\t1\ta.png", "1\ta.png", "1\ty\ta.png", "1\t2\t"}) {
    gluino::write_file(prefix_ + ".lst", std::string("0\t0\tz.jpeg\n") + line + "\n");
    expect_error("", 1, "data.lst: line 2: expected a whole number, one label or more");
  }
  gluino::write_file(prefix_ + ".lst", "0\t0\tz.jpeg\n0\t0\tz.jpeg\n");
  expect_error("", 1, "the key 0 occurs twice");
  gluino::write_file(prefix_ + ".lst", "");
  expect_error("", 1, "found an empty file");
  put("cats/bad\tname.png", "x");
  expect_error("--list --recursive", 1, "a name without tabs");
  expect_error("--list --exts .gif", 1, "expected pictures, found none");
  expect_error("--list --train-ratio 0.9 --test-ratio 0.2", 1, "at most 1 in all");
  for (const char* options : {"--resize -1", "--quality 101", "--encoding .gif", "--color 2",
                              "--train-ratio 2", "--num-thread 0", "--unknown", "--resize x"}) {
    expect_error(options, 2, "");
  }
  const Result nothing = run({}, {.program = IM2REC_PROGRAM});
  EXPECT_EQ(nothing.code, 2);
  EXPECT_THAT(nothing.err, HasSubstr("PREFIX is required"));
}

TEST_F(Im2RecTest, HelpNamesEveryOptionWithItsDefault) {
  const Result help = im2rec("--help");
  EXPECT_EQ(help.code, 0);
  for (const char* option :
       {"--list", "--recursive", "--exts", "--train-ratio", "--test-ratio", "--no-shuffle",
        "--seed", "--pass-through", "--resize", "--center-crop", "--encoding", "--quality",
        "--color", "--pack-label", "--skip-unreadable", "--num-thread", "PREFIX", "ROOT"}) {
    EXPECT_THAT(help.out, HasSubstr(option));
  }
  std::size_t defaults = 0;
  for (std::size_t at = 0; (at = help.out.find("(default", at)) != std::string::npos; ++at) {
    ++defaults;
  }
  EXPECT_EQ(defaults, 16U);
  EXPECT_THAT(im2rec("--version").out, StartsWith("im2rec 0."));
}

TEST_F(Im2RecTest, AListMayBeginWithAByteOrderMark) {
  gluino::write_file(prefix_ + ".lst",
                     "\xEF\xBB\xBF"
                     "5\t1\tcats/a.png\n");
  const Result result = im2rec("");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(records().count(5), 1U);
  gluino::write_file(prefix_ + ".lst", std::string("\xFF\xFE"
                                                   "5\0",
                                                   4));
  const Result wide = im2rec("");
  EXPECT_NE(wide.code, 0);
  EXPECT_THAT(wide.err, HasSubstr("found UTF-16"));
}

}  // namespace
}  // namespace digits_test
