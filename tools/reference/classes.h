#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace gluino::reference {

/// The pages of docs/reference, which the Python package has made, cut into a page per class, so
/// that Doxygen's search finds their names: Markdown by page.
std::map<std::string, std::string> class_pages(const std::filesystem::path& folder);

/// Rows of a table: a file's page, and its classes.
std::string class_index(const std::filesystem::path& folder);

}  // namespace gluino::reference
