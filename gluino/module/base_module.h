#pragma once

#include <gluino/initializer/initializer.h>
#include <gluino/kvstore/kvstore.h>
#include <gluino/module/arguments.h>
#include <gluino/module/checkpoint.h>
#include <gluino/module/monitor.h>

#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Networks made of symbols, trained and used: MXNet's mod.
namespace gluino::mod {

class Module;
class Predictions;

/// An optimizer's options by name.
using OptimizerParams = optimizer::OptionMap;

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
  /// Only a Module shares.
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

/// What all kinds of modules are: inputs and outputs of known names and shapes, parameters, an
/// optimizer, and a computation in between. What works on whole data sets (fit, score, predict) and
/// on files of parameters is here, once for all kinds:
///
///     void train(mod::BaseModule& module, io::DataIter& batches) {
///       module.fit(batches, {.num_epoch = 10});
///     }
///
/// Copies of a module are handles of the same one. A kind of one's own derives from this class,
/// keeps what its copies share behind a std::shared_ptr, and overrides what has no body here; its
/// methods throw Error when they are called too early.
class GLUINO_API BaseModule {
 public:
  virtual ~BaseModule() = default;

  /// Another handle of the same module: a copy of its own class.
  virtual std::shared_ptr<BaseModule> handle() const = 0;

  // Making it ready ------------------------------------------------------------------------------

  /// Makes the computation ready for batches of these shapes. One that is bound stays so, which is
  /// logged, unless force_rebind is set. Throws Error when the shapes do not fit.
  virtual void bind(const std::vector<io::DataDesc>& data_shapes,
                    const std::vector<io::DataDesc>& label_shapes = {},
                    const BindOptions& options = {}) = 0;
  /// Gives the parameters their first values: in the order of their names, as the initializer or
  /// their own attribute __init__ says, or copies of those given. On an Error nothing has changed.
  virtual void init_params(const InitParamsOptions& options = {}) = 0;
  /// Gives the parameters copies of these values. On an Error nothing has changed.
  virtual void set_params(const ArrayMap& arg_params, const ArrayMap& aux_params,
                          const SetParamsOptions& options = {});
  /// Copies of the parameters and auxiliary states: their mean over contexts, which differ in
  /// auxiliary states only.
  virtual model::Params get_params() const = 0;
  /// The parameters and auxiliary states themselves at the first context, from bind on: what values
  /// that are given must have the names and shapes of.
  virtual model::Params param_arrays() const = 0;
  virtual void init_optimizer(const InitOptimizerOptions& options = {}) = 0;
  virtual void install_monitor(const mon::Monitor& monitor) = 0;

  // One batch ------------------------------------------------------------------------------------

  /// Gets ready for a batch ahead of its forward. fit, score and predict call it with each batch,
  /// fit while the batch before is still the one whose outputs are there. Nothing, unless a kind of
  /// module has something to do.
  virtual void prepare(const io::DataBatch& batch);
  /// Computes the outputs. `is_train` is by default what the module is bound for. A batch of
  /// another shape is reshaped for.
  virtual void forward(const io::DataBatch& batch, std::optional<bool> is_train = {}) = 0;
  /// Computes the gradients from those of the outputs; none for losses.
  virtual void backward(const std::vector<NDArray>& out_grads = {}) = 0;
  /// forward in training, and backward.
  void forward_backward(const io::DataBatch& batch);
  /// One step of the optimizer for every parameter.
  virtual void update() = 0;
  /// forward_backward and update at once, with the same bits, and faster where a kind of module
  /// knows how. fit does so.
  virtual void train_step(const io::DataBatch& batch);
  /// Has the metric count the last outputs against labels.
  virtual void update_metric(metric::EvalMetric& metric, const std::vector<NDArray>& labels) = 0;

  /// The outputs of the last forward, and the gradients of the data of the last backward. They may
  /// be arrays that the next batch overwrites.
  virtual std::vector<NDArray> get_outputs() const = 0;
  virtual std::vector<NDArray> get_input_grads() const = 0;

  // Whole data sets ------------------------------------------------------------------------------

  /// Trains; binds and initializes what is not yet. Logs MXNet's lines.
  void fit(io::DataIter& train_data, const FitOptions& options);
  /// Measures the outputs for all batches, padding included.
  std::vector<metric::NameValue> score(io::DataIter& eval_data, const MetricRef& eval_metric,
                                       const ScoreOptions& options = {});
  /// The outputs for all samples, without padding. Throws Error for a network with several outputs,
  /// for an iterator without batches, and where outputs of several batches cannot be joined.
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

  /// Writes network and parameters, and what an optimizer keeps. Throws Error for a kind of module
  /// that has no form of its own in files.
  virtual void save_checkpoint(const std::string& prefix, int epoch,
                               bool save_optimizer_states = false) const;
  /// The parameters alone, in one file.
  void save_params(const std::string& path) const;
  /// Throws Error, naming file and parameter, when they are not those of the network.
  void load_params(const std::string& path);

  // What it is -----------------------------------------------------------------------------------

  virtual bool binded() const = 0;
  virtual bool for_training() const = 0;
  virtual bool inputs_need_grad() const = 0;
  virtual bool params_initialized() const = 0;
  virtual bool optimizer_initialized() const = 0;
  /// The network; one that refers to nothing where there is none, or no single one.
  virtual const Symbol& symbol() const;
  virtual const std::vector<std::string>& data_names() const = 0;
  virtual std::vector<std::string> output_names() const = 0;
  virtual const std::vector<io::DataDesc>& data_shapes() const = 0;
  virtual const std::vector<io::DataDesc>& label_shapes() const = 0;
  virtual std::vector<io::DataDesc> output_shapes() const = 0;

 protected:
  BaseModule() = default;
  BaseModule(const BaseModule&) = default;
  BaseModule& operator=(const BaseModule&) = default;

  /// Throws Error, naming what to call first, unless shapes and parameters are there.
  void check_ready(const char* who) const;
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

  Predictions(const BaseModule& module, io::DataIter& iter, const PredictOptions& options);
  Iterator begin();
  std::default_sentinel_t end() const { return std::default_sentinel; }

 private:
  void advance();

  std::shared_ptr<BaseModule> module_;
  io::DataIter* iter_;
  std::optional<std::int64_t> num_batch_;
  Prediction current_;
  bool more_ = true;
};

}  // namespace gluino::mod
