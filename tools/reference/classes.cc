#include "reference/classes.h"

#include <gluino/base/error.h>
#include <gluino/base/file.h>

#include <vector>

namespace gluino::reference {
namespace {

// A file's title, and its sections by name.
struct Page {
  std::filesystem::path file;
  std::string name;
  std::string title;
  std::vector<std::pair<std::string, std::string>> sections;
};

Page parse(const std::filesystem::path& file) {
  const std::string text = read_file(file.string());
  check(text.starts_with("# "), file.string(), ": expected a title in the first line");
  Page page{file, file.stem().string(), text.substr(2, text.find('\n') - 2), {}};
  constexpr std::string_view kMark = "\n## ";
  for (std::size_t at = text.find(kMark); at != std::string::npos;) {
    const std::size_t begin = at + kMark.size();
    const std::size_t line = text.find('\n', begin);
    at = text.find(kMark, line);
    page.sections.emplace_back(text.substr(begin, line - begin), text.substr(line, at - line));
  }
  return page;
}

std::vector<Page> pages(const std::filesystem::path& folder) {
  std::map<std::string, Page> sorted;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() == ".md" && name != "index") sorted[name] = parse(entry.path());
  }
  std::vector<Page> all;
  for (auto& [name, page] : sorted) all.push_back(std::move(page));
  return all;
}

}  // namespace

std::map<std::string, std::string> class_pages(const std::filesystem::path& folder) {
  std::map<std::string, std::string> texts;
  for (const Page& page : pages(folder)) {
    for (const auto& [name, text] : page.sections) {
      const std::string anchor = page.name + "_" + name;
      texts[anchor] = "# " + name + " {#" + anchor + "}\n" + text;
    }
  }
  return texts;
}

std::string class_index(const std::filesystem::path& folder) {
  std::string text;
  for (const Page& page : pages(folder)) {
    text += "| [" + page.title + "](" + std::filesystem::absolute(page.file).string() + ") | ";
    std::string names;
    for (const auto& [name, section] : page.sections) {
      names += (names.empty() ? "\\subpage " : ", \\subpage ") + page.name + "_" + name;
    }
    text += names + " |\n";
  }
  return text;
}

}  // namespace gluino::reference
