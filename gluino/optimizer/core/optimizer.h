#pragma once

#include <gluino/base/export.h>
#include <gluino/ndarray/ndarray.h>
#include <gluino/optimizer/core/lr_scheduler.h>
#include <gluino/optimizer/core/option_map.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// How weights follow their gradients.
namespace gluino::optimizer {

using lr_scheduler::LRScheduler;

/// What an optimizer keeps for one weight, such as its momentum. Empty: nothing.
using State = std::vector<NDArray>;

/// What all optimizers have. Each one's own options repeat these names, so that a call names them
/// all in one list.
struct CommonOptions {
  /// Not given: the scheduler's base rate, or 0.01 (Adam: 0.001). Given: overrides the scheduler's.
  std::optional<double> learning_rate{};
  /// Weight decay: this times the weight is added to the gradient.
  double wd = 0;
  /// Gradients are multiplied by it first; often 1 / batch size.
  double rescale_grad = 1;
  /// Bounds each element of the rescaled gradient to [-c, c]; 0: no bound.
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  /// The count of updates to begin at, when training is taken up again.
  std::int64_t begin_num_update = 0;
  /// What the optimizer is and has beside these, for settings().
  Settings own{};
};

/// What optimizers derive from. Weights are told apart by an index that the caller chooses; the
/// same index on another device counts its updates on its own.
class GLUINO_API Optimizer {
 public:
  /// Throws Error when a number is not finite.
  explicit Optimizer(const CommonOptions& options, double default_learning_rate = 0.01);
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// The state with which `weight` begins, at its place and of its type.
  virtual State create_state(std::int64_t index, const NDArray& weight) const;
  /// Changes `weight`, and its state, in place by one step against `grad`. Throws Error when the
  /// shapes, types or the number of state arrays do not fit.
  virtual void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
                      State& state) = 0;
  /// Whether update draws random numbers: processes that each make it would get other weights.
  virtual bool draws() const { return false; }
  /// update for those who may try again: one that fails is not counted.
  void apply(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state);

  /// What updates follow: the optimizer's name, its options and what all have as it is now, and
  /// those of its scheduler. Of a class of a user's own: as much of it as this class knows.
  Settings settings() const;

  /// The rate at this point of training, before multipliers.
  double learning_rate() const;
  /// Throws Error when there is a scheduler, which decides then.
  void set_learning_rate(double learning_rate);
  double wd() const { return options_.wd; }
  void set_wd(double wd);
  double rescale_grad() const { return options_.rescale_grad; }
  void set_rescale_grad(double rescale_grad);
  double clip_gradient() const { return options_.clip_gradient; }
  void set_clip_gradient(double bound);
  const std::shared_ptr<LRScheduler>& lr_scheduler() const { return options_.lr_scheduler; }
  /// From now on the scheduler decides on the rate; null: set_learning_rate does.
  void set_lr_scheduler(std::shared_ptr<LRScheduler> scheduler) {
    options_.lr_scheduler = std::move(scheduler);
  }

  /// Tells the weights' names. From then on a weight without a multiplier of its own decays only
  /// if its name ends in "_weight" or "_gamma".
  void set_idx2name(std::map<std::int64_t, std::string> names) { names_ = std::move(names); }

  /// Multipliers of the rate and of the weight decay, by the weights' names (these replace all that
  /// were set by name) or for one index. The index goes first.
  void set_lr_mult(std::map<std::string, double> by_name) { lr_mult_.by_name = std::move(by_name); }
  void set_lr_mult(std::int64_t index, double mult) { lr_mult_.by_index[index] = mult; }
  void set_wd_mult(std::map<std::string, double> by_name) { wd_mult_.by_name = std::move(by_name); }
  void set_wd_mult(std::int64_t index, double mult) { wd_mult_.by_index[index] = mult; }

  /// What a weight says of itself: the name by which multipliers find it (it decays whatever that
  /// is), and factors that come on top of the multipliers above.
  struct WeightSettings {
    std::string name;
    double lr_mult = 1;
    double wd_mult = 1;
  };
  /// To be changed at any time. A Trainer puts its parameters' there before each update.
  WeightSettings& weight_settings(std::int64_t index) { return weights_[index]; }

  /// How often the weight updated most has been updated.
  std::int64_t num_update() const { return num_update_; }

  /// How often each weight has been updated, by device number and index: with the states, what
  /// training needs to go on where it stopped.
  using UpdateCounts = std::map<std::pair<std::int32_t, std::int64_t>, std::int64_t>;
  const UpdateCounts& update_counts() const { return counts_; }
  void set_update_counts(UpdateCounts counts);
  /// The weight has moved: what was counted of it on any device counts at `context` from now on.
  void move_update_counts(std::int64_t index, const Context& context);

 protected:
  /// One weight's numbers for one update.
  struct Step {
    double lr;
    double wd;
    /// 1 for the first update of this weight.
    std::int64_t count;
  };
  /// Counts an update of the weight and gives its rate and decay, multipliers included. Throws
  /// Error unless the state has `num_states` arrays.
  Step next_step(std::int64_t index, const NDArray& weight, const State& state,
                 std::size_t num_states);
  /// Whether weights of that name decay where no multiplier says otherwise.
  virtual bool decays(const std::string& name) const;
  /// What set_idx2name or the weight itself gave as its name; null if neither did.
  const std::string* name_of(std::int64_t index) const;
  /// As the update operators take it: below 0 for no bound.
  double clip_bound() const { return options_.clip_gradient > 0 ? options_.clip_gradient : -1; }

 private:
  struct Multipliers {
    std::map<std::string, double> by_name;
    std::map<std::int64_t, double> by_index;
  };
  /// The one for the index, else for the weight's name; null if there is none.
  const double* find(const Multipliers& multipliers, std::int64_t index) const;
  double lr_mult(std::int64_t index) const;
  double wd_mult(std::int64_t index) const;

  CommonOptions options_;
  double learning_rate_;
  std::map<std::int64_t, std::string> names_;
  std::map<std::int64_t, WeightSettings> weights_;
  Multipliers lr_mult_;
  Multipliers wd_mult_;
  std::int64_t num_update_;
  UpdateCounts counts_;
};

/// Makes an optimizer from options by name.
using Factory = std::function<std::shared_ptr<Optimizer>(const OptionMap& options)>;

/// The optimizer of that name, in lower or upper case: create("sgd", {{"momentum", 0.9}}). Throws
/// Error, listing what is known, for unknown names and options.
GLUINO_API std::shared_ptr<Optimizer> create(const std::string& name,
                                             const OptionMap& options = {});

/// What create() knows: "adadelta, adagrad, ...".
GLUINO_API std::string known_names();

/// Makes create() know one more name. Throws Error when it is taken.
GLUINO_API void register_optimizer(const std::string& name, Factory factory);

}  // namespace gluino::optimizer
