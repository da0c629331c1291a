#include <apps/im2rec/pack.h>
#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/base/parallel.h>
#include <gluino/io/pictures/image.h>
#include <gluino/io/records/recordio.h>

#include <algorithm>
#include <filesystem>
#include <span>

namespace im2rec {
namespace {

namespace image = gluino::image;
namespace recordio = gluino::recordio;

// Pictures that are in memory at the same time.
constexpr std::size_t kAtOnce = 64;

constexpr int kDefaultCompression = 3;
constexpr int kDefaultQuality = 95;

gluino::NDArray center_square(const gluino::NDArray& picture) {
  const std::int64_t height = picture.shape()[0];
  const std::int64_t width = picture.shape()[1];
  const std::int64_t side = std::min(height, width);
  return image::fixed_crop(
      picture, {.x = (width - side) / 2, .y = (height - side) / 2, .width = side, .height = side});
}

std::string content_of(const std::string& path, const PackOptions& options) {
  if (options.pass_through) return gluino::read_file(path);
  gluino::NDArray picture = image::imread(path, {.flag = options.color});
  if (options.center_crop) picture = center_square(picture);
  if (options.resize > 0) picture = image::resize_short(picture, options.resize);
  return image::imencode(picture, {.format = options.encoding,
                                   .quality = options.quality.value_or(kDefaultQuality),
                                   .compression = options.quality.value_or(kDefaultCompression)});
}

std::string record_of(const ListedImage& listed, const std::string& root,
                      const PackOptions& options) {
  recordio::IRHeader header{.label = listed.labels, .id = static_cast<std::uint64_t>(listed.index)};
  if (!options.pack_label) header.label.resize(1);
  const std::string path = (std::filesystem::path(root) / listed.path).string();
  return recordio::pack(header, content_of(path, options));
}

// A picture on its way: its record, or what is wrong with it.
struct Made {
  std::string record;
  std::string error;
};

std::vector<Made> make(std::span<const ListedImage> list, const std::string& root,
                       const PackOptions& options) {
  std::vector<Made> made(list.size());
  gluino::parallel_for(
      static_cast<std::int64_t>(list.size()), 1, [&](std::int64_t begin, std::int64_t end) {
        for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
          try {
            made[i].record = record_of(list[i], root, options);
          } catch (const gluino::Error& error) {
            made[i].error = error.what();
          }
        }
      });
  return made;
}

}  // namespace

PackResult pack(const std::vector<ListedImage>& list, const std::string& root,
                const std::string& rec, const std::string& idx, const PackOptions& options) {
  recordio::MXIndexedRecordIO writer(idx, rec, "w");
  PackResult result;
  for (std::size_t begin = 0; begin < list.size(); begin += kAtOnce) {
    const auto some = std::span(list).subspan(begin, std::min(kAtOnce, list.size() - begin));
    const std::vector<Made> made = make(some, root, options);
    for (std::size_t i = 0; i < made.size(); ++i) {
      if (made[i].error.empty()) {
        writer.write_idx(some[i].index, made[i].record);
        ++result.packed;
      } else {
        gluino::check(options.skip_unreadable, made[i].error);
        result.unreadable.push_back(made[i].error);
      }
    }
  }
  writer.close();
  return result;
}

}  // namespace im2rec
