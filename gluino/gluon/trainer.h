#pragma once

#include <gluino/gluon/parameter.h>
#include <gluino/kvstore/kvstore.h>
#include <gluino/optimizer/core/updater.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gluino::gluon {

struct TrainerOptions {
  /// What sums the gradients over contexts: a type of store, or one that the caller has made. None:
  /// the caller sums them; those of all contexts must be alike.
  kv::KVStoreRef kvstore = "device";
  /// The store runs the optimizer and has the weights, by the parameters' numbers. Not given: one
  /// that the caller has made does.
  std::optional<bool> update_on_kvstore{};
  /// See KVStore::set_gradient_compression.
  std::map<std::string, std::string> compression_params{};
};

/// Applies an optimizer to the parameters of a network:
///
///     gluon::Trainer trainer(net.collect_params(), "sgd", {{"learning_rate", 0.04}});
///     ...
///     loss.backward();
///     trainer.step(batch_size);
///
/// With several contexts a kvstore sums the gradients of all, one update is made, and every copy
/// gets its result. With the kvstore "dist_sync" it sums those of all processes, which then make
/// the same update; sums set out while backward still runs. The weights that worker 0 has are given
/// to all, at once or, where they are not known yet, in the first step. Settings of the parameters
/// (lr_mult, wd_mult, grad_req) and of the optimizer are read in each step. Parameters may move to
/// other contexts, or get another type, in the midst of training: what the optimizer keeps for them
/// follows.
class GLUINO_API Trainer {
 public:
  Trainer(const ParameterDict& parameters, const std::string& optimizer,
          const optimizer::OptionMap& optimizer_params = {}, const TrainerOptions& options = {});
  Trainer(const ParameterDict& parameters, std::shared_ptr<optimizer::Optimizer> optimizer,
          const TrainerOptions& options = {});
  /// Copies share the states; a move copies, too, so that what was moved from goes on.
  Trainer(const Trainer&) = default;
  Trainer& operator=(const Trainer&) = default;

  /// One update with gradients divided by `batch_size`, the samples of all contexts and processes
  /// together.
  /// Throws Error when a gradient is none of the last backward's, unless `ignore_stale_grad`: then
  /// contexts without one give nothing to the sum, and a parameter that has none at all stays as it
  /// is. Errors of this kind come before anything has changed.
  void step(double batch_size, bool ignore_stale_grad = false);
  /// The two halves of step, for those who do something with the gradients in between: puts their
  /// sum over the contexts in the place of each (without a kvstore it leaves them), and updates.
  /// update throws Error when the gradients at several contexts are not the same. Both throw Error
  /// where the kvstore updates.
  void allreduce_grads();
  void update(double batch_size, bool ignore_stale_grad = false);

  /// Writes what the optimizer keeps for the parameters, the counts of updates and the learning
  /// rate. With the parameters themselves a training can go on from there with the same bits.
  void save_states(const std::string& path) const;
  /// Goes on from what save_states wrote. Throws Error, and changes nothing, when the file is not
  /// one of this optimizer and these parameters.
  void load_states(const std::string& path);
  /// The same as bytes. `source` stands for the file's name in messages.
  std::string get_states() const;
  void set_states(std::string_view bytes, const std::string& source = "optimizer states");

  double learning_rate() const;
  void set_learning_rate(double rate);
  optimizer::Optimizer& optimizer() const { return updater_.optimizer(); }

 private:
  struct Slot {
    Parameter parameter;
    /// The place and the type of the weight for which the state was last used.
    std::optional<std::pair<Context, DType>> used_for{};
    /// With several processes: all have worker 0's value, and for which arrays' gradients backward
    /// begins the sum.
    bool is_unified = false;
    std::vector<const void*> watched{};
  };

  void check_step(double batch_size, bool ignore_stale_grad) const;
  void check_halves(const char* who) const;
  void check_alike(const Parameter& parameter) const;
  bool takes_part(const Slot& slot, bool ignore_stale_grad) const;
  enum class Gradients { each_contexts_own, summed };
  void update_all(double batch_size, Gradients gradients);
  void update_first(std::int64_t index, const Parameter& parameter, Gradients gradients) const;
  void prepare(std::int64_t index);
  bool has_processes() const { return kvstore_.defined() && kvstore_.num_workers() > 1; }
  void unify();
  void start_sums();
  void watch_backward();

  std::vector<Slot> slots_;
  optimizer::Updater updater_;
  kv::KVStore kvstore_;
  bool update_on_kvstore_;
};

}  // namespace gluino::gluon
