#pragma once

#include <gluino/ops/core/invoke.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace gluino {

/// Says, while it lives, whether a label that is no class is refused on this thread where it weighs
/// (the default), or taken as MXNet takes it: brought inside, or of no effect. This goes for
/// losses, networks made as symbols, Embedding and Accuracy. Operators that are called by name or
/// stand in files are MXNet's whatever is said here.
class LabelCheck {
 public:
  explicit LabelCheck(bool on) : mode_(current_mode()), before_(mode_.check_labels) {
    mode_.check_labels = on;
  }
  LabelCheck(const LabelCheck&) = delete;
  LabelCheck& operator=(const LabelCheck&) = delete;
  ~LabelCheck() { mode_.check_labels = before_; }

 private:
  Mode& mode_;
  bool before_;
};

/// Where labels must be class numbers: what the sentence calls both, and what is not looked at.
struct LabelRule {
  std::int64_t classes = 0;
  std::string_view what = "label";
  std::string_view of = "classes";
  /// Labels of this value have no weight.
  std::optional<double> ignored{};
};

/// Throws Error, naming the first label that is none of the classes and its place, if LabelCheck is
/// on. Fractions are cut off, as everywhere. `who` begins the sentence: "SoftmaxOutput".
GLUINO_API void check_labels(std::string_view who, const Tensor& labels, const LabelRule& rule);

}  // namespace gluino
