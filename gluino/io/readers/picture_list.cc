#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/base/text.h>
#include <gluino/io/readers/picture_list.h>

#include <charconv>
#include <string_view>
#include <system_error>

namespace gluino::io {
namespace {

std::vector<std::string_view> cut(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <class T>
bool parse(std::string_view text, T& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

bool parse_line(std::string_view line, ListedImage& image) {
  const std::vector<std::string_view> fields = cut(line, '\t');
  if (fields.size() < 3 || fields.back().empty() || !parse(fields[0], image.index)) return false;
  image.path = fields.back();
  image.labels.resize(fields.size() - 2);
  for (std::size_t i = 0; i < image.labels.size(); ++i) {
    if (!parse(fields[i + 1], image.labels[i])) return false;
  }
  return true;
}

}  // namespace

std::vector<ListedImage> read_picture_list(const std::string& path) {
  const std::string file = read_file(path);
  std::string_view text = file;
  if (has_byte_order_mark(text, path)) text.remove_prefix(3);
  std::vector<ListedImage> images;
  std::int64_t number = 0;
  for (std::string_view line : cut(text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    check(parse_line(line, images.emplace_back()), path, ": line ", number,
          ": expected a whole number, one label or more, and a path, with tabs between them");
  }
  check(!images.empty(), path, ": expected a list of pictures, found an empty file");
  return images;
}

}  // namespace gluino::io
