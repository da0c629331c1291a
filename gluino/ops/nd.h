#pragma once

/// All operators on arrays, and the ways to make arrays, under MXNet's name: nd::Convolution(...),
/// nd::zeros(...). `np` is the same under the name that MXNet 2 gave it.

#include <gluino/base/random.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/params.h>
#include <gluino/ops/activation.h>
#include <gluino/ops/add_n.h>
#include <gluino/ops/arithmetic.h>
#include <gluino/ops/batch_norm.h>
#include <gluino/ops/cast.h>
#include <gluino/ops/convolution.h>
#include <gluino/ops/copy.h>
#include <gluino/ops/custom.h>
#include <gluino/ops/deconvolution.h>
#include <gluino/ops/dot.h>
#include <gluino/ops/dropout.h>
#include <gluino/ops/elementwise.h>
#include <gluino/ops/embedding.h>
#include <gluino/ops/fully_connected.h>
#include <gluino/ops/indexing.h>
#include <gluino/ops/leaky_relu.h>
#include <gluino/ops/make_loss.h>
#include <gluino/ops/movement.h>
#include <gluino/ops/normalization.h>
#include <gluino/ops/pooling.h>
#include <gluino/ops/random.h>
#include <gluino/ops/reduce.h>
#include <gluino/ops/regression_output.h>
#include <gluino/ops/repeat.h>
#include <gluino/ops/reshape.h>
#include <gluino/ops/slice_channel.h>
#include <gluino/ops/softmax.h>
#include <gluino/ops/softmax_cross_entropy.h>
#include <gluino/ops/softmax_output.h>
#include <gluino/ops/unary.h>
#include <gluino/ops/update.h>
#include <gluino/ops/update_rules.h>

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
using nd::random::normal;
using nd::random::uniform;
}  // namespace random
}  // namespace gluino::np
