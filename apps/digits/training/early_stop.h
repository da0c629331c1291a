#pragma once

#include <apps/digits/training/history.h>
#include <gluino/gluon/block.h>
#include <gluino/ndarray/params.h>

#include <cstdint>

namespace digits {

/// Ends a training that has become no better for some epochs, and keeps the weights of its best.
class EarlyStop {
 public:
  /// `patience`: how many epochs; 0: training never ends early.
  explicit EarlyStop(std::int64_t patience) : patience_(patience) {}

  bool is_on() const { return patience_ > 0; }
  /// Whether training should end after the last epoch of `history`.
  bool is_enough(const History& history) const;
  /// The same, while training; the network has the epoch's weights.
  bool is_enough(const History& history, const gluino::gluon::Block& net);
  /// Gives the network the weights that it had after its best epoch. False when they are not known:
  /// another process, before a resume, had them.
  bool restore_best(const gluino::gluon::Block& net) const;

 private:
  std::int64_t patience_;
  gluino::nd::NamedArrays best_;
};

}  // namespace digits
