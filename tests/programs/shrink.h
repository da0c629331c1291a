#pragma once

#include "programs/compare.h"

namespace gluino::programs {

/// The smallest program found that still differs in the trial: fewer steps, heads and nodes, plain
/// options, smaller batches. Gives up after `max_runs` attempts.
Program shrink(const Program& program, const Trial& trial, int max_runs = 2000);

}  // namespace gluino::programs
