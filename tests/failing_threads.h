#pragma once

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>

/// Lets a system be tried that grants no more threads. To be included by one file of a test
/// program.
namespace gluino {

/// How many threads may yet be started; below zero: any number.
inline std::atomic<int> threads_left = -1;

/// While it lives, `count` threads can be started.
class ThreadLimit {
 public:
  explicit ThreadLimit(int count) { threads_left = count; }
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;
  ~ThreadLimit() { threads_left = -1; }
};

}  // namespace gluino

// Takes the place of the C library's in this program.
extern "C" [[gnu::visibility("default")]] int pthread_create(pthread_t* thread,
                                                             const pthread_attr_t* attributes,
                                                             void* (*start)(void*),
                                                             void* argument) noexcept {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"));
  const int left = gluino::threads_left;
  if (left == 0) return EAGAIN;
  if (left > 0) gluino::threads_left = left - 1;
  return create(thread, attributes, start, argument);
}
