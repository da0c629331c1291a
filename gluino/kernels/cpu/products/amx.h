// What AMX's tile registers need, whatever is multiplied in them.
#pragma once

#include <cstdint>

namespace gluino::kernels {

enum class TileValues { bf16, int8 };

/// True where the processor has tiles and multiplies such values, the system lends them to this
/// process, and GLUINO_MAX_ISA permits.
bool has_tiles(TileValues values);

/// The sizes of the eight tile registers, as _tile_loadconfig reads them; those not set stay
/// unused.
struct alignas(64) TileConfiguration {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};

  void set(int tile, std::int64_t tile_rows, std::int64_t bytes) {
    if (tile_rows == 0 || bytes == 0) return;
    rows[tile] = static_cast<std::uint8_t>(tile_rows);
    row_bytes[tile] = static_cast<std::uint16_t>(bytes);
  }
};

/// Compilers do not know all of the memory that these instructions read: what was written to it
/// must be there before.
inline void finish_stores(const void* memory) { __asm__ volatile("" : : "r"(memory) : "memory"); }

}  // namespace gluino::kernels
