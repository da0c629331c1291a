#pragma once

#include <gluino/graph/symbol/symbol.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

/// What tables and drawings of networks share; the room's own.
namespace gluino::viz {

/// A value for each output of each node.
template <class T>
using ByEntry = std::map<std::pair<const Node*, int>, T>;

/// `values` are those of the outputs of `internals`, in their order.
template <class T>
ByEntry<T> by_entry(const Symbol& internals, const std::vector<T>& values) {
  ByEntry<T> result;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const NodeEntry& entry = internals.entries()[i];
    result.emplace(std::pair(entry.node.get(), entry.index), values[i]);
  }
  return result;
}

/// "5x5"
std::string joined_by_x(const Shape& shape);
/// The shape of one sample, without the first axis: "20x24x24".
std::string sample_shape(const Shape& shape);

}  // namespace gluino::viz
