#pragma once

#include <gluino/gluon/data/dataset.h>
#include <gluino/gluon/hybrid_block.h>

#include <cstdint>
#include <string>
#include <vector>

/// What a network says of each image of a data set, and what follows from that.
namespace digits::reports {

struct Judgement {
  /// Of the image in its data set.
  std::int64_t index = 0;
  int label = 0;
  int predicted = 0;
  /// Of `predicted`, as the network sees it.
  double probability = 0;

  bool is_right() const { return label == predicted; }
};

/// How the images of one class fare. NaN where there are none.
struct ClassFigures {
  std::int64_t samples = 0;
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};

struct Judgements {
  std::vector<Judgement> all;
  int classes = 0;
  /// -log of the probability of the label, mean over all.
  double loss = 0;

  std::int64_t samples() const { return static_cast<std::int64_t>(all.size()); }
  std::int64_t wrong() const;
  double accuracy() const;
  /// Counts by [label][prediction].
  std::vector<std::vector<std::int64_t>> confusion() const;
  std::vector<ClassFigures> by_class() const;
  /// The wrong ones, those first of which the network is surest.
  std::vector<Judgement> mistakes() const;
};

/// Runs the network on all images. Ends with Exit::data_unusable when they have other sizes or
/// more classes than it, and with Interrupted on Ctrl-C.
Judgements judge(gluino::gluon::HybridBlock& net, const gluino::gluon::data::Dataset& images);

/// How far the probabilities can be believed: of the images for which the network is 90 % sure, 90
/// % should be right.
struct Calibration {
  /// Judgements whose probability lies between two neighbouring tenths.
  struct Bin {
    std::int64_t samples = 0;
    double probability = 0;  ///< their mean
    double accuracy = 0;     ///< the share of right ones
  };
  std::vector<Bin> bins;
  /// The expected calibration error (Guo and others, "On Calibration of Modern Neural Networks",
  /// 2017): how far the two are apart, mean over the samples.
  double error = 0;
};

Calibration calibration(const Judgements& judgements);

}  // namespace digits::reports
