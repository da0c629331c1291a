#include <gluino/base/error.h>
#include <gluino/ndarray/sparse.h>

#include <cstring>

namespace gluino::nd::params {
namespace {

// Copies `count` elements between places counted in elements.
void copy_elements(const NDArray& from, std::int64_t source, const NDArray& to, std::int64_t place,
                   std::int64_t count) {
  const std::size_t size = size_of(from.dtype());
  std::memcpy(static_cast<char*>(to.data()) + static_cast<std::size_t>(place) * size,
              static_cast<const char*>(from.data()) + static_cast<std::size_t>(source) * size,
              static_cast<std::size_t>(count) * size);
}

}  // namespace

void scatter_rows(const NDArray& values, const std::vector<std::int64_t>& rows,
                  const NDArray& result) {
  if (rows.empty()) return;
  const auto count = static_cast<std::int64_t>(rows.size());
  Shape expected = result.shape();
  expected[0] = count;
  check(values.shape() == expected, "expected stored rows of shape ", expected, ", found ",
        values.shape());
  const std::int64_t width = values.size() / count;
  std::int64_t before = -1;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t row = rows[static_cast<std::size_t>(i)];
    check(row > before && row < result.shape()[0], "expected growing row numbers below ",
          result.shape()[0], ", found ", row);
    before = row;
    if (width > 0) copy_elements(values, i * width, result, row * width, width);
  }
}

void scatter_csr(const NDArray& values, const std::vector<std::int64_t>& starts,
                 const std::vector<std::int64_t>& columns, const NDArray& result) {
  const std::int64_t height = result.shape()[0];
  const std::int64_t width = result.shape()[1];
  const auto count = static_cast<std::int64_t>(columns.size());
  check(values.shape() == Shape{count}, "expected ", count, " stored elements, found ",
        values.shape());
  check(static_cast<std::int64_t>(starts.size()) == height + 1 && starts.front() == 0 &&
            starts.back() == count,
        "expected ", height + 1, " places of rows from 0 to ", count);
  for (std::int64_t row = 0; row < height; ++row) {
    const std::int64_t begin = starts[static_cast<std::size_t>(row)];
    const std::int64_t end = starts[static_cast<std::size_t>(row) + 1];
    check(begin <= end && end <= count, "row ", row, " cannot lie from ", begin, " to ", end);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t column = columns[static_cast<std::size_t>(i)];
      check(column >= 0 && column < width, "expected column numbers below ", width, ", found ",
            column);
      copy_elements(values, i, result, row * width + column, 1);
    }
  }
}

}  // namespace gluino::nd::params
