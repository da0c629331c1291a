#include <gluino/base/error.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/copies.h>

#include <algorithm>
#include <cstring>

namespace gluino::ops {

bool same_bits(const NDArray& a, const NDArray& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  if (a.size() == 0) return true;
  const NDArray left = a.as_in_context(cpu());
  const NDArray right = b.as_in_context(cpu());
  return std::memcmp(left.data(), right.data(), left.bytes()) == 0;
}

NDArray mean_of_copies(const std::vector<NDArray>& copies) {
  check(!copies.empty(), "mean_of_copies: expected at least one array");
  const NDArray& first = copies[0];
  if (!first.is_dense()) {
    std::vector<NDArray> dense;
    dense.reserve(copies.size());
    for (const NDArray& copy : copies) dense.push_back(copy.tostype(StorageType::dense));
    return mean_of_copies(dense).tostype(first.stype());
  }
  // Dividing a sum of equal numbers need not give them back.
  if (std::all_of(copies.begin() + 1, copies.end(),
                  [&](const NDArray& copy) { return same_bits(first, copy); })) {
    return first.as_in_context(cpu());
  }
  NDArray sum = first.as_in_context(cpu()).astype(float64);
  for (std::size_t i = 1; i < copies.size(); ++i) {
    sum += copies[i].as_in_context(cpu()).astype(float64);
  }
  sum /= static_cast<double>(copies.size());
  return sum.astype(first.dtype());
}

}  // namespace gluino::ops
