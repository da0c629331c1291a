#pragma once

#include <apps/digits/augmentation/distortion.h>
#include <gluino/gluon/data/dataset.h>

#include <cstdint>
#include <optional>

namespace digits {

/// The number of the class of what shows none.
inline constexpr std::int32_t kNoClass = -1;

struct AugmentationOptions {
  /// Without them digits stay as they are.
  std::optional<DistortionOptions> distortion = DistortionOptions{};
  /// The share of the digits that are replaced by something that is none, with the class kNoClass.
  double non_digits = 0;
  std::uint64_t seed = 0;

  bool changes_something() const { return distortion || non_digits > 0; }
};

/// The digits of `digits`, uint8 (rows, columns, 1) with int32 classes, as the first epoch shows
/// them: number i of epoch e is a function of the digits, the options, e and i alone.
gluino::gluon::data::Dataset augmented(const gluino::gluon::data::Dataset& digits,
                                       const AugmentationOptions& options);

/// What another epoch, from 1, shows of what augmented() gave. Other data sets stay the same.
gluino::gluon::data::Dataset in_epoch(const gluino::gluon::data::Dataset& digits,
                                      std::int64_t epoch);

}  // namespace digits
