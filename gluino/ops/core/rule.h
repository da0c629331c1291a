#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace gluino {

template <class Signature>
class Rule;

/// What a definition says as a function: a std::function whose type nobody asks for, and that must
/// not be called empty. The library has thousands of them; a small callable without a destructor
/// is one function of machine code here, without type names and without a function that copies it.
template <class R, class... Args>
class Rule<R(Args...)> {
 public:
  Rule() = default;
  Rule(std::nullptr_t) {}  // NOLINT(google-explicit-constructor): as std::function
  template <class F>
  requires(!std::is_same_v<F, Rule> && std::is_invocable_v<const F&, Args...>)
      Rule(F function) {  // NOLINT(google-explicit-constructor)
    if constexpr (std::is_trivially_copyable_v<F> && sizeof(F) <= kSmall &&
                  alignof(F) <= alignof(void*)) {
      ::new (static_cast<void*>(small_)) F(function);
      call_ = [](const Rule& self, Args... args) -> R {
        return run(*std::launder(reinterpret_cast<const F*>(self.small_)),
                   std::forward<Args>(args)...);
      };
    } else {
      large_ = std::shared_ptr<void>(static_cast<void*>(new F(std::move(function))), remove<F>);
      call_ = [](const Rule& self, Args... args) -> R {
        return run(*static_cast<const F*>(self.large_.get()), std::forward<Args>(args)...);
      };
    }
  }

  explicit operator bool() const { return call_ != nullptr; }
  bool operator==(std::nullptr_t) const { return call_ == nullptr; }

  R operator()(Args... args) const { return call_(*this, std::forward<Args>(args)...); }

 private:
  static constexpr std::size_t kSmall = 2 * sizeof(void*);

  template <class F>
  static R run(const F& function, Args... args) {
    if constexpr (std::is_void_v<R>) {
      std::invoke(function, std::forward<Args>(args)...);
    } else {
      return std::invoke(function, std::forward<Args>(args)...);
    }
  }
  template <class F>
  static void remove(void* function) {
    delete static_cast<F*>(function);
  }

  R (*call_)(const Rule&, Args...) = nullptr;
  alignas(void*) std::byte small_[kSmall] = {};
  std::shared_ptr<void> large_;
};

}  // namespace gluino
