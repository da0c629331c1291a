#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Pieces of HTML. What is given as text is shown as text, whatever stands in it.
namespace digits::reports {

/// <h2>title</h2> with what follows, in a card of its own.
std::string section(std::string_view title, std::string_view content);
std::string paragraph(std::string_view text);

/// A table whose first row is its head; the first column is text, the others are numbers.
std::string table(const std::vector<std::vector<std::string>>& rows);
/// Two columns of text without a head.
std::string list_of_pairs(const std::vector<std::pair<std::string, std::string>>& pairs);

/// A picture within the page, of that width on the screen, with a caption below.
std::string figure(std::string_view png, int width, std::string_view caption);

/// The page around all that. `css` stands in it as it is.
std::string page(std::string_view title, std::string_view css, std::string_view body);

}  // namespace digits::reports
