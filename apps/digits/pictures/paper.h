#pragma once

#include <apps/digits/pictures/colours.h>
#include <apps/digits/pictures/local_paper.h>
#include <apps/digits/pictures/paper_fit.h>

#include <cstdint>
#include <optional>

namespace digits {

/// The paper of a picture, without what is written on it: a colour that may change slowly over the
/// picture, as the light does on a photograph.
class Paper {
 public:
  explicit Paper(const Grid<Colour>& pixels);

  /// The colour behind a pixel.
  Colour at(std::int64_t x, std::int64_t y) const;
  /// The standard deviation of its pixels; 0 for drawn pictures.
  float noise() const { return noise_; }

 private:
  double place(std::int64_t i, std::int64_t size) const {
    return 2 * (static_cast<double>(i) + 0.5) / static_cast<double>(size) - 1;
  }

  std::int64_t width_;
  std::int64_t height_;
  bool is_flat_ = false;
  Colour flat_{};
  Surface surface_;
  /// Where there are shadows.
  std::optional<LocalPaper> local_;
  float noise_ = 0;
};

}  // namespace digits
