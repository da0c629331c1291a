#include <gluino/kernels/cpu/bf16_convolution/bf16_strip.h>
#include <gluino/kernels/cpu/convolution/conv_strips.h>
#include <gluino/kernels/cpu/support/scratch.h>

#include <algorithm>

namespace gluino::kernels {
namespace {

constexpr std::int64_t kSamples = kStripSamples<float>;
static_assert(kSamples == kTileSide);
// With fewer channels most of a tile of channels would be empty.
constexpr std::int64_t kFewChannels = 8;
constexpr std::int64_t kMostGathered = 256;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

bool Bf16StripPass::prepare(const ConvPass& pass, const float* weight, const float* bias) {
  pass_ = pass;
  if (!taps_.build(pass)) return false;
  const std::int64_t filter_tiles = ceil_div(pass.out_channels, kTileSide);
  rows_ = ceil_div(pass.out_channels, filter_tiles);
  group_blocks_ = ceil_div(filter_tiles, 2);
  gathers_ = !pass.height.to_data && pass.in_channels < kFewChannels &&
             pass.in_channels * pass.kernel() <= kMostGathered;
  depths_ = ceil_div(depth(), kTileRow);
  pairs_ = ceil_div(ceil_div(depth(), 2), depths_);
  make_steps();
  const std::int64_t tiles = pass.groups * filter_tiles;
  const std::int64_t weights = tiles * weight_rows() * depths_ * kTileValues;
  const std::int64_t biases = bias != nullptr ? tiles * kTileSide * kSamples : 0;
  weight_ = scratch<Bf16>(ScratchUse::kConvWeights, weights + 2 * biases);
  gathers_ ? pack_gathered_weight(weight) : pack_weight(weight);
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
  for (std::int64_t d = 0; gathers_ && d < depths_; ++d) {
    steps_.push_back({static_cast<std::int32_t>(d * kTileValues),
                      static_cast<std::int32_t>(d * pairs_ * kTileRow)});
  }
  if (gathers_) return;
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

// A filter's weights stand in the order in which right tiles are put together.
void Bf16StripPass::pack_gathered_weight(const float* weight) {
  const std::int64_t tiles = filter_tiles();
  for (std::int64_t q = 0; q < pass_.groups * tiles; ++q) {
    const std::int64_t first = q % tiles * rows_;
    const float* from = weight + (q / tiles * pass_.out_channels + first) * pass_.weight_out_stride;
    for (std::int64_t d = 0; d < depths_; ++d) {
      bf16_unit().pack_rows(from + d * 2 * pairs_, pass_.weight_out_stride,
                            std::min(rows_, pass_.out_channels - first),
                            std::min(2 * pairs_, depth() - d * 2 * pairs_),
                            weight_ + (q * depths_ + d) * kTileValues);
    }
  }
}

// Puts together the right tiles of a position, and of its neighbour, in a group's image.
class Bf16StripPass::Gathered {
 public:
  Gathered(const Bf16StripPass& pass, const Bf16* image) : pass_(pass), image_(image) {}

  const Bf16* tiles() const { return tiles_; }
  std::int64_t right() const { return pass_.depths_ * pass_.pairs_ * kTileRow; }

  void put(const ConvTaps::List& list, bool on_the_right) {
    if (list.begin != begin_ || list.count != count_) find(list);
    const Bf16* in = image_ + list.first_input * kSamples;
    for (std::int64_t d = 0; d < pass_.depths_; ++d) {
      bf16_unit().pack_gathered(
          in, from_ + d * 2 * pass_.pairs_, pass_.pairs_,
          tiles_ + (on_the_right ? right() : 0) + d * pass_.pairs_ * kTileRow);
    }
  }

 private:
  // Where the values stand that the kernel's elements meet, channel by channel.
  void find(const ConvTaps::List& list) {
    begin_ = list.begin;
    count_ = list.count;
    std::fill_n(from_, 2 * kMostPairs, -1);
    for (std::int64_t c = 0; c < pass_.pass_.in_channels; ++c) {
      for (std::int64_t i = 0; i < list.count; ++i) {
        from_[c * pass_.pass_.kernel() + list.taps[i].weight] =
            static_cast<std::int32_t>((c * pass_.pass_.in_plane() + list.taps[i].input) * kSamples);
      }
    }
  }

  // The last tile of a position is filled up.
  static constexpr std::int64_t kMostPairs = kMostGathered / 2 + kTileSide;
  const Bf16StripPass& pass_;
  const Bf16* image_;
  std::int64_t begin_ = -1;
  std::int64_t count_ = -1;
  std::int32_t from_[2 * kMostPairs];
  alignas(64) Bf16 tiles_[2 * kMostPairs * kTileRow];
};

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
  if (gathers_) {
    // The end of an odd number of positions is written beyond.
    return (pass_.groups * pass_.in_channels * pass_.in_plane() + 1) * kSamples;
  }
  return pass_.groups * pass_.in_plane() * depths_ * pairs_ * kTileRow;
}

void Bf16StripPass::load(const StripPlanes& strip, std::int64_t begin, std::int64_t end,
                         Bf16* image) const {
  const Bf16Unit& unit = bf16_unit();
  const std::int64_t plane = pass_.in_plane();
  const std::int64_t rows = pairs_ * kTileRow;
  for (std::int64_t c = 0; gathers_ && c < pass_.groups * pass_.in_channels; ++c) {
    // In rising order: what is written beyond an odd number of positions is written again.
    const std::int64_t first = begin * pass_.width.inputs;
    const std::int64_t positions = (end - begin) * pass_.width.inputs;
    const float* from = strip.data + c * strip.stride + first * kSamples;
    Bf16* to = image + (c * plane + first) * kSamples;
    unit.pack_rows(from, kTileRow, positions / 2, kTileRow, to);
    if (positions % 2 != 0) {
      unit.pack_rows(from + (positions - 1) * kSamples, 0, 1, kSamples,
                     to + (positions - 1) * kSamples);
    }
  }
  if (gathers_) return;
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
  t.a_down = weight_rows() * depths_ * kTileValues;
  t.a = weight_ + tile * t.a_down;
  if (bias_ != nullptr) {
    t.init = {bias_ + tile * kTileSide * kSamples, kSamples, kTileSide * kSamples, 0};
  }
  // First neighbours that read alike, two at a time, then the others: the fewer changes of shape,
  // the better.
  TileScope tiles_of(bf16_unit(), shape(block));
  Gathered gathered(*this, image + group * pass_.in_channels * pass_.in_plane() * kSamples);
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
          if (gathers_) {
            gathered.put(list, false);
            if (pair) gathered.put(next, true);
            t.steps = steps_;
            t.b = gathered.tiles();
            t.b_right = gathered.right();
          } else {
            t.steps = std::span(steps_).subspan(static_cast<std::size_t>(list.begin * depths_),
                                                static_cast<std::size_t>(list.count * depths_));
            t.b = image + (group * pass_.in_plane() + list.first_input) * position;
            t.b_right = (next.first_input - list.first_input) * position;
          }
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
