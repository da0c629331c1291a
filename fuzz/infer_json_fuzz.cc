#include <apps/digits/serving/infer_request.h>
#include <fuzz/input.h>

#include <cmath>
#include <string_view>

// What is accepted is as many images as it says, of finite numbers.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  gluino::fuzz::try_to([&] {
    const auto request = digits::serving::parse_infer_request(bytes);
    gluino::fuzz::require(request.count > 0);
    gluino::fuzz::require(request.images.size() == static_cast<std::size_t>(request.count) * 784);
    for (const float pixel : request.images) gluino::fuzz::require(std::isfinite(pixel));
    for (const auto& name : request.outputs) {
      gluino::fuzz::require(digits::serving::is_infer_output(name));
    }
  });
  return 0;
}
