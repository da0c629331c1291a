#pragma once

#include <gluino/base/error.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string>

namespace gluino::io {

/// A folder of its own for one test, removed at the end.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "gluino-io-XXXXXX").string();
    check(::mkdtemp(name.data()) != nullptr, "no temporary folder");
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline void put(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

inline std::string get(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

inline std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

/// `text` as one gzip member, made by zlib's own file writer.
inline std::string gzip(const std::string& text) {
  const TempFolder folder;
  const std::string path = folder / "packed";
  gzFile file = gzopen(path.c_str(), "wb9");
  for (std::size_t at = 0; at < text.size(); at += std::size_t{1} << 20) {
    const std::string piece = text.substr(at, std::size_t{1} << 20);
    gzwrite(file, piece.data(), static_cast<unsigned>(piece.size()));
  }
  gzclose(file);
  return get(path);
}

/// What `body` complains about; "no error" if it does not.
template <class F>
std::string error_of(F&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace gluino::io
