#pragma once

#include <cstdint>
#include <string>

#include "programs/compare.h"

namespace gluino::programs {

/// The trial of a program as a test in C++; see program.h.
std::string to_test(const Program& program, const Trial& trial, const std::string& name);

}  // namespace gluino::programs
