#pragma once

#include <cstdint>
#include <span>

namespace gluino::io {

/// Draws sample `index` of the endless sequence `seed`: 28x28 grey pixels, row-major, 0 = paper,
/// 255 = ink. Returns the label 0..9.
///
/// The digits look handwritten and are laid out as MNIST's: the ink scaled into 20x20 pixels,
/// keeping its proportions, and centred by mass. Every ten labels from an index divisible by ten
/// are the ten digits in random order.
/// The same seed and index give the same bytes on every machine.
int draw_digit(std::uint64_t seed, std::uint64_t index, std::span<std::uint8_t, 784> pixels);

}  // namespace gluino::io
