#pragma once

#include <string_view>

namespace digits {

/// The page, page.html, as it lies in the program.
std::string_view page_html();

}  // namespace digits
