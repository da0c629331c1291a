#include <apps/digits/data/corrections.h>
#include <apps/digits/pictures/find_digits.h>
#include <apps/digits/pictures/read_picture.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/ndarray/creation.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace digits {
namespace {

namespace data = gluino::gluon::data;
namespace fs = std::filesystem;
using gluino::check;
using gluino::NDArray;

constexpr std::uint8_t kMiddleGrey = 128;

bool is_picture(const fs::path& path) {
  const std::string ending = gluino::lower_case(path.extension().string());
  constexpr const char* kEndings[] = {".png", ".jpg", ".jpeg", ".pgm", ".bmp"};
  return std::any_of(std::begin(kEndings), std::end(kEndings),
                     [&](const char* known) { return ending == known; });
}

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder, error)) paths.push_back(entry.path());
  check(!error, folder.string(), ": expected a folder with one folder of pictures for each class, ",
        "named as it, but: ", error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool is_ready(const NDArray& picture, const ImageKind& kind) {
  if (picture.shape() != gluino::Shape{kind.rows, kind.columns, 1}) return false;
  const std::span<const std::uint8_t> pixels(picture.data<std::uint8_t>(),
                                             static_cast<std::size_t>(picture.size()));
  const auto sum = std::accumulate(pixels.begin(), pixels.end(), std::int64_t{0});
  return sum < kMiddleGrey * picture.size();
}

// The pixels of what the network is to see.
std::vector<std::uint8_t> read_image(const fs::path& path, const ImageKind& kind) {
  const NDArray picture = read_picture_file(path.string());
  if (is_ready(picture, kind)) return picture.to_vector<std::uint8_t>();
  check(kind.rows == kRows && kind.columns == kColumns, path.string(),
        ": expected a grey picture of ", kind.rows, "x", kind.columns, ", found shape ",
        picture.shape());
  const auto found = find_digits(picture);
  const auto largest =
      std::max_element(found.begin(), found.end(), [](const FoundDigit& a, const FoundDigit& b) {
        return a.box.width * a.box.height < b.box.width * b.box.height;
      });
  check(largest != found.end() && largest->may_be_one, path.string(),
        ": expected a picture of a digit, found none in it");
  std::vector<std::uint8_t> pixels;
  for (const float ink : largest->image.to_vector<float>()) {
    pixels.push_back(static_cast<std::uint8_t>(std::lround(ink * kPixelScale)));
  }
  return pixels;
}

class Joined final : public data::Source {
 public:
  Joined(data::Dataset digits, data::Dataset more, std::int64_t times)
      : digits_(std::move(digits)), more_(std::move(more)), times_(times) {}

  std::int64_t size() const override { return digits_.size() + times_ * more_.size(); }
  data::Sample get(std::int64_t index) const override {
    if (index < digits_.size()) return digits_.get(index);
    return more_.get((index - digits_.size()) % more_.size());
  }

 private:
  data::Dataset digits_;
  data::Dataset more_;
  std::int64_t times_;
};

}  // namespace

data::Dataset load_corrections(const std::string& folder, const ImageKind& kind) {
  std::vector<std::uint8_t> pixels;
  std::vector<int> labels;
  std::error_code error;
  for (const fs::path& place : sorted_entries(folder)) {
    if (!fs::is_directory(place, error)) continue;
    const auto name = std::find(kind.classes.begin(), kind.classes.end(), place.filename());
    check(name != kind.classes.end(), place.string(), ": expected folders named as the classes ",
          class_list(kind), ", found another name");
    for (const fs::path& path : sorted_entries(place)) {
      if (!is_picture(path)) continue;
      // Which would wait for somebody who writes to it.
      check(!fs::is_fifo(path, error), path.string(), ": expected a picture, found a pipe");
      const auto image = read_image(path, kind);
      pixels.insert(pixels.end(), image.begin(), image.end());
      labels.push_back(static_cast<int>(name - kind.classes.begin()));
    }
  }
  check(!labels.empty(), folder, ": expected pictures in folders named as the classes ",
        class_list(kind), ", as ", (fs::path(folder) / kind.classes.back() / "a.png").string(),
        "; found none");
  const auto count = static_cast<std::int64_t>(labels.size());
  return data::ArrayDataset(gluino::nd::from(pixels, {count, kind.rows, kind.columns, 1}),
                            gluino::nd::from(labels, {count}).astype(gluino::int32));
}

data::Dataset joined(const data::Dataset& digits, const data::Dataset& more, std::int64_t times) {
  return Joined(digits, more, times);
}

}  // namespace digits
