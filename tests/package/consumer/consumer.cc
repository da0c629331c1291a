// Uses the installed library as a stranger would. all_headers.h includes every public header.
#include <all_headers.h>

#include <cstdio>

#if defined(HWY_MAJOR) || defined(ZLIB_VERSION) || defined(LIBCURL_VERSION) || \
    defined(OPENSSL_VERSION_TEXT) || defined(NLOHMANN_JSON_VERSION_MAJOR) || defined(FMT_VERSION)
#error "a public header brings a third party's header with it"
#endif

int main() {
  const gluino::Shape shape = gluino::broadcast_shapes({2, 1}, {3});
  std::puts(shape.to_string().c_str());
  try {
    gluino::broadcast_shapes({2}, {3});
  } catch (const gluino::Error&) {
    return shape.to_string() == "(2, 3)" ? 0 : 1;
  }
  return 1;
}
