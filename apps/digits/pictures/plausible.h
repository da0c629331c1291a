#pragma once

#include <apps/digits/pictures/groups.h>
#include <gluino/ndarray/ndarray.h>

/// What no digit looks like, however it is written, is told without a network. The bounds are well
/// beyond those of MNIST's 70,000 digits.
namespace digits {

/// True for ink that is sown all over the paper: many specks or dots, and nothing that is much of
/// it all.
bool is_noise(const Pieces& pieces);

/// False for specks, dots and dashes.
bool may_be_digit(const Group& group);

/// True for ink that is wider than a digit usually is.
bool may_be_several(const Group& group);

/// False for what a network would be given if it is no line, but a blot, or a line so long that it
/// is a hatching, a grid or a tangle.
bool may_be_digit(const gluino::NDArray& network_input);

}  // namespace digits
