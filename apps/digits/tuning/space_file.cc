#include <apps/digits/console/failure.h>
#include <apps/digits/console/suggest.h>
#include <apps/digits/tuning/space_file.h>
#include <gluino/base/file.h>
#include <gluino/base/text.h>
#include <toml++/toml.h>

#include <algorithm>
#include <utility>

namespace digits::tuning {
namespace {

using gluino::str;

constexpr std::uint64_t kMostSpaceBytes = 1 << 20;

// Reads one file, and knows where in it everything stands.
class Reader {
 public:
  Reader(const std::string& path, Settings& settings) : path_(path), settings_(settings) {}

  void read() {
    const toml::table file = parse();
    for (const auto& [key, value] : file) {
      const std::string name(key.str());
      if (name == "parameters") {
        read_parameters(value);
      } else if (!read_whole(name, value) && !read_word(name, value)) {
        refuse(key.source(), str("there is no setting '", name, "'; expected ",
                                 gluino::join(names()), suggestion(name, names())));
      }
    }
  }

 private:
  [[noreturn]] void refuse(const toml::source_region& where, const std::string& sentence) const {
    throw Failure(Exit::wrong_use, str(path_, ":", where.begin.line, ": ", sentence));
  }

  toml::table parse() const {
    const std::string text =
        failing_with(Exit::wrong_use, [&] { return gluino::read_file(path_, kMostSpaceBytes); });
    try {
      return toml::parse(text, path_);
    } catch (const toml::parse_error& error) {
      refuse(error.source(), str("expected TOML: ", error.description()));
    }
  }

  static std::vector<std::string> names() {
    std::vector<std::string> all = {"parameters"};
    for (const WholeSetting& whole : whole_settings()) all.emplace_back(whole.name);
    for (const WordSetting& word : word_settings()) all.emplace_back(word.name);
    return all;
  }

  bool read_whole(const std::string& name, const toml::node& value) {
    for (const WholeSetting& whole : whole_settings()) {
      if (name != whole.name) continue;
      const auto number = value.value_exact<std::int64_t>();
      if (!number || *number < whole.low || *number > whole.high) {
        refuse(value.source(), str(name, ": expected a whole number from ", whole.low, " to ",
                                   whole.high, ", got ", written(value)));
      }
      settings_.*whole.field = *number;
      return true;
    }
    return false;
  }

  bool read_word(const std::string& name, const toml::node& value) {
    for (const WordSetting& word : word_settings()) {
      if (name != word.name) continue;
      const auto text = value.value_exact<std::string>();
      if (!text || std::find(word.words.begin(), word.words.end(), *text) == word.words.end()) {
        refuse(value.source(), str(name, ": expected ", gluino::join(word.words, " or "), ", got ",
                                   written(value)));
      }
      settings_.*word.field = *text;
      return true;
    }
    return false;
  }

  void read_parameters(const toml::node& value) {
    const toml::table* table = value.as_table();
    if (table == nullptr) {
      refuse(value.source(), "parameters: expected a table, [parameters], with a line for each");
    }
    // In the order of the file, which a TOML table does not keep.
    std::vector<std::pair<toml::source_index, Parameter>> found;
    for (const auto& [key, values] : *table) {
      found.emplace_back(key.source().begin.line, read_parameter(std::string(key.str()), values));
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [line, parameter] : found) settings_.space.push_back(std::move(parameter));
  }

  Parameter read_parameter(const std::string& name, const toml::node& value) const {
    try {
      if (const auto text = value.value_exact<std::string>()) return parse_parameter(name, *text);
      std::vector<std::string> choices;
      if (const toml::array* list = value.as_array()) {
        for (const toml::node& item : *list) choices.push_back(written_choice(name, item));
      } else {
        choices.push_back(written_choice(name, value));
      }
      return choice_of(name, std::move(choices));
    } catch (const Failure& failure) {
      const std::string sentence = failure.what();
      if (sentence.starts_with(path_ + ":")) throw;
      refuse(value.source(), sentence);
    }
  }

  // A value as the command line has it.
  std::string written_choice(const std::string& name, const toml::node& value) const {
    if (const auto text = value.value_exact<std::string>()) return *text;
    if (value.is_integer() || value.is_floating_point() || value.is_boolean()) {
      return written(value);
    }
    refuse(value.source(),
           str(name,
               ": expected a text, such as \"log:0.001..1\", a number, true or false, or a "
               "list of such, got ",
               written(value)));
  }

  static std::string written(const toml::node& value) {
    if (const auto number = value.value_exact<double>()) return gluino::python_repr(*number);
    // Also what the file has as 0x40.
    if (const auto number = value.value_exact<std::int64_t>()) return std::to_string(*number);
    std::ostringstream text;
    text.imbue(std::locale::classic());
    value.visit([&](const auto& known) { text << known; });
    std::string line = std::move(text).str();
    std::replace(line.begin(), line.end(), '\n', ' ');
    return line;
  }

  const std::string& path_;
  Settings& settings_;
};

}  // namespace

void read_space_file(const std::string& path, Settings& settings) { Reader(path, settings).read(); }

}  // namespace digits::tuning
