#pragma once

#include <apps/digits/commands/train_options.h>

#include <CLI/CLI.hpp>

namespace digits {

/// Adds `--finetune` and `--model`.
void add_finetune_options(CLI::App& app, TrainCommandOptions& options);

/// `digits train --finetune`: learns from the corrections of a folder, mixed with digits that the
/// model knows already, at a low rate.
void finetune(const CLI::App& app, const TrainCommandOptions& options);

}  // namespace digits
