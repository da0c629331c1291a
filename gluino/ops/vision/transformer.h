#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct GridGeneratorOptions {
  /// "affine": data (N, 6), a matrix of two rows per image; "warp": data (N, 2, H, W), how far each
  /// pixel is moved.
  std::string transform_type{};
  /// With "affine": (height, width) of the grid.
  Shape target_shape{0, 0};
};

struct SpatialTransformerOptions {
  Shape target_shape{0, 0};
  std::string transform_type = "affine";
  std::string sampler_type = "bilinear";
};

/// Places on an image are (x, y), from -1 at its first column and row to 1 at its last.
namespace ops {

/// data (N, C, H, W) at the places of grid (N, 2, h, w), by bilinear interpolation; 0 around the
/// image: (N, C, h, w).
template <Operand A>
A BilinearSampler(const A& data, const A& grid, NodeName name = {}) {
  static const Op& op = Op::get("BilinearSampler");
  return call(op, NoOptions(), {data, grid}, name);
}

/// The grid (N, 2, H, W) of which BilinearSampler takes a transformed image.
template <Operand A>
A GridGenerator(const A& data, const GridGeneratorOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<GridGeneratorOptions>("GridGenerator");
  return call(op, options, {data}, name);
}

/// Both: data (N, C, H, W) transformed by the matrices of loc (N, 6) (Jaderberg et al., 2015).
template <Operand A>
A SpatialTransformer(const A& data, const A& loc, const SpatialTransformerOptions& options,
                     NodeName name = {}) {
  static const Op& op = Op::get<SpatialTransformerOptions>("SpatialTransformer");
  return call(op, options, {data, loc}, name);
}

}  // namespace ops
}  // namespace gluino
