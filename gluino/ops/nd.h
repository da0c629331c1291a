#pragma once

/// All operators on arrays, and the ways to make arrays, under MXNet's name: nd::Convolution(...),
/// nd::zeros(...). `np` is the same under the name that MXNet 2 gave it.

#include <gluino/base/random.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/params.h>
#include <gluino/ops/all.h>

namespace gluino::nd {
using namespace ops;
}

namespace gluino::np {
using namespace ops;
using nd::arange;
using nd::array;
using nd::empty;
using nd::full;
using nd::moveaxis;
using nd::ones;
using nd::zeros;

namespace random {
using gluino::random::seed;
using nd::random::exponential;
using nd::random::gamma;
using nd::random::normal;
using nd::random::poisson;
using nd::random::randint;
using nd::random::uniform;
}  // namespace random
}  // namespace gluino::np
