#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/vision/regions-inl.h>
#include <gluino/ops/vision/regions.h>

#include <algorithm>
#include <cmath>

namespace gluino {
namespace {

using regions::kData;
using regions::kRois;

// The place of each maximum in its plane, -1 for none, is kept for the gradient.
enum Output { kPooled, kArgmax };

void infer(const RoiPoolingOptions& o, Inference& s) {
  regions::expect_regions(o, s);
  const Shape out = {s.in(kRois)[0], s.in(kData)[1], o.pooled_size[0], o.pooled_size[1]};
  s.set_out(kPooled, out);
  s.set_out(kArgmax, out);
  s.set_out_type(kArgmax, int32);
}

// The pixels of one part of a region along an axis.
struct Span {
  std::int64_t begin, end;
};

// One axis of a region, whole pixels, cut into parts that may share one.
struct Axis {
  double first, part, size;

  template <class T>
  Axis(T begin, T end, const RoiPoolingOptions& o, std::int64_t parts, std::int64_t pixels)
      : first(place(begin, o)),
        part(std::max(place(end, o) - first + 1, 1.0) / static_cast<double>(parts)),
        size(static_cast<double>(pixels)) {}

  template <class T>
  static double place(T number, const RoiPoolingOptions& o) {
    return std::round(number * static_cast<T>(o.spatial_scale));
  }
  Span operator[](std::int64_t i) const {
    const auto at = static_cast<double>(i);
    return {pixel(std::floor(at * part) + first), pixel(std::ceil((at + 1) * part) + first)};
  }
  std::int64_t pixel(double place) const {
    // What is no number is no pixel.
    return place >= 0 ? static_cast<std::int64_t>(std::min(place, size)) : 0;
  }
};

template <class T>
struct Maximum {
  T value = 0;
  std::int32_t place = -1;
};

template <class T>
Maximum<T> maximum(const T* plane, std::int64_t width, const Span& rows, const Span& columns) {
  Maximum<T> best;
  for (std::int64_t r = rows.begin; r < rows.end; ++r) {
    for (std::int64_t c = columns.begin; c < columns.end; ++c) {
      const T value = plane[r * width + c];
      const bool larger = value > best.value || (std::isnan(value) && !std::isnan(best.value));
      if (larger || best.place < 0) best = {value, static_cast<std::int32_t>(r * width + c)};
    }
  }
  return best;
}

template <class T>
void pool(const RoiPoolingOptions& o, const Call& call) {
  const Shape& data = call.in[kData].shape;
  const std::int64_t pixels = data[2] * data[3];
  const std::int64_t parts = o.pooled_size[0] * o.pooled_size[1];
  const auto run = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const T* const roi = call.in[kRois].as<T>() + i / data[1] * 5;
      T* y = call.out[kPooled].as<T>() + i * parts;
      auto* const places = call.out[kArgmax].as<std::int32_t>();
      const auto keep = [&](std::int64_t part, std::int32_t place) {
        if (places) places[i * parts + part] = place;
      };
      const std::int64_t image = regions::image_of("ROIPooling", roi, data[0]);
      if (image < 0) {
        std::fill_n(y, parts, T(0));
        for (std::int64_t part = 0; part < parts; ++part) keep(part, -1);
        continue;
      }
      const T* const plane = call.in[kData].as<T>() + (image * data[1] + i % data[1]) * pixels;
      const Axis rows(roi[2], roi[4], o, o.pooled_size[0], data[2]);
      const Axis columns(roi[1], roi[3], o, o.pooled_size[1], data[3]);
      for (std::int64_t r = 0; r < o.pooled_size[0]; ++r) {
        for (std::int64_t c = 0; c < o.pooled_size[1]; ++c) {
          const Maximum<T> best = maximum(plane, data[3], rows[r], columns[c]);
          *y++ = best.value;
          keep(r * o.pooled_size[1] + c, best.place);
        }
      }
    }
  };
  parallel_for(call.in[kRois].shape[0] * data[1], kernels::row_grain(pixels, kernels::kCopyGrain),
               run);
}

template <class T>
void pool_gradient(const GradientCall& call) {
  const Tensor& dx = call.in_grad[kData];
  const Shape& data = dx.shape;
  const Shape& out = call.out_grad[kPooled].shape;
  const std::int64_t pixels = data[2] * data[3];
  const std::int64_t parts = out[2] * out[3];
  // Regions share pixels, channels do not.
  const auto run = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c) {
      for (std::int64_t i = 0; i < data[0]; ++i) {
        std::fill_n(dx.as<T>() + (i * data[1] + c) * pixels, pixels, T(0));
      }
      for (std::int64_t r = 0; r < out[0]; ++r) {
        const std::int64_t image =
            regions::image_of("ROIPooling", call.in[kRois].as<T>() + r * 5, data[0]);
        if (image < 0) continue;
        T* const plane = dx.as<T>() + (image * data[1] + c) * pixels;
        const std::int64_t at = (r * data[1] + c) * parts;
        for (std::int64_t j = at; j < at + parts; ++j) {
          const std::int32_t place = call.out[kArgmax].as<std::int32_t>()[j];
          if (place >= 0) plane[place] += call.out_grad[kPooled].as<T>()[j];
        }
      }
    }
  };
  parallel_for(data[1], kernels::row_grain(data[0] * pixels + out[0] * parts, kernels::kCopyGrain),
               run);
}

// The maxima are elements of the data, to which their gradients go.
std::vector<NDArray> derivative_of(const RoiPoolingOptions& o, const DerivativeCall& call) {
  const NDArray& x = call.in[kData];
  const NDArray& argmax = call.out[kArgmax];
  const std::int64_t pixels = x.shape()[2] * x.shape()[3];
  const std::int64_t parts = o.pooled_size[0] * o.pooled_size[1];
  const std::int64_t channels = x.shape()[1];
  const NDArray places(argmax.shape(), int64, x.context());
  const NDArray found(argmax.shape(), x.dtype(), x.context());
  dispatch_real(x.dtype(), "ROIPooling", [&]<class T>() {
    for (std::int64_t i = 0; i < argmax.size(); ++i) {
      const std::int64_t plane = i / parts;
      const T* const roi = call.in[kRois].data<T>() + plane / channels * 5;
      const std::int64_t image = regions::image_of("ROIPooling", roi, x.shape()[0]);
      const std::int32_t at = argmax.data<std::int32_t>()[i];
      found.data<T>()[i] = static_cast<T>(at >= 0);
      places.data<std::int64_t>()[i] =
          at < 0 ? 0 : (image * channels + plane % channels) * pixels + at;
    }
  });
  return {derivative::scatter(call.out_grad[kPooled] * found, places, x.shape()), NDArray()};
}

constexpr Fill kDistinct{Fill::Kind::distinct, -2, 2};

const auto registered =
    define_op<RoiPoolingOptions>("ROIPooling")
        .aliases({"_npx_roi_pooling"})
        .doc("The maximum of each part of each region of images, cut at whole pixels.")
        .inputs({"data", "rois"})
        .looks_up({kRois})
        .outputs({"output", "maxidx"}, 1)
        .outputs_in_files(2)
        .field("pooled_size", &RoiPoolingOptions::pooled_size, "Rows and columns of the result.")
        .required()
        .field("spatial_scale", &RoiPoolingOptions::spatial_scale,
               "A region's numbers times this are places on the data.")
        .required()
        .infer(infer)
        .forward([](const RoiPoolingOptions& o, const Call& call) {
          dispatch_real(call.in[kData].dtype, "ROIPooling", [&]<class T>() { pool<T>(o, call); });
        })
        .backward(
            [](const RoiPoolingOptions& /*o*/, const GradientCall& call) {
              if (!call.in_grad[kData]) return;
              dispatch_real(call.in_grad[kData].dtype, "ROIPooling",
                            [&]<class T>() { pool_gradient<T>(call); });
            },
            Op::inputs | Op::outputs)
        .derivative(derivative_of)
        .sample({.pooled_size = {2, 3}, .spatial_scale = 1},
                {{{2, 3, 6, 7}, kDistinct}, {{4, 5}, {Fill::Kind::integers, 0, 2}}})
        .sample({.pooled_size = {1, 2}, .spatial_scale = 2.5},
                {{{3, 1, 7, 5}, kDistinct}, {{5, 5}, {Fill::Kind::integers, -1, 3}}})
        .sample({.pooled_size = {2, 2}, .spatial_scale = 1}, {{{1, 2, 3, 3}}, {{0, 5}}});

}  // namespace
}  // namespace gluino
