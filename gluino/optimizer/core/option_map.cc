#include <gluino/base/error.h>
#include <gluino/optimizer/core/option_map.h>

namespace gluino::optimizer {

const char* OptionValue::kind() const {
  constexpr const char* kKinds[] = {"a number", "a word", "a scheduler", "a scheduler"};
  return kKinds[value_.index()];
}

double OptionValue::number(const std::string& who) const {
  const double* number = std::get_if<double>(&value_);
  check(number != nullptr, who, ": expected a number, got ", kind());
  return *number;
}

const std::string& OptionValue::text(const std::string& who) const {
  const std::string* text = std::get_if<std::string>(&value_);
  check(text != nullptr, who, ": expected a word, got ", kind());
  return *text;
}

std::shared_ptr<lr_scheduler::LRScheduler> OptionValue::scheduler(const std::string& who) const {
  if (const Maker* make = std::get_if<Maker>(&value_)) return (*make)();
  const Shared* scheduler = std::get_if<Shared>(&value_);
  check(scheduler != nullptr, who, ": expected a scheduler of lr_scheduler, got ", kind());
  return *scheduler;
}

}  // namespace gluino::optimizer
