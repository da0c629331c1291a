// KVStore's methods for several keys: all are checked before any changes.
#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/kvstore/kvstore_impl.h>

#include <map>
#include <set>
#include <vector>

namespace gluino::kvstore {
namespace {

void check_sizes(const char* who, const Keys& keys, const ArraysOfKeys& arrays) {
  check(keys.size() == arrays.size(), "kvstore: ", who, ": expected arrays for each of ",
        keys.size(), " keys, got ", arrays.size());
}

}  // namespace

void KVStore::init(const Keys& keys, const ArraysOfKeys& values) const {
  Impl& self = impl();
  check_sizes("init", keys, values);
  std::set<Key> seen;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    self.check_kind("init", keys[i]);
    check(keys[i].is_name() == keys[0].is_name(), "kvstore: init: keys ", keys[0], " and ", keys[i],
          ": numbers and names cannot be mixed");
    check(seen.insert(keys[i]).second && !self.entries.contains(keys[i]), "kvstore: init: key ",
          keys[i], " has a value already; push changes it");
    check(values[i].size() == 1 && values[i][0].defined(), "kvstore: init: key ", keys[i],
          ": expected one array, got ",
          values[i].size() == 1 ? "a handle that refers to none" : str(values[i].size()));
  }
  const autograd::Scope scope = autograd::pause();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const NDArray value = values[i][0].copyto(self.place_of(values[i][0]));
    unify(keys[i], value);
    self.add(keys[i], value, false);
  }
}

// A key that occurs several times has all its copies added up for one update.
void KVStore::push(const Keys& keys, const ArraysOfKeys& values, int priority) const {
  check_sizes("push", keys, values);
  std::map<Key, std::vector<NDArray>> by_key;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    impl().check_arrays("push", keys[i], values[i], true);
    std::vector<NDArray>& copies = by_key[keys[i]];
    copies.insert(copies.end(), values[i].begin(), values[i].end());
  }
  for (const auto& [key, copies] : by_key) start(key, copies);
  for (const auto& [key, copies] : by_key) push(key, copies, priority);
}

void KVStore::pull(const Keys& keys, const ArraysOfKeys& outs, int priority,
                   bool ignore_sparse) const {
  check_sizes("pull", keys, outs);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    impl().check_arrays("pull", keys[i], outs[i], false);
  }
  for (std::size_t i = 0; i < keys.size(); ++i) pull(keys[i], outs[i], priority, ignore_sparse);
}

void KVStore::pushpull(const Keys& keys, const ArraysOfKeys& values, int priority) const {
  pushpull(keys, values, values, priority);
}

void KVStore::pushpull(const Keys& keys, const ArraysOfKeys& values, const ArraysOfKeys& outs,
                       int priority) const {
  check_sizes("pushpull", keys, outs);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    impl().check_arrays("pushpull", keys[i], outs[i], false);
  }
  push(keys, values, priority);
  pull(keys, outs, priority, false);
}

void KVStore::broadcast(const Keys& keys, const ArraysOfKeys& values, const ArraysOfKeys& outs,
                        int priority) const {
  check_sizes("broadcast", keys, values);
  check_sizes("broadcast", keys, outs);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    check(!outs[i].empty(), "kvstore: broadcast: key ", keys[i], ": expected an array, got none");
    for (const NDArray& out : outs[i]) {
      for (const NDArray& value : values[i]) {
        check(out.defined() && value.defined(), "kvstore: broadcast: key ", keys[i],
              ": expected an array, got a handle that refers to none");
        check(out.shape() == value.shape(), "kvstore: broadcast: key ", keys[i],
              ": expected shape ", value.shape(), ", got ", out.shape());
      }
    }
  }
  init(keys, values);
  pull(keys, outs, priority, false);
}

}  // namespace gluino::kvstore
