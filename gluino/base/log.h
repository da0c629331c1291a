#pragma once

#include <gluino/base/export.h>

#include <functional>
#include <string>

namespace gluino {

/// Takes one line of progress, without its end.
using Logger = std::function<void(const std::string& line)>;

/// Sends the lines that training, callbacks and monitors write to `logger` from now on; an empty
/// one means standard error, which is where they go at first. Returns the logger before.
GLUINO_API Logger set_logger(Logger logger);

/// Writes one line of progress.
GLUINO_API void log_line(const std::string& line);

}  // namespace gluino
