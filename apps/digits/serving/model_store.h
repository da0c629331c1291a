#pragma once

#include <apps/digits/serving/served_model.h>
#include <gluino/base/fork.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace digits::serving {

/// A model by name, and where its files are.
struct ModelSource {
  std::string name;
  /// Empty: the one in the program, which never changes.
  std::string prefix{};
};

/// How often a model was read anew.
struct ReloadCounts {
  std::string name;
  std::uint64_t reloads = 0;
  std::uint64_t failures = 0;
};

/// The models that are served. One is read again when its files have changed; requests under way go
/// on with the one before, and where the new files are broken, so do all others.
class ModelStore {
 public:
  using Calibration = std::vector<std::vector<gluino::NDArray>>;
  /// Gets a sentence when files are broken, or a model was read again.
  using Say = std::function<void(const std::string& line)>;

  /// Throws Failure with Exit::model_unusable when a model cannot be read.
  ModelStore(const std::vector<ModelSource>& sources, Calibration calibration, Say say);

  /// The model of that name; the first one for an empty name; null where there is none.
  std::shared_ptr<const ServedModel> find(std::string_view name) const;
  std::vector<std::shared_ptr<const ServedModel>> all() const;
  std::vector<ReloadCounts> counts() const;

  /// Reads those again whose files are not what they were. Called by one thread.
  void refresh();

 private:
  struct Slot {
    ModelSource source;
    /// What the files were when they were last read, whatever came of that.
    std::string files;
    std::shared_ptr<const ServedModel> model;
    ReloadCounts counts;
  };
  std::shared_ptr<const ServedModel> load(const ModelSource& source) const;

  Calibration calibration_;
  Say say_;
  mutable gluino::ForkMutex mutex_;
  std::vector<Slot> slots_;
};

}  // namespace digits::serving
