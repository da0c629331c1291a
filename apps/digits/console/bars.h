#pragma once

#include <string>
#include <vector>

/// Bars of shares, for terminals and for what is no terminal.
namespace digits {

/// How text on standard output looks best.
struct Look {
  /// False where it is read by programs: without bars, colours and marks.
  bool is_terminal = false;
  int columns = 80;
  bool has_color = false;
  /// Whether blocks may be drawn, else signs of ASCII.
  bool has_blocks = false;

  static Look of_standard_output();
};

/// Of how many characters a bar consists at most.
inline constexpr int kMostBar = 40;

struct Bar {
  std::string label;
  /// From 0 to 1.
  double share = 0;
  bool is_best = false;
};

/// A line for each: label, bar and per cent, all within the width of the terminal; else label and
/// share.
std::vector<std::string> bar_lines(const std::vector<Bar>& bars, const Look& look);

}  // namespace digits
