#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Checks of option values. Each says in one sentence what was expected and what was given.
namespace digits {

/// A whole number in [low, high].
CLI::Validator whole_number(std::int64_t low, std::int64_t high);
/// A finite number in [low, high], or in (low, high] where `low` itself makes no sense.
enum class Low { included, excluded };
CLI::Validator real_number(double low, double high, Low low_is = Low::included);
CLI::Validator one_of(std::vector<std::string> choices);
/// Any text but an empty one; `what` says what it is: "a folder".
CLI::Validator not_empty(std::string what);
/// What `make` accepts; it throws gluino::Error on anything else.
CLI::Validator accepted_by(std::function<void(const std::string&)> make);

/// The options that several commands share. Each function adds one and keeps its value in `target`,
/// which holds the default.
void add_data_option(CLI::App& app, std::string& target);
void add_batch_size_option(CLI::App& app, std::int64_t& target);
void add_threads_option(CLI::App& app, int& target);
/// What products are computed in: float32, or bfloat16 where the processor can; see amp::init.
void add_dtype_option(CLI::App& app, std::string& target);
void add_json_option(CLI::App& app, bool& target);
void add_epoch_option(CLI::App& app, std::optional<int>& target);
void add_activation_option(CLI::App& app, std::string& target);
void add_network_options(CLI::App& app, std::string& net, std::string& activation);

}  // namespace digits
