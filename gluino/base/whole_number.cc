#include <gluino/base/error.h>
#include <gluino/base/whole_number.h>

#include <cmath>

namespace gluino {

std::int64_t whole_number(double value, const std::string& what) {
  // 2^63 itself is no std::int64_t any more; a NaN is equal to nothing.
  check(value == std::trunc(value) && value >= -0x1p63 && value < 0x1p63, what,
        ": expected a whole number from -2^63 to 2^63 - 1, got ", value);
  return static_cast<std::int64_t>(value);
}

}  // namespace gluino
