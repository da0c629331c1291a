// What push does with a sum: a function, or an optimizer and its states.
#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/base/text.h>
#include <gluino/kvstore/kvstore_impl.h>
#include <gluino/optimizer/core/saved_states.h>

#include <utility>

namespace gluino::kvstore {

void KVStore::set_optimizer(std::shared_ptr<optimizer::Optimizer> optimizer) const {
  set_updater(optimizer::Updater(std::move(optimizer)));
}

void KVStore::check_alike(const optimizer::Optimizer& optimizer) const {
  if (num_workers() == 1) return;
  for (const auto& [name, value] : optimizer.settings()) {
    impl().processes->workers().agree(str("updates with ", name, " ", value));
  }
}

void KVStore::set_updater(const optimizer::Updater& updater) const {
  check_alike(updater.optimizer());
  Impl* self = &impl();
  self->updater = [self, updater](const Key& key, const NDArray& pushed, const NDArray& stored) {
    const std::int64_t index = self->entries.at(key).index;
    if (key.is_name()) updater.optimizer().weight_settings(index).name = key.name();
    updater(index, pushed, stored);
    const auto& processes = self->processes;
    if (updater.optimizer().draws() && processes && processes->workers().size() > 1) {
      processes->broadcast(key, stored);
    }
  };
  self->optimizer = updater;
}

void KVStore::set_updater(UpdateFunction updater) const {
  impl().updater = std::move(updater);
  impl().optimizer.reset();
}

bool KVStore::updates_with(const optimizer::Updater& updater) const {
  const auto& own = impl().optimizer;
  return own.has_value() && &own->states() == &updater.states();
}

void KVStore::save_optimizer_states(const std::string& path, bool dump_optimizer) const {
  check(impl().optimizer.has_value(),
        "kvstore: save_optimizer_states: the store has no optimizer; call set_optimizer first");
  write_file(path, impl().optimizer->get_states(dump_optimizer));
}

void KVStore::load_optimizer_states(const std::string& path) const {
  const Impl& self = impl();
  check(self.optimizer.has_value(),
        "kvstore: load_optimizer_states: the store has no optimizer; call set_optimizer first");
  optimizer::Weights weights;
  for (const auto& [key, entry] : self.entries) {
    weights.emplace(entry.index, std::pair(key.is_name() ? key.name() : str(key), entry.value));
  }
  const std::string bytes = read_file(path);
  const optimizer::SavedStates saved = optimizer::read_states(bytes, path);
  // Before the first init nothing is known of the values.
  if (weights.empty()) {
    for (const auto& [index, state] : saved.states) weights[index] = {};
  }
  optimizer::check_states(saved, self.optimizer->optimizer(), weights, path);
  self.optimizer->set_states(bytes);
  for (const auto& [index, weight] : weights) {
    const NDArray& value = weight.second;
    if (value.defined()) self.optimizer->optimizer().move_update_counts(index, value.context());
  }
}

}  // namespace gluino::kvstore
