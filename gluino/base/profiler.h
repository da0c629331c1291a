#pragma once

#include <gluino/base/export.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// How long things took: operators of eager calls and of compiled graphs, and what a program marks
/// itself. As MXNet's mx.profiler; the events make a table or a trace that Chrome shows.
namespace gluino::profiler {

/// What happened, on which thread, and when; times in nanoseconds of a steady clock.
struct Event {
  enum class Kind { span, instant, counter };
  Kind kind = Kind::span;
  std::string category;  // "operator", or the program's own
  std::string name;
  std::uint64_t thread = 0;
  std::int64_t begin = 0;
  /// Of a span its length, of a counter its value.
  std::int64_t amount = 0;
};

namespace detail {
GLUINO_API extern std::atomic<bool> running, memory;
GLUINO_API void add_span(const char* category, std::string_view prefix, std::string_view name,
                         std::int64_t begin);
}  // namespace detail

GLUINO_API std::int64_t now();

/// Whether events are being collected, at first not. Of more than some millions the later are lost.
inline bool is_running() { return detail::running.load(std::memory_order_relaxed); }
GLUINO_API void set_running(bool running);

/// Whether the memory that arrays take is noted after every operator, as a counter of the category
/// "Memory". At first not.
inline bool notes_memory() {
  return is_running() && detail::memory.load(std::memory_order_relaxed);
}
GLUINO_API void set_memory(bool noted);

/// Adds an event of the program's.
GLUINO_API void add(Event event);
/// What was collected, in the order in which it ended.
GLUINO_API std::vector<Event> events();
GLUINO_API void clear();

/// A span from here to the end of its life. Costs one comparison when nothing is collected.
class Span {
 public:
  Span(const char* category, std::string_view name, std::string_view prefix = {})
      : category_(category), prefix_(prefix), name_(name), begin_(is_running() ? now() : -1) {}
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;
  ~Span() {
    if (begin_ >= 0) [[unlikely]] {
      detail::add_span(category_, prefix_, name_, begin_);
    }
  }

 private:
  const char* category_;
  std::string_view prefix_, name_;
  std::int64_t begin_;
};

}  // namespace gluino::profiler
