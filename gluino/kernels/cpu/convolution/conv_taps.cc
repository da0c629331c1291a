#include <gluino/kernels/cpu/convolution/conv_taps.h>

#include <algorithm>

namespace gluino::kernels {

ConvPass forward_pass(const Conv2dGeometry& g) {
  const std::int64_t kernel = g.kernel_height * g.kernel_width;
  return {
      .batch = g.batch,
      .groups = g.groups,
      .in_channels = g.group_in_channels(),
      .out_channels = g.group_out_channels(),
      .height = {g.kernel_height, g.stride_h, g.pad_h, g.dilate_h, g.in_height, g.out_height(),
                 false},
      .width = {g.kernel_width, g.stride_w, g.pad_w, g.dilate_w, g.in_width, g.out_width(), false},
      .weight_out_stride = g.group_in_channels() * kernel,
      .weight_in_stride = kernel,
      .in_on_strips = g.x_on_strips,
      .out_on_strips = g.y_on_strips};
}

ConvPass data_pass(const Conv2dGeometry& g) {
  ConvPass pass = forward_pass(g);
  std::swap(pass.in_channels, pass.out_channels);
  std::swap(pass.weight_out_stride, pass.weight_in_stride);
  std::swap(pass.in_on_strips, pass.out_on_strips);
  for (ConvAxis* axis : {&pass.height, &pass.width}) {
    std::swap(axis->inputs, axis->outputs);
    axis->to_data = true;
  }
  return pass;
}

bool ConvTaps::Axis::build(const ConvAxis& axis) {
  positions.clear();
  taps.clear();
  begins.assign(1, 0);
  const auto same = [](const ConvTap& a, const ConvTap& b) {
    return a.input == b.input && a.weight == b.weight;
  };
  if (axis.kernel > kMost) return false;
  for (std::int64_t o = 0; o < axis.outputs; ++o) {
    const std::int64_t begin = begins.back();
    std::int64_t first = 0;
    for (std::int64_t k = 0; k < axis.kernel; ++k) {
      const std::int64_t i = axis.input(k, o);
      if (i < 0) continue;
      if (static_cast<std::int64_t>(taps.size()) == begin) first = i;
      taps.push_back({static_cast<std::int32_t>(i - first), static_cast<std::int32_t>(k)});
    }
    // Neighbours mostly have the same pattern; with a stride the patterns of the gradient repeat.
    std::int64_t pattern = patterns();
    for (std::int64_t q = patterns() - 1; q >= 0; --q) {
      const auto* q_taps = taps.data() + begins[static_cast<std::size_t>(q)];
      const auto* q_end = taps.data() + begins[static_cast<std::size_t>(q) + 1];
      if (std::equal(q_taps, q_end, taps.data() + begin, taps.data() + taps.size(), same)) {
        pattern = q;
        break;
      }
    }
    if (pattern == patterns()) {
      begins.push_back(static_cast<std::int64_t>(taps.size()));
      if (begins.size() > 256 || begins.back() > kMost) return false;
    } else {
      taps.resize(static_cast<std::size_t>(begin));
    }
    positions.push_back({pattern, first});
  }
  return true;
}

bool ConvTaps::build(const ConvPass& pass) {
  const std::pair axes(pass.height, pass.width);
  if (built_ == axes) return true;
  built_.reset();
  if (!build_lists(pass)) return false;
  built_ = axes;
  return true;
}

bool ConvTaps::build_lists(const ConvPass& pass) {
  if (!rows_.build(pass.height) || !columns_.build(pass.width)) return false;
  const auto all = static_cast<std::int64_t>(rows_.taps.size() * columns_.taps.size());
  if (all > kMost || pass.in_plane() > INT32_MAX) return false;
  in_width_ = pass.width.inputs;
  taps_.clear();
  begins_.assign(1, 0);
  for (std::int64_t r = 0; r < rows_.patterns(); ++r) {
    for (std::int64_t c = 0; c < columns_.patterns(); ++c) {
      for (std::int64_t i = rows_.begins[static_cast<std::size_t>(r)];
           i < rows_.begins[static_cast<std::size_t>(r) + 1]; ++i) {
        for (std::int64_t j = columns_.begins[static_cast<std::size_t>(c)];
             j < columns_.begins[static_cast<std::size_t>(c) + 1]; ++j) {
          const ConvTap& row = rows_.taps[static_cast<std::size_t>(i)];
          const ConvTap& column = columns_.taps[static_cast<std::size_t>(j)];
          taps_.push_back(
              {static_cast<std::int32_t>(row.input * pass.width.inputs + column.input),
               static_cast<std::int32_t>(row.weight * pass.width.kernel + column.weight)});
        }
      }
      begins_.push_back(static_cast<std::int64_t>(taps_.size()));
    }
  }
  return true;
}

}  // namespace gluino::kernels
