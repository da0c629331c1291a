// Module's optimizer: one update per parameter, whatever the number of contexts.
#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/base/log.h>
#include <gluino/module/module_impl.h>
#include <gluino/ndarray/pooled.h>
#include <gluino/ndarray/sparse_array.h>
#include <gluino/optimizer/core/saved_states.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace gluino::mod {
namespace {

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
  kv::KVStore kvstore = options.kvstore.get();
  if (!kvstore.defined()) kvstore = kv::create("local");
  if (self.updates.has_value() && !options.force_init) {
    log_line("optimizer already initialized, ignoring...");
    return;
  }
  const double rescale_grad =
      1.0 / (static_cast<double>(group.batch_size()) * static_cast<double>(kvstore.num_workers()));
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
  Updates updates{optimizer::Updater(optimizer), kvstore, options.kvstore.is_made(), {}, {}};
  updates.number(self.param_names);
  std::map<std::int64_t, std::string> names;
  for (std::size_t i = 0; i < self.param_names.size(); ++i) {
    self.unify(kvstore, i);
    if (updates.on_kvstore) kvstore.share(self.keys[i], self.first_weight(i));
    names.emplace(self.index(updates, i), self.param_names[i]);
  }
  optimizer->set_idx2name(std::move(names));
  if (!self.states_to_load.empty()) {
    self.set_states(updates, read_file(self.states_to_load), self.states_to_load);
  }
  self.states_to_load.clear();
  if (updates.on_kvstore) {
    kvstore.set_updater(updates.updater);
  } else if (kvstore.defined()) {
    kvstore.check_alike(*optimizer);
  }
  self.updates = updates;
}

void Updates::number(const std::vector<std::string>& param_names) {
  numbers.clear();
  for (const std::string& name : param_names) {
    const auto next = static_cast<std::int64_t>(by_name.size());
    numbers.push_back(by_name.emplace(name, next).first->second);
  }
}

std::int64_t Module::Impl::index(const Updates& by, std::size_t param) const {
  return by.on_kvstore ? by.kvstore.index(keys[param]) : by.numbers[param];
}

const NDArray& Module::Impl::first_weight(std::size_t param) const {
  return group->executors()[0].arg_arrays()[param_places[param]];
}

void Module::Impl::set_states(const Updates& to, std::string_view bytes,
                              const std::string& source) const {
  optimizer::Weights weights;
  for (std::size_t i = 0; i < param_names.size(); ++i) {
    weights.emplace(index(to, i), std::pair(param_names[i], first_weight(i)));
  }
  optimizer::Optimizer& optimizer = to.updater.optimizer();
  optimizer::check_states(optimizer::read_states(bytes, source), optimizer, weights, source);
  to.updater.set_states(bytes);
  // They may have been counted on another device.
  for (const auto& [index, weight] : weights) {
    optimizer.move_update_counts(index, weight.second.context());
  }
}

void Module::borrow_optimizer(const Module& shared_module) {
  check(shared_module.optimizer_initialized(),
        "borrow_optimizer: the other module has no optimizer; call its init_optimizer first");
  impl_->updates = shared_module.impl_->updates;
  impl_->updates->number(impl_->param_names);
}

const Updates& Module::Impl::ready_updates(const char* who) const {
  check(updates.has_value(), who, ": the module has no optimizer; call init_optimizer first");
  check(!updates->on_kvstore || updates->kvstore.updates_with(updates->updater), who,
        ": the kvstore has got another optimizer since init_optimizer; give each module a store of "
        "its own");
  return *updates;
}

void Module::Impl::update(const Updates& by, std::size_t param, const kv::Arrays& grads) const {
  if (param_by_rows[param] && grads[0].is_dense()) {
    std::vector<NDArray> rows;
    for (const NDArray& grad : grads) {
      rows.push_back(nd::sparse::stored_as(grad, StorageType::row_sparse));
    }
    return update(by, param, rows);
  }
  const NDArray& weight = first_weight(param);
  if (by.on_kvstore) {
    by.kvstore.share(keys[param], weight);
    by.kvstore.push(keys[param], grads, -static_cast<int>(param));
    return;
  }
  const NDArray sum = by.kvstore.reduce(keys[param], grads);
  by.updater(index(by, param), sum.as_in_context(weight.context()), weight);
  if (by.updater.optimizer().draws() && by.kvstore.num_workers() > 1) {
    by.kvstore.unify(keys[param], weight);
  }
}

// All processes begin with worker 0's weights.
void Module::Impl::unify(const kv::KVStore& kvstore, std::size_t param) const {
  if (kvstore.num_workers() == 1) return;
  std::vector<NDArray> copies;
  for (const Executor& executor : group->executors()) {
    copies.push_back(executor.arg_arrays()[param_places[param]]);
  }
  kvstore.unify(keys[param], copies);
}

// By context; empty for a parameter without.
PooledVector<NDArray> Module::Impl::gradients(std::size_t param) const {
  PooledVector<NDArray> grads;
  for (const Executor& executor : group->executors()) {
    const NDArray& grad = executor.grad_arrays()[param_places[param]];
    if (grad.defined()) grads.push_back(grad);
  }
  return grads;
}

void Module::update() {
  const Impl& self = *impl_;
  const std::vector<Executor>& executors = self.ready("update").executors();
  const Updates& updates = self.ready_updates("update");
  const autograd::Scope scope = autograd::pause();
  for (std::size_t i = self.param_names.size(); i-- > 0;) {
    const PooledVector<NDArray> grads = self.gradients(i);
    if (!grads.empty() && !self.param_by_rows[i]) updates.kvstore.start(self.keys[i], grads);
  }
  for (std::size_t i = 0; i < self.param_names.size(); ++i) {
    const std::size_t place = self.param_places[i];
    const PooledVector<NDArray> grads = self.gradients(i);
    if (grads.empty()) continue;
    self.update(updates, i, grads);
    for (std::size_t k = 1; k < executors.size(); ++k) {
      self.first_weight(i).copyto(executors[k].arg_arrays()[place]);
    }
  }
}

// Sums over processes set out while the last executor computes its gradients, in an order that is
// the same however many executors a process has; updates follow at the end.
void Module::Impl::backward_and_start() const {
  const std::vector<Executor>& executors = group->executors();
  const auto start = [this](std::size_t argument) {
    const auto place = std::find(param_places.begin(), param_places.end(), argument);
    if (place == param_places.end()) return;
    const auto param = static_cast<std::size_t>(place - param_places.begin());
    if (!param_by_rows[param]) updates->kvstore.start(keys[param], gradients(param));
  };
  for (std::size_t k = 0; k + 1 < executors.size(); ++k) executors[k].backward();
  executors.back().backward({}, start);
}

void Module::train_step(const io::DataBatch& batch) {
  Impl& self = *impl_;
  const std::vector<Executor>& executors = self.ready("train_step").executors();
  if (self.ready_updates("train_step").kvstore.num_workers() > 1) {
    forward(batch, true);
    const autograd::Scope scope = autograd::pause();
    self.backward_and_start();
    update();
    return;
  }
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
  // What refers to two variables, std::function holds without memory from the heap.
  executor.backward({}, [&self, &executor](std::size_t argument) {
    const auto place = std::find(self.param_places.begin(), self.param_places.end(), argument);
    if (place == self.param_places.end()) return;
    self.update(*self.updates, static_cast<std::size_t>(place - self.param_places.begin()),
                executor.grad_arrays()[argument]);
  });
}

void Module::save_optimizer_states(const std::string& path) const {
  check(optimizer_initialized(), "save_optimizer_states: the module has no optimizer");
  write_file(path, get_optimizer_states());
}

void Module::load_optimizer_states(const std::string& path) {
  check(optimizer_initialized(), "load_optimizer_states: the module has no optimizer");
  set_optimizer_states(read_file(path), path);
}

std::string Module::get_optimizer_states() const {
  check(optimizer_initialized(), "get_optimizer_states: the module has no optimizer");
  return impl_->updates->updater.get_states();
}

void Module::set_optimizer_states(std::string_view bytes, const std::string& source) {
  check(optimizer_initialized(), "set_optimizer_states: the module has no optimizer");
  impl_->set_states(*impl_->updates, bytes, source);
}

optimizer::Optimizer& Module::optimizer() const {
  check(optimizer_initialized(), "optimizer: the module has none; call init_optimizer first");
  return impl_->updates->updater.optimizer();
}

}  // namespace gluino::mod
