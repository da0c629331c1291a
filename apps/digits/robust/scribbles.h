#pragma once

#include <apps/digits/robust/drawing.h>

namespace digits::drawing {

/// What somebody draws who draws no digit: tangles, zigzags, hatchings, stars, grids, spirals,
/// blots, rows of dashes.
Coverage draw_scribble(Random& random, std::int64_t side);

}  // namespace digits::drawing
