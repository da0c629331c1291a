#include <gluino/base/error.h>
#include <gluino/io/iterators/det_augmenter.h>

#include <cmath>

namespace gluino::io {
namespace {

constexpr std::size_t kLeastHeader = 2;
constexpr std::size_t kLeastObject = 5;

// A width that stands in a label: a whole number from `least` on.
std::size_t width_of(float number, std::size_t least, std::size_t most, const char* what) {
  check(number >= static_cast<float>(least) && number <= static_cast<float>(most) &&
            number == std::floor(number),
        "label: expected the width of ", what, ", ", least, " to ", most, ", got ", number);
  return static_cast<std::size_t>(number);
}

}  // namespace

DetLabel::DetLabel(std::span<const float> numbers) {
  check(numbers.size() >= kLeastHeader + kLeastObject, "label: expected at least ",
        kLeastHeader + kLeastObject, " numbers, those of a header and of an object, got ",
        numbers.size());
  const std::size_t header = width_of(numbers[0], kLeastHeader, numbers.size(), "its header");
  const std::size_t width = width_of(numbers[1], kLeastObject, numbers.size(), "an object");
  check((numbers.size() - header) % width == 0, "label: expected objects of ", width,
        " numbers behind a header of ", header, ", got ", numbers.size(), " numbers");
  const auto part = [&](std::size_t from, std::size_t count) {
    const auto numbers_from = numbers.subspan(from, count);
    return std::vector<float>(numbers_from.begin(), numbers_from.end());
  };
  header_ = part(0, header);
  for (std::size_t i = header; i < numbers.size(); i += width) objects_.push_back(part(i, width));
}

Frame DetLabel::frame(std::size_t object) const {
  const std::vector<float>& o = objects_[object];
  return {o[1], o[2], o[3], o[4]};
}

void DetLabel::set_frame(std::size_t object, const Frame& frame) {
  std::vector<float>& o = objects_[object];
  o[1] = frame.left;
  o[2] = frame.top;
  o[3] = frame.right;
  o[4] = frame.bottom;
}

void DetLabel::keep(const std::vector<bool>& kept) {
  std::vector<std::vector<float>> rest;
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    if (kept[i]) rest.push_back(std::move(objects_[i]));
  }
  objects_ = std::move(rest);
}

std::vector<float> DetLabel::numbers() const {
  std::vector<float> all = header_;
  for (const auto& object : objects_) all.insert(all.end(), object.begin(), object.end());
  return all;
}

}  // namespace gluino::io
