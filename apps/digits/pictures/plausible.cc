#include <apps/digits/models/networks.h>
#include <apps/digits/pictures/plausible.h>
#include <apps/digits/pictures/strokes.h>

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace digits {

bool is_noise(const Pieces& pieces) {
  // Photographs of digits have up to 25 pieces, of which one is two thirds. Digits in long rows are
  // larger than specks, and no blobs.
  constexpr std::size_t kMany = 30;
  constexpr double kMuch = 0.1;
  constexpr std::int64_t kSpeck = 10;
  std::int64_t all = 0;
  std::int64_t largest = 0;
  std::size_t specks = 0;
  for (const Piece& piece : pieces.pieces) {
    all += piece.pixels;
    largest = std::max(largest, piece.pixels);
    if (piece.pixels <= kSpeck || is_blob(piece)) ++specks;
  }
  return pieces.pieces.size() > kMany && 2 * specks > pieces.pieces.size() &&
         static_cast<double>(largest) < kMuch * static_cast<double>(all);
}

bool may_be_digit(const Group& group) {
  constexpr std::int64_t kFewestPixels = 4;
  constexpr std::int64_t kLeastHeight = 3;
  // Digits are higher than wide, or nearly so.
  constexpr double kWidest = 2.5;
  const Box& box = group.box;
  if (group.pixels() < kFewestPixels || box.height < kLeastHeight) return false;
  return static_cast<double>(box.width) <= kWidest * static_cast<double>(box.height);
}

bool may_be_several(const Group& group) {
  constexpr double kWide = 1.1;
  return !group.is_dotted &&
         static_cast<double>(group.box.width) >= kWide * static_cast<double>(group.box.height);
}

bool may_be_digit(const gluino::NDArray& network_input) {
  // In sides of the square that digits are scaled into. MNIST's lines are up to 0.28 of it wide,
  // and up to 3.8 of it long: 8s.
  constexpr double kSide = 20;
  constexpr double kWidest = 0.36;
  constexpr double kLongest = 4;
  Shape shape(kColumns, kRows);
  const float* values = network_input.data<float>();
  shape.cells.assign(values, values + network_input.size());
  const Shape on_paper = with_margin(shape, 1);
  const double width = stroke_width(on_paper) / kSide;
  const double area =
      std::accumulate(shape.cells.begin(), shape.cells.end(), 0.0) / (kSide * kSide);
  return width > 0 && width <= kWidest && area / width <= kLongest;
}

}  // namespace digits
