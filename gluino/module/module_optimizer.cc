// Module's optimizer: one update per parameter, whatever the number of contexts.
#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/base/log.h>
#include <gluino/module/module_impl.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/optimizer/saved_states.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace gluino::mod {
namespace {

void check_kvstore(const std::string& kvstore) {
  constexpr std::array<std::string_view, 4> kKnown = {"", "none", "local", "device"};
  for (const std::string_view known : kKnown) {
    if (kvstore == known) return;
  }
  fail("kvstore: expected 'local', 'device' or none, got '", kvstore,
       "'; training in several processes is not supported");
}

// The attribute as a number, by the name of the parameter.
std::map<std::string, double> multipliers(const Symbol& symbol, const std::string& key) {
  std::map<std::string, double> by_name;
  for (const auto& [name, attributes] : symbol.attr_dict()) {
    const auto found = attributes.find(key);
    if (found == attributes.end()) continue;
    const std::string& text = found->second;
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    check(read.ec == std::errc() && read.ptr == text.data() + text.size(), name, ": ", key,
          ": expected a number, got '", text, "'");
    by_name.emplace(name, value);
  }
  return by_name;
}

}  // namespace

void Module::init_optimizer(const InitOptimizerOptions& options) {
  Impl& self = *impl_;
  const ExecutorGroup& group = self.ready("init_optimizer");
  check_kvstore(options.kvstore);
  if (self.updater.has_value() && !options.force_init) {
    log_line("optimizer already initialized, ignoring...");
    return;
  }
  const double rescale_grad = 1.0 / static_cast<double>(group.batch_size());
  std::shared_ptr<optimizer::Optimizer> optimizer = options.optimizer.object();
  if (optimizer == nullptr) {
    OptimizerParams params = options.optimizer_params;
    params.try_emplace("rescale_grad", rescale_grad);
    optimizer = optimizer::create(options.optimizer.name(), params);
    optimizer->set_lr_mult(multipliers(self.symbol, "__lr_mult__"));
    optimizer->set_wd_mult(multipliers(self.symbol, "__wd_mult__"));
  } else if (optimizer->rescale_grad() != rescale_grad) {
    log_line(str("Optimizer created manually outside Module but rescale_grad is not normalized to ",
                 "1.0/batch_size/num_workers (", optimizer->rescale_grad(), " vs. ", rescale_grad,
                 "). Is this intended?"));
  }
  std::map<std::int64_t, std::string> names;
  for (std::size_t i = 0; i < self.param_names.size(); ++i) {
    names.emplace(static_cast<std::int64_t>(i), self.param_names[i]);
  }
  optimizer->set_idx2name(std::move(names));
  optimizer::Updater updater(std::move(optimizer));
  if (!self.states_to_load.empty()) self.load_states(updater, self.states_to_load);
  self.states_to_load.clear();
  self.updater = std::move(updater);
}

void Module::Impl::load_states(const optimizer::Updater& to, const std::string& path) const {
  const std::string bytes = read_file(path);
  nd::NamedArrays weights;
  for (std::size_t i = 0; i < param_names.size(); ++i) {
    weights.emplace_back(param_names[i], group->executors()[0].arg_arrays()[param_places[i]]);
  }
  optimizer::check_states(optimizer::read_states(bytes, path), to.optimizer(), weights, path);
  to.set_states(bytes);
  // They may have been counted on another device.
  for (std::size_t i = 0; i < param_names.size(); ++i) {
    to.optimizer().move_update_counts(static_cast<std::int64_t>(i), weights[i].second.context());
  }
}

void Module::borrow_optimizer(const Module& shared_module) {
  check(shared_module.optimizer_initialized(),
        "borrow_optimizer: the other module has no optimizer; call its init_optimizer first");
  impl_->updater = shared_module.impl_->updater;
}

NDArray Module::Impl::summed_grad(std::size_t param) {
  const std::vector<Executor>& executors = group->executors();
  const NDArray& first = executors[0].grad_arrays()[param_places[param]];
  if (executors.size() == 1 || !first.defined()) return first;
  // In an array of its own, so that gradients that are added up ("add") stay what they are.
  if (sums.empty()) sums.resize(param_names.size());
  NDArray& sum = sums[param];
  if (!sum.defined()) sum = NDArray(first.shape(), first.dtype(), first.context());
  first.copyto(sum);
  for (std::size_t i = 1; i < executors.size(); ++i) {
    sum += executors[i].grad_arrays()[param_places[param]].as_in_context(sum.context());
  }
  return sum;
}

void Module::update() {
  Impl& self = *impl_;
  const std::vector<Executor>& executors = self.ready("update").executors();
  check(self.updater.has_value(), "update: the module has no optimizer; call init_optimizer first");
  const autograd::Scope scope = autograd::pause();
  for (std::size_t i = 0; i < self.param_names.size(); ++i) {
    const NDArray grad = self.summed_grad(i);
    if (!grad.defined()) continue;
    const std::size_t place = self.param_places[i];
    const NDArray& weight = executors[0].arg_arrays()[place];
    (*self.updater)(static_cast<std::int64_t>(i), grad, weight);
    for (std::size_t k = 1; k < executors.size(); ++k) {
      weight.copyto(executors[k].arg_arrays()[place]);
    }
  }
}

void Module::train_step(const io::DataBatch& batch) {
  Impl& self = *impl_;
  const std::vector<Executor>& executors = self.ready("train_step").executors();
  check(self.updater.has_value(),
        "train_step: the module has no optimizer; call init_optimizer first");
  // A backward that fails must not leave some parameters updated.
  if (executors.size() > 1 || self.runs_user_code) {
    forward_backward(batch);
    update();
    return;
  }
  forward(batch, true);
  const autograd::Scope scope = autograd::pause();
  // forward may have given the group executors of another shape.
  const Executor& executor = self.group->executors()[0];
  executor.backward({}, [&](std::size_t argument) {
    const auto place = std::find(self.param_places.begin(), self.param_places.end(), argument);
    if (place == self.param_places.end()) return;
    (*self.updater)(place - self.param_places.begin(), executor.grad_arrays()[argument],
                    executor.arg_arrays()[argument]);
  });
}

void Module::save_optimizer_states(const std::string& path) const {
  check(optimizer_initialized(), "save_optimizer_states: the module has no optimizer");
  write_file(path, impl_->updater->get_states());
}

void Module::load_optimizer_states(const std::string& path) {
  check(optimizer_initialized(), "load_optimizer_states: the module has no optimizer");
  impl_->load_states(*impl_->updater, path);
}

optimizer::Optimizer& Module::optimizer() const {
  check(optimizer_initialized(), "optimizer: the module has none; call init_optimizer first");
  return impl_->updater->optimizer();
}

}  // namespace gluino::mod
