#include <apps/digits/console/bars.h>
#include <gluino/base/text.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <string_view>

namespace digits {
namespace {

constexpr int kPercent = 8;  // "100.0 %" and a space

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool writes_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = gluino::lower_case(std::string(variable(name)));
    if (value.empty()) continue;
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

// In eighths of a column where there are blocks, else in whole ones.
std::string drawn(double share, int columns, bool has_blocks) {
  constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<int>(std::lround(share * columns * 8));
  std::string bar;
  int used = has_blocks ? eighths / 8 : (eighths + 4) / 8;
  for (int i = 0; i < used; ++i) bar += has_blocks ? "█" : "#";
  if (has_blocks && eighths % 8 != 0) {
    bar += kEighths[eighths % 8];
    ++used;
  }
  return bar.append(static_cast<std::size_t>(columns - used), ' ');
}

std::string percent(double share) {
  const std::string text = gluino::fixed(100 * share, 1) + " %";
  return std::string(kPercent - std::min<std::size_t>(text.size(), kPercent), ' ') + text;
}

}  // namespace

Look Look::of_standard_output() {
  Look look;
  look.is_terminal = ::isatty(STDOUT_FILENO) == 1;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) look.columns = size.ws_col;
  const std::string_view term = variable("TERM");
  look.has_color =
      look.is_terminal && variable("NO_COLOR").empty() && !term.empty() && term != "dumb";
  look.has_blocks = look.is_terminal && writes_utf8();
  return look;
}

std::vector<std::string> bar_lines(const std::vector<Bar>& bars, const Look& look) {
  std::size_t label = 0;
  for (const Bar& bar : bars) label = std::max(label, bar.label.size());
  const int room = look.columns - 1 - static_cast<int>(label) - 1 - kPercent;
  const int columns = std::clamp(room, 0, kMostBar);
  std::vector<std::string> lines;
  for (const Bar& bar : bars) {
    std::string line = bar.label + std::string(label - bar.label.size(), ' ') + " ";
    const double share = std::clamp(bar.share, 0.0, 1.0);
    if (!look.is_terminal) {
      lines.push_back(line + gluino::fixed(share, 4));
      continue;
    }
    line += drawn(share, columns, look.has_blocks) + percent(share);
    lines.push_back(bar.is_best && look.has_color ? "\x1b[1;32m" + line + "\x1b[0m" : line);
  }
  return lines;
}

}  // namespace digits
