// The gradient to a convolution's weights on strips (see conv_strips.h), by tiles of numbers
// rounded to bfloat16. What is added up are samples: a pair of neighbouring positions of a strip's
// 16 samples is a step.
#pragma once

#include <gluino/kernels/cpu/bf16_convolution/bf16_strip.h>
#include <gluino/kernels/cpu/convolution/convolution.h>

#include <cstdint>
#include <vector>

namespace gluino::kernels {

/// Prepared once, then used for any number of strips, by several threads at once.
class Bf16WeightGradient {
 public:
  void prepare(const Conv2dGeometry& geometry);

  /// How many values a strip's rounded copies take, and the sums.
  std::int64_t x_values() const;
  std::int64_t dy_values() const;
  std::int64_t sum_values() const;

  /// Round a strip of the input (in_channels, in_height, in_width, 16), and of the output's
  /// gradient (out_channels, out_height, out_width, 16).
  void load_x(const StripPlanes& strip, Bf16* x) const;
  void load_dy(const StripPlanes& strip, Bf16* dy) const;
  /// The same where the output went into windows of pool_h x pool_w positions, side by side: from
  /// the windows' gradients and the places of the maxima within them.
  void load_pooled_dy(const StripPlanes& pooled, const StripPlanes& places, std::int64_t pool_h,
                      std::int64_t pool_w, Bf16* dy) const;

  /// sums = a strip's share of the gradient, or is increased by it.
  void run(const Bf16* x, const Bf16* dy, bool add, float* sums) const;

  /// dweight from the sums of `parts` parts, which stand one after the other and are added in that
  /// order.
  void finish(const float* sums, std::int64_t parts, float* dweight) const;

 private:
  // Up to 16 rows of the results, which a left tile makes: where it stands in a group's share of x,
  // and they in the group's sums.
  struct Rows {
    std::int64_t x;
    std::int64_t sums;
    int count;
  };
  void make_steps();
  void make_rows();
  std::int64_t taps() const { return g_.kernel_height * g_.kernel_width; }
  std::int64_t filters() const { return filter_tiles_ * kTileSide; }
  std::int64_t x_plane() const { return x_height_ * x_row_; }
  // Where element (kh, kw) of the kernel meets the first output position.
  std::int64_t x_at(std::int64_t kh, std::int64_t kw) const;
  void load_row(const float* in, Bf16* out) const;
  void run_steps(TileScope& tiles, std::span<const TileStep> steps, std::int64_t filter_tile,
                 std::int64_t across, const Bf16* x, const Bf16* dy, bool add, float* sums) const;

  Conv2dGeometry g_{};
  std::int64_t filter_tiles_ = 0;  // of a group
  std::int64_t column_pairs_ = 0;  // of the output
  // x is (in_channels, x_height_, columns by their remainder modulo the stride, 16), with borders.
  std::int64_t x_height_ = 0;
  std::int64_t x_columns_ = 0;  // of one remainder
  std::int64_t x_row_ = 0;      // values of one row
  std::int64_t x_stride_ = 0;   // between a left tile's rows
  std::int64_t sum_stride_ = 0;
  std::vector<TileStep> steps_;
  std::vector<Rows> rows_;
};

}  // namespace gluino::kernels
