// Initializers that draw nothing.
#include <gluino/base/error.h>
#include <gluino/initializer/initializer.h>
#include <gluino/initializer/options.h>

#include <cmath>
#include <vector>

namespace gluino::init {
namespace {

void fill_bilinear(const std::string& name, const NDArray& array) {
  check(array.ndim() == 4, "[Bilinear] ", name, ": expected 4 dimensions, got ", array.shape());
  const std::int64_t height = array.shape()[2];
  const std::int64_t width = array.shape()[3];
  // Both axes use the width's factor, as MXNet does.
  const double factor = std::ceil(static_cast<double>(width) / 2);
  const double center = (2 * factor - 1 - std::fmod(factor, 2.0)) / (2 * factor);
  const auto tent = [&](std::int64_t i) {
    return 1 - std::abs(static_cast<double>(i) / factor - center);
  };
  array.note_change();
  dispatch(array.dtype(), [&]<class T>() {
    T* out = array.data<T>();
    for (std::int64_t plane = array.shape().size_between(0, 2); plane > 0; --plane) {
      for (std::int64_t y = 0; y < height; ++y) {
        for (std::int64_t x = 0; x < width; ++x) *out++ = static_cast<T>(tent(x) * tent(y));
      }
    }
  });
}

[[maybe_unused]] const bool registered = [] {
  const auto no_options = [](auto make, const char* name) {
    register_initializer(name, [=](const auto& options) {
      OptionReader(name, options).done();
      return make();
    });
  };
  no_options(Zero, "zero");
  no_options(Zero, "zeros");
  no_options(One, "one");
  no_options(One, "ones");
  no_options(Bilinear, "bilinear");
  register_initializer("constant", [](const auto& options) {
    OptionReader reader("constant", options);
    check(options.contains("value"), "[constant] needs the option 'value'");
    const double value = reader.number("value", 0);
    reader.done();
    return Constant(value);
  });
  return true;
}();

}  // namespace

Initializer Zero() {
  return Initializer([](const auto&, const NDArray& array) { array.assign(0.0); }, "zero");
}

Initializer One() {
  return Initializer([](const auto&, const NDArray& array) { array.assign(1.0); }, "one");
}

Initializer Constant(double value) {
  return Initializer([=](const auto&, const NDArray& array) { array.assign(value); }, "constant");
}

Initializer Constant(const NDArray& value) {
  // What an initializer does never changes.
  return Initializer([own = value.copy()](const auto&, const NDArray& array) { array.assign(own); },
                     "constant");
}

Initializer Bilinear() { return Initializer(fill_bilinear, "bilinear"); }

}  // namespace gluino::init
