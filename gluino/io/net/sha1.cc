#include <gluino/base/error.h>
#include <gluino/io/net/sha1.h>
#include <gluino/io/readers/input_file.h>
#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <memory>

namespace gluino::io {

std::string sha1_of_file(const std::string& path) {
  InputFile file(path);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  bool ok = context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha1(), nullptr) == 1;
  std::array<unsigned char, std::size_t{1} << 16> piece;
  while (ok) {
    const std::size_t got = file.read(piece.data(), piece.size());
    ok = EVP_DigestUpdate(context.get(), piece.data(), got) == 1;
    if (got < piece.size()) break;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  ok = ok && EVP_DigestFinal_ex(context.get(), digest.data(), &length) == 1;
  check(ok, path, ": its SHA-1 cannot be computed: OpenSSL refuses");
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

}  // namespace gluino::io
