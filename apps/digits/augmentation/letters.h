#pragma once

#include <apps/digits/augmentation/pen.h>

#include <vector>

namespace digits {

/// Letters and signs that nobody takes for a digit, each as its strokes in a box of 10x10. (An O is
/// a 0, an S a 5, and a Z a 2: they are left out.)
const std::vector<std::vector<Stroke>>& letters();

}  // namespace digits
