#pragma once

#include <apps/digits/pictures/answer.h>

#include <vector>

namespace digits {

/// Digits that touch, from ink that the network takes for none as a whole: it is cut where little
/// ink is in the way, upright or slanted, and of all ways to cut it the one counts whose parts the
/// network is surest of, fewer parts before more. None where it is not nearly certain of each part:
/// scribbles can be cut, too.
std::vector<DigitAnswer> touching_digits(const FoundDigit& found, const Network& network);

}  // namespace digits
