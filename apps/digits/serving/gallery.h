#pragma once

#include <apps/digits/serving/model_store.h>
#include <gluino/base/fork.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace digits::serving {

/// Test digits to look at, and those that a model takes for others.
class Gallery {
 public:
  static constexpr std::size_t kMost = 60;

  /// `data` as find_local_digits takes it.
  explicit Gallery(std::string data) : data_(std::move(data)) {}

  /// {"source", "ready", "samples": [{"label", "image"}], "mistakes": [{"label", "digit",
  /// "image"}]}, which is all but empty, with "ready" false, until update() has been there.
  std::string json(const ServedModel& model) const;

  /// Computes what there is not yet for a model; ends early when `stop` becomes true. Called by one
  /// thread.
  void update(const std::vector<std::shared_ptr<const ServedModel>>& models,
              const std::atomic<bool>& stop);

 private:
  struct Sample {
    int label = 0;
    std::string pixels;
  };
  struct Entry {
    /// Of which the text is: a model that is read again has another.
    std::weak_ptr<const ServedModel> model;
    std::string json;
  };
  void read(const std::atomic<bool>& stop);
  std::string describe(const ServedModel& model, const std::atomic<bool>& stop) const;

  std::string data_;
  /// Only update() touches these.
  std::string source_;
  std::vector<Sample> digits_;

  mutable gluino::ForkMutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace digits::serving
