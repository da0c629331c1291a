#include <gluino/base/error.h>
#include <gluino/base/kernel_notes.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/bf16_convolution/bf16_conv.h>
#include <gluino/kernels/cpu/bf16_convolution/bf16_conv_pool.h>
#include <gluino/kernels/cpu/bf16_convolution/bf16_gradient.h>
#include <gluino/kernels/cpu/bf16_convolution/bf16_strip.h>
#include <gluino/kernels/cpu/convolution/conv_strips.h>
#include <gluino/kernels/cpu/convolution/strip_pool.h>
#include <gluino/kernels/cpu/support/scratch.h>

#include <algorithm>

namespace gluino::kernels {
namespace {

constexpr std::int64_t kSamples = kStripSamples<float>;

struct Sizes {
  explicit Sizes(const ConvPoolGeometry& g)
      : strips((g.conv.batch + kSamples - 1) / kSamples),
        in_plane(g.conv.in_height * g.conv.in_width),
        conv_plane(g.conv.out_height() * g.conv.out_width()),
        out_plane(g.out_height() * g.out_width()),
        in_stride(StripPlanes::stride_for(in_plane)),
        conv_stride(StripPlanes::stride_for(conv_plane)),
        image(g.conv.in_channels * in_plane),
        pooled(g.conv.out_channels * out_plane) {}
  std::int64_t strips, in_plane, conv_plane, out_plane;
  std::int64_t in_stride, conv_stride;  // between the planes of a strip
  std::int64_t image, pooled;
};

std::int64_t samples_of(const ConvPoolGeometry& g, std::int64_t strip) {
  return std::min(kSamples, g.conv.batch - strip * kSamples);
}

// Pooled rows [row_begin, row_end) of one strip.
void forward_part(const ConvPoolGeometry& g, const Bf16StripPass& tiles, std::int64_t strip,
                  std::int64_t row_begin, std::int64_t row_end, const float* x,
                  const UnaryKernel<float>& f, float* y, float* places) {
  const Conv2dGeometry& c = g.conv;
  const Sizes n(g);
  const std::int64_t samples = samples_of(g, strip);
  // Columns that fill no window are not computed.
  const std::int64_t width = g.out_width() * g.pool_w;
  const std::int64_t sliding_rows = StripPlanes::stride_for(g.pool_h * width);
  float* const in = scratch<float>(ScratchUse::kConvInput, c.in_channels * n.in_stride);
  float* const conv = scratch<float>(ScratchUse::kConvOutput, 2 * kTileSide * sliding_rows);
  float* const pooled = scratch<float>(ScratchUse::kConvPooled, n.pooled * kSamples);
  Bf16* const image = scratch<Bf16>(ScratchUse::kConvColumns, tiles.image_values());

  const std::int64_t first = row_begin * g.pool_h * c.stride_h;
  const std::int64_t last =
      (row_end * g.pool_h - 1) * c.stride_h + (c.kernel_height - 1) * c.dilate_h + 1;
  const float* from = x + strip * kSamples * n.image;
  for (std::int64_t channel = 0; channel < c.in_channels; ++channel) {
    const std::int64_t at = first * c.in_width;
    to_strip(from + channel * n.in_plane + at, n.image, samples, (last - first) * c.in_width,
             in + channel * n.in_stride + at * kSamples);
  }
  tiles.load({in, n.in_stride}, first, last, image);
  const StripPool pool = {width, g.pool_h, g.pool_w, g.out_width(), 0, 1};
  float* const kept = places == nullptr ? nullptr : places + strip * kSamples * n.pooled;
  for (std::int64_t block = 0; block < tiles.blocks(); ++block) {
    for (std::int64_t row = row_begin; row < row_end; ++row) {
      tiles.run(block, image, {row * g.pool_h, (row + 1) * g.pool_h, 0, width},
                {conv, sliding_rows, width * kSamples});
      for (std::int64_t i = 0; i < tiles.filters(block); ++i) {
        const std::int64_t at =
            ((tiles.first_filter(block) + i) * n.out_plane + row * g.out_width()) * kSamples;
        strip_max_pool(pool, conv + i * sliding_rows, pooled + at,
                       kept == nullptr ? nullptr : kept + at);
      }
    }
  }
  const std::int64_t values = (row_end - row_begin) * g.out_width();
  float* const to = y + strip * kSamples * n.pooled;
  for (std::int64_t filter = 0; filter < c.out_channels; ++filter) {
    const std::int64_t at = filter * n.out_plane + row_begin * g.out_width();
    f.forward(pooled + at * kSamples, pooled + at * kSamples, values * kSamples);
    from_strip(pooled + at * kSamples, samples, values, to + at, n.pooled);
  }
}

// What the strips of a part share.
struct Backward {
  const ConvPoolGeometry& g;
  const UnaryKernel<float>& f;
  const ConvPoolGradient<float>& task;
  const Bf16StripPass* to_data;         // unless that gradient is not wanted
  const Bf16WeightGradient* to_weight;  // the same
};

// The gradient of what one strip's windows held; `bias` is increased by its sums unless it is null.
StripPlanes load_pooled(const Backward& b, std::int64_t strip, float* bias) {
  const ConvPoolGeometry& g = b.g;
  const Sizes n(g);
  const std::int64_t samples = samples_of(g, strip);
  const std::int64_t first = strip * kSamples * n.pooled;
  const std::int64_t values = n.out_plane * kSamples;
  float* const pooled = scratch<float>(ScratchUse::kConvPooled, n.pooled * kSamples + values);
  float* const y = pooled + n.pooled * kSamples;
  for (std::int64_t filter = 0; filter < g.conv.out_channels; ++filter) {
    const std::int64_t plane = filter * n.out_plane;
    float* const dy = pooled + plane * kSamples;
    to_strip(b.task.dy + first + plane, n.pooled, samples, n.out_plane, dy);
    to_strip(b.task.y + first + plane, n.pooled, samples, n.out_plane, y);
    b.f.gradient(nullptr, y, dy, dy, values);
    if (bias == nullptr) continue;
    // dy of samples that lack is 0, and f's gradient of 0 is too.
    float sum = 0;
    sum_planes(dy, 1, 0, values, 0, 1, &sum);
    bias[filter] += sum;
  }
  return {pooled, values};
}

// From it, that of the convolution itself.
StripPlanes unpool(const Backward& b, const StripPlanes& pooled, const StripPlanes& places) {
  const ConvPoolGeometry& g = b.g;
  const Sizes n(g);
  float* const dconv = scratch<float>(ScratchUse::kConvOutput, g.conv.out_channels * n.conv_stride);
  const StripPool pool = {g.conv.out_width(), g.pool_h, g.pool_w, g.out_width(), 0, g.out_height()};
  const bool covered = g.out_height() * g.pool_h == g.conv.out_height() &&
                       g.out_width() * g.pool_w == g.conv.out_width();
  if (!covered) std::fill_n(dconv, g.conv.out_channels * n.conv_stride, 0.0F);
  for (std::int64_t filter = 0; filter < g.conv.out_channels; ++filter) {
    strip_max_unpool(pool, pooled.data + filter * pooled.stride,
                     places.data + filter * places.stride, dconv + filter * n.conv_stride);
  }
  return {dconv, n.conv_stride};
}

void data_gradient(const Backward& b, std::int64_t strip, const StripPlanes& dconv) {
  const Conv2dGeometry& c = b.g.conv;
  const Sizes n(b.g);
  const Bf16StripPass& tiles = *b.to_data;
  Bf16* const image = scratch<Bf16>(ScratchUse::kConvColumns, tiles.image_values());
  float* const dx = scratch<float>(ScratchUse::kConvInput, c.in_channels * n.in_stride);
  tiles.load(dconv, 0, c.out_height(), image);
  for (std::int64_t block = 0; block < tiles.blocks(); ++block) {
    tiles.run(block, image, {0, c.in_height, 0, c.in_width},
              {dx + tiles.first_filter(block) * n.in_stride, n.in_stride, c.in_width * kSamples});
  }
  float* const to = b.task.dx + strip * kSamples * n.image;
  for (std::int64_t channel = 0; channel < c.in_channels; ++channel) {
    from_strip(dx + channel * n.in_stride, samples_of(b.g, strip), n.in_plane,
               to + channel * n.in_plane, n.image);
  }
}

void weight_gradient(const Backward& b, std::int64_t strip, const StripPlanes& pooled,
                     const StripPlanes& places, bool add, float* sums) {
  const Sizes n(b.g);
  const std::int64_t channels = b.g.conv.in_channels;
  float* const in = scratch<float>(ScratchUse::kConvInput, channels * n.in_stride);
  Bf16* const x = scratch<Bf16>(ScratchUse::kGemmA, b.to_weight->x_values());
  Bf16* const dy = scratch<Bf16>(ScratchUse::kGemmB, b.to_weight->dy_values());
  const float* from = b.task.x + strip * kSamples * n.image;
  for (std::int64_t channel = 0; channel < channels; ++channel) {
    to_strip(from + channel * n.in_plane, n.image, samples_of(b.g, strip), n.in_plane,
             in + channel * n.in_stride);
  }
  b.to_weight->load_x({in, n.in_stride}, x);
  b.to_weight->load_pooled_dy(pooled, places, b.g.pool_h, b.g.pool_w, dy);
  b.to_weight->run(x, dy, add, sums);
}

// Strips [begin, end), whose sums are added in order.
void run_part(const Backward& b, std::int64_t begin, std::int64_t end, float* sums, float* bias) {
  const Sizes n(b.g);
  if (bias != nullptr) std::fill_n(bias, b.g.conv.out_channels, 0.0F);
  for (std::int64_t strip = begin; strip < end; ++strip) {
    const StripPlanes pooled = load_pooled(b, strip, bias);
    const StripPlanes places = {b.task.places + strip * kSamples * n.pooled, pooled.stride};
    if (b.to_weight != nullptr) weight_gradient(b, strip, pooled, places, strip > begin, sums);
    if (b.to_data != nullptr) data_gradient(b, strip, unpool(b, pooled, places));
  }
}

}  // namespace

bool bf16_conv_pool_suits(const ConvPoolGeometry& g) {
  // The places in a window are told apart in bfloat16, which has all whole numbers up to there.
  constexpr std::int64_t kMostPlaces = 256;
  return conv_pool_suits<float>(g) && bf16_conv_suits(g.conv) && g.pool_h * g.pool_w <= kMostPlaces;
}

void bf16_conv_pool_forward(const ConvPoolGeometry& g, const float* x, const float* weight,
                            const float* bias, const UnaryKernel<float>& f, float* y,
                            float* places) {
  thread_local Bf16StripPass prepared;
  check(prepared.prepare(forward_pass(g.conv), weight, bias),
        "bf16_conv_pool: the kernel has too many elements");
  const Bf16StripPass& tiles = prepared;  // the caller's, whichever thread uses it
  note_kernel("strips of ", kSamples, " samples, ", bf16_unit().name);
  const std::int64_t strips = Sizes(g).strips;
  const std::int64_t rows = g.out_height();
  // Few strips are cut, so that they keep several threads busy.
  const std::int64_t cuts = strips >= 4 * num_threads() ? 1 : std::min<std::int64_t>(2, rows);
  parallel_for(strips * cuts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t cut = i % cuts;
      forward_part(g, tiles, i / cuts, cut * rows / cuts, (cut + 1) * rows / cuts, x, f, y, places);
    }
  });
}

void bf16_conv_pool_backward(const ConvPoolGeometry& g, const UnaryKernel<float>& f,
                             const ConvPoolGradient<float>& task) {
  thread_local Bf16StripPass to_data;
  thread_local Bf16WeightGradient to_weight;
  if (task.dx != nullptr) {
    check(to_data.prepare(data_pass(g.conv), task.weight, nullptr),
          "bf16_conv_pool: the kernel has too many elements");
  }
  to_weight.prepare(g.conv);
  const Backward backward = {g, f, task, task.dx != nullptr ? &to_data : nullptr,
                             task.dweight != nullptr ? &to_weight : nullptr};
  note_kernel("strips of ", kSamples, " samples, ", bf16_unit().name);
  const std::int64_t strips = Sizes(g).strips;
  const std::int64_t filters = g.conv.out_channels;
  const std::int64_t values = task.dweight != nullptr ? to_weight.sum_values() : 0;
  const std::int64_t parts = bf16_conv_parts(strips, to_weight.sum_values());
  float* const sums = scratch<float>(ScratchUse::kConvSums, parts * (values + filters));
  float* const biases = task.dbias != nullptr ? sums + parts * values : nullptr;
  parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part) {
      run_part(backward, part * strips / parts, (part + 1) * strips / parts, sums + part * values,
               biases != nullptr ? biases + part * filters : nullptr);
    }
  });
  if (task.dweight != nullptr) to_weight.finish(sums, parts, task.dweight);
  if (task.dbias == nullptr) return;
  std::copy_n(biases, filters, task.dbias);
  for (std::int64_t part = 1; part < parts; ++part) {
    for (std::int64_t i = 0; i < filters; ++i) task.dbias[i] += biases[part * filters + i];
  }
}

}  // namespace gluino::kernels
