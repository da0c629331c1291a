#include <apps/digits/augmentation/letters.h>
#include <apps/digits/augmentation/non_digits.h>
#include <apps/digits/augmentation/pen.h>

#include <cmath>
#include <iterator>
#include <numbers>
#include <string_view>
#include <utility>

namespace digits {
namespace {

constexpr double kDigitSide = 28;

// Which halves of a digit are no digit: left, right, upper, lower. Half an 8 is a 0, or a 3; half a
// 7 or 9 is a 1.
constexpr std::string_view kHalves[] = {"lrul", "", "l", "l", "", "l", "", "", "l", ""};

// So many turns that no digit comes of it, but by a rare chance.
std::vector<Stroke> tangle(Dice& dice) {
  std::vector<Stroke> strokes(static_cast<std::size_t>(1 + dice.below(3)));
  const bool is_round = dice.happens(0.6);
  for (Stroke& stroke : strokes) {
    const std::int64_t points = (strokes.size() == 1 ? 7 : 4) + dice.below(9);
    PenPoint at{dice.between(0, 20), dice.between(0, 20)};
    // Some leap over the whole box, some wander.
    const double reach = dice.between(6, 20);
    for (std::int64_t i = 0; i < points; ++i) {
      stroke.push_back(at);
      at = {std::clamp(at.x + dice.between(-reach, reach), 0.0, 20.0),
            std::clamp(at.y + dice.between(-reach, reach), 0.0, 20.0)};
    }
    if (is_round) stroke = smooth(stroke);
  }
  return strokes;
}

// The points of a spiral of several turns, or of rays, or of strokes to and fro: what hands do that
// have nothing to say.
std::vector<Stroke> pattern(Dice& dice) {
  const double turn = dice.between(0, 2 * std::numbers::pi);
  const auto around = [&](double angle, double radius) {
    return PenPoint{radius * std::cos(turn + angle), radius * std::sin(turn + angle)};
  };
  std::vector<Stroke> strokes;
  const std::int64_t which = dice.below(3);
  if (which == 0) {
    const double turns = dice.between(2, 4.5);
    Stroke& spiral = strokes.emplace_back();
    for (int i = 0; i <= 80; ++i) {
      spiral.push_back(around(2 * std::numbers::pi * turns * i / 80, 10.0 * i / 80));
    }
    return strokes;
  }
  const std::int64_t lines = 3 + dice.below(6);
  const bool is_joined = dice.happens(0.5);
  for (std::int64_t i = 0; i < lines; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(lines);
    const double half = dice.between(7, 10);
    const PenPoint from = which == 1 ? around(std::numbers::pi * share, half)
                                     : PenPoint{20 * share + dice.between(-1, 1), -half};
    const PenPoint to = which == 1 ? around(std::numbers::pi * share, -half)
                                   : PenPoint{20 * share + dice.between(-1, 1), half};
    if (strokes.empty() || !is_joined) strokes.emplace_back();
    strokes.back().insert(strokes.back().end(), {from, to});
  }
  // Lying, as well as standing.
  if (dice.happens(0.5)) {
    for (Stroke& stroke : strokes) {
      for (PenPoint& point : stroke) std::swap(point.x, point.y);
    }
  }
  return strokes;
}

}  // namespace

NonDigits::NonDigits(const PlaneSize& size)
    : size_(size),
      unit_(static_cast<double>(std::min(size.rows, size.columns)) / kDigitSide),
      warp_(size),
      scratch_(size.pixels()) {}

void NonDigits::operator()(const LabelledPixels& one, const LabelledPixels& other, Dice& dice,
                           PixelsOut to) {
  std::fill(to.begin(), to.end(), std::uint8_t{0});
  const double which = dice.between(0, 1);
  if (which < 0.42) {
    scribble(dice, to);
  } else if (which < 0.62) {
    letter(dice, to);
  } else if (which < 0.77) {
    merge(one.pixels, other.pixels, dice, to);
  } else if (which < 0.85) {
    cut(one, dice, to);
  } else if (which < 0.93) {
    blot(dice, to);
  } else {
    noise(dice, to);
  }
}

void NonDigits::scribble(Dice& dice, PixelsOut to) const {
  std::vector<Stroke> strokes = dice.happens(0.3) ? pattern(dice) : tangle(dice);
  draw_fitted(strokes, dice, to);
}

void NonDigits::draw_fitted(std::vector<Stroke>& strokes, Dice& dice, PixelsOut to) const {
  fit_into_middle(strokes, size_);
  const double radius = unit_ * dice.between(0.5, 1.8);
  for (const Stroke& stroke : strokes) draw(stroke, radius, size_, to);
}

void NonDigits::letter(Dice& dice, PixelsOut to) const {
  std::vector<Stroke> strokes =
      letters()[static_cast<std::size_t>(dice.below(static_cast<std::int64_t>(letters().size())))];
  const double angle = dice.between(-0.3, 0.3);
  const double slant = dice.between(-0.3, 0.3);
  const double width = dice.between(0.7, 1.3);
  for (Stroke& stroke : strokes) {
    for (PenPoint& point : stroke) {
      const double x = width * (point.x + slant * point.y + dice.between(-0.8, 0.8));
      const double y = point.y + dice.between(-0.8, 0.8);
      point = {x * std::cos(angle) - y * std::sin(angle),
               x * std::sin(angle) + y * std::cos(angle)};
    }
  }
  draw_fitted(strokes, dice, to);
}

// A filled spot, or many small ones.
void NonDigits::blot(Dice& dice, PixelsOut to) const {
  const bool is_one = dice.happens(0.4);
  const std::int64_t spots = is_one ? 1 : 3 + dice.below(25);
  for (std::int64_t i = 0; i < spots; ++i) {
    const double radius = unit_ * (is_one ? dice.between(4, 10) : dice.between(0.3, 1.5));
    const double reach = unit_ * (is_one ? 2 : 10);
    const PenPoint a{size_.middle_x() + dice.between(-reach, reach),
                     size_.middle_y() + dice.between(-reach, reach)};
    const double length = is_one ? unit_ * dice.between(0, 8) : 0;
    draw({a, {a.x + dice.between(-1, 1) * length, a.y + dice.between(-1, 1) * length}}, radius,
         size_, to);
  }
}

// Grains of any size and strength; very weak ones are blank paper.
void NonDigits::noise(Dice& dice, PixelsOut to) const {
  const double strength = dice.happens(0.4) ? 0 : dice.between(0, 255);
  const std::int64_t grain = 1 + dice.below(3);
  const double share = dice.between(0.05, 0.6);
  for (std::int64_t y = 0; y < size_.rows; ++y) {
    for (std::int64_t x = 0; x < size_.columns; ++x) {
      const bool begins = y % grain == 0 && x % grain == 0;
      to[size_.at(y, x)] =
          begins ? static_cast<std::uint8_t>(dice.happens(share) ? dice.between(0, strength) : 0)
                 : to[size_.at(y - y % grain, x - x % grain)];
    }
  }
}

// Both made narrow and put side by side, as a cut that took two digits for one sees them.
void NonDigits::merge(Pixels one, Pixels other, Dice& dice, PixelsOut to) {
  const double narrow = dice.between(1.3, 2.0);
  const double apart = unit_ * dice.between(4.0, 6.0);
  Warp warp{.xx = narrow, .yy = dice.between(1.0, 1.3)};
  warp.shift_x = narrow * apart;
  warp_(one, warp, to);
  warp.shift_x = -warp.shift_x;
  warp_(other, warp, scratch_);
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = std::max(to[i], scratch_[i]);
}

// Half of a digit, as large as a whole one; a scribble of digits whose halves could be others.
void NonDigits::cut(const LabelledPixels& digit, Dice& dice, PixelsOut to) {
  const bool is_digit =
      digit.label >= 0 && digit.label < static_cast<std::int64_t>(std::size(kHalves));
  const std::string_view halves =
      is_digit ? kHalves[static_cast<std::size_t>(digit.label)] : std::string_view();
  const InkBox box = ink_box(digit.pixels, size_);
  if (halves.empty() || box.empty()) return scribble(dice, to);
  const char half =
      halves[static_cast<std::size_t>(dice.below(static_cast<std::int64_t>(halves.size())))];
  const double share = dice.between(0.4, 0.6);
  const auto middle_x =
      box.left + static_cast<std::int64_t>(share * static_cast<double>(box.width()));
  const auto middle_y =
      box.top + static_cast<std::int64_t>(share * static_cast<double>(box.height()));
  for (std::int64_t y = 0; y < size_.rows; ++y) {
    for (std::int64_t x = 0; x < size_.columns; ++x) {
      const bool stays = (half == 'l' && x < middle_x) || (half == 'r' && x >= middle_x) ||
                         (half == 'u' && y < middle_y);
      scratch_[size_.at(y, x)] = stays ? digit.pixels[size_.at(y, x)] : std::uint8_t{0};
    }
  }
  const InkBox left = ink_box(scratch_, size_);
  if (left.empty()) return scribble(dice, to);
  const double largest = static_cast<double>(std::max(left.width(), left.height()));
  const double smaller = largest / (unit_ * 20);
  warp_(scratch_,
        {.xx = smaller,
         .yy = smaller,
         .shift_x = static_cast<double>(left.left + left.right - 1) / 2 - size_.middle_x(),
         .shift_y = static_cast<double>(left.top + left.bottom - 1) / 2 - size_.middle_y()},
        to);
}

}  // namespace digits
