#include <gluino/base/error.h>
#include <gluino/graph/run/stop_check.h>

#include <atomic>
#include <cstdint>
#include <ctime>

namespace gluino::graph {
namespace {

/// In milliseconds: whoever answers may have to wait for others first, as for Python's lock.
constexpr std::int64_t kBetweenStopChecks = 100;

std::atomic<bool (*)()> stop_check = nullptr;

// Of a clock that costs less than an operator on one number.
std::int64_t coarse_milliseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

void set_stop_check(bool (*should_stop)()) { stop_check.store(should_stop); }

void end_if_asked() {
  const auto should_stop = stop_check.load(std::memory_order_relaxed);
  if (should_stop == nullptr) return;
  thread_local std::int64_t next = 0;
  const std::int64_t now = coarse_milliseconds();
  if (now < next) return;
  next = now + kBetweenStopChecks;
  check(!should_stop(), "the run was ended before all was computed");
}

}  // namespace gluino::graph
