#pragma once

#include <apps/digits/models/networks.h>
#include <gluino/gluon/block.h>
#include <gluino/gluon/data/dataloader.h>

#include <array>
#include <cstdint>
#include <functional>

namespace digits {

/// How a network does on labelled digits.
struct Evaluation {
  /// Counts by [label][prediction].
  std::array<std::array<std::int64_t, kClasses>, kClasses> confusion{};
  /// Summed over the samples: -log of the probability given to the label.
  double loss_sum = 0;
  /// What the network took, without reading images and counting.
  double network_seconds = 0;

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

/// Gives scores (N, 10) for images.
using Scorer = std::function<gluino::NDArray(const gluino::NDArray& images)>;

/// Runs the network on all batches. Throws gluino::io::Interrupted on Ctrl-C.
Evaluation evaluate(const Scorer& net, const gluino::gluon::data::DataLoader& loader,
                    const gluino::Context& context);
Evaluation evaluate(gluino::gluon::Block& net, const gluino::gluon::data::DataLoader& loader,
                    const gluino::Context& context);

}  // namespace digits
