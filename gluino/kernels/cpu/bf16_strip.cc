#include <gluino/kernels/cpu/bf16_strip.h>
#include <gluino/kernels/cpu/conv_strips.h>
#include <gluino/kernels/cpu/scratch.h>

#include <algorithm>

namespace gluino::kernels {
namespace {

constexpr std::int64_t kSamples = kStripSamples<float>;
static_assert(kSamples == kTileSide);

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

bool Bf16StripPass::prepare(const ConvPass& pass, const float* weight, const float* bias) {
  pass_ = pass;
  if (!taps_.build(pass)) return false;
  const std::int64_t filter_tiles = ceil_div(pass.out_channels, kTileSide);
  rows_ = ceil_div(pass.out_channels, filter_tiles);
  group_blocks_ = ceil_div(filter_tiles, 2);
  const std::int64_t channel_pairs = ceil_div(pass.in_channels, 2);
  depths_ = ceil_div(channel_pairs, kTileSide);
  pairs_ = ceil_div(channel_pairs, depths_);
  make_steps();
  const std::int64_t tiles = pass.groups * filter_tiles;
  const std::int64_t weights = tiles * pass.kernel() * depths_ * kTileValues;
  const std::int64_t biases = bias != nullptr ? tiles * kTileSide * kSamples : 0;
  weight_ = scratch<Bf16>(ScratchUse::kConvWeights, weights + 2 * biases);
  pack_weight(weight);
  bias_ = bias != nullptr ? reinterpret_cast<float*>(weight_ + weights) : nullptr;
  if (bias_ != nullptr) spread_bias(bias);
  return true;
}

void Bf16StripPass::spread_bias(const float* bias) {
  for (std::int64_t f = 0; f < pass_.groups * pass_.out_channels; ++f) {
    const std::int64_t group = f / pass_.out_channels;
    const std::int64_t filter = f % pass_.out_channels;
    const std::int64_t tile = group * filter_tiles() + filter / rows_;
    std::fill_n(bias_ + (tile * kTileSide + filter % rows_) * kSamples, kSamples, bias[f]);
  }
}

void Bf16StripPass::make_steps() {
  const std::span<const ConvTap> taps = taps_.all();
  const std::int64_t position = depths_ * pairs_ * kTileRow;
  steps_.clear();
  for (const ConvTap& tap : taps) {
    for (std::int64_t d = 0; d < depths_; ++d) {
      steps_.push_back({static_cast<std::int32_t>((tap.weight * depths_ + d) * kTileValues),
                        static_cast<std::int32_t>(tap.input * position + d * pairs_ * kTileRow)});
    }
  }
}

// A filter's weights are a matrix (channels, kernel): its tiles, transposed, have a row of channels
// for each of 16 elements of the kernel.
void Bf16StripPass::pack_weight(const float* weight) {
  const Bf16Unit& unit = bf16_unit();
  const std::int64_t kernel = pass_.kernel();
  const std::int64_t tiles = filter_tiles();
  const std::int64_t tile_weights = kernel * depths_ * kTileValues;
  alignas(64) Bf16 tile[kTileValues];
  for (std::int64_t f = 0; f < pass_.groups * pass_.out_channels; ++f) {
    const std::int64_t group = f / pass_.out_channels;
    const std::int64_t filter = f % pass_.out_channels;
    const float* from = weight + group * pass_.out_channels * pass_.in_channels * kernel +
                        filter * pass_.weight_out_stride;
    Bf16* to =
        weight_ + (group * tiles + filter / rows_) * tile_weights + filter % rows_ * kTileRow;
    for (std::int64_t d = 0; d < depths_; ++d) {
      const std::int64_t channel = d * 2 * pairs_;
      const std::int64_t channels =
          std::clamp<std::int64_t>(pass_.in_channels - channel, 0, 2 * pairs_);
      for (std::int64_t k = 0; k < kernel; k += kTileSide) {
        const std::int64_t elements = std::min(kTileSide, kernel - k);
        std::fill_n(tile, kTileValues, Bf16(0));
        unit.pack_pairs(from + channel * pass_.weight_in_stride + k, pass_.weight_in_stride,
                        channels, elements, tile);
        unit.turn(tile, tile);
        for (std::int64_t i = 0; i < elements; ++i) {
          std::copy_n(tile + i * kTileRow, kTileRow, to + ((k + i) * depths_ + d) * kTileValues);
        }
      }
    }
  }
}

std::int64_t Bf16StripPass::first_filter(std::int64_t block) const {
  return block / group_blocks_ * pass_.out_channels + block % group_blocks_ * 2 * rows_;
}

std::int64_t Bf16StripPass::filters(std::int64_t block) const {
  return std::min(2 * rows_, pass_.out_channels - block % group_blocks_ * 2 * rows_);
}

TileShape Bf16StripPass::shape(std::int64_t block) const {
  const std::int64_t upper = std::min(rows_, filters(block));
  return {static_cast<int>(upper), static_cast<int>(filters(block) - upper),
          static_cast<int>(pairs_), kTileSide, kTileSide};
}

std::int64_t Bf16StripPass::image_values() const {
  return pass_.groups * pass_.in_plane() * depths_ * pairs_ * kTileRow;
}

void Bf16StripPass::load(const StripPlanes& strip, std::int64_t begin, std::int64_t end,
                         Bf16* image) const {
  const Bf16Unit& unit = bf16_unit();
  const std::int64_t plane = pass_.in_plane();
  const std::int64_t rows = pairs_ * kTileRow;
  for (std::int64_t group = 0; group < pass_.groups; ++group) {
    for (std::int64_t d = 0; d < depths_; ++d) {
      const std::int64_t channel = d * 2 * pairs_;
      const std::int64_t channels =
          std::clamp<std::int64_t>(pass_.in_channels - channel, 0, 2 * pairs_);
      const float* from = strip.data + (group * pass_.in_channels + channel) * strip.stride;
      for (std::int64_t i = begin * pass_.width.inputs; i < end * pass_.width.inputs; ++i) {
        Bf16* to = image + ((group * plane + i) * depths_ + d) * rows;
        if (channels + 1 < 2 * pairs_) std::fill_n(to, rows, Bf16(0));
        unit.pack_pairs(from + i * kSamples, strip.stride, channels, kSamples, to);
      }
    }
  }
}

void Bf16StripPass::run(std::int64_t block, const Bf16* image, const PlaneRange& range,
                        const Results& results) const {
  const std::int64_t group = block / group_blocks_;
  const std::int64_t tile = group * filter_tiles() + block % group_blocks_ * 2;
  const std::int64_t position = depths_ * pairs_ * kTileRow;
  TileBlock t;
  t.a = weight_ + tile * pass_.kernel() * depths_ * kTileValues;
  t.a_down = pass_.kernel() * depths_ * kTileValues;
  if (bias_ != nullptr) {
    t.init = {bias_ + tile * kTileSide * kSamples, kSamples, kTileSide * kSamples, 0};
  }
  // First neighbours that read alike, two at a time, then the others: the fewer changes of shape,
  // the better.
  TileScope tiles_of(bf16_unit(), shape(block));
  bool alone = false;
  for (const bool pairs : {true, false}) {
    if (!pairs && !alone) break;
    if (!pairs) {
      TileShape narrow = shape(block);
      narrow.right_columns = 0;
      tiles_of.change(narrow);
    }
    for (std::int64_t row = range.row_begin; row < range.row_end; ++row) {
      for (std::int64_t column = range.column_begin; column < range.column_end;) {
        const ConvTaps::List list = taps_.at(row, column);
        const bool last = column + 1 == range.column_end;
        const ConvTaps::List next = taps_.at(row, last ? column : column + 1);
        const bool pair = !last && next.begin == list.begin && next.count == list.count;
        if (pair == pairs) {
          t.steps = std::span(steps_).subspan(static_cast<std::size_t>(list.begin * depths_),
                                              static_cast<std::size_t>(list.count * depths_));
          t.b = image + (group * pass_.in_plane() + list.first_input) * position;
          t.b_right = (next.first_input - list.first_input) * position;
          t.c = {results.data + (row - range.row_begin) * results.row_stride +
                     (column - range.column_begin) * kSamples,
                 results.filter_stride, rows_ * results.filter_stride, kSamples};
          tiles_of.product(t);
        }
        alone = alone || !pair;
        column += pair ? 2 : 1;
      }
    }
  }
}

}  // namespace gluino::kernels
