#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/io/digits/digit_strokes.h>
#include <gluino/io/pictures/image.h>
#include <serving/clients.h>
#include <serving/server_process.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

// Starts `digits serve` and asks it as fast as it answers, from this machine:
//
//     serving_load [--seconds 60] [--connections 64] build/release/bin/digits serve [OPTIONS]

namespace {

using gluino::fixed;
using gluino::str;

constexpr int kImages = 200;

std::string request_of(std::string_view type, std::string_view body) {
  return str("POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: ", type,
             "\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
}

std::vector<std::string> make_requests(bool as_png) {
  std::vector<std::string> requests;
  for (int i = 0; i < kImages; ++i) {
    const gluino::NDArray image({28, 28, 1}, gluino::uint8);
    const std::span<std::uint8_t, 784> pixels(image.data<std::uint8_t>(), 784);
    gluino::io::draw_digit(7, static_cast<std::uint64_t>(i), pixels);
    const std::string raw(reinterpret_cast<const char*>(pixels.data()), pixels.size());
    requests.push_back(
        as_png ? request_of("image/png", gluino::image::imencode(image, {.format = ".png"}))
               : request_of("application/octet-stream", raw));
  }
  return requests;
}

bool measure(const char* name, bool as_png, LoadOptions options,
             const std::vector<std::string>& command) {
  ServerProcess server(command);
  options.port = server.port();
  std::vector<double> memory;
  const LoadResult result =
      load(options, make_requests(as_png), [&] { memory.push_back(server.memory()); });
  const double used = server.processor_seconds() / result.seconds;
  const int code = server.end();
  const double first = memory.empty() ? 0 : memory.front();
  const double last = memory.empty() ? 0 : memory.back();
  std::printf("%-4s %8s requests/s, %llu errors, latency ms %s (median) %s (95 %%) %s (99 %%)\n",
              name, fixed(result.per_second(), 0).c_str(),
              static_cast<unsigned long long>(result.errors),
              fixed(result.latency_ms(0.5), 2).c_str(), fixed(result.latency_ms(0.95), 2).c_str(),
              fixed(result.latency_ms(0.99), 2).c_str());
  std::printf(
      "     memory %s MiB after a second, %s at the end; %s processors used; exit code %d\n",
      fixed(first, 1).c_str(), fixed(last, 1).c_str(), fixed(used, 2).c_str(), code);
  std::fflush(stdout);
  return result.errors == 0 && code == 0;
}

// The number behind an option, which is taken away with it.
void take_option(std::vector<std::string>& words, std::string_view name, double& value) {
  if (words.size() < 2 || words[0] != name) return;
  const std::string& text = words[1];
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  gluino::check(result.ec == std::errc() && value > 0 && value <= 3600, name,
                ": expected a number up to 3600, got '", text, "'");
  words.erase(words.begin(), words.begin() + 2);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  try {
    double seconds = 60;
    double connections = 64;
    for (int i = 0; i < 2; ++i) {
      take_option(words, "--seconds", seconds);
      take_option(words, "--connections", connections);
    }
    if (words.empty()) {
      std::fputs("usage: serving_load [--seconds 60] [--connections 64] DIGITS serve [OPTIONS]\n",
                 stderr);
      return 2;
    }
    const LoadOptions options{.connections = static_cast<int>(connections), .seconds = seconds};
    const bool raw = measure("raw", false, options, words);
    const bool png = measure("PNG", true, options, words);
    return raw && png ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "serving_load: %s\n", error.what());
    return 1;
  }
}
