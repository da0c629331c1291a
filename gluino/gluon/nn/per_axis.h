#pragma once

#include <gluino/base/shape.h>

#include <concepts>
#include <initializer_list>
#include <string>

namespace gluino::gluon::nn {

/// Numbers for the axes of images: `= {3, 5}` one for each, `= 3` the same for all.
class PerAxis {
 public:
  PerAxis() = default;
  // NOLINTBEGIN(google-explicit-constructor): each is a way to write an option
  template <std::integral I>
  requires(!std::same_as<I, bool>) PerAxis(I number) : numbers_(number), is_for_all_(true) {}
  PerAxis(std::initializer_list<std::int64_t> numbers) : numbers_(numbers) {}
  PerAxis(const Shape& numbers) : numbers_(numbers) {}
  // NOLINTEND(google-explicit-constructor)

  bool empty() const { return numbers_.empty(); }
  /// As many numbers as were given, but for one that is for all axes.
  Shape of(int axes) const { return is_for_all_ ? Shape::filled(axes, numbers_[0]) : numbers_; }

 private:
  Shape numbers_;
  bool is_for_all_ = false;
};

/// The layout of images with so many axes, as MXNet prints it: `given`, or the one with the
/// channels first, "NCHW". Throws Error for one that is neither that nor its twin with the channels
/// last; `layer` begins the message.
GLUINO_API std::string image_layout(int axes, const std::string& given, const std::string& layer);

}  // namespace gluino::gluon::nn
