#pragma once

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace digits {

/// A file of lines, each a JSON object, that can be read while it grows.
class MetricsFile {
 public:
  /// Begins the file anew. Throws Error when it cannot be written.
  explicit MetricsFile(std::string path);
  /// Appends a line and brings it to the file. Throws Error when the disk is full.
  void add(const nlohmann::ordered_json& line);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  [[noreturn]] void fail_with_errno() const;

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace digits
