#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace digits::tuning {

/// The program `digits`, which runs beside this one and never outlives it: it is killed when the
/// object goes, and by the system when this process is killed.
class TrialProcess {
 public:
  struct Options {
    /// The program's file, and what it is told.
    std::string program;
    std::vector<std::string> arguments;
    /// Takes what it prints, and its errors.
    std::string output;
  };
  /// Throws Error when the system makes no process or no file.
  explicit TrialProcess(const Options& options);
  TrialProcess(const TrialProcess&) = delete;
  TrialProcess& operator=(const TrialProcess&) = delete;
  ~TrialProcess();

  /// How it ended: the exit code, or 128 + the number of the signal that killed it, as shells have
  /// it. Nothing while it runs.
  std::optional<int> poll();
  double seconds() const;

 private:
  pid_t pid_ = -1;
  std::optional<int> code_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace digits::tuning
