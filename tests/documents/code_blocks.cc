#include <gluino/base/file.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

/// What the documents show is what is compiled, and where they point there is something.
namespace {

namespace fs = std::filesystem;
const fs::path kRoot = DOCUMENTS_ROOT;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<fs::path> documents() {
  std::vector<fs::path> found = {kRoot / "README.md", kRoot / "CONTRIBUTING.md"};
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "docs")) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  return found;
}

// The lines without what indents them, one after the other.
std::string flattened(const std::vector<std::string>& lines) {
  std::string text = "\n";
  for (const std::string& line : lines) {
    const std::size_t begin = line.find_first_not_of(' ');
    text += (begin == std::string::npos ? "" : line.substr(begin)) + "\n";
  }
  return text;
}

struct Block {
  std::string mark;  // the line before
  std::vector<std::string> code;
  std::size_t line = 0;
};

std::vector<Block> cpp_blocks(const std::string& text) {
  const std::vector<std::string> lines = lines_of(text);
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i] != "```cpp") continue;
    Block block{.mark = i > 0 ? lines[i - 1] : "", .code = {}, .line = i + 1};
    while (++i < lines.size() && lines[i] != "```") block.code.push_back(lines[i]);
    blocks.push_back(std::move(block));
  }
  return blocks;
}

TEST(Documents, CodeIsCompiledOrTakenFromWhatIs) {
  std::size_t taken = 0;
  for (const fs::path& document : documents()) {
    for (const Block& block : cpp_blocks(gluino::read_file(document.string()))) {
      const std::string where = document.string() + ":" + std::to_string(block.line);
      constexpr std::string_view kFrom = "<!-- from: ";
      if (block.mark.starts_with("<!-- compiled: "))
        continue;  // see tests/documents/CMakeLists.txt
      ASSERT_TRUE(block.mark.starts_with(kFrom)) << where << ": code that nothing compiles";
      const std::string file =
          block.mark.substr(kFrom.size(), block.mark.find(" -->") - kFrom.size());
      const std::string source = flattened(lines_of(gluino::read_file((kRoot / file).string())));
      EXPECT_NE(source.find(flattened(block.code)), std::string::npos)
          << where << ": " << file << " has other lines";
      ++taken;
    }
  }
  EXPECT_GT(taken, 30U);
}

TEST(Documents, LinksLeadToFiles) {
  std::size_t links = 0;
  for (const fs::path& document : documents()) {
    const std::string text = gluino::read_file(document.string());
    for (std::size_t at = text.find("]("); at != std::string::npos; at = text.find("](", at + 1)) {
      const std::size_t end = std::min(text.find(')', at), text.find('#', at));
      const std::string target = text.substr(at + 2, end - at - 2);
      // Code has such brackets, too.
      if (target.empty() || target.find_first_of(" ,(){}<>*&:=\n") != std::string::npos) continue;
      ++links;
      EXPECT_TRUE(fs::exists(document.parent_path() / target))
          << document << " points to " << target;
    }
  }
  EXPECT_GT(links, 3U);
}

}  // namespace
