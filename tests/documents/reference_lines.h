#pragma once

#include <gluino/gluino.h>

#include <string>
#include <utility>
#include <vector>

namespace gluino {

struct ReferenceLine {
  std::string op;
  void (*run)();
};

/// The reference's lines of C++, in a source that tools/reference writes.
const std::vector<ReferenceLine>& reference_lines();

}  // namespace gluino
