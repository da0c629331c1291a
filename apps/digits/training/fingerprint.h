#pragma once

#include <gluino/gluon/data/dataset.h>

#include <string>

namespace digits {

/// Tells data sets apart: "60000 digits, crc32:0a1b2c3d", over all samples in their order.
std::string fingerprint(const gluino::gluon::data::Dataset& digits);

}  // namespace digits
