#pragma once

#include <gluino/base/export.h>
#include <gluino/optimizer/core/lr_scheduler.h>

#include <concepts>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace gluino::optimizer {

/// What an option of an optimizer may be: a number, a word, or for "lr_scheduler" a scheduler,
/// given as itself, of which each optimizer gets a copy, or shared.
class GLUINO_API OptionValue {
 public:
  /// 0, until something is assigned.
  OptionValue() = default;
  // NOLINTBEGIN(google-explicit-constructor): each is a way to write an option
  template <class T>
  requires std::is_arithmetic_v<T> OptionValue(T number) : value_(static_cast<double>(number)) {}
  OptionValue(std::string word) : value_(std::move(word)) {}
  OptionValue(const char* word) : value_(std::string(word)) {}
  template <std::derived_from<lr_scheduler::LRScheduler> Scheduler>
  OptionValue(Scheduler scheduler)
      : value_(Maker([scheduler = std::move(scheduler)]() -> Shared {
          return std::make_shared<Scheduler>(scheduler);
        })) {}
  template <std::derived_from<lr_scheduler::LRScheduler> Scheduler>
  OptionValue(std::shared_ptr<Scheduler> scheduler) : value_(Shared(std::move(scheduler))) {}
  // NOLINTEND(google-explicit-constructor)

  /// Throw Error, beginning with `who`, when it is another.
  double number(const std::string& who) const;
  const std::string& text(const std::string& who) const;
  std::shared_ptr<lr_scheduler::LRScheduler> scheduler(const std::string& who) const;

 private:
  using Shared = std::shared_ptr<lr_scheduler::LRScheduler>;
  using Maker = std::function<Shared()>;
  const char* kind() const;

  std::variant<double, std::string, Shared, Maker> value_ = 0.0;
};

/// An optimizer's options by name, as MXNet's optimizer_params:
///
///     {{"learning_rate", 0.1}, {"momentum", 0.9}, {"lr_scheduler", FactorScheduler({.step =
///     100})}}
class OptionMap : public std::map<std::string, OptionValue> {
 public:
  using Base = std::map<std::string, OptionValue>;
  OptionMap() = default;
  OptionMap(std::initializer_list<value_type> options) : Base(options) {}
  // NOLINTNEXTLINE(google-explicit-constructor): numbers alone are what most programs have
  OptionMap(const std::map<std::string, double>& numbers) : Base(numbers.begin(), numbers.end()) {}
};

}  // namespace gluino::optimizer
