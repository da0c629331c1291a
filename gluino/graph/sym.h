#pragma once

/// All operators on symbols, under MXNet's name: sym::FullyConnected(data, {.num_hidden = 10},
/// "fc1").

#include <gluino/graph/run/executor.h>
#include <gluino/graph/symbol/contrib.h>
#include <gluino/graph/symbol/naming.h>
#include <gluino/graph/symbol/symbol.h>
#include <gluino/ops/nd.h>

namespace gluino::sym {
using namespace ops;
}
