// Which input positions an output position of a convolution reads, and with which kernel elements.
#pragma once

#include <gluino/kernels/cpu/convolution/convolution.h>

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace gluino::kernels {

/// One axis (height or width) of a convolution, or of its gradient to the data, where the roles of
/// input and output are exchanged.
struct ConvAxis {
  std::int64_t kernel;
  std::int64_t stride;
  std::int64_t pad;
  std::int64_t dilate;
  std::int64_t inputs;   ///< positions that are read from
  std::int64_t outputs;  ///< positions that are computed
  bool to_data;          ///< true for the gradient to the data

  bool operator==(const ConvAxis&) const = default;

  /// The input position that kernel element k meets at output position o, or -1.
  std::int64_t input(std::int64_t k, std::int64_t o) const {
    std::int64_t i = 0;
    if (to_data) {
      i = o + pad - k * dilate;
      if (i < 0 || i % stride != 0) return -1;
      i /= stride;
    } else {
      i = o * stride - pad + k * dilate;
    }
    return i >= 0 && i < inputs ? i : -1;
  }
};

/// What is computed by one pass of a convolution kernel, forward or to the data.
struct ConvPass {
  std::int64_t batch;
  std::int64_t groups;
  std::int64_t in_channels;   ///< of one group, read
  std::int64_t out_channels;  ///< of one group, computed
  ConvAxis height;
  ConvAxis width;
  std::int64_t weight_out_stride;  ///< between the weights of neighbouring computed channels
  std::int64_t weight_in_stride;   ///< between the weights of neighbouring read channels
  bool in_on_strips;               ///< where what is read lies, and what is computed
  bool out_on_strips;

  std::int64_t in_plane() const { return height.inputs * width.inputs; }
  std::int64_t out_plane() const { return height.outputs * width.outputs; }
  std::int64_t kernel() const { return height.kernel * width.kernel; }
};

ConvPass forward_pass(const Conv2dGeometry& geometry);
ConvPass data_pass(const Conv2dGeometry& geometry);

/// One multiply-add of an output position: where the input stands, as a number of positions after
/// the one that the output position's first tap reads, and which kernel element it meets.
struct ConvTap {
  std::int32_t input;
  std::int32_t weight;
};

/// For each output position the taps that fall inside the input. Positions with the same pattern
/// (all but those near a border) share one list.
class ConvTaps {
 public:
  struct List {
    const ConvTap* taps;
    std::int64_t count;
    std::int64_t first_input;  ///< position in the input plane that taps' inputs count from
    std::int64_t begin;        ///< where the list stands in all()
  };

  /// The most taps that build() makes of any pass.
  static constexpr std::int64_t kMost = 1 << 16;

  /// False if the lists would be longer than kMost taps in all. Does nothing for a pass with the
  /// axes of the one before.
  bool build(const ConvPass& pass);

  List at(std::int64_t row, std::int64_t column) const {
    const Position& r = rows_.positions[static_cast<std::size_t>(row)];
    const Position& c = columns_.positions[static_cast<std::size_t>(column)];
    const std::int64_t list = r.pattern * columns_.patterns() + c.pattern;
    const std::int64_t begin = begins_[static_cast<std::size_t>(list)];
    return {taps_.data() + begin, begins_[static_cast<std::size_t>(list) + 1] - begin,
            r.first * in_width_ + c.first, begin};
  }

  /// The taps of all lists.
  std::span<const ConvTap> all() const { return taps_; }

 private:
  struct Position {
    std::int64_t pattern;
    std::int64_t first;
  };
  struct Axis {
    std::vector<Position> positions;
    std::vector<ConvTap> taps;  // of all patterns, inputs relative to `first`
    std::vector<std::int64_t> begins;
    std::int64_t patterns() const { return static_cast<std::int64_t>(begins.size()) - 1; }
    bool build(const ConvAxis& axis);
  };

  bool build_lists(const ConvPass& pass);

  std::optional<std::pair<ConvAxis, ConvAxis>> built_;  // unless nothing fits
  Axis rows_;
  Axis columns_;
  std::vector<ConvTap> taps_;
  std::vector<std::int64_t> begins_;
  std::int64_t in_width_ = 0;
};

}  // namespace gluino::kernels
