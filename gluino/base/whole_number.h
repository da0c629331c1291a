#pragma once

#include <gluino/base/export.h>

#include <cstdint>
#include <string>

namespace gluino {

/// The number as an integer. Throws Error, beginning with `what`, unless it is whole and 64 bits
/// can hold it.
GLUINO_API std::int64_t whole_number(double value, const std::string& what);

}  // namespace gluino
