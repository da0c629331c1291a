#pragma once

#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bindings.h"

namespace gluino::python {

/// The options of a call by name: values of Python or the texts that MXNet's programs give.
class Options {
 public:
  Options(std::string owner, const nb::dict& given) : owner_(std::move(owner)), given_(given) {}

  /// Sets `target` if the option was given. Throws Error, naming it, when it has no such value.
  template <class T>
  void take(const char* name, T& target) {
    const std::optional<std::string> text = find(name);
    if (!text) return;
    try {
      read(*text, target);
    } catch (const Error& error) {
      fail(owner_, ": ", name, ": ", error.what());
    }
  }
  /// The same; throws Error when it was not given.
  template <class T>
  void take_required(const char* name, T& target) {
    check(given_.contains(name), owner_, ": the option ", name, " is required");
    take(name, target);
  }
  /// Takes an option that has to be as it would be unless given; raises NotImplementedError else.
  void take_not_there(const char* name, const std::string& unless);
  /// Options that mean nothing here.
  void ignore(std::initializer_list<const char*> names);
  /// Throws Error, naming one, when options were given that nobody took.
  void finish() const;

 private:
  std::optional<std::string> find(const char* name);

  static void read(const std::string& text, bool& target);
  static void read(const std::string& text, double& target);
  static void read(const std::string& text, std::int64_t& target);
  static void read(const std::string& text, int& target);
  static void read(const std::string& text, float& target);
  static void read(const std::string& text, std::string& target) { target = text; }
  static void read(const std::string& text, Shape& target) { target = Shape::parse(text); }
  static void read(const std::string& text, DType& target);

  template <class T>
  static void read(const std::string& text, std::optional<T>& target) {
    if (text == "None") {
      target.reset();
    } else {
      read(text, target.emplace());
    }
  }

  /// A row of numbers, or one alone.
  template <class T>
  static void read(const std::string& text, std::vector<T>& target) {
    target.clear();
    for (const std::string& number : row_of(text)) read(number, target.emplace_back());
  }
  static std::vector<std::string> row_of(const std::string& text);

  std::string owner_;
  nb::dict given_;
  std::set<std::string> known_;
};

}  // namespace gluino::python
