#pragma once

#include <gluino/base/function_ref.h>
#include <gluino/kvstore/arguments.h>
#include <gluino/kvstore/processes/schedule.h>

/// Sums in the tree of processes/schedule.h, so that they have the same bits whichever contexts and
/// processes the copies are at.
namespace gluino::kvstore {

/// Writes the sum of dense copies to `sum`, which none of them is.
void tree_sum(const Arrays& copies, const NDArray& sum);
/// The sum of copies of any kind, at `place`; of one copy at that place the copy itself.
NDArray tree_sum(const Arrays& copies, const Context& place);
/// The sum of a range's parts: `part` gives those that are there, and an undefined array where a
/// range has to be cut.
NDArray tree_sum(const Range& range, FunctionRef<NDArray(const Range& range)> part);

}  // namespace gluino::kvstore
