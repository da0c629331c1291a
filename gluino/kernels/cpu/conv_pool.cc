#include <gluino/base/error.h>
#include <gluino/base/kernel_notes.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/conv_pool.h>
#include <gluino/kernels/cpu/conv_sparse.h>
#include <gluino/kernels/cpu/conv_strips.h>
#include <gluino/kernels/cpu/scratch.h>
#include <gluino/kernels/cpu/strip_pool.h>

#include <algorithm>

namespace gluino::kernels {
namespace {

constexpr std::int64_t kMostStripBytes = 32 << 20;
// A strip's forward is cut into so many parts, so that a few strips keep several threads busy.
constexpr std::int64_t kParts = 2;

template <class T>
std::int64_t strips_of(std::int64_t batch) {
  return (batch + kStripSamples<T> - 1) / kStripSamples<T>;
}

template <class T>
struct Sizes {
  explicit Sizes(const ConvPoolGeometry& g)
      : strips(strips_of<T>(g.conv.batch)),
        in_plane(g.conv.in_height * g.conv.in_width),
        conv_plane(g.conv.out_height() * g.conv.out_width()),
        out_plane(g.out_height() * g.out_width()) {}
  std::int64_t samples(const ConvPoolGeometry& g, std::int64_t strip) const {
    return std::min(kStripSamples<T>, g.conv.batch - strip * kStripSamples<T>);
  }
  std::int64_t strips, in_plane, conv_plane, out_plane;
};

StripPool pool_of(const ConvPoolGeometry& g, std::int64_t row_begin, std::int64_t row_end) {
  return {g.conv.out_width(), g.pool_h, g.pool_w, g.out_width(), row_begin, row_end};
}

// Pooled rows [row_begin, row_end) of one strip.
template <class T>
void forward_part(const ConvPoolGeometry& g, const StripConv<T>& shared, std::int64_t strip,
                  std::int64_t row_begin, std::int64_t row_end, const T* x, const UnaryKernel<T>& f,
                  T* y, T* places) {
  constexpr std::int64_t kUnit = kStripSamples<T>;
  const Conv2dGeometry& c = g.conv;
  const Sizes<T> n(g);
  StripConv<T> task = shared;
  task.samples = n.samples(g, strip);
  task.row_begin = row_begin * g.pool_h;
  task.row_end = row_end * g.pool_h;
  T* in = scratch<T>(ScratchUse::kConvInput, c.in_channels * n.in_plane * kUnit);
  T* conv = scratch<T>(ScratchUse::kConvOutput, c.out_channels * n.conv_plane * kUnit);
  T* pooled = scratch<T>(ScratchUse::kConvPooled, c.out_channels * n.out_plane * kUnit);
  task.x = in;
  task.y = conv;
  const std::int64_t first_row = task.row_begin * c.stride_h;
  const std::int64_t last_row =
      (task.row_end - 1) * c.stride_h + (c.kernel_height - 1) * c.dilate_h;
  const T* from = x + strip * kUnit * c.in_channels * n.in_plane;
  for (std::int64_t channel = 0; channel < c.in_channels; ++channel) {
    const std::int64_t at = channel * n.in_plane + first_row * c.in_width;
    to_strip(from + at, c.in_channels * n.in_plane, task.samples,
             (last_row - first_row + 1) * c.in_width, in + at * kUnit);
  }
  strip_conv(task);
  const StripPool pool = pool_of(g, row_begin, row_end);
  const std::int64_t values = (row_end - row_begin) * g.out_width();
  T* to = y + strip * kUnit * c.out_channels * n.out_plane;
  T* kept = places == nullptr ? nullptr : places + strip * kUnit * c.out_channels * n.out_plane;
  for (std::int64_t filter = 0; filter < c.out_channels; ++filter) {
    const std::int64_t plane = filter * n.out_plane;
    strip_max_pool(pool, conv + filter * n.conv_plane * kUnit, pooled + plane * kUnit,
                   kept == nullptr ? nullptr : kept + plane * kUnit);
    const std::int64_t at = plane + row_begin * g.out_width();
    f.forward_piece(pooled + at * kUnit, pooled + at * kUnit, values * kUnit);
    from_strip(pooled + at * kUnit, task.samples, values, to + at, c.out_channels * n.out_plane);
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
    in_ = scratch<T>(ScratchUse::kConvInput, c.in_channels * n_.in_plane * kUnit);
    dconv_ = scratch<T>(ScratchUse::kConvOutput, c.out_channels * n_.conv_plane * kUnit);
    // Gradients of y, then, once they are used, of x; y behind them.
    const std::int64_t pooled = c.out_channels * n_.out_plane * kUnit;
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
    samples_ = n_.samples(g_, strip);
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
    parallel_for(c.in_channels, grain, [&](std::int64_t begin, std::int64_t end) {
      to_strip(task_.x + (strip_ * kUnit * c.in_channels + begin) * n_.in_plane,
               c.in_channels * n_.in_plane, samples_, (end - begin) * n_.in_plane,
               in_ + begin * n_.in_plane * kUnit);
    });
  }

  // The gradient of one plane of the convolution's output.
  void load_filter(std::int64_t filter) {
    const Conv2dGeometry& c = g_.conv;
    const std::int64_t first = strip_ * kUnit * c.out_channels * n_.out_plane;
    const std::int64_t plane = filter * n_.out_plane;
    const std::int64_t stride = c.out_channels * n_.out_plane;
    T* dy = dy_ + plane * kUnit;
    T* y = y_ + plane * kUnit;
    to_strip(task_.dy + first + plane, stride, samples_, n_.out_plane, dy);
    to_strip(task_.y + first + plane, stride, samples_, n_.out_plane, y);
    f_.gradient(nullptr, y, dy, dy, n_.out_plane * kUnit);
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
    strip_max_unpool(pool_of(g_, 0, g_.out_height()), dy, task_.places + (first + plane * kUnit),
                     dconv);
  }

  void weight_gradient() {
    const Conv2dGeometry& c = g_.conv;
    StripWeightGradient<T> shared = {&c, in_, dconv_,    c.in_height, c.in_width, task_.dweight,
                                     0,  0,   strip_ > 0};
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
    const StripConv<T> shared = {&pass_, taps_, dconv_, weight_, nullptr, dy_, samples_, 0, 0};
    parallel_for(c.in_height, 1, [&](std::int64_t begin, std::int64_t end) {
      StripConv<T> rows = shared;
      rows.row_begin = begin;
      rows.row_end = end;
      strip_conv(rows);
    });
    T* dx = task_.dx + strip_ * kUnit * c.in_channels * n_.in_plane;
    parallel_for(c.in_channels, 1, [&](std::int64_t begin, std::int64_t end) {
      from_strip(dy_ + begin * n_.in_plane * kUnit, samples_, (end - begin) * n_.in_plane,
                 dx + begin * n_.in_plane, c.in_channels * n_.in_plane);
    });
  }

  const ConvPoolGeometry& g_;
  const UnaryKernel<T>& f_;
  const ConvPoolGradient<T>& task_;
  Sizes<T> n_;
  ConvPass pass_;
  const ConvTaps* taps_ = nullptr;
  const T* weight_ = nullptr;
  T* in_;
  T* dconv_;
  T* dy_;
  T* y_;
  std::int64_t strip_ = 0;
  std::int64_t samples_ = 0;
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
std::int64_t conv_pool_places(const ConvPoolGeometry& g) {
  const Sizes<T> n(g);
  return n.strips * g.conv.out_channels * n.out_plane * kStripSamples<T>;
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

// The places of one sample, from strips.
template <class T>
void places_of(const ConvPoolGeometry& g, const T* places, std::int64_t sample,
               std::int32_t* numbers) {
  const std::int64_t values = g.conv.out_channels * g.out_height() * g.out_width();
  const std::int64_t strip = sample / kStripSamples<T>;
  const T* place = places + strip * values * kStripSamples<T> + sample % kStripSamples<T>;
  for (std::int64_t i = 0; i < values; ++i) {
    numbers[i] = static_cast<std::int32_t>(place[i * kStripSamples<T>]);
  }
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
  parallel_for(c.batch, 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      f.gradient(nullptr, task.y + n * values, task.dy + n * values, gradient + n * values, values);
      places_of(g, task.places, n, places + n * values);
    }
  });
  if (task.dbias != nullptr) {
    parallel_for(c.out_channels, 8, [&](std::int64_t begin, std::int64_t end) {
      sum_planes(gradient, c.batch, values, plane, begin, end, task.dbias);
    });
  }
  conv_sparse_gradient<T>({&c, g.pool_h, g.pool_w, g.out_height(), g.out_width(), gradient, places,
                           task.x, task.weight, task.dx, task.dweight});
}

}  // namespace

template <class T>
void conv_pool_backward(const ConvPoolGeometry& g, const UnaryKernel<T>& f,
                        const ConvPoolGradient<T>& task) {
  if (g.pool_h * g.pool_w >= 4 && conv_sparse_suits<T>(g.conv)) {
    note_kernel("the maxima alone, channels innermost");
    sparse_backward(g, f, task);
    return;
  }
  note_kernel("strips of ", kStripSamples<T>, " samples, innermost");
  StripGradient<T> gradient(g, f, task);
  for (std::int64_t strip = 0; strip < Sizes<T>(g).strips; ++strip) gradient.run(strip);
}

#define GLUINO_CONV_POOL(T)                                                              \
  template bool conv_pool_suits<T>(const ConvPoolGeometry&);                             \
  template std::int64_t conv_pool_places<T>(const ConvPoolGeometry&);                    \
  template void conv_pool_forward(const ConvPoolGeometry&, const T*, const T*, const T*, \
                                  const UnaryKernel<T>&, T*, T*);                        \
  template void conv_pool_backward(const ConvPoolGeometry&, const UnaryKernel<T>&,       \
                                   const ConvPoolGradient<T>&);

GLUINO_CONV_POOL(float)
GLUINO_CONV_POOL(double)

}  // namespace gluino::kernels
