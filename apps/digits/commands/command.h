#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace digits {

/// A subcommand: what the command line is read into, and what runs when it was chosen. A new one is
/// a function as those below, and a line in main.cc.
struct Command {
  CLI::App* app;
  std::function<void()> run;
};

Command train_command(CLI::App& program);
Command evaluate_command(CLI::App& program);
Command summary_command(CLI::App& program);
Command plot_network_command(CLI::App& program);
Command explain_command(CLI::App& program);
Command convert_command(CLI::App& program);
Command verify_command(CLI::App& program);
Command serve_command(CLI::App& program);
Command predict_command(CLI::App& program);
Command tune_command(CLI::App& program);
Command samples_command(CLI::App& program);
Command mistakes_command(CLI::App& program);
Command report_command(CLI::App& program);

}  // namespace digits
