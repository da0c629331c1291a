#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/base/text.h>
#include <gluino/gluon/data/vision/datasets.h>
#include <gluino/io/digits/mnist.h>
#include <gluino/ndarray/creation.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

namespace gluino::gluon::data::vision {
namespace {

std::vector<NDArray> arrays_of(const io::MnistSplit& split) {
  const Shape images{split.count(), io::kMnistRows, io::kMnistColumns, 1};
  NDArray labels(Shape{split.count()}, int32);
  std::copy(split.labels.begin(), split.labels.end(), labels.data<std::int32_t>());
  return {nd::from(split.images, images), std::move(labels)};
}

// Where the files of a data set lie: `root`, or beside MNIST's.
std::string folder_of(const std::string& root, const char* name) {
  if (!root.empty()) return root;
  return (std::filesystem::path(io::default_mnist_folder()).parent_path() / name).string();
}

constexpr std::int64_t kCifarSide = 32;
constexpr std::int64_t kCifarPixels = kCifarSide * kCifarSide;

// Records of `labels` bytes, of which number `label` counts, and three planes of pixels.
std::vector<NDArray> load_cifar(const std::string& folder, const std::vector<std::string>& names,
                                std::int64_t labels, std::int64_t label) {
  const std::int64_t record = labels + 3 * kCifarPixels;
  std::string bytes;
  for (const std::string& name : names) {
    const std::string path = (std::filesystem::path(folder) / name).string();
    const std::string file = read_file(path);
    check(!file.empty() && static_cast<std::int64_t>(file.size()) % record == 0, path,
          ": expected records of ", record, " bytes, got ", file.size(), " bytes");
    bytes += file;
  }
  const std::int64_t count = static_cast<std::int64_t>(bytes.size()) / record;
  NDArray pictures({count, kCifarSide, kCifarSide, 3}, uint8);
  NDArray numbers(Shape{count}, int32);
  auto* pixel = pictures.data<std::uint8_t>();
  for (std::int64_t i = 0; i < count; ++i) {
    const auto* from = reinterpret_cast<const std::uint8_t*>(bytes.data()) + i * record;
    numbers.data<std::int32_t>()[i] = from[label];
    from += labels;
    for (std::int64_t p = 0; p < kCifarPixels; ++p) {
      for (std::int64_t c = 0; c < 3; ++c) *pixel++ = from[c * kCifarPixels + p];
    }
  }
  return {std::move(pictures), std::move(numbers)};
}

std::vector<std::string> cifar10_files(bool train) {
  if (!train) return {"test_batch.bin"};
  std::vector<std::string> names;
  for (int i = 1; i <= 5; ++i) names.push_back(str("data_batch_", i, ".bin"));
  return names;
}

std::vector<NDArray> load_mnist(const MNISTOptions& options) {
  const std::string root = options.root.empty() ? provide_mnist(options.progress) : options.root;
  return arrays_of(io::read_mnist(root, options.train));
}

}  // namespace

MNIST::MNIST(const MNISTOptions& options) : ArrayDataset(load_mnist(options)) {}

FashionMNIST::FashionMNIST(const FashionMNISTOptions& options)
    : ArrayDataset(
          arrays_of(io::read_mnist(folder_of(options.root, "fashion-mnist"), options.train))) {}

CIFAR10::CIFAR10(const CIFAR10Options& options)
    : ArrayDataset(
          load_cifar(folder_of(options.root, "cifar10"), cifar10_files(options.train), 1, 0)) {}

CIFAR100::CIFAR100(const CIFAR100Options& options)
    : ArrayDataset(load_cifar(folder_of(options.root, "cifar100"),
                              {options.train ? "train.bin" : "test.bin"}, 2,
                              options.fine_label ? 1 : 0)) {}

std::string provide_mnist(const io::DownloadCallback& progress) {
  const std::string folder = io::default_mnist_folder();
  if (!io::has_mnist(folder)) io::fetch_mnist(folder, progress);
  return folder;
}

}  // namespace gluino::gluon::data::vision
