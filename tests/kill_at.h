#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

/// Kills the process before one of its changes to the file system: the first if `steps_before_kill`
/// is 0, the second if 1. To be included by one file of a test program, in whose calls these
/// functions take the place of the C library's, or by a library that is loaded before others.
namespace gluino {

inline int steps_before_kill = [] {
  const char* text = std::getenv("KILL_AT");
  return text == nullptr ? -1 : std::atoi(text);
}();

inline void step() {
  if (steps_before_kill >= 0 && steps_before_kill-- == 0) ::kill(::getpid(), SIGKILL);
}

}  // namespace gluino

extern "C" {

[[gnu::visibility("default")]] int rename(const char* from, const char* to) noexcept {
  gluino::step();
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

[[gnu::visibility("default")]] int unlink(const char* path) noexcept {
  gluino::step();
  return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

[[gnu::visibility("default")]] int fsync(int descriptor) {
  gluino::step();
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

[[gnu::visibility("default")]] int open(const char* path, int flags, ...) {
  if ((flags & O_CREAT) != 0) gluino::step();
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

}  // extern "C"
