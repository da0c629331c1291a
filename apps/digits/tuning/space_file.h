#pragma once

#include <apps/digits/tuning/settings.h>

#include <string>

namespace digits::tuning {

/// Reads a TOML file into the settings that it names; the others stay as they are:
///
///     method = "asha"
///     epochs = 9
///
///     [parameters]
///     lr = "log:0.001..1"
///     net = ["mlp", "lenet"]
///     batch-size = 100
///
/// Throws Failure with Exit::wrong_use, beginning with "FILE:LINE:", on anything else.
void read_space_file(const std::string& path, Settings& settings);

}  // namespace digits::tuning
