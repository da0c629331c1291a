#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// Running another program; the room's own.
namespace gluino::viz {

struct RunLimits {
  std::chrono::milliseconds time{};
  std::size_t output_bytes = 0;
};

struct RunResult {
  /// The exit code, or 128 and the number of the signal that ended the program.
  int code = 0;
  std::string out;
  std::string err;
};

/// Runs a program of PATH, without a shell, with `input` on its standard input, and waits for it.
/// Nullopt when there is none. Throws Error when it cannot be run, or goes beyond a limit; it has
/// ended then.
std::optional<RunResult> run_program(std::vector<std::string> arguments, const std::string& input,
                                     const RunLimits& limits);

}  // namespace gluino::viz
