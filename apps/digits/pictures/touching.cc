#include <apps/digits/models/images.h>
#include <apps/digits/pictures/network_input.h>
#include <apps/digits/pictures/plausible.h>
#include <apps/digits/pictures/touching.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace digits {
namespace {

constexpr std::size_t kMostCuts = 6;
// All else is in heights of the ink.
constexpr std::int64_t kLeastHeight = 10;  // in pixels
constexpr double kMostInk = 0.45;          // in the way of a cut
constexpr double kLeastWidth = 0.12;       // between two cuts
constexpr double kLowest = 0.7;
constexpr double kWidest = 1.25;
constexpr float kInk = 0.05F;

// A line through the ink: at half height x is `middle`, and `slant` more for each row below.
struct Cut {
  double middle = 0;
  double slant = 0;
  double ink = 0;

  double at(std::int64_t y, const Shape& shape) const {
    return middle + slant * (static_cast<double>(y) - static_cast<double>(shape.height) / 2);
  }
};

// Where its ink is; nothing where there is none.
Box box_of(const Shape& shape) {
  std::int64_t left = shape.width, right = -1, top = shape.height, bottom = -1;
  for (std::int64_t y = 0; y < shape.height; ++y) {
    for (std::int64_t x = 0; x < shape.width; ++x) {
      if (shape.at(x, y) <= kInk) continue;
      left = std::min(left, x);
      right = std::max(right, x);
      top = std::min(top, y);
      bottom = std::max(bottom, y);
    }
  }
  if (right < 0) return {};
  return {left, top, right - left + 1, bottom - top + 1};
}

// That part of it, with a margin of paper.
Shape cropped(const Shape& shape, const Box& box) {
  Shape result(box.width + 2, box.height + 2);
  for (std::int64_t y = 0; y < box.height; ++y) {
    for (std::int64_t x = 0; x < box.width; ++x) {
      result.at(x + 1, y + 1) = shape.at(x + box.x, y + box.y);
    }
  }
  return result;
}

double ink_under(const Shape& shape, const Cut& cut) {
  double sum = 0;
  for (std::int64_t y = 0; y < shape.height; ++y) {
    const std::int64_t x = std::lround(cut.at(y, shape));
    if (x >= 0 && x < shape.width) sum += double{shape.at(x, y)};
  }
  return sum;
}

// Those with the least ink in their way, from left to right.
std::vector<Cut> cuts_through(const Shape& shape) {
  constexpr double kMargin = 0.15;
  constexpr double kSteps = 40;
  constexpr double kSlants[] = {-0.5, -0.25, 0, 0.25, 0.5};
  constexpr double kPreferUpright = 0.02;
  const auto height = static_cast<double>(shape.height);
  std::vector<Cut> all;
  const double end = static_cast<double>(shape.width) - kMargin * height;
  for (double x = kMargin * height; x < end; x += std::max(1.0, height / kSteps)) {
    Cut best{.middle = x, .ink = height};
    for (const double slant : kSlants) {
      Cut cut{.middle = x, .slant = slant};
      cut.ink = ink_under(shape, cut) + kPreferUpright * height * std::abs(slant);
      if (cut.ink < best.ink) best = cut;
    }
    if (best.ink <= kMostInk * height) all.push_back(best);
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Cut& a, const Cut& b) { return a.ink < b.ink; });
  std::vector<Cut> chosen;
  for (const Cut& cut : all) {
    const bool is_apart = std::none_of(chosen.begin(), chosen.end(), [&](const Cut& other) {
      return std::abs(other.middle - cut.middle) < kLeastWidth * height;
    });
    if (is_apart && chosen.size() < kMostCuts) chosen.push_back(cut);
  }
  std::sort(chosen.begin(), chosen.end(),
            [](const Cut& a, const Cut& b) { return a.middle < b.middle; });
  return chosen;
}

// What lies between two cuts, or a cut and an end; cut number 0 is the left end.
struct Part {
  std::size_t from = 0;
  std::size_t to = 0;
  FoundDigit digit;
};

Shape between(const Shape& shape, const Cut* from, const Cut* to) {
  Shape part = shape;
  for (std::int64_t y = 0; y < shape.height; ++y) {
    for (std::int64_t x = 0; x < shape.width; ++x) {
      const auto at = static_cast<double>(x);
      const bool is_in =
          (from == nullptr || at >= from->at(y, shape)) && (to == nullptr || at < to->at(y, shape));
      if (!is_in) part.at(x, y) = 0;
    }
  }
  return part;
}

// In the picture.
Box scaled(const Box& box, const Shape& shape, const Box& whole) {
  const double x = static_cast<double>(whole.width) / static_cast<double>(shape.width - 2);
  const double y = static_cast<double>(whole.height) / static_cast<double>(shape.height - 2);
  const auto along = [](std::int64_t begin, std::int64_t place, double scale) {
    return begin + std::lround(static_cast<double>(place) * scale);
  };
  return {along(whole.x, box.x - 1, x), along(whole.y, box.y - 1, y), along(0, box.width, x),
          along(0, box.height, y)};
}

std::vector<Part> parts_of(const Shape& shape, const std::vector<Cut>& cuts, const Box& whole) {
  std::vector<Part> parts;
  const auto height = static_cast<double>(shape.height - 2);
  const std::size_t last = cuts.size() + 1;
  for (std::size_t from = 0; from < last; ++from) {
    for (std::size_t to = from + 1; to <= last; ++to) {
      if (from == 0 && to == last) continue;
      const Shape ink = between(shape, from == 0 ? nullptr : &cuts[from - 1],
                                to == last ? nullptr : &cuts[to - 1]);
      const Box box = box_of(ink);
      const bool may_be_one = static_cast<double>(box.height) >= kLowest * height &&
                              static_cast<double>(box.width) <= kWidest * height;
      if (box.width == 0 || !may_be_one) continue;
      const gluino::NDArray image = network_input(cropped(ink, box));
      if (!may_be_digit(image)) continue;
      parts.push_back({from, to, {.box = scaled(box, shape, whole), .image = image}});
    }
  }
  return parts;
}

// The best way to read what is left of a cut.
struct Reading {
  double value = 0;
  std::vector<DigitAnswer> digits{};
};

}  // namespace

std::vector<DigitAnswer> touching_digits(const FoundDigit& found, const Network& network) {
  constexpr double kPerPart = 0.5;
  constexpr double kSure = 0.98;
  if (found.wide == nullptr) return {};
  const Box box = box_of(*found.wide);
  if (box.height < kLeastHeight) return {};
  const Shape shape = cropped(*found.wide, box);
  const std::vector<Cut> cuts = cuts_through(shape);
  const std::vector<Part> parts = parts_of(shape, cuts, found.box);
  if (parts.empty()) return {};
  std::vector<FoundDigit> images;
  images.reserve(parts.size());
  for (const Part& part : parts) images.push_back(part.digit);
  const std::vector<float> scores = network(batch_of(images)).to_vector<float>();
  const std::size_t classes = scores.size() / parts.size();

  std::vector<Reading> readings(cuts.size() + 2);
  readings.front().value = 1;
  for (std::size_t to = 1; to < readings.size(); ++to) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Reading& before = readings[parts[i].from];
      if (parts[i].to != to || before.value == 0) continue;
      const auto begin = scores.begin() + static_cast<std::ptrdiff_t>(i * classes);
      const auto said = answer(
          parts[i].digit, std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(classes)));
      if (!said || said->probability() < kSure) continue;
      const double value = before.value * said->probability() * kPerPart;
      if (value <= readings[to].value) continue;
      Reading reading{.value = value, .digits = before.digits};
      reading.digits.push_back(*said);
      readings[to] = std::move(reading);
    }
  }
  return readings.back().digits;
}

}  // namespace digits
