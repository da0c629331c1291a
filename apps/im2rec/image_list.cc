#include <apps/im2rec/image_list.h>
#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/base/text.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <span>
#include <system_error>

namespace im2rec {
namespace {

namespace fs = std::filesystem;
using gluino::check;
using gluino::str;

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    entries.push_back(it->path());
  }
  check(!error, folder.string(), ": cannot be read: ", error.message());
  std::sort(entries.begin(), entries.end());
  return entries;
}

class FolderReader {
 public:
  FolderReader(fs::path root, const FolderOptions& options)
      : root_(std::move(root)), options_(options) {}

  Folder read() {
    read(root_);
    return std::move(result_);
  }

 private:
  bool is_image(const fs::path& path) const {
    const std::string extension = gluino::lower_case(path.extension().string());
    const auto& known = options_.extensions;
    return std::find(known.begin(), known.end(), extension) != known.end();
  }

  void add(const fs::path& path, const std::string& class_name) {
    const std::string name = path.lexically_relative(root_).string();
    check(name.find_first_of("\t\n") == std::string::npos, path.string(),
          ": expected a name without tabs and ends of lines, which a list cannot hold");
    auto& classes = result_.classes;
    if (classes.empty() || classes.back() != class_name) classes.push_back(class_name);
    const std::size_t label = options_.recursive ? classes.size() - 1 : 0;
    result_.images.push_back(
        {static_cast<std::int64_t>(result_.images.size()), {static_cast<float>(label)}, name});
  }

  // The pictures of a folder come before those of its folders.
  void read(const fs::path& folder) {
    const fs::path real = fs::canonical(folder);
    // A link to a folder that this one lies in would go round forever.
    if (std::find(inside_.begin(), inside_.end(), real) != inside_.end()) return;
    inside_.push_back(real);
    const std::vector<fs::path> entries = entries_of(folder);
    for (const fs::path& entry : entries) {
      if (is_image(entry) && fs::is_regular_file(entry)) {
        add(entry, folder.lexically_relative(root_).string());
      }
    }
    for (const fs::path& entry : entries) {
      if (options_.recursive && fs::is_directory(entry)) read(entry);
    }
    inside_.pop_back();
  }

  const fs::path root_;
  const FolderOptions& options_;
  std::vector<fs::path> inside_;
  Folder result_;
};

void write_list(const std::string& path, std::span<const ListedImage> images) {
  std::string text;
  for (const ListedImage& image : images) {
    text += std::to_string(image.index);
    for (const float label : image.labels) text += '\t' + gluino::fixed(label, 6);
    text += '\t' + image.path + '\n';
  }
  gluino::write_file(path, text);
}

}  // namespace

Folder read_folder(const std::string& root, const FolderOptions& options) {
  std::error_code ignored;
  check(fs::is_directory(root, ignored), root, ": expected a folder with pictures, found none");
  try {
    return FolderReader(root, options).read();
  } catch (const fs::filesystem_error& error) {
    gluino::fail(error.path1().string(), ": cannot be read: ", error.code().message());
  }
}

std::vector<std::string> write_lists(const std::string& prefix,
                                     const std::vector<ListedImage>& images,
                                     const SplitOptions& options) {
  check(options.train_ratio + options.test_ratio <= 1 + 1e-9, "expected ratios of at most 1 in all",
        ", got --train-ratio ", options.train_ratio, " and --test-ratio ", options.test_ratio);
  const std::span<const ListedImage> all(images);
  if (options.train_ratio == 1) {
    write_list(prefix + ".lst", all);
    return {prefix + ".lst"};
  }
  const auto part = [&](double ratio) {
    return static_cast<std::size_t>(static_cast<double>(all.size()) * ratio + 1e-6);
  };
  const std::size_t test = part(options.test_ratio);
  const std::size_t train = std::min(part(options.train_ratio), all.size() - test);
  std::vector<std::string> names;
  const auto write_part = [&](const char* name, std::size_t begin, std::size_t count) {
    if (count == 0) return;
    names.push_back(prefix + name);
    write_list(names.back(), all.subspan(begin, count));
  };
  write_part("_train.lst", test, train);
  write_part("_val.lst", test + train, all.size() - test - train);
  write_part("_test.lst", 0, test);
  return names;
}

std::vector<std::string> find_lists(const std::string& prefix) {
  std::vector<std::string> found;
  for (const char* name : {".lst", "_train.lst", "_val.lst", "_test.lst"}) {
    std::error_code ignored;
    if (fs::exists(prefix + name, ignored)) found.push_back(prefix + name);
  }
  check(!found.empty(), prefix, ".lst: there is no such list; im2rec --list makes one");
  return found;
}

}  // namespace im2rec
