#pragma once

#include <gluino/base/export.h>
#include <gluino/io/net/download.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gluino::io {

inline constexpr std::int64_t kMnistRows = 28;
inline constexpr std::int64_t kMnistColumns = 28;
inline constexpr int kMnistClasses = 10;

/// Handwritten digits, as the files hold them.
struct MnistSplit {
  std::vector<std::uint8_t> images;  // (count, 28, 28), row-major; 0 is paper, 255 ink
  std::vector<std::uint8_t> labels;  // (count), each 0 to 9
  std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
};

struct MnistData {
  MnistSplit train;  // 60000 digits
  MnistSplit test;   // 10000 digits
};

/// Reads the training or the test digits from `folder`, which holds MNIST's files:
/// train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and
/// t10k-labels-idx1-ubyte.gz, each gzip'd or not (then without .gz); names with ".idx3-ubyte" for
/// "-idx3-ubyte" are found, too. Throws Error, one sentence with the file, what was expected and
/// what was found, when a file is missing, truncated, corrupt, of another type or size, holds a
/// label above 9, or there are not as many labels as images.
GLUINO_API MnistSplit read_mnist(const std::string& folder, bool train);

/// Reads all four files of `folder`.
GLUINO_API MnistData read_mnist(const std::string& folder);

/// Reads a pair of files with any names, each gzip'd or not. Errors as read_mnist.
GLUINO_API MnistSplit read_mnist_files(const std::string& images_path,
                                       const std::string& labels_path);

/// True when `folder` has all four files, under any of the names that read_mnist takes. It does not
/// look into them.
GLUINO_API bool has_mnist(const std::string& folder);

/// Where MNIST lives unless told otherwise: $MXNET_HOME/datasets/mnist if that is set, else
/// ~/.mxnet/datasets/mnist.
GLUINO_API std::string default_mnist_folder();

/// The addresses, ending in "/", under which the four gzip'd files are published;
/// $MXNET_GLUON_REPO/gluon/dataset/mnist/ is the first if that is set.
GLUINO_API std::vector<std::string> mnist_mirrors();

/// The four gzip'd files.
GLUINO_API std::span<const RemoteFile> mnist_files();

/// Downloads into `folder` those of the four files that are missing or have a wrong SHA-1.
/// Throws Error, listing the mirrors, or Interrupted when `progress` returns false.
GLUINO_API void fetch_mnist(const std::string& folder, const DownloadCallback& progress = {});

}  // namespace gluino::io
