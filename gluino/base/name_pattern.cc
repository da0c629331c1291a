#include <gluino/base/error.h>
#include <gluino/base/name_pattern.h>

#include <locale>

namespace gluino {
namespace {

constexpr std::size_t kMostLetters = 4096;

// The usual matcher of GCC's library tries all ways, for "(?:a*)*(?:a*)*b" without end; the other
// one does not, and knows no back-references.
void assign(std::regex& regex, const std::string& text) {
#ifdef __GLIBCXX__
  try {
    regex.assign(text, std::regex::ECMAScript | std::regex_constants::__polynomial);
    return;
  } catch (const std::regex_error& error) {
    if (error.code() != std::regex_constants::error_complexity) throw;
  }
#endif
  regex.assign(text);
}

}  // namespace

NamePattern::NamePattern(const std::string& text, const std::string& who) : who_(who) {
  check(text.size() <= kMostLetters, who, ": a regular expression of ", text.size(),
        " letters is too long");
  try {
    regex_.imbue(std::locale::classic());
    assign(regex_, text);
  } catch (const std::regex_error& error) {
    fail(who, ": '", text, "' is no regular expression: ", error.what());
  }
}

bool NamePattern::matches(const std::string& name) const {
  check(name.size() <= kMostLetters, who_, ": a name of ", name.size(), " letters is too long");
  try {
    return std::regex_search(name, regex_, std::regex_constants::match_continuous);
  } catch (const std::regex_error& error) {
    fail(who_, ": '", name, "' cannot be compared with the regular expression: ", error.what());
  }
}

}  // namespace gluino
