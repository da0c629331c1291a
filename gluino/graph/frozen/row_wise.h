#pragma once

#include <gluino/graph/frozen/freeze_passes.h>

#include <span>
#include <string>
#include <vector>

/// When a batch may be filled up with more rows; the room's own.
namespace gluino::graph {

/// True when the inputs have their first axis in common, the batch, and so have all outputs, row i
/// of which follows from row i of the inputs alone: as the operators' definitions say
/// (Op::row_wise).
bool is_row_wise(const KnownGraph& graph, const std::vector<std::string>& inputs,
                 std::span<const NDArray> like);

/// The shape with the batch, the first axis, that it is filled up to, so that a server with batches
/// of 1 to 64 needs few compilations. No number of samples at which kernels change their ways (half
/// a strip, a whole one, and from there on each half) lies between the two, so the bits are those
/// of the batch alone. Larger batches take longer to compute than to compile for, and stay.
Shape rounded(const Shape& shape);

}  // namespace gluino::graph
