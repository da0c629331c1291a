#include <gluino/base/error.h>

#include <locale>
#include <sstream>

namespace gluino::detail {

std::string text_of(std::initializer_list<TextPart> parts) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  for (const TextPart& part : parts) part.write(out, part.value);
  return out.str();
}

void fail_with(std::initializer_list<TextPart> parts) { throw Error(text_of(parts)); }

}  // namespace gluino::detail
