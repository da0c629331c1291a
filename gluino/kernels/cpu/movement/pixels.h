#pragma once

#include <cstdint>

namespace gluino::kernels {

/// A row of images whose channels are interleaved: (count, pixels, channels).
struct ImageBlock {
  std::int64_t count = 0;
  std::int64_t pixels = 0;
  std::int64_t channels = 0;
};

/// out (count, channels, pixels) = in (count, pixels, channels) / 255, rounded as one division.
void to_unit_planes(const std::uint8_t* in, float* out, const ImageBlock& block);

}  // namespace gluino::kernels
