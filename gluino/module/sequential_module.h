#pragma once

#include <gluino/module/base_module.h>
#include <gluino/ndarray/shared.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gluino::mod {

struct AddOptions {
  /// It gets the labels of the batches, and metrics count its outputs.
  bool take_labels = false;
  /// Its data are the outputs before it in their order, whatever names they have.
  bool auto_wiring = false;
};

/// Modules of any kind, each of which computes on the outputs of the one before:
///
///     mod::SequentialModule net;
///     net.add(features).add(classifier, {.take_labels = true, .auto_wiring = true});
///     net.fit(train_iter, {.num_epoch = 10});
///
/// One network made of all their symbols is faster; this is for modules that there are already, and
/// for those of one's own among them. Names of parameters must differ. Copies are handles of the
/// same module.
class GLUINO_API SequentialModule : public BaseModule {
 public:
  SequentialModule();

  /// Puts a module behind those that there are, and keeps a handle of it. All of them are to be
  /// made ready then: bind and the like, which leave alone what is ready already. Gives this
  /// module.
  SequentialModule& add(const BaseModule& module, const AddOptions& options = {});

  std::shared_ptr<BaseModule> handle() const override;

  // Making it ready ------------------------------------------------------------------------------

  /// Binds one after the other to the outputs of the one before. Throws Error when there is none.
  void bind(const std::vector<io::DataDesc>& data_shapes,
            const std::vector<io::DataDesc>& label_shapes = {},
            const BindOptions& options = {}) override;
  /// Throws Error, naming them, when two modules have a parameter of the same name.
  void init_params(const InitParamsOptions& options = {}) override;
  model::Params get_params() const override;
  model::Params param_arrays() const override;
  /// An optimizer of its own for each. One that is given as an object serves all of them: it counts
  /// their updates together, as in MXNet.
  void init_optimizer(const InitOptimizerOptions& options = {}) override;
  void install_monitor(const mon::Monitor& monitor) override;

  // One batch ------------------------------------------------------------------------------------

  void forward(const io::DataBatch& batch, std::optional<bool> is_train = {}) override;
  void backward(const std::vector<NDArray>& out_grads = {}) override;
  void update() override;
  void update_metric(metric::EvalMetric& metric, const std::vector<NDArray>& labels) override;
  /// Outputs of the last module; gradients of the first one's data.
  std::vector<NDArray> get_outputs() const override;
  std::vector<NDArray> get_input_grads() const override;

  // What it is -----------------------------------------------------------------------------------

  bool binded() const override;
  bool for_training() const override;
  bool inputs_need_grad() const override;
  bool params_initialized() const override;
  bool optimizer_initialized() const override;
  /// The first one's, or none without a module.
  const std::vector<std::string>& data_names() const override;
  const std::vector<io::DataDesc>& data_shapes() const override;
  /// As they were bound; none if no module takes labels.
  const std::vector<io::DataDesc>& label_shapes() const override;
  /// The last one's.
  std::vector<std::string> output_names() const override;
  std::vector<io::DataDesc> output_shapes() const override;

 private:
  struct Impl;
  Shared<Impl> impl_;
};

}  // namespace gluino::mod
