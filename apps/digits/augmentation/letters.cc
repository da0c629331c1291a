#include <apps/digits/augmentation/letters.h>

#include <string_view>

namespace digits {
namespace {

// "0A 50 AA/27 87": the points of two strokes, each x and y from 0 to A.
std::vector<Stroke> parse(std::string_view text) {
  const auto number = [](char c) { return c == 'A' ? 10.0 : static_cast<double>(c - '0'); };
  std::vector<Stroke> strokes(1);
  for (std::size_t i = 0; i + 1 < text.size();) {
    if (text[i] == '/') {
      strokes.emplace_back();
      ++i;
    } else if (text[i] == ' ') {
      ++i;
    } else {
      strokes.back().push_back({number(text[i]), number(text[i + 1])});
      i += 2;
    }
  }
  return strokes;
}

constexpr std::string_view kLetters[] = {
    "0A 50 AA/27 87",           // A
    "A0 00 0A AA/05 75",        // E
    "00 0A/00 A0/05 75",        // F
    "00 0A/A0 AA/05 A5",        // H
    "00 0A/A0 05 AA",           // K
    "0A 00 58 A0 AA",           // M
    "0A 00 AA A0",              // N
    "0A 00 70 93 75 05/55 AA",  // R
    "00 2A 53 8A A0",           // W
    "00 AA/A0 0A",              // X
    "50 5A/05 A5",              // +
    "50 5A/05 A5/11 99/91 19",  // *
    "30 2A/80 7A/03 A3/07 A7",  // #
    "03 A3/07 A7",              // =
    "A0 05 AA",                 // <
    "00 A5 0A",                 // >
    "05 24 45 66 85 A4",        // ~
    "00 A0 AA 0A 00",           // a box
    "50 AA 0A 50",              // a triangle
    "50 A5 5A 05 50/50 5A",     // a sign
    "00 5A A0 5A",              // an arrow's head
    "05 A5/75 A5 72/A5 78",     // an arrow
    "22 32/72 82/16 39 79 96",  // a face
    "08 20 38 50 68 80 A8",     // a zigzag
    "00 00/50 50/A0 A0",        // dots in a row
};

}  // namespace

const std::vector<std::vector<Stroke>>& letters() {
  static const std::vector<std::vector<Stroke>> all = [] {
    std::vector<std::vector<Stroke>> parsed;
    for (const std::string_view text : kLetters) parsed.push_back(parse(text));
    return parsed;
  }();
  return all;
}

}  // namespace digits
