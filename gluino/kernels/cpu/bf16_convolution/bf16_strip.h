// Convolutions on strips (see conv_strips.h) by tiles of numbers rounded to bfloat16. A right tile
// holds, for the 16 samples of a strip, neighbouring channels at one position or, where there are
// few, what all elements of the kernel meet; a left tile the weights of up to 16 filters for them.
#pragma once

#include <gluino/kernels/cpu/convolution/conv_taps.h>
#include <gluino/kernels/cpu/products/bf16_unit.h>

#include <cstdint>
#include <vector>

namespace gluino::kernels {

/// The planes of a strip's channels, and how many values lie between them. Neighbouring planes are
/// read side by side: if a power of two lay between them, they would push each other out of the
/// nearest cache.
struct StripPlanes {
  const float* data;
  std::int64_t stride;

  /// A stride for planes of that many positions, for which that cannot happen.
  static std::int64_t stride_for(std::int64_t positions) { return (positions | 1) * kTileSide; }
};

/// A range of rows and one of columns.
struct PlaneRange {
  std::int64_t row_begin;
  std::int64_t row_end;
  std::int64_t column_begin;
  std::int64_t column_end;
};

/// One pass, forward or to the data: prepared once, then run on any number of strips, by several
/// threads at once. It uses ScratchUse::kConvWeights of the thread that prepares it.
class Bf16StripPass {
 public:
  /// False when the pass has too many taps. `bias` may be null.
  bool prepare(const ConvPass& pass, const float* weight, const float* bias);

  /// Filters come in blocks of up to 32, none of them in two groups.
  std::int64_t blocks() const { return pass_.groups * group_blocks_; }
  std::int64_t first_filter(std::int64_t block) const;
  std::int64_t filters(std::int64_t block) const;

  /// How many values the image of a strip takes.
  std::int64_t image_values() const;
  /// Rounds rows [begin, end) of a strip (channels, inputs, 16) into its image.
  void load(const StripPlanes& strip, std::int64_t begin, std::int64_t end, Bf16* image) const;

  /// Where a block's results go: the first filter's first position, and the distances of the next.
  struct Results {
    float* data;
    std::int64_t filter_stride;
    std::int64_t row_stride;
  };
  /// The results of one block at some positions, whose samples lie side by side.
  void run(std::int64_t block, const Bf16* image, const PlaneRange& range,
           const Results& results) const;

 private:
  class Gathered;
  TileShape shape(std::int64_t block) const;
  // The values that a step's tiles are cut from: channels, or all that a result is the sum of.
  std::int64_t depth() const { return pass_.in_channels * (gathers_ ? pass_.kernel() : 1); }
  // How many such rows a filter has.
  std::int64_t weight_rows() const { return gathers_ ? 1 : pass_.kernel(); }
  std::int64_t filter_tiles() const { return (pass_.out_channels + rows_ - 1) / rows_; }
  void make_steps();
  void pack_weight(const float* weight);
  void pack_gathered_weight(const float* weight);
  void spread_bias(const float* bias);

  ConvPass pass_{};
  ConvTaps taps_;
  std::int64_t group_blocks_ = 0;
  std::int64_t rows_ = 0;    // of a left tile
  bool gathers_ = false;     // right tiles are put together for each position
  std::int64_t depths_ = 0;  // tiles that depth() takes
  std::int64_t pairs_ = 0;   // of values in each
  std::vector<TileStep> steps_;
  // In the scratch memory of the thread that prepared it:
  Bf16* weight_ = nullptr;  // (groups, tiles of filters, weight_rows(), depths, tile)
  float* bias_ = nullptr;  // (groups, tiles of filters, 16, 16), a filter's in each column; or null
};

}  // namespace gluino::kernels
