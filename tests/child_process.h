#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <thread>
#include <utility>

namespace gluino {

/// Then a child of a process with several threads may wait for locks of the sanitizer's own.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// A forked process that tries something.
class ChildProcess {
 public:
  enum class End { at_once, exit };

  /// Runs `body`, which says whether all was right, in a child, which then ends at once or by
  /// exit().
  template <class Body>
  explicit ChildProcess(Body&& body, End end = End::at_once) : pid_(::fork()) {
    if (pid_ != 0) return;
    bool ok = false;
    try {
      ok = body();
    } catch (const std::exception& error) {
      std::cerr << "in the child: " << error.what() << std::endl;
    }
    end == End::exit ? std::exit(ok ? 0 : 1) : ::_exit(ok ? 0 : 1);
  }
  /// A child that was forked by hand.
  explicit ChildProcess(pid_t pid) : pid_(pid) {}
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() { status(); }

  /// True when it ended within a minute and all was right.
  bool succeeds() const {
    const int how = status();
    return WIFEXITED(how) && WEXITSTATUS(how) == 0;
  }
  /// True when SIGKILL ended it.
  bool was_killed() const {
    const int how = status();
    return WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL;
  }

  pid_t pid() const { return pid_; }

 private:
  int status() const {
    if (done_) return status_;
    done_ = true;
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (::waitpid(pid_, &status_, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > give_up) {
        std::cerr << "the child hangs" << std::endl;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, &status_, 0);
        return status_ = -1;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return status_;
  }

  pid_t pid_;
  mutable bool done_ = false;
  mutable int status_ = -1;
};

}  // namespace gluino
