#pragma once

#include <gluino/io/net/download.h>
#include <gluino/ndarray/ndarray.h>

#include <string>

namespace gluino::test_utils {

/// MNIST as four float32 arrays: images (N, 1, 28, 28) with values from 0 to 1, labels (N).
struct MnistArrays {
  NDArray train_data;
  NDArray train_label;
  NDArray test_data;
  NDArray test_label;
};

/// Reads MNIST from the folder `root`; without one from io::default_mnist_folder(), downloading
/// what is missing there. Throws Error as gluon::data::vision::MNIST does. The arrays take 220 MB.
GLUINO_API MnistArrays get_mnist(const std::string& root = {},
                                 const io::DownloadCallback& progress = {});

}  // namespace gluino::test_utils
