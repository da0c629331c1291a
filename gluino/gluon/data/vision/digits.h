#pragma once

#include <gluino/gluon/data/vision/datasets.h>

#include <string>

namespace gluino::gluon::data::vision {

struct DigitsOptions {
  /// "mnist": MNIST from its default folder, downloaded if need be. "synthetic": SyntheticDigits.
  /// A folder: the MNIST files there. Empty: as "mnist", but SyntheticDigits if MNIST is not there
  /// and cannot be downloaded.
  std::string data{};
  /// Of SyntheticDigits.
  std::uint64_t seed = 0;
  io::DownloadCallback progress{};
};

/// Where a program gets its digits from.
struct GLUINO_API Digits {
  /// What was taken: "mnist" or "synthetic".
  std::string source;
  /// The folder of MNIST's files.
  std::string folder;
  /// Why it is not MNIST, where SyntheticDigits are a substitute.
  std::string note;
  std::uint64_t seed = 0;

  /// Reads or draws the digits to train with, or to test with. Throws Error as MNIST does.
  Dataset train() const { return load(true); }
  Dataset test() const { return load(false); }

 private:
  Dataset load(bool train) const;
};

/// Decides where digits come from, and downloads MNIST if that is asked for. Wrong files that are
/// there are an Error, never a reason to take others. Throws io::Interrupted when `progress` stops
/// the download.
GLUINO_API Digits find_digits(const DigitsOptions& options = {});

}  // namespace gluino::gluon::data::vision
