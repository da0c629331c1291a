#pragma once

#include <gluino/base/export.h>

#include <string>

/// Texts that no locale changes, neither std::locale::global nor setlocale.
namespace gluino {

/// The number with `digits` behind the point, as "%.*f" gives it in the classic locale; "nan",
/// "inf" and "-inf" for what is no number.
GLUINO_API std::string fixed(double value, int digits);

/// The text with a to z for A to Z; other letters stay.
GLUINO_API std::string lower_case(std::string text);

}  // namespace gluino
