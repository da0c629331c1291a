#pragma once

#include <gluino/ops/core/op.h>

#include <string>
#include <vector>

namespace gluino::reference {

/// Operators that stand on one page.
struct Family {
  std::string file;   // "elementwise"
  std::string title;  // "Functions of each element"
  std::vector<const Op*> operators;
};

/// All operators, each in one family: that of its name's beginning, or of the corner of gluino/ops
/// that defines it, which is looked up in the sources under `root`.
std::vector<Family> families(const std::string& root);

}  // namespace gluino::reference
