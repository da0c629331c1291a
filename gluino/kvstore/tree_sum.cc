#include <gluino/kvstore/tree_sum.h>
#include <gluino/ops/elementwise/arithmetic.h>

namespace gluino::kvstore {

void tree_sum(const Arrays& copies, const NDArray& sum) {
  if (copies.size() == 1) {
    copies[0].copyto(sum);
    return;
  }
  const auto middle = static_cast<std::size_t>(middle_of({0, std::ssize(copies)}));
  tree_sum(copies.first(middle), sum);
  const Arrays right = copies.subspan(middle);
  NDArray other = right[0].as_in_context(sum.context());
  if (right.size() > 1) {
    other = NDArray(sum.shape(), sum.dtype(), sum.context());
    tree_sum(right, other);
  }
  sum += other;
}

NDArray tree_sum(const Arrays& copies, const Context& place) {
  return tree_sum({0, std::ssize(copies)}, [&](const Range& range) {
    return range.size() > 1 ? NDArray()
                            : copies[static_cast<std::size_t>(range.begin)].as_in_context(place);
  });
}

NDArray tree_sum(const Range& range, FunctionRef<NDArray(const Range& range)> part) {
  NDArray sum = part(range);
  if (sum.defined()) return sum;
  const std::int64_t middle = middle_of(range);
  return ops::elemwise_add(tree_sum({range.begin, middle}, part),
                           tree_sum({middle, range.end}, part));
}

}  // namespace gluino::kvstore
