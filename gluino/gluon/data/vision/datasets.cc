#include <gluino/gluon/data/vision/datasets.h>
#include <gluino/io/digits/mnist.h>
#include <gluino/ndarray/creation.h>

#include <algorithm>
#include <utility>

namespace gluino::gluon::data::vision {
namespace {

std::vector<NDArray> arrays_of(const io::MnistSplit& split) {
  const Shape images{split.count(), io::kMnistRows, io::kMnistColumns, 1};
  NDArray labels(Shape{split.count()}, int32);
  std::copy(split.labels.begin(), split.labels.end(), labels.data<std::int32_t>());
  return {nd::from(split.images, images), std::move(labels)};
}

std::vector<NDArray> load_mnist(const MNISTOptions& options) {
  const std::string root = options.root.empty() ? provide_mnist(options.progress) : options.root;
  return arrays_of(io::read_mnist(root, options.train));
}

}  // namespace

MNIST::MNIST(const MNISTOptions& options) : ArrayDataset(load_mnist(options)) {}

std::string provide_mnist(const io::DownloadCallback& progress) {
  const std::string folder = io::default_mnist_folder();
  if (!io::has_mnist(folder)) io::fetch_mnist(folder, progress);
  return folder;
}

}  // namespace gluino::gluon::data::vision
