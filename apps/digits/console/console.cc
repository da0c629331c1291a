#include <apps/digits/console/bars.h>
#include <apps/digits/console/console.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace digits {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr int kUsualColumns = 80;
constexpr int kLeastBar = 6;

int first_output_error = 0;

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

int terminal_columns() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualColumns;
  return size.ws_col;
}

void print(const std::string& line) {
  const std::string text = line + "\n";
  errno = 0;
  const bool ok =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!ok && first_output_error == 0) first_output_error = errno == 0 ? EIO : errno;
}

}  // namespace

std::string format_duration(double seconds) {
  const auto total = static_cast<long long>(std::llround(std::clamp(seconds, 0.0, 3.6e8)));
  char text[64];
  if (total >= 3600) {
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", total / 3600, total / 60 % 60,
                  total % 60);
  } else {
    std::snprintf(text, sizeof text, "%lld:%02lld", total / 60, total % 60);
  }
  return text;
}

std::string format_progress(const Progress& progress, int columns) {
  const double fraction = std::clamp(progress.fraction, 0.0, 1.0);
  char percent[16];
  std::snprintf(percent, sizeof percent, "%3d%%", static_cast<int>(100 * fraction));
  const std::string tail = std::string(percent) + " " +
                           gluino::fixed(progress.samples_per_second, 0) + "/s " +
                           format_duration(progress.seconds_left) + " left";
  const int room = columns - 1;
  const int bar = std::min(
      room - static_cast<int>(progress.label.size()) - static_cast<int>(tail.size()) - 4, kMostBar);
  std::string line = progress.label + " ";
  if (bar >= kLeastBar) {
    const auto full = static_cast<std::size_t>(std::lround(fraction * bar));
    line.append("[").append(full, '#');
    line.append(static_cast<std::size_t>(bar) - full, '.').append("] ");
  }
  line += tail;
  return line.substr(0, static_cast<std::size_t>(std::max(room, 0)));
}

Console::Console(Volume volume)
    : quiet_(volume != Volume::normal),
      silent_(volume == Volume::silent),
      has_bar_(!quiet_ && ::isatty(STDERR_FILENO) == 1),
      has_color_(!is_set("NO_COLOR") && is_set("TERM") &&
                 std::strcmp(std::getenv("TERM"), "dumb") != 0) {}

void Console::say(const std::string& line) {
  if (quiet_) return;
  clear();
  print(line);
}

void Console::result(const std::string& line) {
  if (silent_) return;
  clear();
  print(line);
}

void Console::warn(const std::string& line) {
  if (silent_) return;
  clear();
  std::fprintf(stderr, "%s\n", line.c_str());
}

void Console::show(const Progress& progress) {
  if (is_due()) draw(format_progress(progress, terminal_columns()));
}

void Console::show(const std::string& text) {
  if (!is_due()) return;
  draw(text.substr(0, static_cast<std::size_t>(std::max(terminal_columns() - 1, 0))));
}

bool Console::is_due() {
  const auto now = std::chrono::steady_clock::now();
  if (!has_bar_ || now < next_draw_) return false;
  next_draw_ = now + kRedraw;
  return true;
}

void Console::draw(const std::string& line) {
  std::string text = line;
  const std::size_t width = text.size();
  // What the line before had more is overwritten.
  if (drawn_ > width) text.append(drawn_ - width, ' ');
  if (has_color_) {
    const std::size_t begin = text.find('#');
    const std::size_t end = text.find_last_of('#');
    if (begin != std::string::npos) {
      text.insert(end + 1, "\x1b[0m");
      text.insert(begin, "\x1b[32m");
    }
  }
  std::fprintf(stderr, "\r%s", text.c_str());
  std::fflush(stderr);
  drawn_ = width;
}

void Console::clear() {
  if (drawn_ == 0) return;
  std::fprintf(stderr, "\r%s\r", std::string(drawn_, ' ').c_str());
  std::fflush(stderr);
  drawn_ = 0;
  next_draw_ = {};
}

void finish_output() {
  gluino::check(first_output_error == 0 || first_output_error == EPIPE,
                "standard output: expected to write all results, but ",
                std::strerror(first_output_error));
}

}  // namespace digits
