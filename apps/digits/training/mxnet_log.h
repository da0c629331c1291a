#pragma once

#include <apps/digits/training/training.h>

#include <string>
#include <vector>

namespace digits {

/// What an epoch brought, in the lines of MXNet's fit(), which programs read by their "name=value":
///
///     Epoch[0] Train-accuracy=0.112033
///     Epoch[0] Train-loss=2.301170
///     Epoch[0] Time cost=41.259
///     Epoch[0] Validation-accuracy=0.113500
///     Epoch[0] Validation-loss=2.301020
std::vector<std::string> mxnet_lines(const EpochResult& result);

}  // namespace digits
