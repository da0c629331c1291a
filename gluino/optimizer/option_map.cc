#include <gluino/base/error.h>
#include <gluino/optimizer/option_map.h>

namespace gluino::optimizer {

double OptionValue::number(const std::string& who) const {
  const double* number = std::get_if<double>(&value_);
  check(number != nullptr, who, ": expected a number, got a scheduler");
  return *number;
}

std::shared_ptr<lr_scheduler::LRScheduler> OptionValue::scheduler(const std::string& who) const {
  if (const Maker* make = std::get_if<Maker>(&value_)) return (*make)();
  const Shared* scheduler = std::get_if<Shared>(&value_);
  check(scheduler != nullptr, who, ": expected a scheduler of lr_scheduler, got a number");
  return *scheduler;
}

}  // namespace gluino::optimizer
