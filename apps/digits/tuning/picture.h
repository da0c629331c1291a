#pragma once

#include <apps/digits/tuning/ranking.h>

#include <string>
#include <vector>

namespace digits::tuning {

/// Writes FOLDER/trials.svg and FOLDER/trials.png: a line for each trial, from parameter to
/// parameter to what came of it. False, and no file, when no parameter differs between trials.
bool save_pictures(const std::string& folder, const std::vector<Trial>& ranked,
                   const Settings& settings);

}  // namespace digits::tuning
