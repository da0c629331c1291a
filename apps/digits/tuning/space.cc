#include <apps/digits/console/failure.h>
#include <apps/digits/console/suggest.h>
#include <apps/digits/tuning/space.h>
#include <gluino/base/text.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

namespace digits::tuning {
namespace {

using gluino::str;

constexpr std::array<std::pair<const char*, Kind>, 4> kRanges = {
    {{"real", Kind::real}, {"log", Kind::log}, {"int", Kind::whole}, {"logint", Kind::log_whole}}};
// Whole numbers up to here are numbers of a double, too.
constexpr double kMostWhole = 9e15;
constexpr std::int64_t kMostPoints = 1000;
constexpr int kDigits = 6;  // that a drawn number is written with
// How much of a range may be lost by that.
constexpr double kFine = 1e-4;

[[noreturn]] void refuse(const std::string& name, const std::string& sentence) {
  throw Failure(Exit::wrong_use, name + ": " + sentence);
}

bool is_whole(Kind kind) { return kind == Kind::whole || kind == Kind::log_whole; }
bool is_log(Kind kind) { return kind == Kind::log || kind == Kind::log_whole; }

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

// Written with the fewest digits that read back as the same number, or with so many.
std::string written(double value, int digits = 0) {
  char text[64];
  const auto end = digits == 0 ? std::to_chars(text, text + sizeof text, value)
                               : std::to_chars(text, text + sizeof text, value,
                                               std::chars_format::general, digits);
  return {text, end.ptr};
}

std::string written_whole(double value) {
  return std::to_string(static_cast<std::int64_t>(std::llround(value)));
}

// "LOW..HIGH" or "LOW..HIGH/POINTS".
struct RangeText {
  std::string_view low, high, points;
};

std::optional<RangeText> split_range(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  RangeText range{.low = text.substr(0, dots), .high = text.substr(dots + 2), .points = {}};
  if (const std::size_t slash = range.high.find('/'); slash != std::string_view::npos) {
    range.points = range.high.substr(slash + 1);
    range.high = range.high.substr(0, slash);
    if (range.points.empty()) return std::nullopt;
  }
  return range;
}

bool looks_like_range(std::string_view text) {
  const auto range = split_range(text);
  return range && number<double>(range->low) && number<double>(range->high);
}

Parameter parse_range(const std::string& name, const char* word, Kind kind,
                      const std::string& text) {
  const auto range = split_range(text);
  const auto low = range ? number<double>(range->low) : std::nullopt;
  const auto high = range ? number<double>(range->high) : std::nullopt;
  if (!low || !high || !std::isfinite(*low) || !std::isfinite(*high)) {
    refuse(name, str("expected ", word, ":LOW..HIGH with two numbers, such as ", word,
                     is_whole(kind) ? ":32..256" : ":0.001..1", ", got '", word, ":", text, "'"));
  }
  const bool wholes = number<std::int64_t>(range->low) && number<std::int64_t>(range->high) &&
                      std::abs(*low) <= kMostWhole && std::abs(*high) <= kMostWhole;
  if (is_whole(kind) && !wholes) {
    refuse(name, str("expected whole numbers in '", word, ":", text, "'"));
  }
  if (!(*low < *high) || !std::isfinite(*high - *low)) {
    refuse(name, str("expected a low end below the high end, got '", word, ":", text, "'"));
  }
  if (is_log(kind) && !(*low > 0)) {
    refuse(name, str("expected ends above 0, which have logarithms, got '", word, ":", text, "'"));
  }
  Parameter parameter{.name = name, .kind = kind, .low = *low, .high = *high};
  if (!range->points.empty()) {
    const auto points = number<std::int64_t>(range->points);
    if (!points || *points < 2 || *points > kMostPoints) {
      refuse(name, str("expected 2 to ", kMostPoints, " values for a grid behind the /, got '",
                       range->points, "'"));
    }
    parameter.points = *points;
  }
  return parameter;
}

// The number at `place` in [0, 1] of the range.
double number_at(const Parameter& p, double place) {
  const double number =
      is_log(p.kind) ? std::exp(std::log(p.low) + place * (std::log(p.high) - std::log(p.low)))
                     : p.low + place * (p.high - p.low);
  return std::clamp(number, p.low, p.high);
}

std::string write(const Parameter& p, double value) {
  if (is_whole(p.kind)) return written_whole(std::clamp(value, p.low, p.high));
  std::string text = written(value, kDigits);
  double read = number<double>(text).value_or(value);
  // A narrow range needs more digits.
  if (std::abs(read - value) > kFine * (p.high - p.low)) {
    text = written(value);
    read = value;
  }
  // Rounding must not lead out of the range.
  if (read <= p.low) return written(p.low);
  return read >= p.high ? written(p.high) : text;
}

}  // namespace

bool has_parameter(const Space& space, const std::string& name) {
  return std::any_of(space.begin(), space.end(),
                     [&](const Parameter& parameter) { return parameter.name == name; });
}

Parameter choice_of(const std::string& name, std::vector<std::string> choices) {
  if (choices.empty()) refuse(name, "expected at least one value, got none");
  std::set<std::string> seen;
  for (const std::string& choice : choices) {
    if (choice.empty()) refuse(name, "expected values with commas between them, got an empty one");
    if (!seen.insert(choice).second) {
      refuse(name, str("expected each value once, got '", choice, "' twice"));
    }
  }
  return {.name = name, .choices = std::move(choices)};
}

Parameter parse_parameter(const std::string& name, const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon != std::string::npos) {
    const std::string word = text.substr(0, colon);
    const std::string rest = text.substr(colon + 1);
    std::vector<std::string> words;
    for (const auto& [range, kind] : kRanges) {
      if (word == range) return parse_range(name, range, kind, rest);
      words.emplace_back(range);
    }
    if (looks_like_range(rest)) {
      refuse(name, str("there is no range '", word, "'; expected ", gluino::join(words),
                       "; did you mean ", nearest(word, words), "?"));
    }
  } else if (looks_like_range(text)) {
    refuse(name, str("expected to be told how the range is spread: int:", text, ", real:", text,
                     ", log:", text, " or logint:", text));
  }
  std::vector<std::string> choices(1);
  for (const char c : text) {
    c == ',' ? choices.emplace_back() : choices.back() += c;
  }
  return choice_of(name, std::move(choices));
}

Parameter parse_assignment(const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == 0 || equals == std::string::npos) {
    refuse("--param", str("expected NAME=VALUES, such as lr=log:0.001..1 or net=mlp,lenet, got '",
                          assignment, "'"));
  }
  return parse_parameter(assignment.substr(0, equals), assignment.substr(equals + 1));
}

std::string describe(const Parameter& p) {
  if (p.kind == Kind::choice) return gluino::join(p.choices, ",");
  const auto* const range = std::find_if(kRanges.begin(), kRanges.end(),
                                         [&](const auto& named) { return named.second == p.kind; });
  const auto end = [&](double value) {
    return is_whole(p.kind) ? written_whole(value) : written(value);
  };
  return str(range->first, ":", end(p.low), "..", end(p.high), "/", p.points);
}

std::string value_at(const Parameter& p, double place) {
  if (p.kind == Kind::choice) {
    const auto count = static_cast<double>(p.choices.size());
    return p.choices[static_cast<std::size_t>(std::min(place * count, count - 1))];
  }
  // Each whole number as often as the others, the ends included.
  if (p.kind == Kind::whole) return write(p, std::floor(p.low + place * (p.high - p.low + 1)));
  return write(p, number_at(p, place));
}

std::vector<std::string> grid_values(const Parameter& p) {
  if (p.kind == Kind::choice) return p.choices;
  std::vector<std::string> values;
  for (std::int64_t i = 0; i < p.points; ++i) {
    std::string value =
        write(p, number_at(p, static_cast<double>(i) / static_cast<double>(p.points - 1)));
    // A short range of whole numbers has fewer.
    if (values.empty() || values.back() != value) values.push_back(std::move(value));
  }
  return values;
}

nlohmann::ordered_json to_json(const Space& space) {
  auto json = nlohmann::ordered_json::array();
  for (const Parameter& p : space) {
    nlohmann::ordered_json one = {{"name", p.name}};
    // A value may hold a comma, or look like a range.
    p.kind == Kind::choice ? one["choices"] = p.choices : one["range"] = describe(p);
    json.push_back(std::move(one));
  }
  return json;
}

Space space_from_json(const nlohmann::ordered_json& json) {
  Space space;
  for (const auto& one : json) {
    const auto name = one.at("name").get<std::string>();
    space.push_back(one.contains("choices")
                        ? choice_of(name, one.at("choices").get<std::vector<std::string>>())
                        : parse_parameter(name, one.at("range").get<std::string>()));
  }
  return space;
}

}  // namespace digits::tuning
