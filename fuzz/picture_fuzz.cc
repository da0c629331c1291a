#include <apps/digits/pictures/find_digits.h>
#include <apps/digits/pictures/read_picture.h>
#include <fuzz/input.h>

#include <cstdint>
#include <string_view>

// Whatever is read as a picture, digits are looked for in it; what is found lies within.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gluino::NDArray picture;
  gluino::fuzz::try_to([&] {
    picture = digits::read_picture({reinterpret_cast<const char*>(data), size}, 1 << 14);
  });
  if (!picture.defined()) return 0;
  const std::int64_t height = picture.shape()[0];
  const std::int64_t width = picture.shape()[1];
  for (const digits::FoundDigit& digit : digits::find_digits(picture)) {
    const digits::Box& box = digit.box;
    gluino::fuzz::require(box.x >= 0 && box.y >= 0 && box.width > 0 && box.height > 0);
    gluino::fuzz::require(box.width <= width - box.x && box.height <= height - box.y);
    const float* values = digit.image.data<float>();
    for (std::int64_t i = 0; i < digit.image.size(); ++i) {
      gluino::fuzz::require(values[i] >= 0 && values[i] <= 1);
    }
  }
  return 0;
}
