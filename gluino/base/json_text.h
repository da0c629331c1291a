#pragma once

#include <gluino/base/export.h>

#include <string_view>

namespace gluino {

/// Throws Error when arrays and objects stand in each other more than 100 deep: what goes over JSON
/// by calling itself would run out of stack. Says nothing about texts that are no JSON.
GLUINO_API void check_json_depth(std::string_view json);

}  // namespace gluino
