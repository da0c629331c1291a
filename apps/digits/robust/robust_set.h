#pragma once

#include <gluino/gluon/data/dataset.h>
#include <gluino/ndarray/ndarray.h>

#include <cstdint>
#include <string>
#include <vector>

/// Pictures as people make them, out of the test digits of a data set, whose answers are known.
/// Nothing of this serves training.
namespace digits {

/// A way to make pictures of digits.
struct RobustKind {
  const char* name;
  const char* description;
  /// Without digits: the right answer is that there is none.
  bool has_digits = true;
};

/// "as they are", "shifted", ... , "blank", "scribbles".
const std::vector<RobustKind>& robust_kinds();

struct RobustPicture {
  /// uint8 (H, W, C).
  gluino::NDArray picture;
  /// What is written in it; "" for none.
  std::string text;
};

/// Picture number `index` of a kind, which follows from both numbers, the seed and the digits
/// alone. The digits: uint8 (28, 28, 1) with labels.
RobustPicture make_robust_picture(std::size_t kind, std::int64_t index,
                                  const gluino::gluon::data::Dataset& digits);

}  // namespace digits
