#pragma once

#include <string>
#include <string_view>
#include <vector>

/// What somebody who mistyped a name may have meant.
namespace digits {

/// The name that the text becomes with the fewest changes; see gluino::edit_distance. The first of
/// several; empty without names.
std::string nearest(std::string_view text, const std::vector<std::string>& names);

/// "; did you mean lr?" where half of the text's letters stay in the nearest name; else nothing.
std::string suggestion(std::string_view text, const std::vector<std::string>& names);

}  // namespace digits
