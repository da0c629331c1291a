#include <gluino/base/error.h>
#include <gluino/base/kernel_notes.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/conv_pool.h>
#include <gluino/kernels/cpu/convolution/conv_sparse.h>
#include <gluino/kernels/cpu/convolution/conv_strips.h>
#include <gluino/kernels/cpu/convolution/strip_pool.h>
#include <gluino/kernels/cpu/support/scratch.h>

#include <algorithm>

namespace gluino::kernels {
namespace {

constexpr std::int64_t kMostStripBytes = 32 << 20;
// A strip's forward is cut into so many parts, so that a few strips keep several threads busy.
constexpr std::int64_t kParts = 2;

template <class T>
struct Sizes {
  explicit Sizes(const ConvPoolGeometry& g)
      : strips(strips_of<T>(g.conv.batch)),
        in_plane(g.conv.in_height * g.conv.in_width),
        conv_plane(g.conv.out_height() * g.conv.out_width()),
        out_plane(g.out_height() * g.out_width()) {}
  std::int64_t strips, in_plane, conv_plane, out_plane;
};

template <class T>
StripInput<T> images(const ConvPoolGeometry& g, const T* x) {
  return input_of(forward_pass(g.conv), x);
}
// Of y or its gradient.
template <class T>
StripInput<T> pooled_images(const ConvPoolGeometry& g, const T* y) {
  return {y, g.conv.y_on_strips, g.conv.batch, g.out_positions()};
}

StripPool pool_of(const ConvPoolGeometry& g, std::int64_t row_begin, std::int64_t row_end) {
  return {g.conv.out_width(), g.pool_h, g.pool_w, g.out_width(), row_begin, row_end};
}

// The rows of a strip that pooled rows [row_begin, row_end) come from: where it lies, or a copy.
template <class T>
const T* load_rows(const ConvPoolGeometry& g, const StripInput<T>& x, std::int64_t strip,
                   std::int64_t row_begin, std::int64_t row_end) {
  if (x.on_strips) return x.strip(strip);
  const Conv2dGeometry& c = g.conv;
  const std::int64_t plane = c.in_height * c.in_width;
  T* const copy = scratch<T>(ScratchUse::kConvInput, x.positions * kStripSamples<T>);
  const std::int64_t first = row_begin * g.pool_h * c.stride_h;
  const std::int64_t last =
      (row_end * g.pool_h - 1) * c.stride_h + (c.kernel_height - 1) * c.dilate_h;
  for (std::int64_t channel = 0; channel < c.in_channels; ++channel) {
    const std::int64_t at = channel * plane + first * c.in_width;
    x.read(strip, at, (last - first + 1) * c.in_width, copy + at * kStripSamples<T>);
  }
  return copy;
}

// Pooled rows [row_begin, row_end) of one strip.
template <class T>
void forward_part(const ConvPoolGeometry& g, const StripConv<T>& shared, std::int64_t strip,
                  std::int64_t row_begin, std::int64_t row_end, const T* x, const UnaryKernel<T>& f,
                  T* y, T* places) {
  constexpr std::int64_t kUnit = kStripSamples<T>;
  const Conv2dGeometry& c = g.conv;
  const Sizes<T> n(g);
  const StripOutput<T> out = {y, c.y_on_strips, c.batch, g.out_positions()};
  StripConv<T> task = shared;
  task.samples = c.y_on_strips ? kUnit : out.samples(strip);
  task.row_begin = row_begin * g.pool_h;
  task.row_end = row_end * g.pool_h;
  task.x = load_rows(g, images(g, x), strip, row_begin, row_end);
  task.y = scratch<T>(ScratchUse::kConvOutput, c.out_channels * n.conv_plane * kUnit);
  T* pooled = out.strip(strip);
  if (pooled == nullptr) pooled = scratch<T>(ScratchUse::kConvPooled, out.positions * kUnit);
  strip_conv(task);
  const StripPool pool = pool_of(g, row_begin, row_end);
  const std::int64_t values = (row_end - row_begin) * g.out_width();
  T* kept = places == nullptr ? nullptr : places + strip * kUnit * out.positions;
  for (std::int64_t filter = 0; filter < c.out_channels; ++filter) {
    const std::int64_t plane = filter * n.out_plane;
    strip_max_pool(pool, task.y + filter * n.conv_plane * kUnit, pooled + plane * kUnit,
                   kept == nullptr ? nullptr : kept + plane * kUnit);
    const std::int64_t at = plane + row_begin * g.out_width();
    f.forward_piece(pooled + at * kUnit, pooled + at * kUnit, values * kUnit);
    if (!out.on_strips) out.write(strip, at, values, pooled + at * kUnit);
  }
}

// The gradient of one strip, on the threads that are free: first that of the convolution's output,
// then from it those of weights and input.
template <class T>
class StripGradient {
 public:
  StripGradient(const ConvPoolGeometry& g, const UnaryKernel<T>& f, const ConvPoolGradient<T>& task)
      : g_(g), f_(f), task_(task), n_(g), pass_(data_pass(g.conv)) {
    const Conv2dGeometry& c = g.conv;
    dconv_ = scratch<T>(ScratchUse::kConvOutput, c.out_channels * n_.conv_plane * kUnit);
    // Gradients of y, then, once they are used, of x; y behind them.
    const std::int64_t pooled = g.out_positions() * kUnit;
    dy_ = scratch<T>(ScratchUse::kConvPooled,
                     std::max(pooled, c.in_channels * n_.in_plane * kUnit) + pooled);
    y_ = dy_ + std::max(pooled, c.in_channels * n_.in_plane * kUnit);
    if (task.dx == nullptr) return;
    thread_local ConvTaps taps;
    check(taps.build(pass_), "conv_pool: the kernel has too many elements");
    taps_ = &taps;
    T* packed = scratch<T>(ScratchUse::kConvWeights,
                           c.out_channels * c.group_in_channels() * pass_.kernel());
    pack_strip_weight(pass_, task.weight, packed);
    weight_ = packed;
  }

  void run(std::int64_t strip) {
    strip_ = strip;
    load();
    if (task_.dweight != nullptr) weight_gradient();
    if (task_.dx != nullptr) data_gradient();
  }

 private:
  static constexpr std::int64_t kUnit = kStripSamples<T>;

  void load() {
    const Conv2dGeometry& c = g_.conv;
    // Planes of so many positions are worth a thread.
    const std::int64_t grain =
        std::max<std::int64_t>(1, 512 / std::max<std::int64_t>(1, n_.conv_plane));
    parallel_for(c.out_channels, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t filter = begin; filter < end; ++filter) load_filter(filter);
    });
    if (task_.dweight == nullptr) return;
    const StripInput<T> x = images(g_, task_.x);
    x_ = x.strip(strip_);
    if (x_ != nullptr) return;
    T* const copy = scratch<T>(ScratchUse::kConvInput, x.positions * kUnit);
    parallel_for(c.in_channels, grain, [&](std::int64_t begin, std::int64_t end) {
      x.read(strip_, begin * n_.in_plane, (end - begin) * n_.in_plane,
             copy + begin * n_.in_plane * kUnit);
    });
    x_ = copy;
  }

  // The gradient of one plane of the convolution's output.
  void load_filter(std::int64_t filter) {
    const Conv2dGeometry& c = g_.conv;
    const std::int64_t plane = filter * n_.out_plane;
    T* const dy = dy_ + plane * kUnit;
    f_.gradient(nullptr, filter_plane(task_.y, filter, y_ + plane * kUnit),
                filter_plane(task_.dy, filter, dy), dy, n_.out_plane * kUnit);
    if (task_.dbias != nullptr) {
      // dy of samples that lack is 0, and f's gradient of 0 is too.
      T sum = 0;
      sum_planes(dy, 1, 0, n_.out_plane * kUnit, 0, 1, &sum);
      task_.dbias[filter] = strip_ == 0 ? sum : task_.dbias[filter] + sum;
    }
    T* dconv = dconv_ + filter * n_.conv_plane * kUnit;
    const bool covered = g_.out_height() * g_.pool_h == c.out_height() &&
                         g_.out_width() * g_.pool_w == c.out_width();
    if (!covered) std::fill_n(dconv, n_.conv_plane * kUnit, T(0));
    strip_max_unpool(pool_of(g_, 0, g_.out_height()), dy,
                     task_.places + (strip_ * g_.out_positions() + plane) * kUnit, dconv);
  }

  // A plane of y or its gradient, where it lies or copied.
  const T* filter_plane(const T* data, std::int64_t filter, T* copy) const {
    const StripInput<T> in = pooled_images(g_, data);
    const std::int64_t plane = filter * n_.out_plane;
    if (in.on_strips) return in.strip(strip_) + plane * kUnit;
    in.read(strip_, plane, n_.out_plane, copy);
    return copy;
  }

  void weight_gradient() {
    const Conv2dGeometry& c = g_.conv;
    StripWeightGradient<T> shared = {&c, x_, dconv_,    c.in_height, c.in_width, task_.dweight,
                                     0,  0,  strip_ > 0};
    const std::int64_t most = strip_gradient_filters();
    // As many for each thread.
    const std::int64_t threads = std::max<std::int64_t>(1, num_threads() / c.groups);
    const std::int64_t full = (c.group_out_channels() + most - 1) / most;
    const std::int64_t blocks =
        std::min(c.group_out_channels(), (full + threads - 1) / threads * threads);
    parallel_for(c.groups * blocks, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t group = i / blocks * c.group_out_channels();
        const std::int64_t block = i % blocks;
        StripWeightGradient<T> part = shared;
        part.filter_begin = group + block * c.group_out_channels() / blocks;
        part.filter_end = group + (block + 1) * c.group_out_channels() / blocks;
        strip_weight_gradient(part);
      }
    });
  }

  void data_gradient() {
    const Conv2dGeometry& c = g_.conv;
    const StripOutput<T> out = output_of(pass_, task_.dx);
    T* const there = out.strip(strip_);
    T* const dx = there != nullptr ? there : dy_;
    const std::int64_t samples = out.on_strips ? kUnit : out.samples(strip_);
    const StripConv<T> shared = {&pass_, taps_, dconv_, weight_, nullptr, dx, samples, 0, 0};
    parallel_for(c.in_height, 1, [&](std::int64_t begin, std::int64_t end) {
      StripConv<T> rows = shared;
      rows.row_begin = begin;
      rows.row_end = end;
      strip_conv(rows);
    });
    if (out.on_strips) return;
    parallel_for(c.in_channels, 1, [&](std::int64_t begin, std::int64_t end) {
      out.write(strip_, begin * n_.in_plane, (end - begin) * n_.in_plane,
                dx + begin * n_.in_plane * kUnit);
    });
  }

  const ConvPoolGeometry& g_;
  const UnaryKernel<T>& f_;
  const ConvPoolGradient<T>& task_;
  Sizes<T> n_;
  ConvPass pass_;
  const ConvTaps* taps_ = nullptr;
  const T* weight_ = nullptr;
  const T* x_ = nullptr;
  T* dconv_;
  T* dy_;
  T* y_;
  std::int64_t strip_ = 0;
};

}  // namespace

template <class T>
bool conv_pool_suits(const ConvPoolGeometry& g) {
  const Conv2dGeometry& c = g.conv;
  const Sizes<T> n(g);
  const std::int64_t values = c.in_channels * n.in_plane + c.out_channels * n.conv_plane;
  thread_local ConvTaps taps;
  return c.pad_h == 0 && c.pad_w == 0 && 2 * c.batch >= kStripSamples<T> && n.out_plane > 0 &&
         c.in_channels > 0 && values * 64 <= kMostStripBytes && taps.build(forward_pass(c)) &&
         taps.build(data_pass(c));
}

template <class T>
void conv_pool_forward(const ConvPoolGeometry& g, const T* x, const T* weight, const T* bias,
                       const UnaryKernel<T>& f, T* y, T* places) {
  const ConvPass pass = forward_pass(g.conv);
  thread_local ConvTaps taps;
  check(taps.build(pass), "conv_pool: the kernel has too many elements");
  T* packed = scratch<T>(ScratchUse::kConvWeights,
                         g.conv.out_channels * g.conv.group_in_channels() * pass.kernel());
  pack_strip_weight(pass, weight, packed);
  const StripConv<T> shared = {&pass, &taps, nullptr, packed, bias, nullptr, 0, 0, 0};
  const std::int64_t rows = g.out_height();
  const std::int64_t parts = std::min(kParts, rows);
  note_kernel("strips of ", kStripSamples<T>, " samples, innermost");
  parallel_for(Sizes<T>(g).strips * parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t part = i % parts;
      forward_part(g, shared, i / parts, part * rows / parts, (part + 1) * rows / parts, x, f, y,
                   places);
    }
  });
}

namespace {

// The places of one strip's samples, (samples, values), from those in strips.
template <class T>
void places_of(const ConvPoolGeometry& g, const T* places, std::int64_t strip,
               std::int32_t* numbers) {
  const std::int64_t values = g.out_positions();
  const std::int64_t first = strip * kStripSamples<T>;
  const std::int64_t samples = std::min(kStripSamples<T>, g.conv.batch - first);
  for (std::int64_t s = 0; s < samples; ++s) {
    const T* place = places + first * values + s;
    std::int32_t* const to = numbers + (first + s) * values;
    for (std::int64_t i = 0; i < values; ++i) {
      to[i] = static_cast<std::int32_t>(place[i * kStripSamples<T>]);
    }
  }
}

// The gradient of what f reads, sample by sample.
template <class T>
void pooled_gradient(const ConvPoolGeometry& g, const UnaryKernel<T>& f,
                     const ConvPoolGradient<T>& task, std::int64_t strip, T* gradient) {
  const std::int64_t values = g.out_positions();
  const std::int64_t first = strip * kStripSamples<T> * values;
  const StripOutput<T> out = {gradient, false, g.conv.batch, values};
  if (!g.conv.y_on_strips) {
    f.gradient(nullptr, task.y + first, task.dy + first, gradient + first,
               out.samples(strip) * values);
    return;
  }
  T* const turned = scratch<T>(ScratchUse::kConvOutput, values * kStripSamples<T>);
  f.gradient(nullptr, task.y + first, task.dy + first, turned, values * kStripSamples<T>);
  out.write(strip, 0, values, turned);
}

// One position of each window has a gradient: only those are gone through.
template <class T>
void sparse_backward(const ConvPoolGeometry& g, const UnaryKernel<T>& f,
                     const ConvPoolGradient<T>& task) {
  const Conv2dGeometry& c = g.conv;
  const std::int64_t plane = g.out_height() * g.out_width();
  const std::int64_t values = c.out_channels * plane;
  T* const gradient = scratch<T>(ScratchUse::kConvPooled, c.batch * values);
  auto* const places = scratch<std::int32_t>(ScratchUse::kConvColumns, c.batch * values);
  parallel_for(strips_of<T>(c.batch), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t strip = begin; strip < end; ++strip) {
      pooled_gradient(g, f, task, strip, gradient);
      places_of(g, task.places, strip, places);
    }
  });
  if (task.dbias != nullptr) {
    parallel_for(c.out_channels, 8, [&](std::int64_t begin, std::int64_t end) {
      sum_planes(gradient, c.batch, values, plane, begin, end, task.dbias);
    });
  }
  conv_sparse_gradient<T>({&c, g.pool_h, g.pool_w, g.out_height(), g.out_width(), gradient, places,
                           images(g, task.x), task.weight, output_of(data_pass(c), task.dx),
                           task.dweight});
}

}  // namespace

template <class T>
void conv_pool_backward(const ConvPoolGeometry& g, const UnaryKernel<T>& f,
                        const ConvPoolGradient<T>& task) {
  if (g.pool_h * g.pool_w >= 4 && conv_sparse_suits<T>(g.conv)) {
    note_kernel(kConvSparseName);
    sparse_backward(g, f, task);
    return;
  }
  note_kernel("strips of ", kStripSamples<T>, " samples, innermost");
  StripGradient<T> gradient(g, f, task);
  for (std::int64_t strip = 0; strip < Sizes<T>(g).strips; ++strip) gradient.run(strip);
}

#define GLUINO_CONV_POOL(T)                                                              \
  template bool conv_pool_suits<T>(const ConvPoolGeometry&);                             \
  template void conv_pool_forward(const ConvPoolGeometry&, const T*, const T*, const T*, \
                                  const UnaryKernel<T>&, T*, T*);                        \
  template void conv_pool_backward(const ConvPoolGeometry&, const UnaryKernel<T>&,       \
                                   const ConvPoolGradient<T>&);

GLUINO_CONV_POOL(float)
GLUINO_CONV_POOL(double)

}  // namespace gluino::kernels
