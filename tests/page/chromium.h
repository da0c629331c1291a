#pragma once

#include <apps/program.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace digits_test {

/// A browser without a window, which is told by its DevTools protocol, over a socket of its own,
/// what to do. It ends when that closes, and so with the test, however that ends.
class Chromium {
 public:
  /// The one in PATH; "" where there is none.
  static std::string program();

  Chromium();
  Chromium(const Chromium&) = delete;
  Chromium& operator=(const Chromium&) = delete;
  ~Chromium();

  /// Sends a command to a tab's session, or the browser itself, and returns its number.
  std::int64_t send(const std::string& method, const Json& parameters = Json::object(),
                    const std::string& session = "");
  /// The answer to that command. Throws Error where the browser refuses, or is silent for half a
  /// minute.
  Json answer(std::int64_t number);
  Json call(const std::string& method, const Json& parameters = Json::object(),
            const std::string& session = "") {
    return answer(send(method, parameters, session));
  }

  /// All that was told unasked, in order: {"method", "params", "sessionId"}.
  const std::vector<Json>& events() const { return events_; }

 private:
  Json receive();

  TempFolder profile_;
  pid_t pid_ = -1;
  int socket_ = -1;
  std::int64_t sent_ = 0;
  std::string received_;
  std::map<std::int64_t, Json> answers_;
  std::vector<Json> events_;
};

}  // namespace digits_test
