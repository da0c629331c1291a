#pragma once

#include "programs/program.h"

/// How values fit what an operator's samples say of its inputs.
namespace gluino::programs {

/// Whether values lie where the operator is told to be tried. A range around zero is no limit.
bool lies_in(const NDArray& value, const Fill& fill);

/// The shape of an input when input 0 is `actual0`, as a sample tells: sizes that it has in common
/// with the sample's input 0 are those of the actual one.
Shape carried_over(const Shape& sample0, const Shape& actual0, const Shape& sample);

}  // namespace gluino::programs
