#pragma once

#include <string>

namespace gluino::mod {

/// The number as Python's "%.<digits>f" gives it. C's printf calls some of what is no number
/// "-nan".
std::string fixed(double value, int digits);

}  // namespace gluino::mod
