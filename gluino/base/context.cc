#include <gluino/base/context.h>
#include <gluino/base/error.h>

#include <charconv>
#include <cstdlib>
#include <ostream>
#include <string_view>

namespace gluino {

std::string Context::to_string() const {
  return str(device == Device::cpu ? "cpu" : "gpu", "(", id, ")");
}

Context Context::parse(const std::string& text) {
  const std::string expected =
      str("expected a context like \"cpu(0)\" or \"gpu(1)\", got \"", text, "\"");
  Context context;
  if (text.starts_with("gpu")) {
    context.device = Device::gpu;
  } else {
    check(text.starts_with("cpu"), expected);
  }
  if (text.size() == 3) return context;
  check(text[3] == '(' && text.back() == ')', expected);
  const char* end = text.data() + text.size() - 1;
  const auto result = std::from_chars(text.data() + 4, end, context.id);
  check(result.ec == std::errc() && result.ptr == end && context.id >= 0, expected);
  return context;
}

std::ostream& operator<<(std::ostream& out, const Context& context) {
  return out << context.to_string();
}

int num_gpus() {
  static const int emulated = [] {
    constexpr int kMost = 64;
    const char* const text = std::getenv("GLUINO_EMULATE_GPUS");
    if (text == nullptr || *text == '\0') return 0;
    const std::string_view number = text;
    int count = -1;
    const auto result = std::from_chars(number.data(), number.data() + number.size(), count);
    check(result.ec == std::errc() && result.ptr == number.data() + number.size() && count >= 0 &&
              count <= kMost,
          "GLUINO_EMULATE_GPUS: expected a whole number from 0 to ", kMost, ", got \"", number,
          "\"");
    return count;
  }();
  return emulated;
}

bool emulates_gpus() { return num_gpus() > 0; }

void check_available(const Context& context) {
  check(context.id >= 0, "context ", context, ": a device number is at least 0");
  if (context.device == Device::gpu) {
    check(context.id < num_gpus(), "context ", context, ": this build of Gluino has ", num_gpus(),
          " GPUs; use cpu(0)");
  }
}

}  // namespace gluino
