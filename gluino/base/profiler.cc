#include <gluino/base/fork.h>
#include <gluino/base/profiler.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace gluino::profiler {
namespace {

// About a gigabyte at most.
constexpr std::size_t kMost = 8'000'000;

struct Collected {
  ForkMutex mutex;
  std::vector<Event> events;
};

Collected& collected() {
  static auto* const instance = new Collected;
  return *instance;
}

std::uint64_t this_thread() { return std::hash<std::thread::id>()(std::this_thread::get_id()); }

}  // namespace

namespace detail {

std::atomic<bool> running = false, memory = false;

void add_span(const char* category, std::string_view prefix, std::string_view name,
              std::int64_t begin) {
  const std::int64_t end = now();
  Event event{
      .category = category, .name = std::string(prefix), .begin = begin, .amount = end - begin};
  event.name += name;
  add(std::move(event));
}

}  // namespace detail

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void set_running(bool running) { detail::running.store(running, std::memory_order_relaxed); }

void set_memory(bool noted) { detail::memory.store(noted, std::memory_order_relaxed); }

void add(Event event) {
  event.thread = this_thread();
  Collected& all = collected();
  const std::lock_guard lock(all.mutex);
  if (all.events.size() < kMost) all.events.push_back(std::move(event));
}

std::vector<Event> events() {
  Collected& all = collected();
  const std::lock_guard lock(all.mutex);
  return all.events;
}

void clear() {
  Collected& all = collected();
  const std::lock_guard lock(all.mutex);
  all.events.clear();
}

}  // namespace gluino::profiler
