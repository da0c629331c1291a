#pragma once

#include <gluino/kvstore/kvstore.h>
#include <gluino/kvstore/process_sums.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

namespace gluino::kvstore {

struct Type {
  std::string_view name;
  bool sums_on_cpu;
  bool joins_processes = false;
};

struct KVStore::Impl {
  struct Entry {
    NDArray value;
    /// The array belongs to somebody who shares it.
    bool shared = false;
    /// What an optimizer calls the value.
    std::int64_t index = 0;
  };

  explicit Impl(const Type& given)
      : type(given),
        name(given.name),
        processes(given.joins_processes ? std::make_shared<ProcessSums>() : nullptr) {}

  /// Whether what this process has is not all that there is to a sum.
  bool sums_over_processes(const NDArray& value) const {
    return processes != nullptr && processes->sums(value);
  }

  /// Throws Error when the keys of the store are of the other kind.
  void check_kind(const char* who, const Key& key) const;
  /// Throws Error for a key without a value.
  const Entry& find(const char* who, const Key& key) const;
  /// Throws Error unless `arrays` are one array or several of the shape of the value, and of its
  /// type if that matters.
  void check_arrays(const char* who, const Key& key, const Arrays& arrays, bool type_too) const;

  void add(const Key& key, const NDArray& value, bool shared);
  /// Where values like this one are kept and summed.
  Context place_of(const NDArray& value) const;

  Type type;
  std::string name;
  /// Null within one process.
  std::shared_ptr<ProcessSums> processes;
  std::map<Key, Entry> entries;
  /// What reduce gives, by key.
  std::map<Key, NDArray> sums;
  UpdateFunction updater;
  /// What the updater runs, if it is an optimizer.
  std::optional<optimizer::Updater> optimizer;
};

}  // namespace gluino::kvstore
