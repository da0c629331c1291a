#pragma once

#include <gluino/module/callback.h>
#include <gluino/module/module.h>
#include <gluino/ndarray/shared.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gluino::model {

struct FeedForwardOptions {
  mod::Contexts ctx{};
  /// Where training ends; needed by fit, and by save without an epoch.
  std::optional<int> num_epoch{};
  /// Batches in an epoch, if it is not to be what the iterator gives.
  std::optional<std::int64_t> epoch_size{};
  mod::OptimizerRef optimizer = "sgd";
  init::Initializer initializer = init::Uniform(0.01);
  /// The batch size for data that are given as arrays.
  std::int64_t numpy_batch_size = 128;
  /// Parameters to begin with; those that are missing are made by the initializer.
  ArrayMap arg_params{};
  ArrayMap aux_params{};
  /// Leaves out parameters that the network does not have; else they are an Error.
  bool allow_extra_params = false;
  int begin_epoch = 0;
  /// Options of an optimizer that is given by name: the three usual ones, and others by name.
  std::optional<double> learning_rate{};
  std::optional<double> momentum{};
  std::optional<double> wd{};
  mod::OptimizerParams optimizer_params{};
};

/// What eval_data takes: an iterator that the caller keeps, two arrays, or nothing.
class EvalData {
 public:
  EvalData() = default;
  EvalData(io::DataIter& iter) : iter_(iter) {}  // NOLINT(google-explicit-constructor): an option
  EvalData(NDArray data, NDArray label) : data_(std::move(data)), label_(std::move(label)) {}

  const mod::IterRef& iter() const { return iter_; }
  const NDArray& data() const { return data_; }
  const NDArray& label() const { return label_; }

 private:
  mod::IterRef iter_;
  NDArray data_;
  NDArray label_;
};

struct FeedForwardFitOptions {
  EvalData eval_data{};
  mod::MetricRef eval_metric = "acc";
  callback::EpochEndCallbacks epoch_end_callback{};
  /// Batches are counted from 1.
  callback::BatchEndCallbacks batch_end_callback{};
  kv::KVStoreRef kvstore = "local";
  mon::Monitor monitor{};
  callback::BatchEndCallbacks eval_end_callback = callback::LogValidationMetricsCallback();
  callback::BatchEndCallbacks eval_batch_end_callback{};
  /// Told, before the first batch, the module that trains: to give it what the parameters alone do
  /// not hold, such as states of the optimizer. It ends with the training.
  mod::CallbackList<mod::Module&> begin_callback{};
};

struct FeedForwardScoreOptions {
  mod::MetricRef eval_metric = "acc";
  std::optional<std::int64_t> num_batch{};
  callback::BatchEndCallbacks batch_end_callback{};
  bool reset = true;
};

/// MXNet's older way to train a symbol and to use it:
///
///     model::FeedForward model(mlp, {.num_epoch = 10, .learning_rate = 0.1, .momentum = 0.9});
///     model.fit(train_iter, {.eval_data = test_iter,
///                            .batch_end_callback = callback::Speedometer(100, 200)});
///     double accuracy = model.score(test_iter);
///
/// Inputs have the names that the iterators give them ("data", "softmax_label"). Copies are handles
/// of the same model.
class GLUINO_API FeedForward {
 public:
  /// Throws Error when arguments have the same name or there are superfluous parameters.
  explicit FeedForward(const Symbol& symbol, const FeedForwardOptions& options = {});

  /// Trains from the parameters that there are, the others initialized in the order of
  /// list_arguments. Logs MXNet's lines.
  void fit(io::DataIter& data, const FeedForwardFitOptions& options = {});
  /// The same with rows of an array, shuffled, in batches of numpy_batch_size; `y` of shape (N) or
  /// (N, 1). Rows that do not fill the last batch begin the next epoch.
  void fit(const NDArray& X, const NDArray& y, const FeedForwardFitOptions& options = {});

  /// The output for all samples, without padding. Throws Error for a network with several outputs.
  NDArray predict(io::DataIter& data, const mod::PredictOptions& options = {});
  /// The same for the rows of an array, be it one image.
  NDArray predict(const NDArray& X);
  /// The metric's value.
  double score(io::DataIter& data, const FeedForwardScoreOptions& options = {});

  /// Writes "prefix-symbol.json" and "prefix-0010.params"; by default under the number num_epoch.
  void save(const std::string& prefix, std::optional<int> epoch = {}) const;
  /// Reads them. Of the options, arg_params, aux_params and begin_epoch come from the files.
  static FeedForward load(const std::string& prefix, int epoch, FeedForwardOptions options = {});
  /// Makes a model and fits it.
  static FeedForward create(const Symbol& symbol, io::DataIter& data,
                            const FeedForwardOptions& options,
                            const FeedForwardFitOptions& fit_options = {});

  const Symbol& symbol() const;
  /// The parameters after the last epoch; before training, those given.
  const ArrayMap& arg_params() const;
  const ArrayMap& aux_params() const;

 private:
  struct Impl;
  Shared<Impl> impl_;
};

}  // namespace gluino::model
