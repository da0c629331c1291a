#include <child_process.h>
#include <gluino/io/records/recordio.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <kill_at.h>
#include <rapidcheck.h>
#include <sys/resource.h>

#include <numeric>

#include "io/files.h"

namespace gluino::recordio {
namespace {

using io::bytes;
using io::error_of;
using io::get;
using io::put;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kMagic = bytes({0x0a, 0x23, 0xd7, 0xce});

// Parts of records, written out from the layout.
std::string part(int flag, const std::string& content) {
  const auto length = static_cast<int>(content.size());
  const std::string zeros(static_cast<std::size_t>((4 - length % 4) % 4), '\0');
  return kMagic + bytes({length & 255, length >> 8 & 255, length >> 16, flag << 5}) + content +
         zeros;
}

class RecordIOTest : public testing::Test {
 protected:
  void write(const std::vector<std::string>& records) const {
    MXRecordIO writer(path_, "w");
    for (const std::string& record : records) writer.write(record);
    writer.close();
  }
  std::vector<std::string> read() const {
    MXRecordIO reader(path_, "r");
    std::vector<std::string> records;
    while (auto record = reader.read()) records.push_back(*record);
    return records;
  }
  std::string error(const std::string& content) const {
    put(path_, content);
    return error_of([&] { read(); });
  }

  io::TempFolder folder_;
  std::string path_ = folder_ / "file.rec";
  std::string idx_path_ = folder_ / "file.idx";
};

struct Layout {
  std::vector<std::string> records;
  std::string file;
};

const Layout kLayouts[] = {
    {{}, ""},
    {{""}, bytes({0x0a, 0x23, 0xd7, 0xce, 0, 0, 0, 0})},
    {{"abcde", "f"},
     bytes({0x0a, 0x23, 0xd7, 0xce, 5, 0, 0, 0, 'a', 'b', 'c', 'd', 'e', 0, 0, 0,  //
            0x0a, 0x23, 0xd7, 0xce, 1, 0, 0, 0, 'f', 0,   0,   0})},
    // A magic at a multiple of 4 cuts the record; elsewhere it stays.
    {{kMagic}, part(1, "") + part(3, "")},
    {{"abcd" + kMagic + "ef"}, part(1, "abcd") + part(3, "ef")},
    {{kMagic + kMagic + "a" + kMagic + "b" + kMagic},
     part(1, "") + part(2, "") + part(3, "a" + kMagic + "b" + kMagic)},
    {{"ab" + kMagic + "cd"}, part(0, "ab" + kMagic + "cd")},
};

TEST_F(RecordIOTest, FilesHaveMXNetsLayout) {
  for (const Layout& layout : kLayouts) {
    put(path_, layout.file);
    EXPECT_EQ(read(), layout.records);
    write(layout.records);
    EXPECT_EQ(get(path_), layout.file);
  }
}

TEST_F(RecordIOTest, ReadingGoesOnWhereItIsToldTo) {
  MXRecordIO writer(path_, "w");
  writer.write("one");
  const std::uint64_t second = writer.tell();
  writer.write("two");
  writer.close();
  MXRecordIO reader(path_, "r");
  EXPECT_EQ(reader.read(), "one");
  EXPECT_EQ(reader.tell(), second);
  for (int i = 0; i < 2; ++i) {
    reader.seek_to(second);
    EXPECT_EQ(reader.read(), "two");
  }
  reader.seek_to(0);
  EXPECT_EQ(reader.read(), "one");
  EXPECT_THAT(error_of([&] { reader.seek_to(1000); }), HasSubstr("1000"));
}

TEST_F(RecordIOTest, WhatIsWrittenIsRead) {
  rc::check([&] {
    // Records in which the magic is frequent, whole or not, at any place.
    const auto piece = rc::gen::oneOf(rc::gen::just(kMagic), rc::gen::just(kMagic.substr(1)),
                                      rc::gen::just(std::string("abcd")),
                                      rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
    const auto record = rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                                     [](const std::vector<std::string>& v) {
                                       return std::accumulate(v.begin(), v.end(), std::string());
                                     });
    const auto records = *rc::gen::container<std::vector<std::string>>(record);
    write(records);
    RC_ASSERT(read() == records);
    RC_ASSERT(get(path_).size() % 4 == 0);
  });
}

TEST_F(RecordIOTest, LongRecordsAndManyOfThem) {
  std::vector<std::string> records = {std::string(1'000'003, 'x'), "", std::string(65536, 'y')};
  for (int i = 0; i < 10000; ++i) records.push_back(std::to_string(i));
  write(records);
  EXPECT_EQ(read(), records);
}

TEST_F(RecordIOTest, BrokenFilesAreToldByRecordAndOffset) {
  const std::string good = part(0, "good");
  const auto told = [&](const std::string& what) {
    return AllOf(StartsWith(path_ + ": record 1 at offset 12: "), HasSubstr(what));
  };
  EXPECT_THAT(error(good + "x"), told("truncated: expected the 8 bytes before a record, found 1"));
  EXPECT_THAT(error(good + bytes({0x0a, 0x23, 0xd7, 0xcf, 0, 0, 0, 0})),
              told("expected the magic number 0xced7230a, found 0xcfd7230a"));
  for (const int flag : {2, 3, 4, 5, 6, 7}) {
    EXPECT_THAT(error(good + part(flag, "")),
                told(str("0 (whole) or 1 (first part), found ", flag)));
  }
  for (const int flag : {0, 1, 4, 7}) {
    EXPECT_THAT(error(good + part(1, "ab") + part(flag, "")),
                told(str("3 (last part), found ", flag)));
  }
  EXPECT_THAT(error(good + part(1, "ab")), told("8 bytes before the next part, found 0"));
  EXPECT_THAT(error(good + part(0, "abcde").substr(0, 14)),
              told("truncated: expected 8 bytes, found 6 up to the end"));
  EXPECT_THAT(error(good + part(0, "abcde").substr(0, 13)), told("found 5 up to the end"));
}

TEST_F(RecordIOTest, AClaimedLengthTakesNoMemory) {
  // Half a gigabyte, of which nothing is there; a pipe does not even say how much there is.
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  const std::string claim = kMagic + bytes({255, 255, 255, 31}) + "abcd";
  EXPECT_THAT(error(claim), HasSubstr("expected 536870912 bytes, found 4"));
  const std::string pipe = folder_ / "pipe";
  ASSERT_EQ(std::system(("mkfifo " + pipe).c_str()), 0);
  ASSERT_EQ(std::system(("cat " + path_ + " > " + pipe + " &").c_str()), 0);
  MXRecordIO reader(pipe, "r");
  EXPECT_THAT(error_of([&] { reader.read(); }), HasSubstr("found 4 up to the end of the file"));
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 50'000) << "kilobytes";
}

TEST_F(RecordIOTest, AfterAnErrorNothingElseIsGiven) {
  put(path_, part(0, "a") + part(2, "b") + part(0, "c"));
  MXRecordIO reader(path_, "r");
  EXPECT_EQ(reader.read(), "a");
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(error_of([&] { reader.read(); }), HasSubstr("record 1 at offset 12"));
  }
  reader.reset();
  EXPECT_EQ(reader.read(), "a");
}

TEST_F(RecordIOTest, AnUnfinishedWriterLeavesTheOldFile) {
  write({"old"});
  {
    MXRecordIO writer(path_, "w");
    writer.write("new");
  }
  EXPECT_THAT(read(), ElementsAre("old"));
  EXPECT_THAT(error_of([&] { MXRecordIO(path_, "a"); }), HasSubstr("got \"a\""));
  EXPECT_THAT(error_of([&] { MXRecordIO(folder_ / "none", "r"); }),
              HasSubstr("none: cannot be read"));
  MXRecordIO reader(path_, "r");
  EXPECT_THAT(error_of([&] { reader.write("x"); }), HasSubstr("opened for reading"));
  reader.close();
  EXPECT_THAT(error_of([&] { reader.read(); }), HasSubstr("closed"));
}

TEST_F(RecordIOTest, AnIndexFindsRecordsInAnyOrder) {
  MXIndexedRecordIO writer(idx_path_, path_, "w");
  writer.write_idx(7, "seven");
  writer.write_idx(-1, kMagic);
  writer.write_idx(3, "");
  EXPECT_THAT(error_of([&] { writer.write_idx(3, "x"); }), HasSubstr("key 3 occurs twice"));
  writer.close();
  writer.close();
  // 8 + 5 + 3 bytes, then twice 8.
  EXPECT_EQ(get(idx_path_), "7\t0\n-1\t16\n3\t32\n");

  MXIndexedRecordIO reader(idx_path_, path_, "r");
  EXPECT_THAT(reader.keys(), ElementsAre(7, -1, 3));
  EXPECT_EQ(reader.read_idx(3), "");
  EXPECT_EQ(reader.read_idx(7), "seven");
  EXPECT_EQ(reader.read(), kMagic);
  EXPECT_EQ(reader.read_idx(-1), kMagic);
  EXPECT_THAT(error_of([&] { reader.read_idx(4); }), HasSubstr("no record with the key 4 among 3"));
}

TEST_F(RecordIOTest, WrongIndicesAreToldByLine) {
  write({"a", "b"});
  const auto index_error = [&](const std::string& index) {
    put(idx_path_, index);
    return error_of([&] { MXIndexedRecordIO(idx_path_, path_, "r").read_idx(1); });
  };
  EXPECT_EQ(index_error("1\t12"), "no error");
  for (const char* index : {"0\t0\n1 12\n", "0\t0\n1\t\n", "0\t0\n1\t-4\n", "0\t0\n\n",
                            "0\t0\n1\t12x\n", "0\t0\n99999999999999999999\t0\n"}) {
    EXPECT_THAT(index_error(index), HasSubstr("file.idx: line 2: expected a key")) << index;
  }
  EXPECT_THAT(index_error("1\t0\n1\t12\n"), HasSubstr("key 1 occurs twice"));
  EXPECT_THAT(index_error("1\t8\n"), HasSubstr("record 1 at offset 8: expected the magic number"));
  EXPECT_THAT(index_error("1\t1000000\n"), HasSubstr("expected an offset within 24 bytes"));
  EXPECT_THAT(index_error("1\t24\n"), HasSubstr("expected a record, found the end"));
}

TEST(IRHeader, HasMXNetsLayout) {
  const std::string one = bytes({0, 0, 0, 0, 0, 0, 0x80, 0x3f,  // flag, 1.0
                                 5, 0, 0, 0, 0, 0, 0,    0,    6, 0, 0, 0, 0, 0, 0, 0}) +
                          "content";
  EXPECT_EQ(pack({.label = {1}, .id = 5, .id2 = 6}, "content"), one);
  const auto [header, content] = unpack(one);
  EXPECT_EQ(header, (IRHeader{.flag = 0, .label = {1}, .id = 5, .id2 = 6}));
  EXPECT_EQ(content, "content");

  const std::string two = bytes({2, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0,    0,    0, 0, 0, 0,
                                 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0}) +
                          "x";
  EXPECT_EQ(pack({.label = {1, -2}, .id = 5}, "x"), two);
  EXPECT_EQ(unpack(two).first, (IRHeader{.flag = 2, .label = {1, -2}, .id = 5}));
  EXPECT_EQ(unpack(two).second, "x");
}

TEST(IRHeader, RefusesShortRecords) {
  EXPECT_THAT(error_of([] { unpack("short"); }), HasSubstr("24 bytes of header, found 5"));
  std::string record = pack({.label = {1, 2}}, "");
  record.pop_back();
  EXPECT_THAT(error_of([&] { unpack(record); }), HasSubstr("announces 2 labels, but only 7 bytes"));
  record[3] = static_cast<char>(0xff);
  EXPECT_THAT(error_of([&] { unpack(record); }), HasSubstr("announces 4278190082 labels"));
  EXPECT_THAT(error_of([] { pack({.label = {}}, ""); }), HasSubstr("needs a label"));
}

TEST(IRHeader, PicturesComeBack) {
  NDArray img({4, 6, 3}, uint8);
  for (int i = 0; i < 72; ++i) img.data<std::uint8_t>()[i] = static_cast<std::uint8_t>(i * 3);
  const std::string record = pack_img({.label = {4}}, img, {.img_fmt = ".png"});
  const auto [header, back] = unpack_img(record);
  EXPECT_EQ(header.label, std::vector<float>{4});
  EXPECT_EQ(back.to_vector<int>(), img.to_vector<int>());
  EXPECT_EQ(unpack_img(record, 0).second.shape(), Shape({4, 6, 1}));
}

// Offsets of one file never point into another.
TEST_F(RecordIOTest, RecordsAndIndexAreNeverMixed) {
  const std::string idx = path_ + ".idx";
  const auto write_both = [&](const std::string& first) {
    MXIndexedRecordIO writer(idx, path_, "w");
    writer.write_idx(1, first);
    writer.write_idx(2, first + first);
    writer.close();
  };
  bool killed = true;
  for (int step = 0; killed; ++step) {
    write_both("old.");
    const ChildProcess child([&] {
      gluino::steps_before_kill = step;
      write_both("a longer new one");
      return true;
    });
    killed = child.was_killed();
    try {
      MXIndexedRecordIO reader(idx, path_, "r");
      const std::string first = reader.read_idx(1);
      EXPECT_EQ(reader.read_idx(2), first + first);
      EXPECT_TRUE(killed || first != "old.");
    } catch (const Error& error) {
      EXPECT_TRUE(killed) << error.what();
    }
  }
}

// Both processes read on, each at its own place.
TEST_F(RecordIOTest, AForkedProcessReadsOnByItself) {
  std::vector<std::string> records;
  for (int i = 0; i < 40; ++i) records.push_back(std::string(9000, static_cast<char>('A' + i)));
  write(records);
  MXRecordIO reader(path_, "r");
  const auto rest = [&] {
    std::vector<std::string> found;
    while (auto record = reader.read()) found.push_back(*record);
    return found;
  };
  EXPECT_EQ(reader.read(), records[0]);
  const std::vector<std::string> expected(records.begin() + 1, records.end());
  const gluino::ChildProcess child([&] { return rest() == expected; });
  EXPECT_TRUE(child.succeeds());
  EXPECT_EQ(rest(), expected);
}

}  // namespace
}  // namespace gluino::recordio
