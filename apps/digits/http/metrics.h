#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace digits::serving {

/// What the connections' thread counts, as Prometheus reads it. Not for several threads.
class RequestMetrics {
 public:
  /// `route` stands in the labels: "/classify"; "other" for what is no route.
  void count(std::string_view route, int status, double seconds);
  void write(std::string& text) const;

 private:
  /// In seconds.
  static constexpr std::array<double, 12> kBounds = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02,
                                                     0.05,   0.1,   0.2,   0.5,   1,    5};
  struct Route {
    std::map<int, std::uint64_t> by_status;
    std::array<std::uint64_t, kBounds.size() + 1> latencies{};
    double seconds = 0;
    std::uint64_t count = 0;
  };
  std::map<std::string, Route, std::less<>> routes_;
};

/// Lines in Prometheus' text format.
void write_help(std::string& text, std::string_view name, std::string_view type,
                std::string_view help);
using Labels = std::vector<std::pair<std::string_view, std::string_view>>;
void write_value(std::string& text, std::string_view name, const Labels& labels, double value);

}  // namespace digits::serving
