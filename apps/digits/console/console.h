#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace digits {

/// How far a long piece of work has come.
struct Progress {
  /// "epoch 3/10"
  std::string label;
  /// From 0 to 1.
  double fraction = 0;
  double samples_per_second = 0;
  double seconds_left = 0;
};

/// One line for a progress bar, at most `columns` - 1 wide; on a narrow terminal the bar shrinks
/// first, then the rest is cut.
std::string format_progress(const Progress& progress, int columns);

/// "0:07", "12:34", "1:02:03".
std::string format_duration(double seconds);

/// What the program says: lines on standard output, and a progress bar on standard error if that is
/// a terminal.
class Console {
 public:
  /// quiet: only results and warnings; silent: nothing, for others speak.
  enum class Volume { normal, quiet, silent };
  explicit Console(Volume volume);
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;
  ~Console() { clear(); }

  /// A line on standard output, unless quiet.
  void say(const std::string& line);
  /// A line on standard output in any case.
  void result(const std::string& line);
  /// A line on standard error in any case.
  void warn(const std::string& line);
  /// Redraws the progress bar, at most ten times a second.
  void show(const Progress& progress);
  /// A note in the place of the progress bar.
  void show(const std::string& text);

 private:
  bool is_due();
  void draw(const std::string& line);
  void clear();

  bool quiet_;
  bool silent_;
  bool has_bar_;
  bool has_color_;
  std::size_t drawn_ = 0;
  std::chrono::steady_clock::time_point next_draw_{};
};

/// Brings what was written to standard output on its way. A reader that has gone (a closed pipe) is
/// none of the program's business; throws Error when the disk is full.
void finish_output();

}  // namespace digits
