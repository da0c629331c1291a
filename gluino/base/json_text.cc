#include <gluino/base/error.h>
#include <gluino/base/json_text.h>

namespace gluino {

void check_json_depth(std::string_view json) {
  constexpr int kMostDeep = 100;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') quoted = !quoted;
    if (quoted) {
      if (c == '\\') ++i;
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    check(depth <= kMostDeep, "expected JSON of at most ", kMostDeep,
          " arrays and objects in each other, found more");
  }
}

}  // namespace gluino
