#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/vision/regions-inl.h>
#include <gluino/ops/vision/regions.h>

#include <algorithm>
#include <cmath>

namespace gluino {
namespace {

using Options = PsRoiPoolingOptions;
using regions::kData;
using regions::kRois;

std::int64_t groups(const Options& o) { return o.group_size > 0 ? o.group_size : o.pooled_size; }

void infer(const Options& o, Inference& s) {
  regions::expect_arrays(s);
  s.expect(o.pooled_size > 0 && o.pooled_size <= regions::kMost, -1, "pooled_size: expected 1 to ",
           regions::kMost, ", got ", o.pooled_size);
  s.expect(o.group_size >= 0 && o.group_size <= regions::kMost, -1, "group_size: expected 0 to ",
           regions::kMost, ", got ", o.group_size);
  const std::int64_t parts = groups(o) * groups(o);
  const std::int64_t channels = s.in(kData)[1];
  s.expect(o.output_dim > 0 && channels % parts == 0 && channels / parts == o.output_dim, kData,
           "expected output_dim * group_size * group_size channels, got ", channels,
           " for output_dim ", o.output_dim, " and group_size ", groups(o));
  s.set_out(0, {s.in(kRois)[0], o.output_dim, o.pooled_size, o.pooled_size});
}

// The pixels of one part of a region along an axis, of `pixels` that there are.
struct Span {
  std::int64_t begin, end;

  // In the type of the data, as MXNet does: what lies on an edge of pixels follows from it.
  template <class T>
  Span(T first, T last, std::int64_t part, const Options& o, std::int64_t pixels) {
    const T scale = static_cast<T>(o.spatial_scale);
    const T start = std::round(first) * scale;
    const T step = std::max((std::round(last) + 1) * scale - start, static_cast<T>(0.1)) /
                   static_cast<T>(o.pooled_size);
    const auto pixel = [&](T place) {
      // What is no number is no pixel.
      return place >= 0 ? static_cast<std::int64_t>(std::min(place, static_cast<T>(pixels))) : 0;
    };
    begin = pixel(std::floor(static_cast<T>(part) * step + start));
    end = pixel(std::ceil(static_cast<T>(part + 1) * step + start));
  }
  std::int64_t size() const { return std::max<std::int64_t>(end - begin, 0); }
};

// Calls f(plane of the data, its rows, its columns) for element i of the result.
template <class T, class F>
void for_part(const Options& o, const Shape& data, const T* rois, std::int64_t i, F f) {
  const std::int64_t column = i % o.pooled_size;
  const std::int64_t row = i / o.pooled_size % o.pooled_size;
  const std::int64_t channel = i / (o.pooled_size * o.pooled_size) % o.output_dim;
  const T* const roi = rois + i / (o.pooled_size * o.pooled_size * o.output_dim) * 5;
  const std::int64_t image = regions::image_of("_contrib_PSROIPooling", roi, data[0]);
  if (image < 0) return;
  const std::int64_t n = groups(o);
  const auto group = [&](std::int64_t part) { return part * n / o.pooled_size; };
  const std::int64_t plane = (channel * n + group(row)) * n + group(column);
  f(image * data[1] + plane, Span(roi[2], roi[4], row, o, data[2]),
    Span(roi[1], roi[3], column, o, data[3]));
}

template <class T>
void pool(const Options& o, const Call& call) {
  const Tensor& data = call.in[kData];
  const std::int64_t width = data.shape[3];
  T* const y = call.out[0].as<T>();
  parallel_for(call.out[0].size(), kernels::row_grain(width, kernels::kCopyGrain),
               [&](std::int64_t i, std::int64_t stop) {
                 for (; i < stop; ++i) {
                   y[i] = 0;
                   for_part(o, data.shape, call.in[kRois].as<T>(), i,
                            [&](std::int64_t plane, const Span& rows, const Span& columns) {
                              const T* const x = data.as<T>() + plane * data.shape[2] * width;
                              const std::int64_t pixels = rows.size() * columns.size();
                              T sum = 0;
                              for (std::int64_t r = rows.begin; r < rows.end; ++r) {
                                for (std::int64_t c = columns.begin; c < columns.end; ++c) {
                                  sum += x[r * width + c];
                                }
                              }
                              if (pixels > 0) y[i] = sum / static_cast<T>(pixels);
                            });
                 }
               });
}

// Parts of several regions share pixels: they are gone through in order.
template <class T>
void pool_gradient(const Options& o, const GradientCall& call) {
  const Tensor& dx = call.in_grad[kData];
  const std::int64_t width = dx.shape[3];
  std::fill_n(dx.as<T>(), dx.size(), T(0));
  for (std::int64_t i = 0; i < call.out_grad[0].size(); ++i) {
    for_part(o, dx.shape, call.in[kRois].as<T>(), i,
             [&](std::int64_t plane, const Span& rows, const Span& columns) {
               T* const to = dx.as<T>() + plane * dx.shape[2] * width;
               const std::int64_t pixels = rows.size() * columns.size();
               if (pixels == 0) return;
               const T share = call.out_grad[0].as<T>()[i] / static_cast<T>(pixels);
               for (std::int64_t r = rows.begin; r < rows.end; ++r) {
                 for (std::int64_t c = columns.begin; c < columns.end; ++c) {
                   to[r * width + c] += share;
                 }
               }
             });
  }
}

const auto registered =
    define_op<Options>("_contrib_PSROIPooling")
        .doc("The mean of each part of each region, of channels that stand for that part.")
        .inputs({"data", "rois"})
        .looks_up({kRois})
        .field("spatial_scale", &Options::spatial_scale,
               "A region's numbers times this are places on the data.")
        .required()
        .field("output_dim", &Options::output_dim, "Channels of the result.")
        .required()
        .field("pooled_size", &Options::pooled_size, "Rows and columns of the result.")
        .required()
        .field("group_size", &Options::group_size,
               "Rows and columns of channels that a region is told by; 0: pooled_size.")
        .infer(infer)
        .forward([](const Options& o, const Call& call) {
          dispatch_real(call.in[kData].dtype, "_contrib_PSROIPooling",
                        [&]<class T>() { pool<T>(o, call); });
        })
        .backward(
            [](const Options& o, const GradientCall& call) {
              if (!call.in_grad[kData]) return;
              dispatch_real(call.in_grad[kData].dtype, "_contrib_PSROIPooling",
                            [&]<class T>() { pool_gradient<T>(o, call); });
            },
            Op::inputs)
        .derivative(derivative::of_linear<Options>("_contrib_PSROIPooling"))
        .sample({.spatial_scale = 1, .output_dim = 2, .pooled_size = 2},
                {{{2, 8, 5, 7}}, {{4, 5}, {Fill::Kind::integers, 0, 2}}})
        .sample({.spatial_scale = 1.5, .output_dim = 1, .pooled_size = 4, .group_size = 2},
                {{{3, 4, 7, 5}}, {{5, 5}, {Fill::Kind::integers, -1, 3}}})
        .sample({.spatial_scale = 1, .output_dim = 3, .pooled_size = 1},
                {{{1, 3, 4, 4}}, {{0, 5}}});

}  // namespace
}  // namespace gluino
