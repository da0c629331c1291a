// Stores of parameters: where gradients are summed.
#include <gluino/autograd/autograd.h>
#include <gluino/graph/run/executor.h>
#include <gluino/kvstore/kvstore.h>
#include <nanobind/stl/variant.h>

#include <memory>
#include <variant>

#include "bindings.h"

namespace gluino::python {
namespace {

using kvstore::KVStore;
using PythonKey = std::variant<std::int64_t, std::string>;
using Copies = std::vector<std::vector<NDArray>>;

kvstore::Keys keys_of(const std::vector<PythonKey>& given) {
  kvstore::Keys keys = std::vector<std::string>();
  for (const PythonKey& key : given) {
    std::visit([&](const auto& value) { keys.emplace_back(value); }, key);
  }
  return keys;
}

// Refers to the copies.
kvstore::ArraysOfKeys arrays_of(const Copies& copies) { return {copies}; }

nb::object key_to(const kvstore::Key& key) {
  return key.is_name() ? nb::object(nb::str(key.name().c_str()))
                       : nb::object(nb::int_(key.number()));
}

/// A function of Python, which is let go of under the interpreter's lock.
std::shared_ptr<nb::object> shared(const nb::object& function) {
  return {new nb::object(function), [](nb::object* object) {
            const nb::gil_scoped_acquire lock;
            delete object;
          }};
}

void set_updater(const KVStore& store, const nb::object& function) {
  if (function.is_none()) {
    store.set_updater(kvstore::UpdateFunction());
    return;
  }
  store.set_updater([updater = shared(function)](const kvstore::Key& key, const NDArray& pushed,
                                                 const NDArray& stored) {
    const nb::gil_scoped_acquire lock;
    (*updater)(key_to(key), pushed, stored);
  });
}

void create(KVStore* self, const std::string& type) {
  const nb::gil_scoped_release unlocked;
  KVStore made = kvstore::create(type);
  made.set_stop_check(is_interrupted);
  new (self) KVStore(std::move(made));
}

/// Calls a method for several keys, in turn.
template <auto method>
void of_each(const KVStore& self, const std::vector<PythonKey>& given, const Copies& copies) {
  const kvstore::Keys keys = keys_of(given);
  for (std::size_t i = 0; i < copies.size(); ++i) (self.*method)(keys[i], copies[i]);
}

/// The backward of all executors of a network. As soon as an argument has its gradient in each, the
/// store begins to sum them under the argument's key.
void backward_and_start(const KVStore& store, const std::vector<Executor>& executors,
                        const std::map<std::size_t, std::string>& keys) {
  check(!executors.empty(), "ValueError: backward_and_start: expected an executor");
  const autograd::Scope scope = autograd::pause();
  for (std::size_t k = 0; k + 1 < executors.size(); ++k) executors[k].backward();
  executors.back().backward({}, [&](std::size_t argument) {
    const auto key = keys.find(argument);
    if (key == keys.end()) return;
    std::vector<NDArray> gradients;
    for (const Executor& each : executors) gradients.push_back(each.grad_arrays()[argument]);
    store.start(key->second, gradients);
  });
}

}  // namespace

void bind_kvstore(nb::module_& m) {
  using Keys = std::vector<PythonKey>;
  // What a store does may be much, wait for other processes, or run a function of Python.
  using Unlocked = nb::call_guard<nb::gil_scoped_release>;
  nb::class_<KVStore>(m, "KVStore")
      .def("__init__", &create)
      .def(
          "init",
          [](const KVStore& self, const Keys& keys, const Copies& values) {
            self.init(keys_of(keys), arrays_of(values));
          },
          Unlocked())
      .def(
          "push",
          [](const KVStore& self, const Keys& keys, const Copies& values) {
            self.push(keys_of(keys), arrays_of(values));
          },
          Unlocked())
      .def(
          "pull",
          [](const KVStore& self, const Keys& keys, const Copies& outs, bool ignore_sparse) {
            self.pull(keys_of(keys), arrays_of(outs), 0, ignore_sparse);
          },
          Unlocked())
      .def(
          "pushpull",
          [](const KVStore& self, const Keys& keys, const Copies& values, const Copies& outs) {
            self.pushpull(keys_of(keys), arrays_of(values), arrays_of(outs));
          },
          Unlocked())
      .def(
          "broadcast",
          [](const KVStore& self, const Keys& keys, const Copies& values, const Copies& outs) {
            self.broadcast(keys_of(keys), arrays_of(values), arrays_of(outs));
          },
          Unlocked())
      .def("row_sparse_pull",
           [](const KVStore& self, const PythonKey& key, const NDArray& out,
              const NDArray& row_ids) { self.row_sparse_pull(keys_of({key})[0], out, row_ids); })
      .def("start", &of_each<&KVStore::start>, Unlocked())
      .def("start_in_backward", &of_each<&KVStore::start_in_backward>, Unlocked())
      .def("backward_and_start", &backward_and_start, Unlocked())
      .def("unify", &of_each<&KVStore::unify>, Unlocked())
      .def("set_updater", &set_updater, nb::arg("function").none())
      .def("set_gradient_compression", &KVStore::set_gradient_compression)
      .def("is_capable", &KVStore::is_capable)
      .def("barrier", &KVStore::barrier, Unlocked())
      .def_prop_ro("type", &KVStore::type)
      .def_prop_ro("rank", &KVStore::rank)
      .def_prop_ro("num_workers", &KVStore::num_workers);
}

}  // namespace gluino::python
