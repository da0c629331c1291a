#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/gluon/data/vision/image_folder.h>
#include <gluino/io/pictures/image.h>
#include <gluino/ndarray/creation.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace gluino::gluon::data::vision {
namespace {

namespace fs = std::filesystem;

class FolderSource final : public Source {
 public:
  FolderSource(std::vector<std::pair<std::string, std::int32_t>> items, int flag)
      : items_(std::move(items)), flag_(flag) {
    check(flag == 0 || flag == 1, "ImageFolderDataset: flag: expected 0 or 1, got ", flag);
  }
  std::int64_t size() const override { return static_cast<std::int64_t>(items_.size()); }
  Sample get(std::int64_t index) const override {
    const auto& [path, number] = items_[static_cast<std::size_t>(index)];
    return {image::imread(path, {.flag = flag_}), nd::full({}, number, int32)};
  }

 private:
  std::vector<std::pair<std::string, std::int32_t>> items_;
  int flag_;
};

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    found.push_back(it->path());
  }
  check(!error, folder.string(), ": ", error.message());
  std::sort(found.begin(), found.end());
  return found;
}

bool is_picture(const fs::path& file) {
  const std::string kind = lower_case(file.extension().string());
  return kind == ".jpg" || kind == ".jpeg" || kind == ".png";
}

}  // namespace

ImageFolderDataset::Found ImageFolderDataset::look_into(const std::string& root) {
  Found found;
  for (const fs::path& folder : sorted_entries(root)) {
    if (!fs::is_directory(folder)) continue;
    const auto number = static_cast<std::int32_t>(found.synsets.size());
    found.synsets.push_back(folder.filename().string());
    for (const fs::path& file : sorted_entries(folder)) {
      if (is_picture(file)) found.items.emplace_back(file.string(), number);
    }
  }
  return found;
}

ImageFolderDataset::ImageFolderDataset(Found found, int flag)
    : Dataset(FolderSource(found.items, flag)), found_(std::move(found)) {}

ImageFolderDataset::ImageFolderDataset(const std::string& root,
                                       const ImageFolderDatasetOptions& options)
    : ImageFolderDataset(look_into(root), options.flag) {}

}  // namespace gluino::gluon::data::vision
