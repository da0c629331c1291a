#pragma once

#include <gluino/graph/frozen/frozen.h>
#include <gluino/graph/run/executor.h>
#include <gluino/module/base_module.h>
#include <gluino/ndarray/shared.h>
#include <gluino/optimizer/core/updater.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gluino::mod {

struct ModuleOptions {
  /// The arguments of the symbol that are given with each batch.
  std::vector<std::string> data_names = {"data"};
  std::vector<std::string> label_names = {"softmax_label"};
  /// With several, each computes a part of every batch.
  Contexts context{};
  /// Parameters that training leaves as they are.
  std::vector<std::string> fixed_param_names{};
};

struct LoadOptions {
  /// Goes on with the optimizer's states of "prefix-0001.states" in init_optimizer.
  bool load_optimizer_states = false;
  std::vector<std::string> data_names = {"data"};
  std::vector<std::string> label_names = {"softmax_label"};
  Contexts context{};
  std::vector<std::string> fixed_param_names{};
};

/// A symbol with its parameters and an optimizer, on one context or several:
///
///     mod::Module module(lenet, {.context = cpu()});
///     module.fit(train_iter, {.eval_data = val_iter,
///                             .batch_end_callback = callback::Speedometer(100, 100),
///                             .optimizer_params = {{"learning_rate", 0.1}},
///                             .num_epoch = 10});
///     NDArray probabilities = module.predict(test_iter);
///
/// With several contexts every batch is split over them, the gradients are added in the contexts'
/// order, one update is made, and all get the result. Copies are handles of the same module.
class GLUINO_API Module : public BaseModule {
 public:
  /// Throws Error when a data name or a fixed name is no argument of the symbol.
  explicit Module(const Symbol& symbol, const ModuleOptions& options = {});

  /// A module as save_checkpoint left it; bind it before use. Throws Error, naming the file.
  static Module load(const std::string& prefix, int epoch, const LoadOptions& options = {});

  std::shared_ptr<BaseModule> handle() const override;

  // Making it ready ------------------------------------------------------------------------------

  /// Makes executors for these shapes. Throws Error when they do not fit the symbol, or names or
  /// shapes of parameters that were loaded differ from the symbol's.
  void bind(const std::vector<io::DataDesc>& data_shapes,
            const std::vector<io::DataDesc>& label_shapes = {},
            const BindOptions& options = {}) override;
  /// Goes on with other shapes of data and labels; forward does it by itself.
  void reshape(const std::vector<io::DataDesc>& data_shapes,
               const std::vector<io::DataDesc>& label_shapes = {});
  void init_params(const InitParamsOptions& options = {}) override;
  void set_params(const ArrayMap& arg_params, const ArrayMap& aux_params,
                  const SetParamsOptions& options = {}) override;
  model::Params get_params() const override;
  model::Params param_arrays() const override;
  /// The network as it is now, for inference alone: its inputs are data_names, on the module's
  /// first context.
  FrozenGraph freeze() const;
  void init_optimizer(const InitOptimizerOptions& options = {}) override;
  /// Uses the optimizer of another module from now on, and the states of the parameters that have
  /// the same names.
  void borrow_optimizer(const Module& shared_module);
  void install_monitor(const mon::Monitor& monitor) override;

  // One batch ------------------------------------------------------------------------------------

  void forward(const io::DataBatch& batch, std::optional<bool> is_train = {}) override;
  void backward(const std::vector<NDArray>& out_grads = {}) override;
  void update() override;
  /// With one context each parameter is updated as soon as its gradient is complete, while the
  /// caches hold both.
  void train_step(const io::DataBatch& batch) override;
  void update_metric(metric::EvalMetric& metric, const std::vector<NDArray>& labels) override;

  /// With one context they are the executor's own arrays, which the next batch overwrites.
  std::vector<NDArray> get_outputs() const override;
  std::vector<NDArray> get_input_grads() const override;
  /// The same not merged: [output][context].
  std::vector<std::vector<NDArray>> get_outputs_per_context() const;
  std::vector<std::vector<NDArray>> get_input_grads_per_context() const;

  // Files ----------------------------------------------------------------------------------------

  /// Writes "prefix-symbol.json", "prefix-0001.params" and, if asked for, "prefix-0001.states".
  void save_checkpoint(const std::string& prefix, int epoch,
                       bool save_optimizer_states = false) const override;
  void save_optimizer_states(const std::string& path) const;
  void load_optimizer_states(const std::string& path);
  /// The same as bytes. `source` stands for the file's name in messages.
  std::string get_optimizer_states() const;
  void set_optimizer_states(std::string_view bytes, const std::string& source = "optimizer states");

  // What it is -----------------------------------------------------------------------------------

  bool binded() const override;
  bool for_training() const override;
  bool inputs_need_grad() const override;
  bool params_initialized() const override;
  bool optimizer_initialized() const override;
  const Symbol& symbol() const override;
  const std::vector<std::string>& data_names() const override;
  const std::vector<std::string>& label_names() const;
  std::vector<std::string> output_names() const override;
  const std::vector<io::DataDesc>& data_shapes() const override;
  const std::vector<io::DataDesc>& label_shapes() const override;
  std::vector<io::DataDesc> output_shapes() const override;
  /// One executor per context.
  const std::vector<Executor>& executors() const;
  /// Throws Error before init_optimizer.
  optimizer::Optimizer& optimizer() const;

 private:
  friend class BucketingModule;
  struct Impl;
  explicit Module(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  Shared<Impl> impl_;
};

}  // namespace gluino::mod
