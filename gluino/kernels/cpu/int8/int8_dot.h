// Products of bytes, added up in 32 bits: what convolutions and fully connected layers of quantized
// networks are made of. The sums are exact, so their bits depend on nothing.
#pragma once

#include <cstdint>

namespace gluino::kernels {

/// Columns of weights that stand side by side in a packed block.
inline constexpr std::int64_t kInt8Columns = 16;

/// How weights (columns, segments, segment_bytes) are packed: blocks of kInt8Columns columns, and
/// in a block, for every four bytes of each segment, those of one column after the other. What is
/// missing is filled with zeros. The same for all processors.
struct Int8Packing {
  std::int64_t columns;
  std::int64_t segments;
  std::int64_t segment_bytes;

  std::int64_t blocks() const { return (columns + kInt8Columns - 1) / kInt8Columns; }
  std::int64_t padded_columns() const { return blocks() * kInt8Columns; }
  std::int64_t groups() const { return (segment_bytes + 3) / 4; }
  std::int64_t block_bytes() const { return segments * groups() * kInt8Columns * 4; }
  std::int64_t bytes() const { return blocks() * block_bytes(); }
};

void int8_pack(const Int8Packing& packing, const std::int8_t* weight, std::int8_t* packed);
/// The opposite.
void int8_unpack(const Int8Packing& packing, const std::int8_t* packed, std::int8_t* weight);

/// out[row, position, column] = sum of x[offset of segment s + i] * weight[column, s, i], where a
/// position's bytes begin x_step after those of the position before, a row's x_row_step.
struct Int8Dot {
  const Int8Packing* packing;
  const std::int8_t* packed;
  const std::uint8_t* x;
  /// Per segment, where it begins. Bytes up to the next multiple of four are read, and may be
  /// anything.
  const std::int64_t* offsets;
  std::int64_t x_step;
  std::int64_t positions;
  std::int64_t x_row_step;
  std::int64_t rows;
  std::int64_t block_begin;
  std::int64_t block_end;
  /// Rows of out_stride numbers, one per position: those of the blocks asked for.
  std::int32_t* out;
  std::int64_t out_stride;
};

void int8_dot(const Int8Dot& task);

/// What multiplies bytes: instructions made for it, or vectors of 16-bit numbers, which take the
/// time of floats.
enum class Int8Unit { vectors, vnni, amx };

/// The best that this processor has, unless a test takes a lesser one.
Int8Unit& int8_unit();
const char* int8_unit_name();

}  // namespace gluino::kernels
