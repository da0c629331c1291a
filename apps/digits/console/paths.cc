#include <apps/digits/console/failure.h>
#include <apps/digits/console/paths.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace digits {

void check_can_replace(const std::string& path) {
  namespace fs = std::filesystem;
  const auto refuse = [&](const std::string& found) {
    throw Failure(Exit::wrong_use,
                  path + ": expected a place where a file can be written, found " + found);
  };
  std::error_code error;
  if (fs::is_directory(path, error)) refuse("a folder of that name");
  fs::path folder = fs::path(path).parent_path();
  if (folder.empty()) folder = ".";
  if (!fs::exists(folder, error)) refuse("no folder " + folder.string());
  if (!fs::is_directory(folder, error)) refuse(folder.string() + " to be a file");
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    refuse("that folder closed: " + std::string(std::strerror(errno)));
  }
}

void check_can_write(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const bool is_file = fs::exists(path, error) && !fs::is_directory(path, error);
  if (is_file && ::access(path.c_str(), W_OK) == 0) return;
  check_can_replace(path);
}

std::string absolute_path(const std::string& path) {
  std::error_code error;
  const auto result = std::filesystem::absolute(path, error);
  return path.empty() || error ? path : result.string();
}

}  // namespace digits
