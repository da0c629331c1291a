#include <apps/digits/http/metrics.h>

#include <algorithm>
#include <charconv>

namespace digits::serving {
namespace {

std::string number(double value) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

}  // namespace

void write_help(std::string& text, std::string_view name, std::string_view type,
                std::string_view help) {
  text.append("# HELP ").append(name).append(" ").append(help);
  text.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void write_value(std::string& text, std::string_view name, const Labels& labels, double value) {
  text.append(name);
  const char* before = "{";
  for (const auto& [key, word] : labels) {
    text.append(before).append(key).append("=\"");
    for (const char c : word) {
      if (c == '\n') {
        text += "\\n";
        continue;
      }
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
    before = ",";
  }
  if (!labels.empty()) text += '}';
  text.append(" ").append(number(value)).append("\n");
}

void RequestMetrics::count(std::string_view route, int status, double seconds) {
  auto found = routes_.find(route);
  if (found == routes_.end()) found = routes_.emplace(std::string(route), Route()).first;
  Route& counted = found->second;
  ++counted.by_status[status];
  const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  ++counted.latencies[static_cast<std::size_t>(bound - kBounds.begin())];
  counted.seconds += seconds;
  ++counted.count;
}

void RequestMetrics::write(std::string& text) const {
  write_help(text, "digits_requests_total", "counter", "Requests that were answered.");
  for (const auto& [name, route] : routes_) {
    for (const auto& [status, count] : route.by_status) {
      const std::string status_text = std::to_string(status);
      write_value(text, "digits_requests_total", {{"route", name}, {"status", status_text}},
                  static_cast<double>(count));
    }
  }
  constexpr std::string_view kName = "digits_request_seconds";
  write_help(text, kName, "histogram", "From a request's first byte to its answer.");
  for (const auto& [name, route] : routes_) {
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < route.latencies.size(); ++i) {
      below += route.latencies[i];
      const std::string bound = i < kBounds.size() ? number(kBounds[i]) : "+Inf";
      write_value(text, "digits_request_seconds_bucket", {{"route", name}, {"le", bound}},
                  static_cast<double>(below));
    }
    write_value(text, "digits_request_seconds_sum", {{"route", name}}, route.seconds);
    write_value(text, "digits_request_seconds_count", {{"route", name}},
                static_cast<double>(route.count));
  }
}

}  // namespace digits::serving
