#pragma once

#include <gluino/base/context.h>
#include <gluino/ndarray/storage.h>

#include <cstdint>
#include <memory>

namespace gluino {

/// Memory that a kernel needs for the length of a call; pooled, uninitialised.
template <class T>
class Temporary {
 public:
  explicit Temporary(std::int64_t count)
      : storage_(Storage::allocate(static_cast<std::size_t>(count) * sizeof(T), cpu())) {}
  T* data() const { return reinterpret_cast<T*>(storage_->data()); }

 private:
  std::shared_ptr<Storage> storage_;
};

}  // namespace gluino
