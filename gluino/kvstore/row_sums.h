#pragma once

#include <gluino/kvstore/arguments.h>
#include <gluino/kvstore/processes/workers.h>

#include <string>

namespace gluino::kvstore {

/// The sum of row_sparse copies and those of all other workers. Only rows that are stored travel.
/// `key` is what messages call the array. Throws Error for arrays that are stored otherwise.
NDArray sum_of_rows(Workers& workers, const std::string& key, const Arrays& copies);

/// The rows (axis 0) of all workers, one after the other: arrays that are alike in all else.
NDArray gather_rows(Workers& workers, const std::string& what, const NDArray& own);

}  // namespace gluino::kvstore
