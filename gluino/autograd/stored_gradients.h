#pragma once

#include <gluino/autograd/tape.h>

#include <cstdint>
#include <span>
#include <vector>

namespace gluino::autograd {

/// Whether what a node's operator has for sparse arrays (Op::Stored::backward) is to be asked for
/// these gradients of its outputs.
bool has_stored_gradients(const Node& node, std::span<const NDArray> out_grads);

/// The gradients of the inputs that are `wanted` (not 0); none at all where the operator has
/// nothing for how these arrays are stored.
std::vector<NDArray> stored_gradients(const Node& node, std::span<const NDArray> out_grads,
                                      std::span<const std::uint8_t> wanted);

}  // namespace gluino::autograd
