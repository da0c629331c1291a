#pragma once

#include <string>

#include "reference/families.h"

namespace gluino::reference {

/// An operator's page, in Markdown as Doxygen reads it.
std::string page_of(const Op& op);

/// The page that lists the operators of a family.
std::string page_of(const Family& family);

/// The page above all others; `classes` are rows of its table: see class_index.
std::string index_of(const std::vector<Family>& families, const std::string& classes);

}  // namespace gluino::reference
