#pragma once

#include <gluino/optimizer/core/optimizer.h>

#include <string>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct LBSGDOptions {
  std::optional<double> learning_rate{};
  double momentum = 0;
  /// How the rate rises: "linear", "power2" or "sqrt" in the number of updates; "lars": by the
  /// sizes of weight and gradient instead, at all times; any other: not before the end of the
  /// warm-up.
  std::string warmup_strategy = "linear";
  /// The rate rises over warmup_epochs * updates_per_epoch updates.
  std::int64_t warmup_epochs = 5;
  std::int64_t updates_per_epoch = 32;
  /// How many gradients make one step, and the factor of the rate after the warm-up.
  std::int64_t batch_scale = 1;
  /// Where training is taken up, and how long it is; nothing follows from the latter.
  std::int64_t begin_epoch = 0;
  std::int64_t num_epochs = 60;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// SGD with momentum for large batches that are made of several: batch_scale gradients are added up
/// before a weight takes a step by their mean, and the rate rises to batch_scale times itself.
///
/// A scheduler tells the rate of this update, as with all optimizers here; MXNet's takes that of
/// the one before.
class GLUINO_API LBSGD : public Optimizer {
 public:
  /// Throws Error when momentum is below 0, batch_scale below 1 or a number of epochs or updates
  /// below 0.
  explicit LBSGD(const LBSGDOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 private:
  std::size_t num_states() const;
  /// The factor of the rate: at an update, from 1 on, and by the sizes.
  double warmed_up(std::int64_t update) const;

  LBSGDOptions options_;
};

}  // namespace gluino::optimizer
