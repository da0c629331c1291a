#pragma once

#include <cstdint>
#include <utility>

namespace gluino::io {

/// The range [first, second) of `count` samples that is part `part_index` of `num_parts`. Throws
/// Error, beginning with `who`, unless 0 <= part_index < num_parts.
std::pair<std::int64_t, std::int64_t> part_of(std::int64_t count, std::int64_t num_parts,
                                              std::int64_t part_index, const char* who);

}  // namespace gluino::io
