#pragma once

#include <apps/digits/pictures/colours.h>

#include <cstdint>

namespace digits {

/// The paper of a picture on which shadows with edges lie, which no smooth surface follows: what is
/// left of the picture when lines thinner than a quarter of it are taken away, dark ones or light
/// ones, whichever there are more of.
class LocalPaper {
 public:
  explicit LocalPaper(const Grid<Colour>& pixels);

  /// The colour behind a pixel.
  Colour at(std::int64_t x, std::int64_t y) const;

 private:
  Grid<Colour> small_;
  double step_ = 1;
};

}  // namespace digits
