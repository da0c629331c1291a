#pragma once

#include <gluino/base/export.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gluino::io {

/// A line of a list of pictures (`.lst`): `index<tab>label[<tab>label...]<tab>path`, as MXNet has
/// them.
struct ListedImage {
  std::int64_t index = 0;
  std::vector<float> labels;
  std::string path;  // from the folder of the pictures on
};

/// Throws Error, naming file and line, on anything that is no list.
GLUINO_API std::vector<ListedImage> read_picture_list(const std::string& path);

}  // namespace gluino::io
