#pragma once

#include <gluino/graph/frozen/frozen.h>
#include <gluino/graph/run/executor.h>
#include <gluino/initializer/initializer.h>
#include <gluino/kvstore/kvstore.h>
#include <gluino/module/arguments.h>
#include <gluino/module/checkpoint.h>
#include <gluino/module/monitor.h>
#include <gluino/ndarray/shared.h>
#include <gluino/optimizer/core/updater.h>

#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Networks made of symbols, trained and used: MXNet's mod.
namespace gluino::mod {

class Module;
class Predictions;

/// An optimizer's options by name.
using OptimizerParams = optimizer::OptionMap;

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

struct BindOptions {
  bool for_training = true;
  /// Also computes the gradients of the data: get_input_grads.
  bool inputs_need_grad = false;
  /// Binds anew what is bound already; the parameters stay.
  bool force_rebind = false;
  /// What becomes of the parameters' gradients: one word for all, or other ones than "write" by
  /// name.
  GradReqs grad_req{};
  /// A module whose parameters, auxiliary states, gradients and optimizer become this one's, too,
  /// by their names: a network for sequences of another length, say. It must have all that this one
  /// has, in the same shapes, on the same contexts, and values; it is not referred to any longer.
  const Module* shared_module = nullptr;
};

struct InitParamsOptions {
  /// Makes those parameters that are not given.
  init::Initializer initializer = init::Uniform(0.01);
  std::optional<ArrayMap> arg_params{};
  std::optional<ArrayMap> aux_params{};
  /// The initializer makes those that are missing among the ones given; else they are an Error.
  bool allow_missing = false;
  /// Begins anew with parameters that are there already.
  bool force_init = false;
  /// Leaves out those that the network does not have; else they are an Error.
  bool allow_extra = false;
};

struct SetParamsOptions {
  /// Keeps the values of those that are missing.
  bool allow_missing = false;
  bool force_init = true;
  bool allow_extra = false;
};

struct InitOptimizerOptions {
  /// What sums gradients over contexts: a type of store, or one that the caller has made, which
  /// then runs the optimizer and has the weights by their names. None: as "local".
  kv::KVStoreRef kvstore = "local";
  OptimizerRef optimizer = "sgd";
  /// For an optimizer by name. rescale_grad is 1 / batch size unless given.
  OptimizerParams optimizer_params = {{"learning_rate", 0.01}};
  /// Begins anew with another optimizer.
  bool force_init = false;
};

struct FitOptions {
  IterRef eval_data{};
  MetricRef eval_metric = "acc";
  /// Told the epoch, the network and its parameters.
  callback::EpochEndCallbacks epoch_end_callback{};
  callback::BatchEndCallbacks batch_end_callback{};
  kv::KVStoreRef kvstore = "local";
  OptimizerRef optimizer = "sgd";
  OptimizerParams optimizer_params = {{"learning_rate", 0.01}};
  callback::BatchEndCallbacks eval_end_callback{};
  callback::BatchEndCallbacks eval_batch_end_callback{};
  init::Initializer initializer = init::Uniform(0.01);
  std::optional<ArrayMap> arg_params{};
  std::optional<ArrayMap> aux_params{};
  bool allow_missing = false;
  bool force_rebind = false;
  bool force_init = false;
  int begin_epoch = 0;
  /// Where training ends: epochs begin_epoch to num_epoch - 1 are run. Must be given.
  std::optional<int> num_epoch{};
  /// Not given: the same as eval_metric.
  MetricRef validation_metric{};
  mon::Monitor monitor{};
  bool allow_extra = false;
};

struct ScoreOptions {
  /// How many batches; all without.
  std::optional<std::int64_t> num_batch{};
  callback::BatchEndCallbacks batch_end_callback{};
  callback::BatchEndCallbacks score_end_callback{};
  /// Begins with the iterator's first batch.
  bool reset = true;
  /// What the callbacks are told.
  int epoch = 0;
};

struct PredictOptions {
  std::optional<std::int64_t> num_batch{};
  bool reset = true;
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
class GLUINO_API Module {
 public:
  /// Throws Error when a data name or a fixed name is no argument of the symbol.
  explicit Module(const Symbol& symbol, const ModuleOptions& options = {});

  /// A module as save_checkpoint left it; bind it before use. Throws Error, naming the file.
  static Module load(const std::string& prefix, int epoch, const LoadOptions& options = {});

  // Making it ready ------------------------------------------------------------------------------

  /// Makes executors for these shapes. Throws Error when they do not fit the symbol, or names or
  /// shapes of parameters that were loaded differ from the symbol's.
  void bind(const std::vector<io::DataDesc>& data_shapes,
            const std::vector<io::DataDesc>& label_shapes = {}, const BindOptions& options = {});
  /// Goes on with other shapes of data and labels; forward does it by itself.
  void reshape(const std::vector<io::DataDesc>& data_shapes,
               const std::vector<io::DataDesc>& label_shapes = {});
  /// Gives the parameters their first values: in the order of their names, as the initializer or
  /// their own attribute __init__ says, or copies of those given. On an Error nothing has changed.
  void init_params(const InitParamsOptions& options = {});
  /// Copies of the parameters and auxiliary states: their mean over contexts, which differ in
  /// auxiliary states only.
  model::Params get_params() const;
  void set_params(const ArrayMap& arg_params, const ArrayMap& aux_params,
                  const SetParamsOptions& options = {});
  /// The network as it is now, for inference alone: its inputs are data_names, on the module's
  /// first context.
  FrozenGraph freeze() const;
  void init_optimizer(const InitOptimizerOptions& options = {});
  /// Uses the optimizer of another module from now on, and the states of the parameters that have
  /// the same names.
  void borrow_optimizer(const Module& shared_module);
  void install_monitor(const mon::Monitor& monitor);

  // One batch ------------------------------------------------------------------------------------

  /// Computes the outputs. `is_train` is by default what the module is bound for. A batch of
  /// another shape is reshaped for.
  void forward(const io::DataBatch& batch, std::optional<bool> is_train = {});
  void backward(const std::vector<NDArray>& out_grads = {});
  void forward_backward(const io::DataBatch& batch);
  /// One step of the optimizer for every parameter.
  void update();
  /// forward_backward and update at once, with the same bits: with one context each parameter is
  /// updated as soon as its gradient is complete, while the caches hold both. fit does so.
  void train_step(const io::DataBatch& batch);
  void update_metric(metric::EvalMetric& metric, const std::vector<NDArray>& labels);

  /// The outputs of the last forward, and the gradients of the data of the last backward. With one
  /// context they are the executor's own arrays, which the next batch overwrites.
  std::vector<NDArray> get_outputs() const;
  std::vector<NDArray> get_input_grads() const;
  /// The same not merged: [output][context].
  std::vector<std::vector<NDArray>> get_outputs_per_context() const;
  std::vector<std::vector<NDArray>> get_input_grads_per_context() const;

  // Whole data sets ------------------------------------------------------------------------------

  /// Trains; binds and initializes what is not yet. Logs MXNet's lines.
  void fit(io::DataIter& train_data, const FitOptions& options);
  /// Measures the outputs for all batches, padding included.
  std::vector<metric::NameValue> score(io::DataIter& eval_data, const MetricRef& eval_metric,
                                       const ScoreOptions& options = {});
  /// The outputs for all samples, without padding. Throws Error for a network with several outputs,
  /// and for an iterator without batches.
  NDArray predict(io::DataIter& eval_data, const PredictOptions& options = {});
  /// The outputs for one array of data.
  NDArray predict(const NDArray& data);
  /// All outputs for all samples; the same as [batch][output], not merged.
  std::vector<NDArray> predict_outputs(io::DataIter& eval_data, const PredictOptions& options = {});
  std::vector<std::vector<NDArray>> predict_batches(io::DataIter& eval_data,
                                                    const PredictOptions& options = {});
  /// for (const auto& [outputs, nbatch, batch] : module.iter_predict(iter)) ...
  Predictions iter_predict(io::DataIter& eval_data, const PredictOptions& options = {});

  // Files ----------------------------------------------------------------------------------------

  /// Writes "prefix-symbol.json", "prefix-0001.params" and, if asked for, "prefix-0001.states".
  void save_checkpoint(const std::string& prefix, int epoch,
                       bool save_optimizer_states = false) const;
  void save_params(const std::string& path) const;
  /// Throws Error, naming file and parameter, when they are not those of the network.
  void load_params(const std::string& path);
  void save_optimizer_states(const std::string& path) const;
  void load_optimizer_states(const std::string& path);
  /// The same as bytes. `source` stands for the file's name in messages.
  std::string get_optimizer_states() const;
  void set_optimizer_states(std::string_view bytes, const std::string& source = "optimizer states");

  // What it is -----------------------------------------------------------------------------------

  bool binded() const;
  bool for_training() const;
  bool inputs_need_grad() const;
  bool params_initialized() const;
  bool optimizer_initialized() const;
  const Symbol& symbol() const;
  const std::vector<std::string>& data_names() const;
  const std::vector<std::string>& label_names() const;
  std::vector<std::string> output_names() const;
  const std::vector<io::DataDesc>& data_shapes() const;
  const std::vector<io::DataDesc>& label_shapes() const;
  std::vector<io::DataDesc> output_shapes() const;
  /// One executor per context.
  const std::vector<Executor>& executors() const;
  /// Throws Error before init_optimizer.
  optimizer::Optimizer& optimizer() const;

 private:
  struct Impl;
  explicit Module(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  Shared<Impl> impl_;
};

/// The outputs for one batch, without padding; valid until the next.
struct Prediction {
  std::vector<NDArray> outputs;
  std::int64_t nbatch = 0;
  io::DataBatch batch;
};

/// Walks once through the batches of an iterator and gives the outputs for each.
class GLUINO_API Predictions {
 public:
  class GLUINO_API Iterator {
   public:
    const Prediction& operator*() const { return all_->current_; }
    Iterator& operator++() {
      all_->advance();
      return *this;
    }
    bool at_end() const { return !all_->more_; }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return it.at_end(); }

   private:
    friend class Predictions;
    explicit Iterator(Predictions& all) : all_(&all) {}
    Predictions* all_;
  };

  Predictions(Module module, io::DataIter& iter, const PredictOptions& options);
  Iterator begin();
  std::default_sentinel_t end() const { return std::default_sentinel; }

 private:
  void advance();

  Module module_;
  io::DataIter* iter_;
  std::optional<std::int64_t> num_batch_;
  Prediction current_;
  bool more_ = true;
};

}  // namespace gluino::mod
