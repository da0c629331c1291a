// Files are made here from the layout, number by number, not by the library's writer.
#include <gluino/base/file.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/params.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <limits>
#include <map>

namespace gluino {
namespace {

class Bytes {
 public:
  template <class T>
  Bytes& put(T value) {
    text.append(reinterpret_cast<const char*>(&value), sizeof(value));
    return *this;
  }
  Bytes& u32(std::uint32_t value) { return put(value); }
  Bytes& i32(std::int32_t value) { return put(value); }
  Bytes& u64(std::uint64_t value) { return put(value); }
  Bytes& i64(std::int64_t value) { return put(value); }
  Bytes& f32(float value) { return put(value); }
  Bytes& name(const std::string& value) {
    u64(value.size());
    text += value;
    return *this;
  }

  std::string text;
};

constexpr std::uint32_t kV1 = 0xF993FAC8, kV2 = 0xF993FAC9, kV3 = 0xF993FACA;

Bytes list(std::uint64_t count) { return Bytes().u64(0x112).u64(0).u64(count); }

// A version 2 header for float32 of shape (2, 1) at cpu(0).
Bytes& small_v2(Bytes& bytes) {
  return bytes.u32(kV2).i32(0).i32(2).i64(2).i64(1).i32(1).i32(0).i32(0).f32(1.5F).f32(-2);
}

std::string error_of(const std::string& bytes) {
  try {
    nd::load_frombuffer(bytes, "weights");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

void expect_error(const Bytes& bytes, const std::string& part) {
  const std::string message = error_of(bytes.text);
  EXPECT_TRUE(message.starts_with("weights: ")) << message;
  EXPECT_NE(message.find(part), std::string::npos) << message << "\nexpected " << part;
}

TEST(Params, WritesTheLayoutOfVersion2) {
  Bytes expected = list(2);
  small_v2(expected);
  expected.u32(kV2).i32(0).i32(1).i64(3).i32(1).i32(1).i32(3).text += std::string("\1\2\3", 3);
  expected.u64(2).name("arg:w").name("u8");
  const nd::NamedArrays arrays = {{"arg:w", nd::array({{1.5}, {-2}})},
                                  {"u8", nd::array({1, 2, 3}, uint8, cpu(1))}};
  EXPECT_EQ(nd::save_tobuffer(arrays), expected.text);
}

TEST(Params, ReadsAllDenseVersions) {
  Bytes bytes = list(6);
  bytes.u32(2).u32(1).u32(2).i32(2).i32(0).i32(0).f32(1).f32(2);     // version 0, on a gpu
  bytes.u32(kV1).i32(1).i64(2).i32(3).i32(0).i32(4).i32(-7).i32(8);  // pinned memory
  small_v2(bytes);
  bytes.u32(kV3).i32(0).i32(0).i32(5).i32(0).i32(1).put(2.5);       // a scalar
  bytes.u32(kV2).i32(0).i32(0);                                     // none
  bytes.u32(kV2).i32(0).i32(2).i64(0).i64(3).i32(1).i32(0).i32(7);  // no elements
  bytes.u64(0);
  const nd::NamedArrays arrays = nd::load_frombuffer(bytes.text);
  ASSERT_EQ(arrays.size(), 6U);
  for (const auto& [name, array] : arrays) EXPECT_EQ(name, "");
  EXPECT_EQ(arrays[0].second.shape(), Shape({1, 2}));
  EXPECT_EQ(arrays[0].second.context(), cpu(0));
  EXPECT_EQ(arrays[0].second.to_vector<float>(), (std::vector<float>{1, 2}));
  EXPECT_EQ(arrays[1].second.dtype(), int32);
  EXPECT_EQ(arrays[1].second.to_vector<int>(), (std::vector<int>{-7, 8}));
  EXPECT_EQ(arrays[2].second.to_vector<float>(), (std::vector<float>{1.5F, -2}));
  EXPECT_EQ(arrays[3].second.ndim(), 0);
  EXPECT_EQ(arrays[3].second.asscalar<double>(), 2.5);
  EXPECT_FALSE(arrays[4].second.defined());
  EXPECT_EQ(arrays[5].second.shape(), Shape({0, 3}));
  EXPECT_EQ(arrays[5].second.dtype(), boolean);
}

TEST(Params, AnyByteOfABoolBeyondZeroIsTrue) {
  Bytes bytes = list(1);
  bytes.u32(kV2).i32(0).i32(1).i64(3).i32(1).i32(0).i32(7).text += std::string("\0\1\xff", 3);
  bytes.u64(1).name("b");
  const NDArray array = nd::load_frombuffer(bytes.text)[0].second;
  EXPECT_EQ(array.to_vector<int>(), (std::vector<int>{0, 1, 1}));
}

TEST(Params, ThereAndBackForEveryType) {
  nd::NamedArrays arrays;
  for (const DType dtype :
       {float32, float64, float16, uint8, int32, int8, int64, boolean, bfloat16}) {
    arrays.emplace_back(to_string(dtype), nd::array({{0, 1, 2}, {3, 4, 5}}, dtype));
  }
  arrays.emplace_back("scalar", nd::full({}, 7));
  arrays.emplace_back("", nd::empty({2, 0}));
  const nd::NamedArrays back = nd::load_frombuffer(nd::save_tobuffer(arrays));
  ASSERT_EQ(back.size(), arrays.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(back[i].first, arrays[i].first);
    EXPECT_EQ(back[i].second.dtype(), arrays[i].second.dtype());
    EXPECT_EQ(back[i].second.shape(), arrays[i].second.shape());
    EXPECT_EQ(back[i].second.to_vector<double>(), arrays[i].second.to_vector<double>());
  }
}

TEST(Params, FilesOfListsAndMaps) {
  const std::string path = testing::TempDir() + "gluino_params_test.params";
  nd::save(path, {nd::array({1, 2}), nd::array({3})});
  nd::NamedArrays back = nd::load(path);
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[1].first, "");
  EXPECT_EQ(back[1].second.asscalar(), 3);
  nd::save(path, {{"z", nd::array({1})}, {"a", nd::array({2})}});
  EXPECT_EQ(nd::load(path)[0].first, "z");
  nd::save(path, std::map<std::string, NDArray>{{"z", nd::array({1})}, {"a", nd::array({2})}});
  EXPECT_EQ(nd::load(path)[0].first, "a");
  // What cannot be saved leaves the earlier file.
  EXPECT_THROW(nd::save(path, {{"a", nd::array({1})}, {"a", nd::array({2})}}), Error);
  EXPECT_THROW(nd::save(path, {NDArray()}), Error);
  EXPECT_EQ(nd::load(path).size(), 2U);
  nd::save(path, nd::NamedArrays());
  EXPECT_TRUE(nd::load(path).empty());
  std::filesystem::remove(path);
  EXPECT_THROW(nd::load(path), Error);
}

TEST(Params, EveryTruncationIsAnError) {
  Bytes bytes = list(2);
  small_v2(bytes);
  bytes.u32(1).u32(2).i32(1).i32(0).i32(0).f32(1).f32(2);
  bytes.u64(2).name("first").name("second");
  ASSERT_EQ(error_of(bytes.text), "no error");
  for (std::size_t length = 0; length < bytes.text.size(); ++length) {
    EXPECT_TRUE(error_of(bytes.text.substr(0, length)).starts_with("weights: ")) << length;
  }
  bytes.text += '\0';
  expect_error(bytes, "1 bytes follow the end");
}

TEST(Params, WrongNumbersAreNamed) {
  expect_error(Bytes().u64(0x113), "expected the magic number 0x112");
  expect_error(Bytes().u64(0x112).u64(1), "expected 0 after the magic number, found 1");
  expect_error(Bytes().u64(0x112).u64(0).u64(~0ULL), "expected 18446744073709551615 arrays");
  Bytes zip;
  zip.text = "PK\x03\x04 and more";
  expect_error(zip, "not a zip archive");
  expect_error(list(1).u32(9).u64(0), "array 0: expected the mark of an array");
  expect_error(list(1).u32(kV2).i32(7), "array 0: expected storage type 0 (dense)");
  expect_error(list(1).u32(kV2).i32(0).i32(9), "0 to 8 dimensions, found 9");
  expect_error(list(1).u32(kV2).i32(0).i32(-1), "found -1");
  expect_error(list(1).u32(kV2).i32(0).i32(1).i64(-5), "found -5 for axis 0");
  expect_error(list(1).u32(kV2).i32(0).i32(1).i64(2).i32(4).i32(0), "found 4");
  expect_error(list(1).u32(kV2).i32(0).i32(1).i64(2).i32(1).i32(-1), "found -1");
  expect_error(list(1).u32(kV2).i32(0).i32(1).i64(2).i32(1).i32(0).i32(9), "dtype code 9");
}

TEST(Params, HugeShapesAreRefusedBeforeMemoryIsAskedFor) {
  const auto of_shape = [](std::initializer_list<std::int64_t> dims) {
    Bytes bytes = list(1).u32(kV2).i32(0).i32(static_cast<std::int32_t>(dims.size()));
    for (const std::int64_t dim : dims) bytes.i64(dim);
    return bytes.i32(1).i32(0).i32(1).u64(0);
  };
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  expect_error(of_shape({std::int64_t{1} << 40}), "the data needs 8796093022208 bytes, but only 8");
  expect_error(of_shape({most}), "more elements than memory could hold");
  expect_error(of_shape({std::int64_t{1} << 32, std::int64_t{1} << 32}), "more elements");
  // 2^61 + 1 doubles: the number of bytes wraps around to 8.
  expect_error(of_shape({(std::int64_t{1} << 61) + 1}), "more elements");
  expect_error(of_shape({0, most, most}), "more elements");
}

TEST(Params, NamesAreChecked) {
  const auto with_names = [](const std::function<void(Bytes&)>& names) {
    Bytes bytes = list(2);
    small_v2(small_v2(bytes));
    names(bytes);
    return bytes;
  };
  expect_error(with_names([](Bytes& b) { b.u64(1).name("a"); }), "expected 0 or 2 names, found 1");
  expect_error(with_names([](Bytes& b) { b.u64(2).name("a").name("a"); }),
               "name 1: \"a\" occurs twice");
  expect_error(with_names([](Bytes& b) { b.u64(2).name("a").u64(~0ULL); }),
               "name 1: the name needs");
}

}  // namespace
}  // namespace gluino
