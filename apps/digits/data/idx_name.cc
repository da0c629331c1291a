#include <apps/digits/data/idx_files.h>
#include <apps/digits/data/idx_folder.h>
#include <gluino/io/digits/mnist.h>
#include <gluino/io/net/sha1.h>
#include <gluino/io/readers/gzip.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace digits {
namespace {

namespace fs = std::filesystem;

// Each of MNIST's files unpacked, in the order of mnist_files().
struct Content {
  std::string IdxFiles::*file;
  std::uint64_t bytes;
  const char* sha1;
};
constexpr std::array<Content, 4> kMnist = {{
    {&IdxFiles::train_images, 47'040'016, "c3557c10f29b266e19b3eeee1553c85e0ef4a8ea"},
    {&IdxFiles::train_labels, 60'008, "adbf52269f5d842899f287c269e2883e40b4f6e2"},
    {&IdxFiles::test_images, 7'840'016, "65e11ec1fd220343092a5070b58418b5c2644e26"},
    {&IdxFiles::test_labels, 10'008, "a6d52cc628797e845885543326e9f10abb8a6f89"},
}};

// Unpacked, or packed by whatever program: as MNIST is published is only the sooner known.
bool holds(const std::string& path, const Content& content, const std::string& sha1_as_published) {
  if (path.empty()) return false;
  if (path.ends_with(".gz") && gluino::io::sha1_of_file(path) == sha1_as_published) return true;
  gluino::io::GzipReader reader(path);
  std::string bytes(content.bytes + 1, '\0');
  bytes.resize(reader.read(bytes.data(), bytes.size()));
  return bytes.size() == content.bytes && gluino::io::sha1_of(bytes) == content.sha1;
}

bool is_mnist(const IdxFiles& files) {
  const auto published = gluino::io::mnist_files();
  // The small files first: other sets differ there.
  for (const std::size_t i : {3, 1, 2, 0}) {
    if (!holds(files.*kMnist[i].file, kMnist[i], published[i].sha1)) return false;
  }
  return true;
}

std::string folder_name(const std::string& where) {
  std::error_code error;
  fs::path folder = fs::absolute(where, error).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  // As torchvision lays its data sets out: FashionMNIST/raw.
  if (folder.filename() == "raw") folder = folder.parent_path();
  return folder.filename().string();
}

}  // namespace

std::string name_of_idx(const std::string& where) {
  const IdxFiles files = find_idx_files(where);
  if (is_mnist(files)) return "mnist";
  const std::string name = files.set.empty() ? folder_name(where) : files.set;
  // It will stand in JSON, and a file's name may be no UTF-8.
  using Json = nlohmann::json;
  return Json::parse(Json(name).dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace digits
