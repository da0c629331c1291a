#include <gluino/gluon/data/test_utils.h>
#include <gluino/gluon/data/vision/datasets.h>
#include <gluino/io/digits/mnist.h>
#include <gluino/kernels/cpu/movement/pixels.h>

#include <algorithm>

namespace gluino::test_utils {
namespace {

namespace vision = gluon::data::vision;

void read_split(const std::string& folder, bool train, NDArray& data, NDArray& label) {
  const io::MnistSplit split = io::read_mnist(folder, train);
  data = NDArray({split.count(), 1, io::kMnistRows, io::kMnistColumns});
  kernels::to_unit_planes(split.images.data(), data.data<float>(),
                          {split.count(), io::kMnistRows * io::kMnistColumns, 1});
  label = NDArray(Shape{split.count()});
  std::copy(split.labels.begin(), split.labels.end(), label.data<float>());
}

}  // namespace

MnistArrays get_mnist(const std::string& root, const io::DownloadCallback& progress) {
  const std::string folder = root.empty() ? vision::provide_mnist(progress) : root;
  MnistArrays arrays;
  // The small one first, so that what is wrong with it is told at once.
  read_split(folder, false, arrays.test_data, arrays.test_label);
  read_split(folder, true, arrays.train_data, arrays.train_label);
  return arrays;
}

}  // namespace gluino::test_utils
