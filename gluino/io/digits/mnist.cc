#include <gluino/base/error.h>
#include <gluino/io/digits/mnist.h>
#include <gluino/io/readers/idx.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace gluino::io {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMirrors[] = {
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://data.deepai.org/mnist/",
};

// More than twenty times what MNIST has, so that a bomb stays harmless.
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The names under which a file circulates, the published one first.
std::vector<std::string> names_of(const std::string& published) {
  const std::string plain = published.substr(0, published.size() - std::string(".gz").size());
  std::string dotted = plain;
  dotted[dotted.find("-idx")] = '.';
  return {published, plain, dotted + ".gz", dotted};
}

std::optional<std::string> find_file(const std::string& folder, const std::string& published) {
  std::error_code error;
  for (const std::string& name : names_of(published)) {
    const fs::path path = fs::path(folder) / name;
    if (fs::exists(path, error) && !fs::is_directory(path, error)) return path.string();
  }
  return {};
}

// Those of the four files that are in `folder`, or that are not.
std::string list_files(const std::string& folder, bool present) {
  std::string list;
  for (const RemoteFile& file : mnist_files()) {
    if (find_file(folder, file.name).has_value() != present) continue;
    list += (list.empty() ? "" : ", ") + file.name;
  }
  return list.empty() ? "none" : list;
}

std::string file_in(const std::string& folder, const RemoteFile& file) {
  if (auto path = find_file(folder, file.name)) return *std::move(path);
  std::error_code error;
  check(fs::exists(folder, error), folder,
        ": expected a folder with the four MNIST files, found nothing of that name");
  check(fs::is_directory(folder, error), folder,
        ": expected a folder with the four MNIST files, found a file");
  fail((fs::path(folder) / file.name).string(), ": expected this file or ", names_of(file.name)[1],
       ", found neither; of the four MNIST files the folder has ", list_files(folder, true),
       " and lacks ", list_files(folder, false));
}

std::vector<std::uint8_t> read_bytes(const std::string& path, const Shape& expected,
                                     const char* what) {
  IdxArray array = read_idx(path, kMaxBytes);
  check(array.dtype == uint8, path, ": expected ", what, " of type uint8, found ", array.dtype);
  // Only the number of digits is free.
  bool fits = array.shape.ndim() == expected.ndim();
  for (int i = 1; fits && i < expected.ndim(); ++i) fits = array.shape[i] == expected[i];
  check(fits, path, ": expected ", what, " of shape ", expected, ", found shape ", array.shape);
  return std::move(array.data);
}

void check_labels(const std::vector<std::uint8_t>& labels, const std::string& path) {
  const auto bad = std::find_if(labels.begin(), labels.end(),
                                [](std::uint8_t label) { return label >= kMnistClasses; });
  if (bad == labels.end()) return;
  fail(path, ": expected labels from 0 to ", kMnistClasses - 1, ", found ", +*bad, " at place ",
       bad - labels.begin());
}

std::string home_folder() {
  if (std::string home = environment("HOME"); !home.empty()) return home;
  const passwd* user = ::getpwuid(::getuid());
  check(user != nullptr && user->pw_dir != nullptr,
        "no home folder to keep data sets in; set HOME or MXNET_HOME");
  return user->pw_dir;
}

}  // namespace

MnistSplit read_mnist_files(const std::string& images_path, const std::string& labels_path) {
  MnistSplit split;
  split.images = read_bytes(images_path, {-1, kMnistRows, kMnistColumns}, "images");
  split.labels = read_bytes(labels_path, {-1}, "labels");
  check_labels(split.labels, labels_path);
  const auto images = static_cast<std::int64_t>(split.images.size()) / (kMnistRows * kMnistColumns);
  check(split.count() == images, labels_path, ": expected ", images,
        " labels, one for each image of ", images_path, ", found ", split.count());
  return split;
}

MnistSplit read_mnist(const std::string& folder, bool train) {
  const auto files = mnist_files().subspan(train ? 0 : 2, 2);
  const std::string images_path = file_in(folder, files[0]);
  const std::string labels_path = file_in(folder, files[1]);
  return read_mnist_files(images_path, labels_path);
}

MnistData read_mnist(const std::string& folder) {
  // A missing test file is told before the training files are read.
  for (const RemoteFile& file : mnist_files()) file_in(folder, file);
  return {read_mnist(folder, true), read_mnist(folder, false)};
}

bool has_mnist(const std::string& folder) {
  const auto files = mnist_files();
  return std::all_of(files.begin(), files.end(), [&](const RemoteFile& file) {
    return find_file(folder, file.name).has_value();
  });
}

std::string default_mnist_folder() {
  const std::string chosen = environment("MXNET_HOME");
  const fs::path root = chosen.empty() ? fs::path(home_folder()) / ".mxnet" : fs::path(chosen);
  return (root / "datasets" / "mnist").string();
}

std::vector<std::string> mnist_mirrors() {
  std::vector<std::string> mirrors(std::begin(kMirrors), std::end(kMirrors));
  if (std::string own = environment("MXNET_GLUON_REPO"); !own.empty()) {
    if (own.back() != '/') own += '/';
    mirrors.insert(mirrors.begin(), own + "gluon/dataset/mnist/");
  }
  return mirrors;
}

std::span<const RemoteFile> mnist_files() {
  // The SHA-1s that MXNet's own MNIST data set checks.
  static const RemoteFile files[] = {
      {"train-images-idx3-ubyte.gz", "6c95f4b05d2bf285e1bfb0e7960c31bd3b3f8a7d"},
      {"train-labels-idx1-ubyte.gz", "2a80914081dc54586dbdf242f9805a6b8d2a15fc"},
      {"t10k-images-idx3-ubyte.gz", "c3a25af1f52dad7f726cce8cacb138654b760d48"},
      {"t10k-labels-idx1-ubyte.gz", "763e7fa3757d93b0cdec073cef058b2004252c17"},
  };
  return files;
}

void fetch_mnist(const std::string& folder, const DownloadCallback& progress) {
  DownloadOptions options;
  options.progress = progress;
  options.max_bytes = std::uint64_t{1} << 26;
  fetch_files(folder, mnist_files(), mnist_mirrors(), options);
}

}  // namespace gluino::io
