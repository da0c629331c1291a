#include <gluino/base/text.h>
#include <gluino/viz/ticks.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

namespace gluino::viz {
namespace {

// 1, 2 or 5 times a power of ten, at least `step`.
double round_step(double step) {
  const double power = std::pow(10, std::floor(std::log10(step)));
  for (const double times : {1.0, 2.0, 5.0}) {
    if (times * power >= step * (1 - 1e-9)) return times * power;
  }
  return 10 * power;
}

std::string tick_text(double value, double step) {
  const double size = std::max(std::abs(value), step);
  if (size >= 1e7 || step < 1e-5) return short_number(value, 6);
  const int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  const std::string text = fixed(value, digits);
  return text.find_first_not_of("-0.") == std::string::npos ? fixed(0, digits) : text;
}

void mark_linear(Range& range, int most, Ends ends) {
  const double step = round_step((range.high - range.low) / std::max(most, 1));
  // A value that lies on a mark but for its last digits is there.
  const double slack = 1e-6;
  double first = std::floor(range.low / step + slack);
  double last = std::ceil(range.high / step - slack);
  if (ends == Ends::of_ticks) {
    range.low = std::min(range.low, first * step);
    range.high = std::max(range.high, last * step);
  } else {
    first = std::ceil(range.low / step - slack);
    last = std::floor(range.high / step + slack);
  }
  for (double i = first; i <= last; ++i)
    range.ticks.push_back({i * step, tick_text(i * step, step)});
}

// At powers of ten; where there are few, at their multiples as well.
void mark_logarithmic(Range& range, int most, Ends ends) {
  const double slack = 1e-6;
  double first = std::floor(std::log10(range.low) + slack);
  double last = std::ceil(std::log10(range.high) - slack);
  if (ends == Ends::of_ticks) {
    last = std::max(last, first + 1);
    range.low = std::min(range.low, std::pow(10, first));
    range.high = std::max(range.high, std::pow(10, last));
  }
  const double decades = last - first;
  const double stride = std::max(1.0, std::ceil(decades / std::max(most, 1)));
  const bool has_room = decades <= 2;
  for (double i = first; i <= last; i += stride) {
    for (const double times : {1.0, 2.0, 5.0}) {
      const double value = times * std::pow(10, i);
      const bool is_within = value >= range.low * (1 - 1e-9) && value <= range.high * (1 + 1e-9);
      if (is_within && (times == 1 || has_room))
        range.ticks.push_back({value, short_number(value)});
    }
  }
}

}  // namespace

double Range::place_of(double value) const {
  if (scale == Scale::linear) return (value - low) / (high - low);
  return (std::log(value) - std::log(low)) / (std::log(high) - std::log(low));
}

Range make_range(double low, double high, Scale scale, int most, Ends ends) {
  if (low > high) std::swap(low, high);
  Range range{.low = low, .high = high, .scale = scale};
  // One value stands in the middle.
  if (scale == Scale::logarithmic) {
    if (high <= low * (1 + 1e-9)) {
      range.low = low / 2;
      range.high = high * 2;
    }
    mark_logarithmic(range, most, ends);
  } else {
    if (high - low <= 1e-12 * std::max(std::abs(low), std::abs(high))) {
      const double room = low == 0 ? 1 : std::abs(low) / 2;
      range.low = low - room;
      range.high = high + room;
    }
    mark_linear(range, most, ends);
  }
  return range;
}

std::string short_number(double value, int digits) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 64> text{};
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value,
                                    std::chars_format::general, digits);
  // General numbers change to an exponent where the digits end, long before it is easier to read.
  const double size = std::abs(value);
  if (size >= 1 && size < 1e7) {
    const int behind = std::max(0, digits - 1 - static_cast<int>(std::floor(std::log10(size))));
    std::string plain = fixed(value, behind);
    if (plain.find('.') != std::string::npos) {
      while (plain.ends_with('0')) plain.pop_back();
      if (plain.ends_with('.')) plain.pop_back();
    }
    return plain;
  }
  return {text.data(), result.ptr};
}

}  // namespace gluino::viz
