#pragma once

#include <gluino/graph/symbol/symbol.h>

#include <map>
#include <set>
#include <string>

namespace gluino::graph {

/// The dense arguments whose gradients are row_sparse: nothing but operators that give such ones
/// reads them. `stored` tells how arguments are stored, where they are not dense. Optimizers leave
/// the rows that such a gradient does not have, as in MXNet.
GLUINO_API std::set<std::string> row_gradients(const Symbol& symbol,
                                               const std::map<std::string, StorageType>& stored);

}  // namespace gluino::graph
