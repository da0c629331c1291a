#pragma once

#include <string>
#include <string_view>

namespace digits::reports {

enum class Markup { xml, html };

/// Throws Error, naming `source` and the line, unless the text is whole: UTF-8, with one element
/// around all others, each closed, and quoted attributes. Knows what our own pages and drawings,
/// and those of Graphviz, consist of.
void check_markup(std::string_view text, Markup kind, const std::string& source);

}  // namespace digits::reports
