// What the parts of Winograd's algorithm hand each other.
#pragma once

#include <cstdint>

namespace gluino::kernels {

/// Where the columns of the 36 matrices of one tile and channel begin: matrices of panels as wide
/// as that, of so many rows, plane_step apart.
template <class T>
struct TileColumns {
  T* data;  ///< of sample 0
  std::int64_t panel;
  std::int64_t rows;
  std::int64_t plane_step;

  T* at(std::int64_t sample) const { return data + sample / panel * rows * panel + sample % panel; }
};

/// Where the rows of a tile's patch begin, positions in the order of strips. Columns outside
/// [begin, end) are zeros, and are not read.
template <class T>
struct TilePatch {
  const T* rows[6];
  std::int64_t begin;
  std::int64_t end;
};

/// The transforms of one instruction set.
template <class T>
struct WinogradTransforms {
  void (*input)(const TilePatch<T>& patch, const TileColumns<T>& to);
  void (*output)(const T* products, std::int64_t plane_step, T bias, T* y, std::int64_t row_step);
  void (*gradient)(const TilePatch<T>& patch, const TileColumns<T>& to);
  void (*weights)(const T* weight, std::int64_t channels, bool flipped, std::int64_t plane_step,
                  T* planes);
  void (*weight_gradient)(const T* planes, std::int64_t plane_step, std::int64_t channels,
                          T* dweight);
  std::int64_t panel;  ///< columns of one
};

/// The transforms of one size of tiles whose channels lie side by side, for one instruction set.
template <class T>
struct ImageTransforms {
  void (*input)(const T* patch, std::int64_t row_step, std::int64_t channels,
                std::int64_t plane_step, T* to);
  void (*output)(const T* products, std::int64_t plane_step, std::int64_t channels, const T* bias,
                 T* y, std::int64_t row_step);
  void (*weights)(const T* weight, bool flipped, std::int64_t plane_step, T* to);
};

/// Those of both sizes, and what the gradient to the weights takes, by tiles of 4 outputs each way.
template <class T>
struct ImageTiles {
  ImageTransforms<T> of_two, of_four;
  void (*gradient)(const T* patch, std::int64_t row_step, std::int64_t channels,
                   std::int64_t plane_step, T* to);
  void (*weight_gradient)(const T* planes, std::int64_t plane_step, std::int64_t channels,
                          T* dweight);
  std::int64_t panel;  ///< columns of one
};

}  // namespace gluino::kernels
