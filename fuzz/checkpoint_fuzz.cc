#include <apps/digits/training/saved_training.h>
#include <fuzz/input.h>

#include <string_view>

// The bytes as a file, and, since nearly none has the right sum, as what stands behind a head. What
// was read can be written, and is read again as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  gluino::fuzz::try_to([&] { digits::saved_training_from(bytes, "input"); });
  gluino::fuzz::try_to([&] {
    const auto saved = digits::saved_training_from(digits::with_head(bytes), "input");
    for (const auto& [name, array] : saved.state.weights) {
      if (!array.defined()) return;
    }
    const std::string written = digits::to_bytes(saved);
    const auto again = digits::saved_training_from(written, "input");
    gluino::fuzz::require(digits::to_bytes(again) == written);
  });
  return 0;
}
