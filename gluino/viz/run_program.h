#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Running another program; the room's own.
namespace gluino::viz {

struct RunLimits {
  std::chrono::milliseconds time{};
  std::size_t output_bytes = 0;
  /// Asked many times a second, on the thread that waits; true ends the program.
  std::function<bool()> should_stop{};
};

struct RunResult {
  /// The exit code, or 128 and the number of the signal that ended the program. 0 where that is not
  /// known, since somebody else in this process has waited for it.
  int code = 0;
  std::string out;
  std::string err;
};

/// Runs a program of PATH, without a shell, with `input` on its standard input, and waits for it.
/// Nullopt when there is none. Throws Error when it cannot be run, is to stop, or goes beyond a
/// limit; it has ended then, and so has what it started. No pipe lies between: it may read little,
/// and write much, in any order.
std::optional<RunResult> run_program(std::vector<std::string> arguments, const std::string& input,
                                     const RunLimits& limits);

}  // namespace gluino::viz
