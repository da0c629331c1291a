#pragma once

#include <string>

#include "programs/program.h"
#include "programs/ways.h"

namespace gluino::programs {

/// One way of running a program, with the settings of the process.
struct Trial {
  /// The name of a way, or "differences": gradients against finite differences, in float64.
  std::string way = "eager";
  int threads = 1;
  /// Graphs are rewritten into faster ones; then numbers may differ by rounding.
  bool passes = false;
  /// All arrays are at cpu(device).
  int device = 0;
};

/// Runs a program eagerly: what all else is compared with.
Outcome reference_of(const Program& program, int threads = 1);

/// True when the eager run may throw Error: arrays that were recorded are changed, or numbers are
/// float16, in which not every gradient is computed.
bool may_refuse_eagerly(const Program& program);

/// What differs between a trial and the eager run on one thread, as a sentence; empty when nothing
/// does. The first form runs both. Errors of the library are differences, too.
std::string difference(const Program& program, const Trial& trial);
std::string difference(const Program& program, const Trial& trial, const Outcome& reference);

/// The same for finite differences of the first step that runs backward.
std::string difference_from_slopes(const Program& program);
bool has_slopes(const Program& program);

/// True when the trial can run the program.
bool takes(const Trial& trial, const Program& program);

}  // namespace gluino::programs
