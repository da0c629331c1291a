#pragma once

#include <apps/digits/commands/train_options.h>

#include <CLI/CLI.hpp>
#include <string>

/// Settings of `digits train` that were found to go well together, under one name.
namespace digits {

void add_recipe_option(CLI::App& app, std::string& target);

/// Gives the options that the command line leaves open what the recipe says, if one is asked for.
/// Returns what it does in words, "recipe best: --net cnn --augment ...", or "" without one.
std::string apply_recipe(const CLI::App& app, TrainCommandOptions& options);

}  // namespace digits
