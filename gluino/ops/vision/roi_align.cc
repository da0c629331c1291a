#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/vision/regions-inl.h>
#include <gluino/ops/vision/regions.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace gluino {
namespace {

using regions::kData;
using regions::kRois;

void infer(const RoiAlignOptions& o, Inference& s) {
  regions::expect_regions(o, s);
  s.expect(o.sample_ratio <= 1024, -1, "sample_ratio: expected at most 1024, got ", o.sample_ratio);
  const Shape& data = s.in(kData);
  std::int64_t channels = data[1];
  if (o.position_sensitive) {
    const std::int64_t parts = o.pooled_size[0] * o.pooled_size[1];
    s.expect(channels % parts == 0, kData, "expected a multiple of ", parts,
             " channels, as many as the result has elements, got ", data);
    channels /= parts;
  }
  s.set_out(0, {s.in(kRois)[0], channels, o.pooled_size[0], o.pooled_size[1]});
}

// A point between two pixels along an axis.
template <class T>
struct Tap {
  std::int64_t low, high;
  T weight;  // of `high`
};

// The points of each part of a region along one axis, without those outside of the image.
template <class T>
struct Axis {
  std::vector<std::vector<Tap<T>>> parts;
  T points;  // of each part, the others included

  Axis(T begin, T end, const RoiAlignOptions& o, std::int64_t count, std::int64_t pixels)
      : parts(static_cast<std::size_t>(count)) {
    const auto scale = static_cast<T>(o.spatial_scale);
    const T shift = o.aligned ? T(0.5) : T(0);
    const T first = begin * scale - shift;
    T length = end * scale - shift - first;
    if (!o.aligned) length = std::max(length, T(1));
    const T part = length / static_cast<T>(count);
    points = o.sample_ratio > 0 ? static_cast<T>(o.sample_ratio) : std::ceil(part);
    if (!std::isfinite(points) || !std::isfinite(first)) {
      points = 1;  // and none is inside: the mean is 0
      return;
    }
    if (!(points > 0)) return;
    const T step = part / points;
    for (std::int64_t i = 0; i < count; ++i) {
      add_part(parts[static_cast<std::size_t>(i)], first + static_cast<T>(i) * part, step, pixels);
    }
  }

  // Far from the image nothing is counted through.
  void add_part(std::vector<Tap<T>>& taps, T first, T step, std::int64_t pixels) const {
    const auto size = static_cast<T>(pixels);
    T i = 0, end = points;
    if (step > 0) {
      i = std::max(i, std::floor((-1 - first) / step) - 1);
      end = std::min(end, std::ceil((size - first) / step) + 1);
    }
    // Counted as whole numbers: one more than a large T is that T.
    const auto count = i < end ? static_cast<std::int64_t>(end - i) : 0;
    for (std::int64_t k = 0; k < count; ++k) {
      const T place = first + (i + static_cast<T>(k) + T(0.5)) * step;
      if (!(place >= -1 && place <= size)) continue;
      const T inside = std::max(place, T(0));
      const auto low = static_cast<std::int64_t>(inside);
      if (low >= pixels - 1) {
        taps.push_back({pixels - 1, pixels - 1, T(0)});
      } else {
        taps.push_back({low, low + 1, inside - static_cast<T>(low)});
      }
    }
  }
};

template <class T>
T mean(const T* plane, std::int64_t width, const std::vector<Tap<T>>& rows,
       const std::vector<Tap<T>>& columns, T points) {
  T sum = 0;
  for (const Tap<T>& r : rows) {
    const T* const upper = plane + r.low * width;
    const T* const lower = plane + r.high * width;
    for (const Tap<T>& c : columns) {
      sum += (1 - r.weight) * ((1 - c.weight) * upper[c.low] + c.weight * upper[c.high]) +
             r.weight * ((1 - c.weight) * lower[c.low] + c.weight * lower[c.high]);
    }
  }
  return sum / points;
}

template <class T>
void mean_gradient(T* plane, std::int64_t width, const std::vector<Tap<T>>& rows,
                   const std::vector<Tap<T>>& columns, T each) {
  for (const Tap<T>& r : rows) {
    T* const upper = plane + r.low * width;
    T* const lower = plane + r.high * width;
    for (const Tap<T>& c : columns) {
      const T above = (1 - r.weight) * each, below = r.weight * each;
      upper[c.low] += (1 - c.weight) * above;
      upper[c.high] += c.weight * above;
      lower[c.low] += (1 - c.weight) * below;
      lower[c.high] += c.weight * below;
    }
  }
}

// Calls f(plane of the data, row, column, place in the result) for the parts of one region and the
// channels [begin, end) of the result.
template <class F>
void each_part(const RoiAlignOptions& o, const Shape& data, const Shape& out, std::int64_t image,
               std::int64_t region, std::int64_t begin, std::int64_t end, F f) {
  const std::int64_t parts = out[2] * out[3];
  for (std::int64_t c = begin; c < end; ++c) {
    for (std::int64_t part = 0; part < parts; ++part) {
      const std::int64_t channel = o.position_sensitive ? c * parts + part : c;
      f(image * data[1] + channel, static_cast<std::size_t>(part / out[3]),
        static_cast<std::size_t>(part % out[3]), (region * out[1] + c) * parts + part);
    }
  }
}

template <class T>
struct Region {
  std::int64_t image;
  Axis<T> rows, columns;

  Region(const RoiAlignOptions& o, const T* roi, const Shape& data)
      : image(regions::image_of("_contrib_ROIAlign", roi, data[0])),
        rows(roi[2], roi[4], o, o.pooled_size[0], data[2]),
        columns(roi[1], roi[3], o, o.pooled_size[1], data[3]) {}

  T points() const { return std::max(rows.points * columns.points, T(1)); }
};

template <class T>
void align(const RoiAlignOptions& o, const Call& call) {
  const Shape& data = call.in[kData].shape;
  const Shape& out = call.out[0].shape;
  const std::int64_t row = out[1] * out[2] * out[3];
  T* const y = call.out[0].as<T>();
  if (call.out[0].size() == 0) return;
  const auto run = [&](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) {
      const Region<T> region(o, call.in[kRois].as<T>() + i * 5, data);
      if (region.image < 0) {
        std::fill_n(y + i * row, row, T(0));
        continue;
      }
      each_part(o, data, out, region.image, i, 0, out[1],
                [&](std::int64_t plane, std::size_t r, std::size_t c, std::int64_t to) {
                  y[to] = mean(call.in[kData].as<T>() + plane * data[2] * data[3], data[3],
                               region.rows.parts[r], region.columns.parts[c], region.points());
                });
    }
  };
  parallel_for(out[0], kernels::row_grain(4 * row, kernels::kMathGrain), run);
}

template <class T>
void align_gradient(const RoiAlignOptions& o, const GradientCall& call) {
  const Tensor& dx = call.in_grad[kData];
  const Shape& data = dx.shape;
  const Shape& out = call.out_grad[0].shape;
  const std::int64_t pixels = data[2] * data[3];
  std::fill_n(dx.as<T>(), dx.size(), T(0));
  if (call.out_grad[0].size() == 0) return;
  // Regions share pixels, channels do not.
  const auto run = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = 0; i < out[0]; ++i) {
      const Region<T> region(o, call.in[kRois].as<T>() + i * 5, data);
      if (region.image < 0) continue;
      each_part(o, data, out, region.image, i, begin, end,
                [&](std::int64_t plane, std::size_t r, std::size_t c, std::int64_t from) {
                  mean_gradient(dx.as<T>() + plane * pixels, data[3], region.rows.parts[r],
                                region.columns.parts[c],
                                call.out_grad[0].as<T>()[from] / region.points());
                });
    }
  };
  const std::int64_t work = 4 * out[0] * out[2] * out[3];
  parallel_for(out[1], kernels::row_grain(work, kernels::kMathGrain), run);
}

const auto registered =
    define_op<RoiAlignOptions>("_contrib_ROIAlign")
        .doc("The mean of points of each part of each region of images, bilinear.")
        .inputs({"data", "rois"})
        .looks_up({kRois})
        .field("pooled_size", &RoiAlignOptions::pooled_size, "Rows and columns of the result.")
        .required()
        .field("spatial_scale", &RoiAlignOptions::spatial_scale,
               "A region's numbers times this are places on the data.")
        .required()
        .field("sample_ratio", &RoiAlignOptions::sample_ratio,
               "Points per axis of each element; below 1: one per pixel.")
        .field("position_sensitive", &RoiAlignOptions::position_sensitive,
               "Each element has channels of its own.")
        .field("aligned", &RoiAlignOptions::aligned, "Pixel 0 has its center at 0.5.")
        .infer(infer)
        .forward([](const RoiAlignOptions& o, const Call& call) {
          dispatch_real(call.in[kData].dtype, "_contrib_ROIAlign",
                        [&]<class T>() { align<T>(o, call); });
        })
        .backward(
            [](const RoiAlignOptions& o, const GradientCall& call) {
              if (!call.in_grad[kData]) return;
              dispatch_real(call.in_grad[kData].dtype, "_contrib_ROIAlign",
                            [&]<class T>() { align_gradient<T>(o, call); });
            },
            Op::inputs)
        .derivative(derivative::of_linear<RoiAlignOptions>("_contrib_ROIAlign"))
        .sample({.pooled_size = {2, 3}, .spatial_scale = 1.5, .sample_ratio = 2},
                {{{2, 3, 6, 7}}, {{4, 5}, {Fill::Kind::integers, 0, 2}}})
        .sample({.pooled_size = {2, 1}, .spatial_scale = 2, .aligned = true},
                {{{2, 2, 7, 5}}, {{3, 5}, {Fill::Kind::integers, 0, 2}}})
        .sample({.pooled_size = {1, 2}, .spatial_scale = 3, .position_sensitive = true},
                {{{3, 4, 7, 5}}, {{4, 5}, {Fill::Kind::integers, -1, 3}}})
        .sample({.pooled_size = {2, 2}, .spatial_scale = 1}, {{{1, 2, 3, 3}}, {{0, 5}}});

}  // namespace
}  // namespace gluino
