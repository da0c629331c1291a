#pragma once

#include <memory>
#include <utility>

namespace gluino {

/// A std::shared_ptr whose moves copy. A handle that holds its object by it can still be used when
/// it was moved from: it refers to the same.
template <class T>
class Shared {
 public:
  Shared() = default;
  Shared(std::shared_ptr<T> object)  // NOLINT(google-explicit-constructor): it is one
      : object_(std::move(object)) {}
  Shared(const Shared&) = default;
  Shared& operator=(const Shared&) = default;

  T* operator->() const { return object_.get(); }
  T& operator*() const { return *object_; }
  T* get() const { return object_.get(); }
  operator const std::shared_ptr<T>&() const {  // NOLINT(google-explicit-constructor): it is one
    return object_;
  }

  friend bool operator==(const Shared&, const Shared&) = default;
  friend bool operator==(const Shared& shared, std::nullptr_t) { return shared.object_ == nullptr; }

 private:
  std::shared_ptr<T> object_;
};

}  // namespace gluino
