#include <apps/digits/pictures/colours.h>
#include <apps/digits/pictures/find_digits.h>
#include <apps/digits/pictures/groups.h>
#include <apps/digits/pictures/ink.h>
#include <apps/digits/pictures/network_input.h>
#include <apps/digits/pictures/pieces.h>
#include <apps/digits/pictures/plausible.h>
#include <apps/digits/pictures/shapes.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace digits {
namespace {

// More stand in no row that somebody reads.
constexpr std::size_t kMostDigits = 100;

// A box of a picture that was made smaller, in the pixels of the picture.
Box enlarged(const Box& box, std::int64_t times, const gluino::Shape& picture) {
  const std::int64_t x = box.x * times;
  const std::int64_t y = box.y * times;
  return {x, y, std::min(box.width * times, picture[1] - x),
          std::min(box.height * times, picture[0] - y)};
}

}  // namespace

std::vector<FoundDigit> find_digits(const gluino::NDArray& picture) {
  const Colours colours = to_colours(picture);
  if (colours.pixels.cells.empty()) return {};
  const Ink ink = find_ink(colours.pixels);
  if (ink.level == 0) return {};
  const Pieces pieces = find_pieces(ink);
  if (is_noise(pieces)) return {};
  std::vector<Group> groups = find_groups(pieces.pieces);
  std::erase_if(groups, [](const Group& group) { return !may_be_digit(group); });
  if (groups.size() > kMostDigits) groups.resize(kMostDigits);
  const std::vector<Shape> shapes = shapes_of(ink, pieces, groups);
  std::vector<FoundDigit> found;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const gluino::NDArray image = network_input(shapes[i]);
    const bool may_be_one = may_be_digit(image);
    std::shared_ptr<const Shape> wide;
    if (may_be_several(groups[i])) wide = std::make_shared<const Shape>(shapes[i]);
    if (!may_be_one && wide == nullptr) continue;
    found.push_back({.box = enlarged(groups[i].box, colours.reduction, picture.shape()),
                     .image = image,
                     .wide = std::move(wide),
                     .may_be_one = may_be_one});
  }
  return found;
}

}  // namespace digits
