#pragma once

#include <apps/program.h>
#include <apps/serving/wire.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Runs `digits serve`.
namespace digits_test {

/// The server while it runs.
class Served {
 public:
  explicit Served(const std::vector<std::string>& options = {}, const RunOptions& run = {})
      : program_(words("serve --port 0 --data synthetic", options), run) {
    constexpr std::string_view kBegin = "listening on http://127.0.0.1:";
    if (!program_.says("\n")) return;
    const std::string out = program_.out();
    EXPECT_TRUE(out.starts_with(kBegin)) << out << program_.err();
    std::from_chars(out.data() + std::min(kBegin.size(), out.size()), out.data() + out.size(),
                    port_);
  }

  std::uint16_t port() const { return port_; }
  Program& program() { return program_; }
  Reply ask(const std::string& bytes) const { return Wire(port_).ask(bytes); }
  /// What it has in memory at most, in MiB.
  double peak_memory() const {
    for (const std::string& line :
         lines(read("/proc/" + std::to_string(program_.pid()) + "/status"))) {
      if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
    }
    return 0;
  }
  Result terminate() {
    ::kill(program_.pid(), SIGTERM);
    return program_.wait();
  }

 private:
  Program program_;
  std::uint16_t port_ = 0;
};

/// The same but for the last digits of numbers, which follow the batch that an image was computed
/// in, and so whoever asks at the same time.
inline bool alike(const Json& a, const Json& b) {
  if (a.is_number_float() && b.is_number_float()) {
    return std::abs(a.get<double>() - b.get<double>()) <= 1e-4;
  }
  if (a.type() != b.type() || a.size() != b.size()) return false;
  if (!a.is_structured()) return a == b;
  const auto& pairs = b.items();
  return std::equal(a.items().begin(), a.items().end(), pairs.begin(),
                    [](const auto& x, const auto& y) {
                      return x.key() == y.key() && alike(x.value(), y.value());
                    });
}

/// Tests that ask one server with its usual options.
class ServedTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { served_ = std::make_unique<Served>(); }
  static void TearDownTestSuite() { served_.reset(); }
  static Reply ask(const std::string& bytes) { return served_->ask(bytes); }
  static Served& served() { return *served_; }

 private:
  static inline std::unique_ptr<Served> served_;
};

}  // namespace digits_test
