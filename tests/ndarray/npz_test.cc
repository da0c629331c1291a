// Archives are those that NumPy wrote, or are made here from the layout of zip and npy files.
#include <gluino/base/file.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/params.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <string>
#include <vector>

namespace gluino {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string from_hex(const std::string& digits) {
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

// numpy.savez of "arg:w" = [[0, 1, 2], [3, 4, 5]] in float32, "s" = 2.5 without axes, "h" = [1, 2]
// in float16, "b" = [True, False], "e" of shape (0, 3) in int64.
const std::string kSaved = from_hex(
    "504b0304140000000000000021004fe9002a9800000098000000090014006172673a772e6e70790100100098000000"
    "00"
    "0000009800000000000000934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f"
    "6f"
    "72646572273a2046616c73652c20277368617065273a2028322c2033292c207d202020202020202020202020202020"
    "20"
    "2020202020202020202020202020202020202020202020202020202020202020202020202020202020200a00000000"
    "00"
    "00803f0000004000004040000080400000a040504b03041400000000000000210035b43a9388000000880000000500"
    "14"
    "00732e6e70790100100088000000000000008800000000000000934e554d5059010076007b276465736372273a2027"
    "3c"
    "6638272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028292c207d20202020"
    "20"
    "2020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020"
    "20"
    "2020202020202020200a0000000000000440504b030414000000000000002100fd96bee28400000084000000050014"
    "00"
    "682e6e70790100100084000000000000008400000000000000934e554d5059010076007b276465736372273a20273c"
    "66"
    "32272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c292c207d202020"
    "20"
    "2020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020"
    "20"
    "20202020202020200a003c0040504b030414000000000000002100ee19bb5d820000008200000005001400622e6e70"
    "79"
    "0100100082000000000000008200000000000000934e554d5059010076007b276465736372273a20277c6231272c20"
    "27"
    "666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c292c207d2020202020202020"
    "20"
    "2020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020"
    "20"
    "2020200a0100504b030414000000000000002100ae265c43800000008000000005001400652e6e7079010010008000"
    "00"
    "00000000008000000000000000934e554d5059010076007b276465736372273a20273c6938272c2027666f72747261"
    "6e"
    "5f6f72646572273a2046616c73652c20277368617065273a2028302c2033292c207d20202020202020202020202020"
    "20"
    "20202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a504b"
    "01"
    "021403140000000000000021004fe9002a98000000980000000900000000000000000000008001000000006172673a"
    "77"
    "2e6e7079504b010214031400000000000000210035b43a9388000000880000000500000000000000000000008001d3"
    "00"
    "0000732e6e7079504b0102140314000000000000002100fd96bee28400000084000000050000000000000000000000"
    "80"
    "0192010000682e6e7079504b0102140314000000000000002100ee19bb5d8200000082000000050000000000000000"
    "00"
    "000080014d020000622e6e7079504b0102140314000000000000002100ae265c438000000080000000050000000000"
    "00"
    "0000000000800106030000652e6e7079504b0506000000000500050003010000bd0300000000");

// numpy.savez_compressed of "w" = zeros of shape (50, 40) in float32 and "u" = 0 to 255 in uint8.
const std::string kCompressed = from_hex(
    "504b030414000000080000002100e33802256a000000c01f000005001400772e6e707901001000c01f000000000000"
    "6a"
    "00000000000000edc8210e83301840e1ce728adffd9054209859d038c8ccc414694609820069c9ccb25370e1952b4c"
    "bf"
    "cfbd77748ff6febc98b7f9e8e0e32be84db41e2bb5a2e31af6e0967e0d833f7fe3e6e8d38f93db7ceafc5a5aa9cac2"
    "ca"
    "57fe94190000000000000000000000607e504b0304140000000800000021004d48bdc5540100008001000005001400"
    "75"
    "2e6e707901001000800100000000000054010000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a05e53"
    "6a"
    "a8aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a46a6663a9a3a0ab50a64032e0646"
    "26"
    "66165636760e4e2e6e1e5e3e7e0141216111513171094929691959397905452565155535750d4d2d6d1d5d3d7d0343"
    "23"
    "63135333730b4b2b6b1b5b3b7b07472767175737770f4f2f6f1f5f3fff80c0a0e090d0b0f088c8a8e898d8b8f884c4"
    "a4"
    "e494d4b4f48cccacec9cdcbcfc82c2a2e292d2b2f28acaaaea9adabafa86c6a6e696d6b6f68eceaeee9edebefe0913"
    "27"
    "4d9e3275daf4193367cd9e3377defc050b172d5eb274d9f2152b57ad5eb376ddfa0d1b376ddeb275dbf61d3b77edde"
    "b3"
    "77dffe03070f1d3e72f4d8f113274f9d3e73f6dcf90b172f5dbe72f5daf51b376fddbe73f7defd070f1f3d7ef2f4d9"
    "f3"
    "172f5fbd7ef3f6ddfb0f1f3f7dfef2f5dbf71f3f7ffdfef3f7df7f00504b0102140314000000080000002100e33802"
    "25"
    "6a000000c01f0000050000000000000000000000800100000000772e6e7079504b0102140314000000080000002100"
    "4d"
    "48bdc554010000800100000500000000000000000000008001a1000000752e6e7079504b0506000000000200020066"
    "00"
    "00002c0200000000");

void put(std::string& bytes, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(i < 8 ? value >> (8 * i) : 0);
}

std::string npy(const std::string& header, const std::string& data, char version = 1) {
  std::string bytes = std::string("\x93NUMPY") + version + '\0';
  put(bytes, header.size(), version == 1 ? 2 : 4);
  return bytes + header + data;
}

const std::string kHeader = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
const std::string kTwoFloats = std::string("\0\0\x80\x3f\0\0\0\x40", 8);

// An entry of a zip archive as it claims to be.
struct Entry {
  std::string name;
  std::string data;
  std::uint32_t method = 0;
  std::int64_t size = -1;    // if not the data's own
  std::uint32_t damage = 0;  // of the checksum
};

std::string fields_of(const Entry& entry) {
  std::string bytes;
  put(bytes, 0, 2);  // flags
  put(bytes, entry.method, 2);
  put(bytes, 0, 2);
  put(bytes, 0x21, 2);
  const auto* data = reinterpret_cast<const Bytef*>(entry.data.data());
  put(bytes, crc32(0, data, static_cast<uInt>(entry.data.size())) + entry.damage, 4);
  put(bytes, entry.data.size(), 4);
  put(bytes, entry.size < 0 ? entry.data.size() : static_cast<std::uint64_t>(entry.size), 4);
  put(bytes, entry.name.size(), 2);
  put(bytes, 0, 2);
  return bytes;
}

std::string zip(const std::vector<Entry>& entries) {
  std::string bytes;
  std::string directory;
  for (const Entry& entry : entries) {
    const std::string fields = fields_of(entry);
    directory += "PK\x01\x02";
    put(directory, 20, 2);
    put(directory, 20, 2);
    directory += fields;
    put(directory, 0, 10);
    put(directory, bytes.size(), 4);
    directory += entry.name;
    bytes += "PK\x03\x04";
    put(bytes, 20, 2);
    bytes += fields + entry.name + entry.data;
  }
  const std::size_t start = bytes.size();
  bytes += directory + "PK\x05\x06";
  put(bytes, 0, 4);
  put(bytes, entries.size(), 2);
  put(bytes, entries.size(), 2);
  put(bytes, directory.size(), 4);
  put(bytes, start, 4);
  put(bytes, 0, 2);
  return bytes;
}

std::string error_of(const std::string& bytes) {
  try {
    nd::load_frombuffer(bytes, "weights");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string error_of_header(const std::string& header) {
  return error_of(zip({{.name = "a.npy", .data = npy(header, kTwoFloats)}}));
}

TEST(Npz, ReadsWhatNumpySaved) {
  const nd::NamedArrays arrays = nd::load_frombuffer(kSaved);
  ASSERT_EQ(arrays.size(), 5U);
  EXPECT_EQ(arrays[0].first, "arg:w");
  EXPECT_EQ(arrays[0].second.shape(), Shape({2, 3}));
  EXPECT_EQ(arrays[0].second.dtype(), float32);
  EXPECT_THAT(arrays[0].second.to_vector<float>(), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(arrays[1].second.ndim(), 0);
  EXPECT_EQ(arrays[1].second.asscalar<double>(), 2.5);
  EXPECT_EQ(arrays[2].second.dtype(), float16);
  EXPECT_THAT(arrays[2].second.to_vector<float>(), ElementsAre(1, 2));
  EXPECT_EQ(arrays[3].second.dtype(), boolean);
  EXPECT_THAT(arrays[3].second.to_vector<int>(), ElementsAre(1, 0));
  EXPECT_EQ(arrays[4].first, "e");
  EXPECT_EQ(arrays[4].second.shape(), Shape({0, 3}));
  EXPECT_EQ(arrays[4].second.dtype(), int64);
}

TEST(Npz, ReadsCompressedEntries) {
  const nd::NamedArrays arrays = nd::load_frombuffer(kCompressed);
  ASSERT_EQ(arrays.size(), 2U);
  EXPECT_EQ(arrays[0].second.shape(), Shape({50, 40}));
  EXPECT_EQ(arrays[0].second.to_vector<float>(), std::vector<float>(2000, 0));
  EXPECT_EQ(arrays[1].second.to_vector<int>()[255], 255);
}

TEST(Npz, ReadsLaterVersionsAndAnyOrderOfTheHeader) {
  const std::string header = "{'shape':(2,),'fortran_order':False,'descr':'<f4'}";
  const auto arrays =
      nd::load_frombuffer(zip({{.name = "a.npy", .data = npy(header, kTwoFloats, 2)},
                               {.name = "b.npy", .data = npy(kHeader, kTwoFloats)}}));
  EXPECT_EQ(arrays[0].first, "a");
  EXPECT_THAT(arrays[0].second.to_vector<float>(), ElementsAre(1, 2));
  EXPECT_THAT(arrays[1].second.to_vector<float>(), ElementsAre(1, 2));
  EXPECT_TRUE(nd::load_frombuffer(zip({})).empty());
}

TEST(Npz, ThereAndBackForEveryType) {
  const std::string path = str(testing::TempDir(), "/npz_test_", ::getpid(), ".npz");
  nd::NamedArrays arrays;
  for (const DType dtype : {float32, float64, float16, uint8, int32, int8, int64, boolean}) {
    arrays.emplace_back("arg:" + to_string(dtype), nd::array({{0, 1, 2}, {3, 4, 5}}, dtype));
  }
  arrays.emplace_back("scalar", nd::full({}, 7));
  arrays.emplace_back("none", nd::empty({2, 0}));
  nd::save(path, arrays);
  const std::string bytes = read_file(path);
  EXPECT_TRUE(bytes.starts_with("PK\x03\x04"));
  const nd::NamedArrays back = nd::load(path);
  ASSERT_EQ(back.size(), arrays.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(back[i].first, arrays[i].first);
    EXPECT_EQ(back[i].second.dtype(), arrays[i].second.dtype());
    EXPECT_EQ(back[i].second.shape(), arrays[i].second.shape());
    EXPECT_EQ(back[i].second.to_vector<double>(), arrays[i].second.to_vector<double>());
  }
  nd::save(path, arrays);
  EXPECT_EQ(read_file(path), bytes) << "equal arrays give equal bytes";
  nd::save(path, {nd::array({1}), nd::array({2})});
  EXPECT_EQ(nd::load(path)[1].first, "arr_1");
  nd::save(path, nd::NamedArrays());
  EXPECT_TRUE(nd::load(path).empty());
  EXPECT_THROW(nd::save(path, {{"b", nd::ones({2}, bfloat16)}}), Error);
  EXPECT_TRUE(nd::load(path).empty()) << "what cannot be saved leaves the earlier file";
  std::filesystem::remove(path);
}

TEST(Npz, WritesNumpysHeader) {
  const std::string path = str(testing::TempDir(), "/npz_header_", ::getpid(), ".npz");
  nd::save(path, {{"a", nd::array({1, 2})}});
  const std::string bytes = read_file(path);
  std::filesystem::remove(path);
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
  const std::size_t at = bytes.find("\x93NUMPY");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(bytes.substr(at + 6, 4), std::string("\x01\0\x76\0", 4));
  EXPECT_EQ(bytes.substr(at + 10, 118), header + std::string(117 - header.size(), ' ') + '\n');
  EXPECT_EQ(bytes.substr(at + 128, 8), kTwoFloats);
}

TEST(Npz, EveryTruncationIsAnError) {
  for (const std::string& bytes : {kSaved, kCompressed}) {
    for (std::size_t length = 2; length < bytes.size(); ++length) {
      EXPECT_TRUE(error_of(bytes.substr(0, length)).starts_with("weights: ")) << length;
    }
  }
}

TEST(Npz, EveryFlippedByteIsReadOrAnError) {
  for (std::string bytes : {kSaved, kCompressed}) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const char before = bytes[i];
      bytes[i] = static_cast<char>(~before);
      const std::string message = error_of(bytes);
      EXPECT_TRUE(message == "no error" || message.starts_with("weights: "))
          << i << ": " << message;
      bytes[i] = before;
    }
  }
}

TEST(Npz, WrongEntriesAreNamed) {
  const std::string good = npy(kHeader, kTwoFloats);
  EXPECT_EQ(error_of(zip({{.name = "a.npy", .data = good}})), "no error");
  EXPECT_THAT(error_of(zip({{.name = "a.txt", .data = good}})),
              HasSubstr("expected arrays (*.npy)"));
  EXPECT_THAT(error_of(zip({{.name = "a.npy", .data = good}, {.name = "a.npy", .data = good}})),
              HasSubstr("\"a\" occurs twice"));
  EXPECT_THAT(error_of(zip({{.name = "a.npy", .data = good, .damage = 1}})),
              HasSubstr("\"a.npy\""));
  EXPECT_THAT(error_of(zip({{.name = "a.npy", .data = good, .method = 12}})),
              HasSubstr("stored or deflated, found method 12"));
  EXPECT_THAT(error_of(zip({{.name = "a.npy", .data = good, .method = 8, .size = 1 << 30}})),
              HasSubstr("claims 1073741824 bytes, more than its"));
  EXPECT_THAT(error_of(zip({{.name = "a.npy", .data = good + "x"}})),
              HasSubstr("expected 8 bytes of float32 (2,), found 9"));
  EXPECT_THAT(error_of(zip({{.name = "a.npy", .data = "something"}})),
              HasSubstr("expected an array in NumPy's format"));
  EXPECT_THAT(error_of(zip({{.name = "a.npy", .data = npy(kHeader, kTwoFloats, 9)}})),
              HasSubstr("version 1 to 3 of NumPy's format, found 9"));
  EXPECT_THAT(error_of(zip({{.name = "a.npy", .data = good.substr(0, 20)}})),
              HasSubstr("ends too early"));
}

TEST(Npz, WrongHeadersAreNamed) {
  EXPECT_THAT(error_of_header("{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }"),
              HasSubstr("fortran_order: expected False"));
  EXPECT_THAT(error_of_header("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }"),
              HasSubstr("type '>f4': expected one of"));
  EXPECT_THAT(error_of_header("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }"),
              HasSubstr("type '|O'"));
  EXPECT_THAT(error_of_header("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"),
              HasSubstr("expected 16 bytes of float64 (2,), found 8"));
  EXPECT_THAT(error_of_header("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False}"),
              HasSubstr("'descr' occurs twice"));
  EXPECT_THAT(error_of_header("{'descr': '<f4', 'fortran_order': False, 'shape': "
                              "(4611686018427387904, 4611686018427387904)}"),
              HasSubstr("more elements than memory could hold"));
  EXPECT_THAT(error_of_header("{'descr': '<f4', 'fortran_order': False, 'shape': "
                              "(1,1,1,1,1,1,1,1,2)}"),
              HasSubstr("at most 8 dimensions"));
  for (const char* header :
       {"", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2,)}", "{'descr': '<f4",
        "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}",
        "{'colour': '<f4', 'fortran_order': False, 'shape': (2,)}"}) {
    EXPECT_THAT(error_of_header(header), HasSubstr("expected a header")) << header;
  }
}

// What one zip entry claims, another must not claim again.
TEST(Npz, EntriesThatShareTheirBytesAreRefused) {
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000,), }\n";
  std::string bytes = zip({{.name = "a.npy", .data = npy(header, std::string(4000, '\0'))},
                           {.name = "b.npy", .data = npy(header, std::string(4000, '\0'))}});
  ASSERT_EQ(error_of(bytes), "no error");
  // The second entry of the directory points to the first one's bytes, which are cut out then.
  const std::size_t second = bytes.find("PK\x03\x04", 4);
  const std::size_t directory = bytes.find("PK\x01\x02");
  bytes.erase(second, directory - second);
  const std::size_t last = bytes.rfind("PK\x01\x02");
  std::string zero;
  put(zero, 0, 4);
  bytes.replace(last + 42, 4, zero);
  std::string start;
  put(start, second, 4);
  bytes.replace(bytes.rfind("PK\x05\x06") + 16, 4, start);
  EXPECT_THAT(error_of(bytes), HasSubstr("the entries claim more bytes than the file has"));
}

}  // namespace
}  // namespace gluino
