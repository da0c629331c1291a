#pragma once

#include <gluino/ops/core/invoke.h>

#include <optional>

namespace gluino {

struct AdaptiveAvgPooling2DOptions {
  /// Rows and columns of the result; one number for both, none for a single pixel.
  Shape output_size{};
};

struct BilinearResize2DOptions {
  std::int64_t height = 1;
  std::int64_t width = 1;
  std::optional<double> scale_height{};
  std::optional<double> scale_width{};
  /// "size": height and width, or the scales times those of the data; "odd_scale": the scales, such
  /// that the last pixel of an odd size stays the last; "like": those of a second input;
  /// "to_even_down", "to_even_up", "to_odd_down", "to_odd_up": at most one pixel less or more.
  std::string mode = "size";
  /// Whether corners stay at corners; else centers of pixels lie on the same part of the image.
  bool align_corners = true;
};

namespace ops {

/// Means of windows that together cover an image (N, C, H, W), as many as are asked for: window i
/// of n along an axis of size s reaches from floor(i s / n) to ceil((i + 1) s / n).
template <Operand A>
A AdaptiveAvgPooling2D(const A& data, const AdaptiveAvgPooling2DOptions& options = {},
                       NodeName name = {}) {
  static const Op& op = Op::get<AdaptiveAvgPooling2DOptions>("_contrib_AdaptiveAvgPooling2D");
  return call(op, options, {data}, name);
}

/// Images (N, C, H, W) of another size, by bilinear interpolation.
template <Operand A>
A BilinearResize2D(const A& data, const BilinearResize2DOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<BilinearResize2DOptions>("_contrib_BilinearResize2D");
  return call(op, options, {data}, name);
}

/// The same with the size of other images.
template <Operand A>
A BilinearResize2D(const A& data, const A& like, BilinearResize2DOptions options = {},
                   NodeName name = {}) {
  static const Op& op = Op::get<BilinearResize2DOptions>("_contrib_BilinearResize2D");
  options.mode = "like";
  return call(op, options, {data, like}, name);
}

}  // namespace ops
}  // namespace gluino
