#include <gluino/base/error.h>
#include <gluino/io/net/sha1.h>
#include <gluino/io/readers/input_file.h>
#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <memory>

namespace gluino::io {
namespace {

class Sha1 {
 public:
  Sha1() {
    expect(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha1(), nullptr) == 1);
  }

  void add(const void* bytes, std::size_t count) {
    expect(EVP_DigestUpdate(context_.get(), bytes, count) == 1);
  }
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned length = 0;
    expect(EVP_DigestFinal_ex(context_.get(), digest.data(), &length) == 1);
    std::string hex;
    for (unsigned i = 0; i < length; ++i) {
      hex += "0123456789abcdef"[digest[i] >> 4];
      hex += "0123456789abcdef"[digest[i] & 15];
    }
    return hex;
  }

 private:
  static void expect(bool ok) { check(ok, "a SHA-1 cannot be computed: OpenSSL refuses"); }

  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(),
                                                                   &EVP_MD_CTX_free};
};

}  // namespace

std::string sha1_of(std::string_view bytes) {
  Sha1 sha1;
  sha1.add(bytes.data(), bytes.size());
  return sha1.hex();
}

std::string sha1_of_file(const std::string& path) {
  InputFile file(path);
  Sha1 sha1;
  std::array<unsigned char, std::size_t{1} << 16> piece;
  for (std::size_t got = piece.size(); got == piece.size();) {
    got = file.read(piece.data(), piece.size());
    sha1.add(piece.data(), got);
  }
  return sha1.hex();
}

}  // namespace gluino::io
