#pragma once

#include <apps/digits/models/images.h>
#include <apps/digits/training/team.h>
#include <gluino/gluon/block.h>
#include <gluino/gluon/data/dataloader.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace digits {

/// How a network does on labelled digits, or images of other classes.
struct Evaluation {
  explicit Evaluation(std::int64_t classes = kClasses)
      : confusion(static_cast<std::size_t>(classes),
                  std::vector<std::int64_t>(static_cast<std::size_t>(classes))) {}

  /// Counts by [label][prediction].
  std::vector<std::vector<std::int64_t>> confusion;
  /// Summed over the samples: -log of the probability given to the label.
  double loss_sum = 0;
  /// What the network took, without reading images and counting.
  double network_seconds = 0;

  int classes() const { return static_cast<int>(confusion.size()); }
  std::int64_t samples() const;
  std::int64_t correct() const;
  std::int64_t wrong() const { return samples() - correct(); }
  double accuracy() const;
  double loss() const;
  double samples_per_second() const;

  /// How many digits are a `digit`; how many the network takes for one.
  std::int64_t actual(int digit) const;
  std::int64_t predicted(int digit) const;
  /// The share of right ones among those taken for `digit` (precision) and among those that are
  /// (recall); NaN where there are none.
  double precision(int digit) const;
  double recall(int digit) const;
};

/// Gives scores (N, classes) for images.
using Scorer = std::function<gluino::NDArray(const gluino::NDArray& images)>;

/// Runs the network on all batches. Throws gluino::io::Interrupted on Ctrl-C.
Evaluation evaluate(const Scorer& net, const gluino::gluon::data::DataLoader& loader,
                    const gluino::Context& context);
Evaluation evaluate(gluino::gluon::Block& net, const gluino::gluon::data::DataLoader& loader,
                    const gluino::Context& context);

struct EvaluationOptions {
  std::int64_t batch_size = 1;
  std::int64_t classes = kClasses;
  gluino::Context device{};
  Team team{};
};
/// The same of a team: each process runs some of the batches, and all get what came of all.
Evaluation evaluate_together(gluino::gluon::Block& net, const gluino::gluon::data::Dataset& digits,
                             const EvaluationOptions& options);

}  // namespace digits
