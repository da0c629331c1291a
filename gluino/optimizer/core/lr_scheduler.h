#pragma once

#include <gluino/base/export.h>
#include <gluino/optimizer/core/settings.h>

#include <cstdint>
#include <string>
#include <vector>

/// Learning rates that change while training. A rate depends on the scheduler's options and the
/// number of updates only, so a run can be taken up at any update.
namespace gluino::lr_scheduler {

/// The first updates, before a schedule sets in.
struct WarmUp {
  std::int64_t steps = 0;
  double begin_lr = 0;
  /// "linear": from begin_lr to the base rate; "constant": begin_lr.
  std::string mode = "linear";
};

/// What schedulers derive from.
class GLUINO_API LRScheduler {
 public:
  /// Throws Error when the warm-up's mode is unknown, its steps are below 0 or begin_lr > base_lr.
  explicit LRScheduler(double base_lr = 0.01, WarmUp warm_up = {});
  virtual ~LRScheduler() = default;

  /// The rate for the update with this number, the first one being 1.
  double operator()(std::int64_t num_update) const;

  double base_lr() const { return base_lr_; }
  /// What the rates follow: the scheduler's name, its options and the warm-up. Of a class of a
  /// user's own: as much of it as this class knows.
  Settings settings() const;

  /// An optimizer that is given a learning rate besides its scheduler sets this.
  void set_base_lr(double base_lr) { base_lr_ = base_lr; }

 protected:
  /// The rate after the warm-up.
  virtual double rate(std::int64_t num_update) const = 0;
  /// The name and the options beside the base rate and the warm-up; empty: the class's name.
  virtual Settings own_settings() const { return {}; }
  std::int64_t warm_up_steps() const { return warm_up_.steps; }

 private:
  double base_lr_;
  WarmUp warm_up_;
};

struct FactorOptions {
  std::int64_t step = 1;
  double factor = 1;
  double stop_factor_lr = 1e-8;
  double base_lr = 0.01;
  WarmUp warm_up{};
};

/// Multiplies the rate by `factor` after every `step` updates, down to stop_factor_lr.
class GLUINO_API FactorScheduler : public LRScheduler {
 public:
  /// Throws Error when step < 1 or factor > 1.
  explicit FactorScheduler(const FactorOptions& options);

 protected:
  double rate(std::int64_t num_update) const override;
  Settings own_settings() const override;

 private:
  FactorOptions options_;
};

struct MultiFactorOptions {
  std::vector<std::int64_t> step;
  double factor = 1;
  double base_lr = 0.01;
  WarmUp warm_up{};
};

/// Multiplies the rate by `factor` after each of the updates listed in `step`.
class GLUINO_API MultiFactorScheduler : public LRScheduler {
 public:
  /// Throws Error when the steps do not increase, one is below 1, or factor > 1.
  explicit MultiFactorScheduler(const MultiFactorOptions& options);

 protected:
  double rate(std::int64_t num_update) const override;
  Settings own_settings() const override;

 private:
  MultiFactorOptions options_;
};

struct PolyOptions {
  std::int64_t max_update = 1;
  double base_lr = 0.01;
  double pwr = 2;
  double final_lr = 0;
  WarmUp warm_up{};
};

/// final_lr + (base_lr - final_lr) * (1 - t)^pwr, where t goes from 0 after the warm-up to 1 at
/// max_update and stays there.
class GLUINO_API PolyScheduler : public LRScheduler {
 public:
  /// Throws Error when max_update < 1 or not beyond the warm-up.
  explicit PolyScheduler(const PolyOptions& options);

 protected:
  double rate(std::int64_t num_update) const override;
  Settings own_settings() const override;

 private:
  PolyOptions options_;
};

struct CosineOptions {
  std::int64_t max_update = 1;
  double base_lr = 0.01;
  double final_lr = 0;
  WarmUp warm_up{};
};

/// final_lr + (base_lr - final_lr) * (1 + cos(pi * t)) / 2, with t as in PolyScheduler.
class GLUINO_API CosineScheduler : public LRScheduler {
 public:
  /// Throws Error when max_update < 1 or not beyond the warm-up.
  explicit CosineScheduler(const CosineOptions& options);

 protected:
  double rate(std::int64_t num_update) const override;
  Settings own_settings() const override;

 private:
  CosineOptions options_;
};

}  // namespace gluino::lr_scheduler
