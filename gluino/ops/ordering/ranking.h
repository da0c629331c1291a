#pragma once

#include <gluino/base/function_ref.h>
#include <gluino/ops/core/inference.h>
#include <gluino/ops/core/tensor.h>

#include <cstdint>
#include <optional>

/// What sort, argsort, topk and unique have in common: rows, and their elements in order. NaN is
/// the largest, and -0 is 0.
namespace gluino::ordering {

/// Rows of n elements that lie `inner` apart, `outer` times as many.
struct Rows {
  std::int64_t outer = 1, n = 1, inner = 1;

  std::int64_t count() const { return outer * inner; }
  /// Where row r of rows of `length` elements begins.
  std::int64_t begin(std::int64_t row, std::int64_t length) const {
    return row / inner * length * inner + row % inner;
  }
};

Rows rows_of(const std::optional<std::int64_t>& axis, const Shape& data);

/// Throws Error where a place among n elements may be no `dtype`.
void check_places_fit(std::int64_t n, DType dtype, const Inference& s);

/// Where the elements of a row stand, in their order.
class Places {
 public:
  /// Place i is in some bits of words[i * step].
  Places(const std::uint64_t* words, std::int64_t step, std::uint64_t bits)
      : words_(words), step_(step), bits_(bits) {}

  std::int64_t operator[](std::int64_t i) const {
    return static_cast<std::int64_t>(words_[i * step_] & bits_);
  }
  /// Writes the first n as elements of `out`, from element `at` on, `step` apart.
  void write(std::int64_t n, const Tensor& out, std::int64_t at, std::int64_t step) const;

 private:
  const std::uint64_t* words_;
  std::int64_t step_;
  std::uint64_t bits_;
};

/// How elements that are equal follow each other.
enum class Equals {
  by_place,
  /// As MXNet's argsort and topk leave them on a CPU, where detectors' samplers count on it: what
  /// libstdc++'s std::sort makes of the places, or std::partial_sort where at most an eighth is
  /// asked for. By place where more than an eighth of over 65,536 elements is.
  as_mxnet,
};

/// Calls f(row, places of the first k elements) for each row of x, whose elements are of any type
/// of numbers; O(n + k log k), on several threads.
void each_order(const Tensor& x, const Rows& rows, std::int64_t k, bool ascending, Equals equals,
                FunctionRef<void(std::int64_t row, const Places& places)> f);

/// The elements of each row in order, in y, which has x's shape and type; and f(row, their places),
/// if there is an f. Zeros keep their signs in the order of their places, and what is no number
/// its bits.
void sort_rows(const Tensor& x, const Rows& rows, bool ascending, void* y);
void sort_rows(const Tensor& x, const Rows& rows, bool ascending, void* y, Equals equals,
               FunctionRef<void(std::int64_t row, const Places& places)> f);

}  // namespace gluino::ordering
