#pragma once

/// All operators on symbols, under MXNet's name: sym::FullyConnected(data, {.num_hidden = 10},
/// "fc1").

#include <gluino/graph/executor.h>
#include <gluino/graph/naming.h>
#include <gluino/graph/symbol.h>
#include <gluino/ops/nd.h>

namespace gluino::sym {
using namespace ops;
}
