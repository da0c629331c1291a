#pragma once

#include <gluino/gluon/data/dataset.h>
#include <gluino/ndarray/ndarray.h>

#include <string>
#include <vector>

namespace digits::serving {

/// Digits that are on this machine: nothing is downloaded.
struct LocalDigits {
  /// As data_name() says.
  std::string source;
  gluino::gluon::data::Dataset test;
};

/// `where` is a folder with MNIST's files, "synthetic", or empty: MNIST's usual folder, and drawn
/// digits where nothing is there. Ends with Exit::data_unusable when a folder that is named holds
/// none, or files are wrong.
LocalDigits find_local_digits(const std::string& where);
/// Ends as that does when a folder that is named holds none, but reads nothing.
void check_local_digits(const std::string& where);

/// Batches of training digits from there, 500 together: enough to know the ranges of a layer's
/// values.
std::vector<std::vector<gluino::NDArray>> calibration_batches(const std::string& where);

}  // namespace digits::serving
