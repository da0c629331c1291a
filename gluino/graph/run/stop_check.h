#pragma once

#include <gluino/base/export.h>

/// How a graph that runs for long, or a loop without an end, is ended from outside.
namespace gluino::graph {

/// Has every run ask several times a second, between two operators and on its own thread, whether
/// it is to end, by an Error. Null, as at first: nobody is asked.
GLUINO_API void set_stop_check(bool (*should_stop)());

/// Asks, if it is time again. Throws Error where the run is to end.
void end_if_asked();

}  // namespace gluino::graph
