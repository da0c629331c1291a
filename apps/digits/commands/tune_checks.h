#pragma once

#include <apps/digits/console/console.h>
#include <apps/digits/tuning/settings.h>

#include <string>
#include <vector>

namespace digits {

/// Throws Failure with Exit::wrong_use when what a search would try is nothing that `digits train`
/// takes: all that can be known before a trial begins.
void check_space(const tuning::Settings& settings);

/// Reads the data sets that trials would be told to read, so that what is wrong with them is told
/// once. Ends with Exit::data_unusable.
void check_data(const tuning::Space& space, Console& console);

/// What `digits train` is told so that trials are compared on digits that the network is not
/// trained with, and not on the test digits; nothing where a parameter does.
std::vector<std::string> validation_arguments(const tuning::Space& space);

}  // namespace digits
