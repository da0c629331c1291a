#pragma once

#include <gluino/gluon/data/dataset.h>

#include <cstdint>

namespace digits {

struct Split {
  gluino::gluon::data::Dataset train;
  gluino::gluon::data::Dataset validation;
};

/// Sets a part of the samples aside, at least one, which the seed alone picks: to validate with
/// what the network was not trained with. Throws Error unless each part gets a sample.
Split split(const gluino::gluon::data::Dataset& digits, double validation_share,
            std::uint64_t seed);

}  // namespace digits
