#pragma once

#include <gluino/ndarray/ndarray.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gluino::io {

struct MeanPictureOptions {
  /// Of an array of data_shape, as nd::save writes it; or empty.
  std::string path{};
  /// What it is the mean of where there is no such file yet.
  std::string path_imgrec{};
  Shape data_shape{};
  /// Whether a mean of each channel is given besides.
  bool has_means = false;
  /// Begins messages.
  const char* who = "";
};

/// The mean picture of a file, which is made first where it is missing: of all records, as `make`
/// writes their pictures, data_shape numbers each. Nothing where no mean picture is wanted. Throws
/// Error for another array, for a record that is no picture, and for means besides.
std::optional<NDArray> mean_picture(
    const MeanPictureOptions& options,
    const std::function<void(std::string_view content, float* data)>& make);

}  // namespace gluino::io
