#include <apps/digits/reports/markup.h>
#include <gluino/base/error.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace digits::reports {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kNameEnds = " \t\r\n<>/=\"'";
// What HTML has no end of.
constexpr std::string_view kVoid[] = {"meta", "img", "br", "hr", "input", "link"};
constexpr std::string_view kRaw[] = {"style", "script"};

template <class List>
bool contains(const List& list, std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

class Reader {
 public:
  Reader(std::string_view text, Markup kind, const std::string& source)
      : text_(text), is_html_(kind == Markup::html), source_(source) {}

  void read() {
    while (at_ < text_.size()) {
      text_[at_] == '<' ? markup() : characters();
    }
    expect(open_.empty(), open_.empty() ? "" : "</" + std::string(open_.back()) + ">");
    expect(has_root_, "an element");
  }

 private:
  void expect(bool ok, std::string_view what) const {
    if (ok) return;
    const auto line = std::count(text_.begin(), text_.begin() + std::ptrdiff_t(at_), '\n') + 1;
    gluino::fail(source_, ": line ", line, ": expected ", what, ", found ",
                 at_ < text_.size() ? "something else" : "the file's end");
  }
  bool take(std::string_view what) {
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  void skip_behind(std::string_view what) {
    const std::size_t found = text_.find(what, at_);
    if (found == std::string_view::npos) at_ = text_.size();
    expect(found != std::string_view::npos, what);
    at_ = found + what.size();
  }
  bool skip_blanks() {
    const std::size_t before = at_;
    at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size());
    return at_ > before;
  }
  std::string_view name() {
    const std::size_t begin = at_;
    at_ = std::min(text_.find_first_of(kNameEnds, at_), text_.size());
    expect(at_ > begin, "a name");
    return text_.substr(begin, at_ - begin);
  }

  void characters() {
    const std::size_t end = std::min(text_.find('<', at_), text_.size());
    const std::string_view text = text_.substr(at_, end - at_);
    const bool is_blank = text.find_first_not_of(kBlanks) == std::string_view::npos;
    expect(is_blank || !open_.empty(), "an element");
    check_references(text);
    at_ = end;
  }
  // &amp; and the like.
  void check_references(std::string_view text) {
    constexpr std::size_t kMostLetters = 10;
    for (std::size_t i = text.find('&'); i < text.size(); i = text.find('&', i + 1)) {
      const std::size_t end = text.find_first_of("; \n<&", i + 1);
      const bool ends = end < text.size() && text[end] == ';' && end - i <= kMostLetters;
      if (!ends) at_ += i;
      expect(ends, "a character's name behind &");
    }
  }

  void markup() {
    if (take("<!--")) return skip_behind("-->");
    if (take("<?")) return skip_behind("?>");
    if (take("<![CDATA[")) return skip_behind("]]>");
    if (take("<!")) return skip_behind(">");
    take("</") ? end_tag() : begin_tag();
  }
  void end_tag() {
    const bool is_open = !open_.empty();
    expect(is_open && take(open_.back()),
           is_open ? "</" + std::string(open_.back()) + ">" : "the end");
    skip_blanks();
    expect(take(">"), ">");
    open_.pop_back();
  }
  void begin_tag() {
    take("<");
    expect(!open_.empty() || !has_root_, "nothing behind the last element");
    has_root_ = true;
    const std::string_view element = name();
    while (skip_blanks() && at_ < text_.size() && text_[at_] != '>' && text_[at_] != '/') {
      attribute();
    }
    if (take("/>")) return;
    expect(take(">"), ">");
    if (is_html_ && contains(kVoid, element)) return;
    open_.push_back(element);
    if (!is_html_ || !contains(kRaw, element)) return;
    skip_behind("</");
    at_ -= 2;
  }
  void attribute() {
    name();
    if (is_html_ && text_.substr(at_).find_first_of('=') != 0) return;
    expect(take("="), "=");
    const bool is_single = text_.substr(at_).starts_with('\'');
    expect(is_single || text_.substr(at_).starts_with('"'), "a quoted value");
    const std::size_t begin = ++at_;
    skip_behind(is_single ? "'" : "\"");
    const std::string_view value = text_.substr(begin, at_ - 1 - begin);
    expect(value.find('<') == std::string_view::npos, "a value without <");
  }

  std::string_view text_;
  bool is_html_;
  const std::string& source_;
  std::size_t at_ = 0;
  std::vector<std::string_view> open_;
  bool has_root_ = false;
};

bool is_utf8(std::string_view text) {
  try {
    static_cast<void>(nlohmann::json(text).dump());
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

}  // namespace

void check_markup(std::string_view text, Markup kind, const std::string& source) {
  gluino::check(is_utf8(text), source, ": expected text in UTF-8, found other bytes");
  Reader(text, kind, source).read();
}

}  // namespace digits::reports
