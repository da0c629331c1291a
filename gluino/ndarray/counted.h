#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace gluino {

/// A handle of an object that counts its handles itself, which makes the handle small, and what it
/// costs to copy and to destroy one, in time and in code. T has a `handles`, 1 when it is made, and
/// T::destroy(T*), which is called for the last.
template <class T>
class Counted {
 public:
  Counted() = default;
  /// Takes over the only handle of a new object.
  explicit Counted(T* made) : object_(made) {}
  Counted(const Counted& other) : object_(other.object_) {
    if (object_ != nullptr) object_->handles.fetch_add(1, std::memory_order_relaxed);
  }
  Counted(Counted&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Counted& operator=(const Counted& other) {
    if (object_ != other.object_) *this = Counted(other);
    return *this;
  }
  Counted& operator=(Counted&& other) noexcept {
    Counted(std::move(other)).swap(*this);
    return *this;
  }
  ~Counted() {
    // Whoever holds the only handle need not count: nobody else can copy it.
    if (object_ != nullptr && (object_->handles.load(std::memory_order_acquire) == 1 ||
                               object_->handles.fetch_sub(1, std::memory_order_acq_rel) == 1)) {
      T::destroy(object_);
    }
  }

  T* operator->() const { return object_; }
  T* get() const { return object_; }
  void swap(Counted& other) noexcept { std::swap(object_, other.object_); }

  friend bool operator==(const Counted&, const Counted&) = default;
  friend bool operator==(const Counted& handle, std::nullptr_t) {
    return handle.object_ == nullptr;
  }

 private:
  T* object_ = nullptr;
};

}  // namespace gluino
