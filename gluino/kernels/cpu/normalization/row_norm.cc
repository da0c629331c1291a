#include <gluino/kernels/cpu/normalization/row_norm.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/targets.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/normalization/row_norm.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {
namespace {

// Sums of so many numbers beside each other, which the compiler keeps in vectors.
constexpr std::int64_t kLanes = 16;

// The sums over i < n of the kCount numbers that term(i, sums of the lane) adds.
template <int kCount, class F>
HWY_INLINE void add_up(std::int64_t n, double (&totals)[kCount], F term) {
  double lanes[kCount][kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) term(i + l, l, lanes);
  }
  for (std::int64_t l = 0; i + l < n; ++l) term(i + l, l, lanes);
  for (int k = 0; k < kCount; ++k) {
    for (std::int64_t width = kLanes / 2; width > 0; width /= 2) {
      for (std::int64_t l = 0; l < width; ++l) lanes[k][l] += lanes[k][l + width];
    }
    totals[k] = lanes[k][0];
  }
}

template <class T>
void distances(const T* x, std::int64_t n, double* mean, double* squares) {
  double sum[1];
  add_up(n, sum, [=](std::int64_t i, std::int64_t l, auto& lanes) { lanes[0][l] += x[i]; });
  const double middle = sum[0] / static_cast<double>(n);
  double found[1];
  add_up(n, found, [=](std::int64_t i, std::int64_t l, auto& lanes) {
    const double distance = x[i] - middle;
    lanes[0][l] += distance * distance;
  });
  *mean = middle;
  *squares = found[0];
}

// Calls f with the elements' parameters, in numbers of type C, as a function of i: one each, or one
// for all.
template <class C, class T, class F>
HWY_INLINE void with_parameters(const T* values, std::int64_t step, F f) {
  if (step == 0) {
    f([value = *values](std::int64_t) { return static_cast<C>(value); });
  } else {
    f([=](std::int64_t i) { return static_cast<C>(values[i]); });
  }
}

// The mean is taken off in two parts: the one number of type C may be off by more than the
// deviation.
template <class C, class T>
void apply_in(const T* x, std::int64_t n, RowStatistics s, const T* gamma, const T* beta,
              std::int64_t step, T* y) {
  const auto mean = static_cast<C>(s.mean);
  const auto rest = static_cast<C>(s.mean - static_cast<double>(mean));
  const auto scale = static_cast<C>(s.scale);
  with_parameters<C>(gamma, step, [&](auto factor) {
    with_parameters<C>(beta, step, [&](auto shift) {
      const auto normal = [=](T value, std::int64_t i) {
        return static_cast<T>((static_cast<C>(value) - mean - rest) * scale * factor(i) + shift(i));
      };
      // Two loops: of pointers that may be one no compiler makes vectors.
      if (x == y) {
        for (std::int64_t i = 0; i < n; ++i) y[i] = normal(y[i], i);
      } else {
        for (std::int64_t i = 0; i < n; ++i) y[i] = normal(x[i], i);
      }
    });
  });
}

// Statistics between which nothing on the way leaves the range of float.
constexpr double kUsual = 1e18;

template <class T>
void apply(const T* x, std::int64_t n, RowStatistics s, const T* gamma, const T* beta,
           std::int64_t step, T* y) {
  if (n == 0) return;
  if (std::abs(s.mean) < kUsual && s.scale > 1 / kUsual && s.scale < kUsual) {
    apply_in<T>(x, n, s, gamma, beta, step, y);
  } else {
    apply_in<double>(x, n, s, gamma, beta, step, y);
  }
}

template <class T>
void gradient(const T* x, const T* dy, std::int64_t n, RowStatistics s, const T* gamma,
              std::int64_t step, T* dx) {
  if (n == 0) return;
  with_parameters<double>(gamma, step, [&](auto factor) {
    double sums[2];
    add_up(n, sums, [=](std::int64_t i, std::int64_t l, auto& lanes) {
      const double head = dy[i] * factor(i);
      lanes[0][l] += head;
      lanes[1][l] += head * ((x[i] - s.mean) * s.scale);
    });
    const double heads = sums[0] / static_cast<double>(n);
    const double mixed = sums[1] / static_cast<double>(n);
    for (std::int64_t i = 0; i < n; ++i) {
      const double normal = (x[i] - s.mean) * s.scale;
      dx[i] = static_cast<T>((dy[i] * factor(i) - heads - normal * mixed) * s.scale);
    }
  });
}

template <class T>
void parameters(const T* x, const T* dy, std::int64_t n, RowStatistics s, std::int64_t step,
                double* scales, double* shifts) {
  if (step != 0) {
    for (std::int64_t i = 0; i < n; ++i) {
      scales[i] += dy[i] * ((x[i] - s.mean) * s.scale);
      shifts[i] += dy[i];
    }
    return;
  }
  double sums[2];
  add_up(n, sums, [=](std::int64_t i, std::int64_t l, auto& lanes) {
    lanes[0][l] += dy[i] * ((x[i] - s.mean) * s.scale);
    lanes[1][l] += dy[i];
  });
  *scales += sums[0];
  *shifts += sums[1];
}

template <class T>
const RowNorm<T>* row_norms() {
  static constexpr RowNorm<T> all = {&distances<T>, &apply<T>, &gradient<T>, &parameters<T>};
  return &all;
}
const RowNorm<float>* row_norms_f32() { return row_norms<float>(); }
const RowNorm<double>* row_norms_f64() { return row_norms<double>(); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {

GLUINO_CHOSEN_TABLE(RowNorm, row_norm, row_norms_f32, row_norms_f64)

template const RowNorm<float>& row_norm<float>();
template const RowNorm<double>& row_norm<double>();

}  // namespace gluino::kernels
#endif
