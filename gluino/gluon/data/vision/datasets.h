#pragma once

#include <gluino/gluon/data/dataset.h>
#include <gluino/io/net/download.h>

#include <cstdint>
#include <optional>
#include <string>

namespace gluino::gluon::data::vision {

/// Downloads those of MNIST's files that are missing in io::default_mnist_folder(), and returns
/// that folder. Throws Error, or io::Interrupted when `progress` returns false.
GLUINO_API std::string provide_mnist(const io::DownloadCallback& progress = {});

struct MNISTOptions {
  /// The folder that holds MNIST's files; nothing is downloaded into it. Without one
  /// io::default_mnist_folder(), and what is missing there is downloaded.
  std::string root{};
  /// The 60000 training digits, or else the 10000 test digits.
  bool train = true;
  /// Hears of the download and may stop it.
  io::DownloadCallback progress{};
};

/// Handwritten digits (LeCun, Cortes, Burges): uint8 images (28, 28, 1), 255 is ink, with int32
/// labels 0 to 9. Throws Error when the files are missing or wrong (see io::read_mnist), or cannot
/// be downloaded (see io::fetch_mnist).
class GLUINO_API MNIST : public ArrayDataset {
 public:
  explicit MNIST(const MNISTOptions& options = {});
};

struct FashionMNISTOptions {
  /// The folder that holds the files. Without one $MXNET_HOME/datasets/fashion-mnist, or
  /// ~/.mxnet/datasets/fashion-mnist; nothing is downloaded.
  std::string root{};
  bool train = true;
};

/// Pictures of 10 kinds of clothing in the form of MNIST (Xiao, Rasul and Vollgraf, 2017). Throws
/// Error as MNIST.
class GLUINO_API FashionMNIST : public ArrayDataset {
 public:
  explicit FashionMNIST(const FashionMNISTOptions& options = {});
};

struct CIFAR10Options {
  /// The folder that holds the binary files, data_batch_1.bin to data_batch_5.bin and
  /// test_batch.bin. Without one $MXNET_HOME/datasets/cifar10, or ~/.mxnet/datasets/cifar10;
  /// nothing is downloaded.
  std::string root{};
  /// The 50000 training pictures, or else the 10000 test pictures.
  bool train = true;
};

/// Pictures of 10 kinds of things (Krizhevsky, 2009): uint8 (32, 32, 3) with int32 labels. Throws
/// Error when a file is missing or of another size.
class GLUINO_API CIFAR10 : public ArrayDataset {
 public:
  explicit CIFAR10(const CIFAR10Options& options = {});
};

struct CIFAR100Options {
  /// The folder that holds train.bin and test.bin; without one as CIFAR10, in cifar100.
  std::string root{};
  /// Labels of 100 kinds, or else of 20 groups of them.
  bool fine_label = false;
  bool train = true;
};

/// The same with 100 kinds of things.
class GLUINO_API CIFAR100 : public ArrayDataset {
 public:
  explicit CIFAR100(const CIFAR100Options& options = {});
};

struct SyntheticDigitsOptions {
  /// 60000 for training and 10000 for testing unless given; at most 2^24.
  std::optional<std::int64_t> count{};
  std::uint64_t seed = 0;
  /// Training and test digits of one seed are disjoint parts of one sequence.
  bool train = true;
};

/// Digits that look handwritten, drawn by io::draw_digit, in the form of MNIST: the same on every
/// machine, without a network. Throws Error on a count out of range.
class GLUINO_API SyntheticDigits : public ArrayDataset {
 public:
  explicit SyntheticDigits(const SyntheticDigitsOptions& options = {});
};

}  // namespace gluino::gluon::data::vision
