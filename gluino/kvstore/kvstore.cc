#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/kvstore/kvstore_impl.h>
#include <gluino/kvstore/tree_sum.h>
#include <gluino/ndarray/sparse_array.h>
#include <gluino/ops/sparse/storage.h>

#include <algorithm>
#include <array>
#include <ostream>

namespace gluino::kvstore {
namespace {

constexpr std::array kTypes = {Type{"local", true},
                               Type{"device", false},
                               Type{"local_update_cpu", true},
                               Type{"local_allreduce_cpu", true},
                               Type{"local_allreduce_device", false},
                               Type{"dist_sync", true, true},
                               Type{"dist_device_sync", false, true},
                               Type{"dist_sync_device", false, true}};

std::string names_of_types() {
  std::array<std::string, kTypes.size()> names;
  std::transform(kTypes.begin(), kTypes.end(), names.begin(),
                 [](const Type& type) { return str("'", type.name, "'"); });
  return join(names);
}

const Type& type_of(const std::string& name) {
  for (const Type& type : kTypes) {
    if (type.name == name) return type;
  }
  check(
      name != "dist_async",
      "kvstore: 'dist_async' is not supported: workers that do not wait for each other give other "
      "numbers each time; take 'dist_sync'");
  fail("kvstore: unknown type '", name, "'; there are ", names_of_types());
}

bool is_part_of(const NDArray& sum, const Arrays& values) {
  return std::any_of(values.begin(), values.end(),
                     [&](const NDArray& value) { return value.storage() == sum.storage(); });
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Key& key) {
  return key.is_name() ? out << "'" << key.name() << "'" : out << key.number();
}

void KVStore::Impl::check_kind(const char* who, const Key& key) const {
  if (entries.empty()) return;
  const bool names = entries.begin()->first.is_name();
  check(names == key.is_name(), "kvstore: ", who, ": key ", key, ": the keys of this store are ",
        names ? "names" : "numbers", "; they cannot be mixed");
}

const KVStore::Impl::Entry& KVStore::Impl::find(const char* who, const Key& key) const {
  check_kind(who, key);
  const auto found = entries.find(key);
  check(found != entries.end(), "kvstore: ", who, ": key ", key,
        " has no value yet; call init first");
  return found->second;
}

void KVStore::Impl::check_arrays(const char* who, const Key& key, const Arrays& arrays,
                                 bool type_too) const {
  const NDArray& value = find(who, key).value;
  check(!arrays.empty(), "kvstore: ", who, ": key ", key, ": expected an array, got none");
  for (const NDArray& array : arrays) {
    check(array.defined(), "kvstore: ", who, ": key ", key,
          ": expected an array, got a handle that refers to none");
    check(array.shape() == value.shape(), "kvstore: ", who, ": key ", key, ": expected shape ",
          value.shape(), ", got ", array.shape());
    check(!type_too || array.dtype() == value.dtype(), "kvstore: ", who, ": key ", key,
          ": expected ", value.dtype(), ", got ", array.dtype(), "; convert with astype");
  }
}

Context KVStore::Impl::place_of(const NDArray& array) const {
  return type.sums_on_cpu && array.context().device != Device::cpu ? cpu() : array.context();
}

void KVStore::Impl::add(const Key& key, const NDArray& value, bool shared) {
  // Names have no numbers of their own for an optimizer to count by.
  const std::int64_t index =
      key.is_name() ? static_cast<std::int64_t>(entries.size()) : key.number();
  entries.emplace(key, Entry{value, shared, index});
  // States may have been read before, where the weight was elsewhere.
  if (optimizer) optimizer->optimizer().move_update_counts(index, value.context());
}

KVStore::Impl& KVStore::impl() const {
  check(defined(), "kvstore: this handle refers to no store; make one with kvstore::create");
  return *impl_;
}

KVStore create(const std::string& type) {
  KVStore store;
  store.impl_ = std::make_shared<KVStore::Impl>(type_of(lower_case(type)));
  return store;
}

KVStore KVStoreRef::get() const {
  if (store_.defined()) return store_;
  return type_.empty() || type_ == "none" ? KVStore() : create(type_);
}

void KVStore::init(const Key& key, const NDArray& value) const { init({key}, {Arrays(value)}); }

void KVStore::push(const Key& key, const Arrays& values, int /*priority*/) const {
  const autograd::Scope scope = autograd::pause();
  impl().check_arrays("push", key, values, true);
  const NDArray& value = impl().entries.at(key).value;
  const NDArray sum = reduce(key, values);
  if (impl().updater) {
    impl().updater(key, sum.as_in_context(value.context()), value);
  } else if (!sum.same_as(value)) {
    sum.copyto(value);
  }
}

void KVStore::pull(const Key& key, const Arrays& outs, int /*priority*/, bool ignore_sparse) const {
  const autograd::Scope scope = autograd::pause();
  impl().check_arrays("pull", key, outs, false);
  const NDArray& value = impl().entries.at(key).value;
  for (const NDArray& out : outs) {
    if (ignore_sparse && !out.is_dense()) continue;
    if (!out.same_as(value)) value.copyto(out);
  }
}

void KVStore::pushpull(const Key& key, const Arrays& values, int priority) const {
  pushpull(key, values, values, priority);
}

void KVStore::pushpull(const Key& key, const Arrays& values, const Arrays& outs,
                       int priority) const {
  impl().check_arrays("pushpull", key, values, true);
  impl().check_arrays("pushpull", key, outs, false);
  push(key, values, priority);
  pull(key, outs, priority, false);
}

void KVStore::broadcast(const Key& key, const NDArray& value, const Arrays& outs,
                        int priority) const {
  broadcast({key}, {Arrays(value)}, {outs}, priority);
}

void KVStore::row_sparse_pull(const Key& key, const Arrays& outs, const NDArray& row_ids,
                              int /*priority*/) const {
  const autograd::Scope scope = autograd::pause();
  impl().check_arrays("row_sparse_pull", key, outs, false);
  const NDArray& value = impl().entries.at(key).value;
  check(row_ids.defined(), "kvstore: row_sparse_pull: key ", key,
        ": expected the numbers of rows, got a handle that refers to no array");
  const NDArray rows = row_ids.as_in_context(value.context()).reshape({-1});
  const NDArray kept = ops::sparse_retain(value, rows);
  for (const NDArray& out : outs) {
    check(out.stype() == StorageType::row_sparse, "kvstore: row_sparse_pull: key ", key,
          ": expected row_sparse arrays to write to, got ", to_string(out.stype()));
    kept.copyto(out);
  }
}

NDArray KVStore::reduce(const Key& key, const Arrays& values) const {
  check(!values.empty(), "kvstore: key ", key, ": expected an array, got none");
  const NDArray& first = values[0];
  const bool is_alone = !impl().sums_over_processes(first);
  if (values.size() == 1 && is_alone) return first;
  for (const NDArray& value : values) {
    check(value.shape() == first.shape() && value.dtype() == first.dtype(), "kvstore: key ", key,
          ": expected copies of ", first.dtype(), " ", first.shape(), ", got one of ",
          value.dtype(), " ", value.shape());
  }
  check(first.dtype() != boolean, "kvstore: key ", key,
        ": expected copies of numbers, which can be added up, got bool; convert with astype");
  const autograd::Scope scope = autograd::pause();
  if (!is_alone) return impl().processes->reduce(key, values);
  const Context place = impl().place_of(first);
  if (!first.is_dense()) return tree_sum(values, place);
  NDArray& sum = impl().sums.try_emplace(key).first->second;
  if (!sum.defined() || sum.shape() != first.shape() || sum.dtype() != first.dtype() ||
      sum.context() != place || is_part_of(sum, values)) {
    sum = NDArray(first.shape(), first.dtype(), place);
  }
  tree_sum(values, sum);
  return sum;
}

void KVStore::start(const Key& key, const Arrays& values) const {
  check(!values.empty(), "kvstore: key ", key, ": expected an array, got none");
  if (impl().sums_over_processes(values[0])) impl().processes->start(key, values);
}

void KVStore::share(const Key& key, const NDArray& value) const {
  Impl& self = impl();
  self.check_kind("share", key);
  const auto found = self.entries.find(key);
  if (found == self.entries.end()) return self.add(key, value, true);
  check(found->second.shared, "kvstore: share: key ", key,
        " has a value from init already, that somebody else reads; take a store of its own");
  if (!found->second.value.same_as(value)) found->second.value = value;
}

std::int64_t KVStore::index(const Key& key) const { return impl().find("index", key).index; }

const std::string& KVStore::type() const { return impl().name; }

int KVStore::rank() const { return impl().processes ? impl().processes->workers().rank() : 0; }

int KVStore::num_workers() const {
  return impl().processes ? impl().processes->workers().size() : 1;
}

void KVStore::barrier() const {
  if (impl().processes) impl().processes->workers().barrier();
}

void KVStore::unify(const Key& key, const Arrays& copies) const {
  if (num_workers() == 1) return;
  const autograd::Scope scope = autograd::pause();
  impl().processes->broadcast(key, copies[0]);
  for (const NDArray& copy : copies.subspan(1)) copies[0].copyto(copy);
}

bool KVStore::is_capable(const std::string& capability) const {
  check(capability == "optimizer", "kvstore: '", type(),
        "': is_capable: expected 'optimizer', got '", capability, "'");
  return true;
}

}  // namespace gluino::kvstore
