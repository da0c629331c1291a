#pragma once

#include <gluino/io/iterators/bucket_key.h>
#include <gluino/module/module.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gluino::mod {

/// The network of a bucket, and which of its arguments come with each batch.
struct BucketNetwork {
  Symbol symbol;
  std::vector<std::string> data_names = {"data"};
  std::vector<std::string> label_names = {"softmax_label"};
};

/// Makes the network of a bucket.
using SymGen = std::function<BucketNetwork(const io::BucketKey&)>;

struct BucketingOptions {
  Contexts context{};
  /// Parameters that training leaves as they are.
  std::vector<std::string> fixed_param_names{};
};

struct BucketingLoadOptions {
  /// Goes on with the optimizer's states of "prefix-0001.states" in init_optimizer.
  bool load_optimizer_states = false;
  Contexts context{};
  std::vector<std::string> fixed_param_names{};
};

/// Networks for sequences of several lengths, one Module per key of a bucket, with the same
/// parameters, gradients and optimizer:
///
///     const auto sym_gen = [](const io::BucketKey& key) {
///       return mod::BucketNetwork{unrolled(key.number())};
///     };
///     mod::BucketingModule module(sym_gen, sentences.default_bucket_key());
///     module.fit(sentences, {.num_epoch = 10});
///
/// Each batch says by its bucket_key whose it is. The module of the default key is bound by bind
/// and must have all parameters; the others are made and bound when a batch needs them. Layers
/// without a name of their own have the same one in every bucket. Names, shapes and outputs are
/// those of the bucket at hand, the one of the last batch; parameters are always all. Copies are
/// handles of the same module.
class GLUINO_API BucketingModule : public BaseModule {
 public:
  /// Throws Error without a function or a key, and when the names that the function gives are not
  /// its symbol's.
  BucketingModule(SymGen sym_gen, const io::BucketKey& default_bucket_key,
                  const BucketingOptions& options = {});

  /// A module with the parameters that save_checkpoint wrote, and with its networks for the keys in
  /// "prefix.buckets", where there is that file; those of other keys are sym_gen's. Bind it before
  /// use. Throws Error, naming the file.
  static BucketingModule load(const std::string& prefix, int epoch, SymGen sym_gen,
                              const io::BucketKey& default_bucket_key,
                              const BucketingLoadOptions& options = {});
  /// The same with networks and parameters from memory.
  static BucketingModule load_dict(std::map<io::BucketKey, Symbol> sym_dict, SymGen sym_gen,
                                   const io::BucketKey& default_bucket_key,
                                   const ArrayMap& arg_params, const ArrayMap& aux_params,
                                   const BucketingOptions& options = {});

  std::shared_ptr<BaseModule> handle() const override;

  // Making it ready ------------------------------------------------------------------------------

  /// Binds the default bucket, which is at hand then. With force_rebind the others are bound anew
  /// when batches need them.
  void bind(const std::vector<io::DataDesc>& data_shapes,
            const std::vector<io::DataDesc>& label_shapes = {},
            const BindOptions& options = {}) override;
  /// Goes on with the module of this key, which is made and bound to these shapes if there is none
  /// yet; forward does it by itself. Throws Error before bind and init_params, and when the network
  /// has parameters that the default bucket's does not have, or of other shapes.
  void switch_bucket(const io::BucketKey& bucket_key, const std::vector<io::DataDesc>& data_shapes,
                     const std::vector<io::DataDesc>& label_shapes = {});
  void init_params(const InitParamsOptions& options = {}) override;
  void set_params(const ArrayMap& arg_params, const ArrayMap& aux_params,
                  const SetParamsOptions& options = {}) override;
  model::Params get_params() const override;
  model::Params param_arrays() const override;
  /// rescale_grad is 1 / batch size of the default bucket unless given.
  void init_optimizer(const InitOptimizerOptions& options = {}) override;
  /// Watches all buckets, also those that are made later.
  void install_monitor(const mon::Monitor& monitor) override;

  // One batch ------------------------------------------------------------------------------------

  /// Makes the module of the batch's bucket; the one at hand stays that.
  void prepare(const io::DataBatch& batch) override;
  /// By the module of the batch's bucket. A batch that does not say what its arrays are
  /// (provide_data, provide_label) has those of the default bucket in its own shapes. Throws Error
  /// for a batch without a bucket_key.
  void forward(const io::DataBatch& batch, std::optional<bool> is_train = {}) override;
  void backward(const std::vector<NDArray>& out_grads = {}) override;
  /// One step of the optimizer for every parameter of the bucket at hand.
  void update() override;
  void train_step(const io::DataBatch& batch) override;
  void update_metric(metric::EvalMetric& metric, const std::vector<NDArray>& labels) override;
  std::vector<NDArray> get_outputs() const override;
  std::vector<NDArray> get_input_grads() const override;

  // Files ----------------------------------------------------------------------------------------

  /// Writes "prefix-0001.params", the network of each bucket there is ("prefix-20-symbol.json"), if
  /// all keys are numbers these ("prefix.buckets") and, if asked for, "prefix-0001.states", which
  /// MXNet does not write.
  void save_checkpoint(const std::string& prefix, int epoch,
                       bool save_optimizer_states = false) const override;

  // What it is -----------------------------------------------------------------------------------

  bool binded() const override;
  bool for_training() const override;
  bool inputs_need_grad() const override;
  bool params_initialized() const override;
  bool optimizer_initialized() const override;
  const Symbol& symbol() const override;
  const std::vector<std::string>& data_names() const override;
  std::vector<std::string> output_names() const override;
  const std::vector<io::DataDesc>& data_shapes() const override;
  const std::vector<io::DataDesc>& label_shapes() const override;
  std::vector<io::DataDesc> output_shapes() const override;
  /// The keys of the buckets there are, in their order.
  std::vector<io::BucketKey> bucket_keys() const;
  /// The key of the bucket at hand, and its module; a copy of that is a handle of it.
  const io::BucketKey& bucket_key() const;
  const Module& bucket() const;
  /// Throws Error before init_optimizer.
  optimizer::Optimizer& optimizer() const;

 private:
  struct Impl;
  BucketingModule(std::map<io::BucketKey, Symbol> sym_dict, SymGen sym_gen,
                  const io::BucketKey& default_bucket_key, const BucketingOptions& options);
  Shared<Impl> impl_;
};

}  // namespace gluino::mod
