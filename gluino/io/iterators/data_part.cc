#include <gluino/base/error.h>
#include <gluino/io/iterators/data_part.h>

namespace gluino::io {

std::pair<std::int64_t, std::int64_t> part_of(std::int64_t count, std::int64_t num_parts,
                                              std::int64_t part_index, const char* who) {
  constexpr std::int64_t kMaxParts = 1 << 20;
  check(num_parts >= 1 && num_parts <= kMaxParts && part_index >= 0 && part_index < num_parts, who,
        ": expected a part_index from 0 to num_parts - 1, got part ", part_index, " of ",
        num_parts);
  return {count * part_index / num_parts, count * (part_index + 1) / num_parts};
}

}  // namespace gluino::io
