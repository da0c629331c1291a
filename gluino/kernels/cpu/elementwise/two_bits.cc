#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/two_bits.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace gluino::kernels {
namespace {

constexpr std::int64_t kPerByte = 4;
constexpr std::int64_t kGrain = 1 << 14;
constexpr unsigned kPositive = 1;
constexpr unsigned kNegative = 2;
// A gradient that is no finite number stays visible, as it does uncompressed.
constexpr unsigned kNotFinite = 3;

}  // namespace

std::int64_t bytes_of_two_bits(std::int64_t n) { return (n + kPerByte - 1) / kPerByte; }

void pack_two_bits(const float* numbers, float* residuals, std::int64_t n, float t,
                   std::uint8_t* bytes) {
  parallel_for(bytes_of_two_bits(n), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t byte = begin; byte < end; ++byte) {
      unsigned bits = 0;
      const std::int64_t last = std::min(n, (byte + 1) * kPerByte);
      for (std::int64_t i = byte * kPerByte; i < last; ++i) {
        residuals[i] += numbers[i];
        unsigned code = 0;
        if (!std::isfinite(residuals[i])) {
          code = kNotFinite;
          residuals[i] = 0;
        } else if (residuals[i] >= t) {
          code = kPositive;
          residuals[i] -= t;
        } else if (residuals[i] <= -t) {
          code = kNegative;
          residuals[i] += t;
        }
        bits |= code << (2 * static_cast<unsigned>(i % kPerByte));
      }
      bytes[byte] = static_cast<std::uint8_t>(bits);
    }
  });
}

void unpack_two_bits(const std::uint8_t* bytes, std::int64_t n, float t, float* numbers) {
  const std::array<float, 4> values = {0, t, -t, std::numeric_limits<float>::quiet_NaN()};
  parallel_for(bytes_of_two_bits(n), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin * kPerByte; i < std::min(n, end * kPerByte); ++i) {
      const unsigned shift = 2 * static_cast<unsigned>(i % kPerByte);
      numbers[i] = values[(bytes[i / kPerByte] >> shift) & 3U];
    }
  });
}

}  // namespace gluino::kernels
