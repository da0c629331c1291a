#pragma once

#include <gluino/gluon/data/transform.h>

/// Transforms of the colors of pictures (height, width, channels) of uint8 or float32 with 1 or 3
/// channels, by random numbers. Pixels that are bytes are cut once per change. Throw Error for
/// another shape or type, or a range below 0. A picture that belongs to no data set may have any
/// type of numbers.
namespace gluino::gluon::data::vision::transforms {

struct RandomColorJitterOptions {
  double brightness = 0;
  double contrast = 0;
  double saturation = 0;
  double hue = 0;
};

/// The four changes below, in random order.
class GLUINO_API RandomColorJitter : public Transform {
 public:
  explicit RandomColorJitter(const RandomColorJitterOptions& options);

 protected:
  RandomColorJitter(const RandomColorJitterOptions& options, Alone alone);
};

/// Multiplies a picture by a number from 1 - `brightness`, at least 0, to 1 + `brightness`.
class GLUINO_API RandomBrightness : public RandomColorJitter {
 public:
  explicit RandomBrightness(double brightness);
};

/// Moves pixels away from the picture's mean grey, or towards it, by such a factor.
class GLUINO_API RandomContrast : public RandomColorJitter {
 public:
  explicit RandomContrast(double contrast);
};

/// Moves each pixel away from its own grey, or towards it, by such a factor.
class GLUINO_API RandomSaturation : public RandomColorJitter {
 public:
  explicit RandomSaturation(double saturation);
};

/// Turns the hues by a part of the circle, from -`hue` to `hue`.
class GLUINO_API RandomHue : public RandomColorJitter {
 public:
  explicit RandomHue(double hue);
};

/// Adds noise along the principal colors of photographs (Krizhevsky, Sutskever and Hinton, 2012),
/// with the standard deviation `alpha`.
class GLUINO_API RandomLighting : public Transform {
 public:
  explicit RandomLighting(double alpha);
};

}  // namespace gluino::gluon::data::vision::transforms
