#pragma once

#include <cstdint>
#include <string_view>

namespace digits::serving {

/// What the first bytes of a picture tell: enough to refuse it before anything is decoded.
struct PictureKind {
  /// Empty: no picture of a kind that is read.
  std::string_view name;
  /// 0 where the bytes do not say, which decoding then refuses.
  std::int64_t width = 0;
  std::int64_t height = 0;
};

/// PNG, JPEG, PGM or BMP, whatever the sender calls it.
PictureKind picture_kind(std::string_view bytes);

}  // namespace digits::serving
