#pragma once

#include <apps/digits/console/console.h>
#include <apps/digits/models/model_file.h>
#include <gluino/gluon/data/dataset.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace digits {

/// How a network, with all that comes before it, did on pictures of one kind.
struct RobustResult {
  std::string kind;
  std::string description;
  std::int64_t pictures = 0;
  std::int64_t right = 0;
  /// Of those that are not right: answered "no digit".
  std::int64_t refused = 0;

  double accuracy() const { return static_cast<double>(right) / static_cast<double>(pictures); }
};

/// Reads `samples` pictures of each kind that has digits, made of the test digits, as `predict`
/// would, and kRobustBlanks of those that have none. The same on every machine and for any number
/// of threads. Throws gluino::io::Interrupted on Ctrl-C.
inline constexpr std::int64_t kRobustSamples = 1000;
inline constexpr std::int64_t kRobustBlanks = 200;
std::vector<RobustResult> evaluate_robust(const Model& model,
                                          const gluino::gluon::data::Dataset& test_digits,
                                          std::int64_t samples, Console& console);

/// A table, and {"robust": [{"kind": "shifted", "pictures": 1000, "right": 990, "refused": 3,
/// "accuracy": 0.99}, ...]}.
std::string robust_table(const std::vector<RobustResult>& results);
nlohmann::ordered_json to_json(const std::vector<RobustResult>& results);

}  // namespace digits
