#include <gluino/base/fork.h>
#include <gluino/base/log.h>

#include <iostream>
#include <mutex>
#include <utility>

namespace gluino {
namespace {

struct Destination {
  ForkMutex mutex;
  Logger logger;
};

Destination& destination() {
  // Never destroyed: a program may log while it ends.
  static Destination* the_one = new Destination;
  return *the_one;
}

// Made before there are threads, so that no fork can come in the middle.
[[maybe_unused]] const Destination& made_early = destination();

}  // namespace

Logger set_logger(Logger logger) {
  const std::scoped_lock lock(destination().mutex);
  return std::exchange(destination().logger, std::move(logger));
}

void log_line(const std::string& line) {
  Logger logger;
  {
    const std::scoped_lock lock(destination().mutex);
    logger = destination().logger;
  }
  // Outside of the lock, so that a logger may log, or replace itself.
  if (logger != nullptr) {
    logger(line);
  } else {
    std::cerr << line + "\n" << std::flush;
  }
}

}  // namespace gluino
