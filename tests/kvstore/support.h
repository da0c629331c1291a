#pragma once

#include <gluino/kvstore/kvstore.h>

#include <string>
#include <vector>

#include "gluon/support.h"

namespace gluino::testing {

/// MXNet's types of store, within one process.
inline const std::vector<std::string>& types() {
  static const std::vector<std::string> kAll = {"local", "device", "local_update_cpu",
                                                "local_allreduce_cpu", "local_allreduce_device"};
  return kAll;
}

inline NDArray pulled(const kv::KVStore& store, const kv::Key& key, const Shape& shape = {2, 3}) {
  const NDArray out = nd::full(shape, -1);
  store.pull(key, out);
  return out;
}

/// The only value of all elements.
inline double value_at(const kv::KVStore& store, const kv::Key& key) {
  const auto values = pulled(store, key).to_vector<double>();
  for (const double value : values) EXPECT_EQ(value, values[0]);
  return values[0];
}

}  // namespace gluino::testing
