#pragma once

#include <apps/digits/models/model_file.h>
#include <gluino/graph/frozen/frozen.h>
#include <gluino/ndarray/ndarray.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace digits::serving {

/// How many digits are computed at once: a frozen graph fills smaller batches up to a few sizes.
inline constexpr std::int64_t kMaxBatch = 64;

/// What a layer gave for one image.
struct LayerMaps {
  std::string name;
  /// (1, channels, height, width).
  gluino::NDArray maps;
};

/// A network that answers. Any number of threads may ask at once; it does not change.
class ServedModel {
 public:
  /// `calibration` are batches of images for a network that multiplies bytes; none: floats.
  ServedModel(std::string name, const Model& model,
              const std::vector<std::vector<gluino::NDArray>>& calibration);

  const std::string& name() const { return name_; }
  const std::string& description() const { return description_; }
  std::int64_t classes() const { return classes_; }
  bool is_int8() const { return is_int8_; }

  /// Scores (N, classes) of images (N, 1, 28, 28), computed kMaxBatch at a time.
  gluino::NDArray scores(const gluino::NDArray& images) const;
  /// What the first convolution layers, at most two, make of one image (1, 1, 28, 28).
  std::vector<LayerMaps> look(const gluino::NDArray& image) const;

 private:
  std::string name_;
  std::string description_;
  std::int64_t classes_ = 0;
  bool is_int8_ = false;
  gluino::FrozenGraph network_;
  /// The network up to those layers; nothing where it has none.
  std::optional<gluino::FrozenGraph> layers_;
};

}  // namespace digits::serving
