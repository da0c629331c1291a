#pragma once

#include <gluino/ops/core/invoke.h>

#include <vector>

/// Draws without repetition: rows in another order, and different class numbers.
namespace gluino {

struct UniqueZipfianOptions {
  /// Numbers below this are drawn.
  std::int64_t range_max = 0;
  /// (rows, numbers per row).
  Shape shape{};
};

namespace ops {

/// The rows of an array (along its first axis) in a random order: that of MXNet 1.x on a processor.
template <Operand A>
A shuffle(const A& data, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("_shuffle");
  return call(op, NoOptions{}, {data}, name);
}

}  // namespace ops

namespace nd::random {

/// Rows of numbers in [0, range_max), int64, none twice in a row, small ones more often: k has the
/// chance log((k + 1.5) / (k + 0.5)) / log(range_max), but for the ends. Behind them how many draws
/// each row took, int64. They are those of MXNet 1.x on a processor. Throws Error unless range_max
/// is above 0 and at least as large as a row.
GLUINO_API std::vector<NDArray> unique_zipfian(const UniqueZipfianOptions& options);

}  // namespace nd::random
}  // namespace gluino
