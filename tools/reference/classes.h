#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace gluino::reference {

/// A page per class of the pages in docs/reference, which the Python package has made: of what
/// stands on a page Doxygen's search finds the title alone. Markdown by page.
std::map<std::string, std::string> class_pages(const std::filesystem::path& folder);

/// Rows of a table: a page of that folder, and its classes.
std::string class_index(const std::filesystem::path& folder);

}  // namespace gluino::reference
