#include <apps/digits/http/request_parser.h>
#include <apps/digits/serving/routes.h>
#include <fuzz/input.h>

#include <string>
#include <string_view>

namespace {

namespace serving = digits::serving;
using gluino::fuzz::require;

constexpr serving::HttpLimits kLimits{.header_bytes = 1024, .body_bytes = 4096};

// One request after the other, as a connection reads them: `piece` bytes at a time.
void read(std::string_view bytes, std::size_t piece) {
  std::string waiting;
  auto parser = std::make_unique<serving::RequestParser>(kLimits);
  while (!bytes.empty()) {
    waiting += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (std::size_t used = 1; used > 0 && !waiting.empty();) {
      used = parser->put(waiting);
      require(used <= waiting.size());
      waiting.erase(0, used);
      require(parser->request().body.size() <= kLimits.body_bytes);
      if (!parser->is_complete()) continue;
      const serving::Request& request = parser->request();
      std::vector<std::string> names;
      gluino::fuzz::try_to([&] {
        serving::find_route(request.method, serving::parse_target(request.target), names);
      });
      parser = std::make_unique<serving::RequestParser>(kLimits);
    }
    // What waits is the part of a header, or what has just come.
    require(waiting.size() <= 4 * kLimits.header_bytes + piece);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}}) {
    gluino::fuzz::try_to([&] { read(bytes, piece); });
  }
  return 0;
}
