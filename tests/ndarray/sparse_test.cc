// Sparse arrays in files: the layout is that of a file that MXNet 1.9.1 wrote.
#include <gluino/ndarray/ndarray.h>
#include <gluino/ndarray/params.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace gluino {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Numbers = std::vector<std::int64_t>;

class Bytes {
 public:
  template <class T>
  Bytes& put(T value) {
    text.append(reinterpret_cast<const char*>(&value), sizeof(value));
    return *this;
  }
  Bytes& i32(std::int32_t value) { return put(value); }
  Bytes& i64(std::int64_t value) { return put(value); }
  Bytes& shape(const Numbers& sizes) {
    i32(static_cast<std::int32_t>(sizes.size()));
    for (const std::int64_t size : sizes) i64(size);
    return *this;
  }
  Bytes& floats(const std::vector<float>& values) {
    for (const float value : values) put(value);
    return *this;
  }
  Bytes& numbers(const Numbers& values) {
    for (const std::int64_t value : values) i64(value);
    return *this;
  }

  std::string text;
};

Bytes file() { return Bytes().i64(0x112).i64(0).i64(1).put(0xF993FAC9U); }

struct RowSparse {
  Numbers stored = {2, 2};
  Numbers shape = {4, 2};
  std::vector<float> values = {1, 2, 3, 4};
  Numbers rows = {1, 3};
};

std::string bytes_of(const RowSparse& array) {
  Bytes bytes = file().i32(1).shape(array.stored).shape(array.shape).i32(1).i32(0).i32(0);
  bytes.i32(6).shape({static_cast<std::int64_t>(array.rows.size())});
  return bytes.floats(array.values).numbers(array.rows).i64(0).text;
}

struct Csr {
  Numbers shape = {3, 3};
  std::vector<float> values = {5, 6, 7};
  Numbers starts = {0, 1, 1, 3};
  Numbers columns = {1, 0, 2};
};

std::string bytes_of(const Csr& array) {
  const auto count = static_cast<std::int64_t>(array.values.size());
  Bytes bytes = file().i32(2).shape({count}).shape(array.shape).i32(1).i32(0).i32(0);
  bytes.i32(6).shape({static_cast<std::int64_t>(array.starts.size())});
  bytes.i32(6).shape({static_cast<std::int64_t>(array.columns.size())});
  return bytes.floats(array.values).numbers(array.starts).numbers(array.columns).i64(0).text;
}

NDArray read(const std::string& bytes) { return nd::load_frombuffer(bytes)[0].second; }

std::string error_of(const std::string& bytes) {
  try {
    nd::load_frombuffer(bytes, "weights");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Sparse, RowsAreReadAsADenseArray) {
  const NDArray array = read(bytes_of(RowSparse()));
  EXPECT_EQ(array.shape(), Shape({4, 2}));
  EXPECT_THAT(array.to_vector<float>(), ElementsAre(0, 0, 1, 2, 0, 0, 3, 4));
  const RowSparse none = {.stored = {0, 2}, .shape = {3, 2}, .values = {}, .rows = {}};
  EXPECT_THAT(read(bytes_of(none)).to_vector<float>(), ElementsAre(0, 0, 0, 0, 0, 0));
}

TEST(Sparse, CompressedRowsAreReadAsADenseArray) {
  const NDArray array = read(bytes_of(Csr()));
  EXPECT_EQ(array.shape(), Shape({3, 3}));
  EXPECT_THAT(array.to_vector<float>(), ElementsAre(0, 5, 0, 0, 0, 0, 6, 0, 7));
  const Csr none = {.shape = {2, 2}, .values = {}, .starts = {0, 0, 0}, .columns = {}};
  EXPECT_THAT(read(bytes_of(none)).to_vector<float>(), ElementsAre(0, 0, 0, 0));
}

TEST(Sparse, EveryTruncationIsAnError) {
  for (const std::string& bytes : {bytes_of(RowSparse()), bytes_of(Csr())}) {
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_TRUE(error_of(bytes.substr(0, length)).starts_with("weights: ")) << length;
    }
  }
}

// Many arrays together may not become what one alone may not.
TEST(Sparse, ManyEmptyArraysAreBoundedTogether) {
  const auto many = [](int count, std::int64_t rows) {
    Bytes bytes = Bytes().i64(0x112).i64(0).i64(count);
    for (int i = 0; i < count; ++i) {
      bytes.put(0xF993FAC9U).i32(1).shape({0, 1}).shape({rows, 1}).i32(1).i32(0).i32(0);
      bytes.i32(6).shape({0});
    }
    return bytes.i64(0).text;
  };
  EXPECT_EQ(nd::load_frombuffer(many(1000, 100)).size(), 1000U);
  EXPECT_THAT(error_of(many(1000, 1'000'000)), HasSubstr("out of proportion to the file's"));
  EXPECT_THAT(error_of(many(1000, 16'000'000)), HasSubstr("out of proportion"));
  EXPECT_THAT(error_of(many(3, std::int64_t{1} << 59)), HasSubstr("out of proportion"));
}

TEST(Sparse, WrongNumbersAreNamed) {
  const auto rows = [](const std::function<void(RowSparse&)>& change) {
    RowSparse array;
    change(array);
    return error_of(bytes_of(array));
  };
  EXPECT_EQ(rows([](RowSparse& a) {
              a.rows = {1, 4};
            }),
            "weights: array 0: expected growing row numbers below 4, found 4");
  EXPECT_THAT(rows([](RowSparse& a) { a.rows = {3, 1}; }), HasSubstr("found 1"));
  EXPECT_THAT(rows([](RowSparse& a) { a.rows = {1, 1}; }), HasSubstr("found 1"));
  EXPECT_THAT(rows([](RowSparse& a) { a.rows = {-1, 1}; }), HasSubstr("found -1"));
  EXPECT_THAT(rows([](RowSparse& a) { a.shape = {4, 3}; }), HasSubstr("rows of shape (2, 3)"));
  EXPECT_THAT(rows([](RowSparse& a) { a.shape = {}; }), HasSubstr("cannot have shape ()"));
  EXPECT_THAT(rows([](RowSparse& a) {
                a.shape = {std::int64_t{1} << 40, 2};
              }),
              HasSubstr("out of proportion"));
  EXPECT_THAT(rows([](RowSparse& a) {
                a.shape = {std::int64_t{1} << 62, 2};
              }),
              HasSubstr("more elements than memory could hold"));
  const auto csr = [](const std::function<void(Csr&)>& change) {
    Csr array;
    change(array);
    return error_of(bytes_of(array));
  };
  EXPECT_THAT(csr([](Csr& a) { a.columns = {1, 0, 3}; }), HasSubstr("column numbers below 3"));
  EXPECT_THAT(csr([](Csr& a) { a.columns = {1, -1, 2}; }), HasSubstr("found -1"));
  EXPECT_THAT(csr([](Csr& a) { a.columns = {1, 0}; }), HasSubstr("2 stored elements, found (3,)"));
  EXPECT_THAT(csr([](Csr& a) { a.starts = {0, 2, 1, 3}; }), HasSubstr("row 1 cannot lie"));
  EXPECT_THAT(csr([](Csr& a) { a.starts = {0, 9, 9, 3}; }), HasSubstr("row 0 cannot lie"));
  EXPECT_THAT(csr([](Csr& a) { a.starts = {0, 1, 3}; }), HasSubstr("expected 4 places of rows"));
  EXPECT_THAT(csr([](Csr& a) { a.shape = {3}; }), HasSubstr("cannot have shape (3,)"));
  EXPECT_THAT(error_of(file().i32(3).text), HasSubstr("1 (row_sparse) or 2 (csr), found 3"));
}

}  // namespace
}  // namespace gluino
