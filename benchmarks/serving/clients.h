#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

struct LoadOptions {
  std::uint16_t port = 0;
  int connections = 64;
  double seconds = 60;
};

struct LoadResult {
  double seconds = 0;
  std::uint64_t answers = 0;
  /// Answers that are not 200, and connections that broke.
  std::uint64_t errors = 0;
  /// Of each answer, in microseconds, sorted.
  std::vector<std::uint32_t> latencies;

  double per_second() const { return static_cast<double>(answers) / seconds; }
  double latency_ms(double share) const;
};

/// Sends requests to 127.0.0.1 on connections that stay open, on each the next one once the answer
/// has come; one thread waits for all. `each_second` is called now and then.
LoadResult load(const LoadOptions& options, const std::vector<std::string>& requests,
                const std::function<void()>& each_second);
