#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/normalization/batch_norm.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/normalization/batch_norm.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef GLUINO_KERNELS_BATCH_NORM_ONCE
#define GLUINO_KERNELS_BATCH_NORM_ONCE
namespace gluino::kernels {

struct TwoSums {
  double first = 0;
  double second = 0;
};

// a * (x - mean) + b, in the arithmetic of T. The mean is a T so near that the difference is exact;
// what it is off by, b takes up.
template <class T>
struct Line {
  Line(double mean_of_x, double slope, double shift)
      : mean(static_cast<T>(mean_of_x)),
        a(static_cast<T>(slope)),
        b(static_cast<T>(shift - slope * (mean_of_x - static_cast<double>(mean)))) {}
  T mean, a, b;
};

// The functions of one instruction set, each over one stretch of n elements of one channel that lie
// `step` apart.
template <class T>
struct BatchNormRanges {
  double (*sum)(const T* x, std::int64_t n, std::int64_t step);
  double (*squares)(const T* x, std::int64_t n, std::int64_t step, double mean);
  // sum(dy), sum(dy * (x - mean))
  TwoSums (*head_sums)(const T* x, const T* dy, std::int64_t n, std::int64_t step, double mean);
  // y = a * (x - mean) + b
  void (*affine)(const T* x, T* y, std::int64_t n, std::int64_t step, const Line<T>& line);
  void (*affine_in_double)(const T* x, T* y, std::int64_t n, std::int64_t step,
                           const Line<double>& line);
  // dx = head * dy + a * (x - mean) + b
  void (*gradient)(const T* x, const T* dy, T* dx, std::int64_t n, std::int64_t step, T head,
                   const Line<T>& line);
  void (*gradient_in_double)(const T* x, const T* dy, T* dx, std::int64_t n, std::int64_t step,
                             double head, const Line<double>& line);
};

}  // namespace gluino::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

constexpr int kSums = 16;

// The sum of f(i) for i in [0, n): in kSums lanes, which the compiler keeps in vectors.
template <class F>
HWY_INLINE double sum_of(std::int64_t n, F f) {
  double lanes[kSums] = {};
  std::int64_t i = 0;
  for (; i + kSums <= n; i += kSums) {
    for (int l = 0; l < kSums; ++l) lanes[l] += f(i + l);
  }
  for (int l = 0; i + l < n; ++l) lanes[l] += f(i + l);
  for (int width = kSums / 2; width > 0; width /= 2) {
    for (int l = 0; l < width; ++l) lanes[l] += lanes[l + width];
  }
  return lanes[0];
}

// Calls f with the step, as a constant where it is 1, so that such loops become vectors.
template <class F>
HWY_INLINE auto with_step(std::int64_t step, F f) {
  return step == 1 ? f(std::integral_constant<std::int64_t, 1>()) : f(step);
}

template <class T>
double sum_stretch(const T* x, std::int64_t n, std::int64_t step) {
  return with_step(step, [&](auto s) HWY_ATTR {
    return sum_of(n, [&](std::int64_t i) HWY_ATTR { return static_cast<double>(x[i * s]); });
  });
}

template <class T>
double squares_stretch(const T* x, std::int64_t n, std::int64_t step, double mean) {
  return with_step(step, [&](auto s) HWY_ATTR {
    return sum_of(n, [&](std::int64_t i) HWY_ATTR {
      const double off = static_cast<double>(x[i * s]) - mean;
      return off * off;
    });
  });
}

template <class T>
TwoSums head_sums_stretch(const T* x, const T* dy, std::int64_t n, std::int64_t step, double mean) {
  TwoSums sums;
  sums.first = sum_stretch(dy, n, step);
  sums.second = with_step(step, [&](auto s) HWY_ATTR {
    return sum_of(n, [&](std::int64_t i) HWY_ATTR {
      return static_cast<double>(dy[i * s]) * (static_cast<double>(x[i * s]) - mean);
    });
  });
  return sums;
}

template <class T, class C>
void affine_stretch(const T* x, T* y, std::int64_t n, std::int64_t step, const Line<C>& line) {
  const auto [mean, a, b] = line;
  with_step(step, [&, mean = mean, a = a, b = b](auto s) HWY_ATTR {
    for (std::int64_t i = 0; i < n; ++i) y[i * s] = static_cast<T>(a * (x[i * s] - mean) + b);
  });
}

template <class T, class C>
void gradient_stretch(const T* x, const T* dy, T* dx, std::int64_t n, std::int64_t step, C head,
                      const Line<C>& line) {
  const auto [mean, a, b] = line;
  with_step(step, [&, mean = mean, a = a, b = b](auto s) HWY_ATTR {
    for (std::int64_t i = 0; i < n; ++i) {
      dx[i * s] = static_cast<T>(head * dy[i * s] + (a * (x[i * s] - mean) + b));
    }
  });
}

template <class T>
const BatchNormRanges<T>* batch_norm_ranges() {
  static constexpr BatchNormRanges<T> ranges = {&sum_stretch<T>,
                                                &squares_stretch<T>,
                                                &head_sums_stretch<T>,
                                                &affine_stretch<T, T>,
                                                &affine_stretch<T, double>,
                                                &gradient_stretch<T, T>,
                                                &gradient_stretch<T, double>};
  return &ranges;
}
const BatchNormRanges<float>* batch_norm_ranges_float() { return batch_norm_ranges<float>(); }
const BatchNormRanges<double>* batch_norm_ranges_double() { return batch_norm_ranges<double>(); }

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

GLUINO_CHOSEN_TABLE(BatchNormRanges, ranges, batch_norm_ranges_float, batch_norm_ranges_double)

// A channel's elements as `count` stretches, `apart` from one another, of n elements each.
struct Stretches {
  std::int64_t count, apart, n, step;

  explicit Stretches(const ChannelShape& s)
      : count(s.outer), apart(s.channels * s.inner), n(s.inner), step(1) {
    if (s.inner == 1) {
      n = s.outer;
      step = s.channels;
      count = 1;
    }
  }
};

// Calls f(channel, offset of its first element), on several threads.
template <class F>
void for_channels(const ChannelShape& shape, F f) {
  const std::int64_t work = shape.outer * shape.inner;
  parallel_for(shape.channels, row_grain(work, kMathGrain),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t channel = begin; channel < end; ++channel)
                   f(channel, channel * shape.inner);
               });
}

}  // namespace

template <class T>
void batch_norm_statistics(const T* x, const ChannelShape& shape, double* mean, double* variance) {
  const BatchNormRanges<T>& range = ranges<T>();
  const Stretches s(shape);
  const auto count = static_cast<double>(shape.outer * shape.inner);
  for_channels(shape, [&](std::int64_t channel, std::int64_t at) {
    double total = 0;
    double squares = 0;
    for (std::int64_t i = 0; i < s.count; ++i)
      total += range.sum(x + at + i * s.apart, s.n, s.step);
    const double middle = count == 0 ? 0 : total / count;
    for (std::int64_t i = 0; i < s.count; ++i) {
      squares += range.squares(x + at + i * s.apart, s.n, s.step, middle);
    }
    mean[channel] = middle;
    variance[channel] = count == 0 ? 0 : squares / count;
  });
}

namespace {

// Activations follow in pieces of so many elements, which the nearest cache still holds.
constexpr std::int64_t kPiece = 2048;

// Calls f(offset, n) for the pieces of a channel that begins `at`; without an activation a piece is
// a whole stretch.
template <class F>
void for_pieces(const Stretches& s, std::int64_t at, bool activation, F f) {
  const std::int64_t most = activation ? kPiece : std::max<std::int64_t>(1, s.n);
  for (std::int64_t i = 0; i < s.count; ++i) {
    for (std::int64_t j = 0; j < s.n; j += most) {
      f(at + i * s.apart + j, std::min(most, s.n - j));
    }
  }
}

// True where a channel's factors, powers of 1 / deviation, might be too large or small for a float.
bool is_extreme(double inverse) { return !(inverse > 0x1p-30 && inverse < 0x1p30); }

// y = scale * (x - mean) + beta of one channel.
template <class T>
class Normalisation {
 public:
  Normalisation(double mean, double scale, T beta, bool extreme)
      : line_(mean, scale, beta), exact_(mean, scale, beta), extreme_(extreme) {}

  void run(const T* x, T* y, std::int64_t n, std::int64_t step) const {
    const BatchNormRanges<T>& range = ranges<T>();
    if (extreme_) {
      range.affine_in_double(x, y, n, step, exact_);
    } else {
      range.affine(x, y, n, step, line_);
    }
  }

 private:
  Line<T> line_;
  Line<double> exact_;
  bool extreme_;
};

}  // namespace

template <class T>
void batch_norm(const T* x, T* y, const ChannelShape& shape, const double* mean,
                const double* variance, const T* gamma, const T* beta, double epsilon,
                const UnaryKernel<T>* activation) {
  const Stretches s(shape);
  for_channels(shape, [&](std::int64_t channel, std::int64_t at) {
    const double inverse = 1 / std::sqrt(variance[channel] + epsilon);
    const double a = (gamma == nullptr ? 1.0 : static_cast<double>(gamma[channel])) * inverse;
    const Normalisation<T> normalise(mean[channel], a, beta[channel], is_extreme(inverse));
    for_pieces(s, at, activation != nullptr, [&](std::int64_t from, std::int64_t n) {
      normalise.run(x + from, y + from, n, s.step);
      if (activation != nullptr) activation->forward_piece(y + from, y + from, n);
    });
  });
}

template <class T>
void batch_norm_gradient(const T* x, const T* dy, const ChannelShape& shape, const double* mean,
                         const double* variance, const T* gamma, T* dx, T* dgamma, T* dbeta,
                         const BatchNormGradientOptions& options,
                         const NormActivation<T>& activation) {
  const BatchNormRanges<T>& range = ranges<T>();
  const Stretches s(shape);
  const bool activated = activation.function != nullptr;
  const bool reads_input = activated && activation.function->gradient_reads_x;
  const auto count = static_cast<double>(shape.outer * shape.inner);
  for_channels(shape, [&](std::int64_t channel, std::int64_t at) {
    const double middle = mean[channel];
    const double inverse = 1 / std::sqrt(variance[channel] + options.epsilon);
    const double a = (gamma == nullptr ? 1.0 : static_cast<double>(gamma[channel])) * inverse;
    const Normalisation<T> again(middle, a, reads_input ? activation.beta[channel] : T(0),
                                 is_extreme(inverse));
    TwoSums sums;
    for_pieces(s, at, activated, [&](std::int64_t from, std::int64_t n) {
      const T* head = dy + from;
      T piece[kPiece];
      if (activated) {
        // Where dx is wanted, it holds the gradient of what the activation read until then.
        T* const inner = dx != nullptr ? dx + from : piece;
        T input[kPiece];
        if (reads_input) again.run(x + from, input, n, s.step);
        activation.function->gradient(input, activation.y + from, head, inner, n);
        head = inner;
      }
      const TwoSums part = range.head_sums(x + from, head, n, s.step, middle);
      sums.first += part.first;
      sums.second += part.second;
    });
    if (dbeta != nullptr) dbeta[channel] = static_cast<T>(sums.first);
    if (dgamma != nullptr) dgamma[channel] = static_cast<T>(sums.second * inverse);
    if (dx == nullptr || count == 0) return;
    const bool through = !options.use_global_stats;
    const double b = through ? -a * inverse * inverse * sums.second / count : 0;
    const double c = through ? -a * sums.first / count : 0;
    const T* heads = activated ? dx : dy;
    const Line<T> line(middle, b, c);
    const Line<double> exact(middle, b, c);
    for_pieces(s, at, false, [&](std::int64_t from, std::int64_t n) {
      if (is_extreme(inverse)) {
        range.gradient_in_double(x + from, heads + from, dx + from, n, s.step, a, exact);
      } else {
        range.gradient(x + from, heads + from, dx + from, n, s.step, static_cast<T>(a), line);
      }
    });
  });
}

#define GLUINO_DEFINE(T)                                                                    \
  template void batch_norm_statistics(const T*, const ChannelShape&, double*, double*);     \
  template void batch_norm(const T*, T*, const ChannelShape&, const double*, const double*, \
                           const T*, const T*, double, const UnaryKernel<T>*);              \
  template void batch_norm_gradient(const T*, const T*, const ChannelShape&, const double*, \
                                    const double*, const T*, T*, T*, T*,                    \
                                    const BatchNormGradientOptions&, const NormActivation<T>&);
GLUINO_DEFINE(float)
GLUINO_DEFINE(double)
#undef GLUINO_DEFINE

}  // namespace gluino::kernels
#endif
