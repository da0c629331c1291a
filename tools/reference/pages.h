#pragma once

#include <string>

#include "reference/families.h"

namespace gluino::reference {

/// An operator's page, in Markdown as Doxygen reads it.
std::string page_of(const Op& op);

/// The page that lists the operators of a family.
std::string page_of(const Family& family);

/// The page above those of all families.
std::string index_of(const std::vector<Family>& families);

}  // namespace gluino::reference
