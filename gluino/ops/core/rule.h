#pragma once

#include <gluino/base/export.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace gluino {

namespace detail {
/// What a Rule holds, whatever its signature: copied, assigned and destroyed in one place.
struct GLUINO_API RuleContents {
  static constexpr std::size_t kSmall = 2 * sizeof(void*);

  RuleContents();
  RuleContents(const RuleContents& other);
  RuleContents(RuleContents&& other) noexcept;
  RuleContents& operator=(const RuleContents& other);
  RuleContents& operator=(RuleContents&& other) noexcept;
  ~RuleContents();

  void (*call)() = nullptr;
  alignas(void*) std::byte small[kSmall] = {};
  std::shared_ptr<void> large;
};
}  // namespace detail

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
    Call call = nullptr;
    if constexpr (std::is_trivially_copyable_v<F> && sizeof(F) <= detail::RuleContents::kSmall &&
                  alignof(F) <= alignof(void*)) {
      ::new (static_cast<void*>(contents_.small)) F(function);
      call = [](const Rule& self, Args... args) -> R {
        return run(*std::launder(reinterpret_cast<const F*>(self.contents_.small)),
                   std::forward<Args>(args)...);
      };
    } else {
      contents_.large =
          std::shared_ptr<void>(static_cast<void*>(new F(std::move(function))), remove<F>);
      call = [](const Rule& self, Args... args) -> R {
        return run(*static_cast<const F*>(self.contents_.large.get()), std::forward<Args>(args)...);
      };
    }
    contents_.call = reinterpret_cast<void (*)()>(call);
  }

  explicit operator bool() const { return contents_.call != nullptr; }
  bool operator==(std::nullptr_t) const { return contents_.call == nullptr; }

  R operator()(Args... args) const {
    return reinterpret_cast<Call>(contents_.call)(*this, std::forward<Args>(args)...);
  }

 private:
  using Call = R (*)(const Rule&, Args...);

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

  detail::RuleContents contents_;
};

}  // namespace gluino
