#include <apps/digits/training/fingerprint.h>
#include <gluino/base/error.h>
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string_view>
#include <vector>

namespace digits {
namespace {

std::string hexadecimal(std::uint32_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (int shift = 28; shift >= 0; shift -= 4) text += kDigits[(number >> shift) & 15];
  return text;
}

}  // namespace

std::string fingerprint(const gluino::gluon::data::Dataset& digits) {
  constexpr std::int64_t kTogether = 1024;
  uLong sum = 0;
  for (std::int64_t first = 0; first < digits.size(); first += kTogether) {
    std::vector<std::int64_t> indices(
        static_cast<std::size_t>(std::min(kTogether, digits.size() - first)));
    std::iota(indices.begin(), indices.end(), first);
    for (const gluino::NDArray& array : digits.get_batch(indices)) {
      sum = ::crc32_z(sum, static_cast<const Bytef*>(array.data()), array.bytes());
    }
  }
  return gluino::str(digits.size(),
                     " digits, crc32:", hexadecimal(static_cast<std::uint32_t>(sum)));
}

}  // namespace digits
