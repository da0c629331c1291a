#pragma once

#include <gluino/viz/image_grid.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

/// Options of the commands that draw pictures. Each function adds what it says and keeps the values
/// in `target`, which holds the defaults.
namespace digits {

/// --part: the training or the test digits.
void add_part_option(CLI::App& app, std::string& target, const std::vector<std::string>& choices);
/// --count
void add_count_option(CLI::App& app, std::int64_t& target, const std::string& what);
/// --columns, --scale
void add_grid_options(CLI::App& app, gluino::viz::GridOptions& target);
/// --out FILE.png
void add_picture_option(CLI::App& app, std::string& target);

}  // namespace digits
