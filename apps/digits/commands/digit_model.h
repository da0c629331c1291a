#pragma once

#include <apps/digits/models/model_file.h>

#include <optional>
#include <string>

namespace digits {

/// The model PREFIX, or, where no prefix is given, the one in the program, to read digits with.
/// Throws Failure as load_model does, also when it reads something else, such as letters.
Model digit_model(const std::string& prefix, const std::optional<int>& epoch);

}  // namespace digits
