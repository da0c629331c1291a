#pragma once

#include <apps/im2rec/image_list.h>

#include <cstdint>
#include <optional>
#include <string>

namespace im2rec {

struct PackOptions {
  /// Keeps the bytes of each file as they are.
  bool pass_through = false;
  /// The length of the shorter edge; 0: as it is.
  std::int64_t resize = 0;
  bool center_crop = false;
  std::string encoding = ".jpg";
  /// JPEG's quality from 1 to 100, or PNG's compression from 0 to 9; 95 or 3 if not given.
  std::optional<int> quality{};
  /// 1: color, 0: grey, -1: as the picture is.
  int color = 1;
  /// Writes all labels of a line, not only the first.
  bool pack_label = false;
  /// Goes on without pictures that cannot be read.
  bool skip_unreadable = false;
};

struct PackResult {
  std::int64_t packed = 0;
  /// What is wrong with each of the pictures left out.
  std::vector<std::string> unreadable;
};

/// Packs the pictures of `list`, found in the folder `root`, into `rec` and `idx`, which are the
/// old files or the new ones. The bytes are the same for any number of threads. Throws Error, with
/// nothing written, when a picture cannot be read.
PackResult pack(const std::vector<ListedImage>& list, const std::string& root,
                const std::string& rec, const std::string& idx, const PackOptions& options);

}  // namespace im2rec
