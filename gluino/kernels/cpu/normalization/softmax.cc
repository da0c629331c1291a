#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/normalization/softmax.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/normalization/softmax.cc"
#include <hwy/foreach_target.h>
// Highway's order: what is compiled once per instruction set comes after foreach_target.
#include <gluino/kernels/cpu/support/math-inl.h>
#include <gluino/kernels/cpu/support/vectors-inl.h>
#include <hwy/highway.h>

#ifndef GLUINO_KERNELS_SOFTMAX_ONCE
#define GLUINO_KERNELS_SOFTMAX_ONCE
namespace gluino::kernels {

// A row of at most so many numbers leaves most of a vector empty, and costs as much as a full one.
// From so many rows on they are turned into slabs, some at a time (measured: rows of 3 take a
// seventh of the time, rows of 10 half; the gradient, which computes no e^x, gains nothing).
inline constexpr std::int64_t kNarrowRow = 12;
inline constexpr std::int64_t kLeastRows = 16;
inline constexpr std::int64_t kTurnedRows = 64;

// The functions of one instruction set. Rows are (n), slabs (n, inner).
template <class T>
struct SoftmaxRanges {
  void (*row)(const T* x, T* y, std::int64_t n, T scale, bool log);
  // Any number of narrow rows.
  void (*narrow)(const T* x, T* y, std::int64_t rows, std::int64_t n, T scale, bool log);
  void (*row_gradient)(const T* y, const T* dy, T* dx, std::int64_t n, T scale, bool log);
  void (*slab)(const T* x, T* y, std::int64_t n, std::int64_t inner, T scale, bool log);
  void (*slab_gradient)(const T* y, const T* dy, T* dx, std::int64_t n, std::int64_t inner, T scale,
                        bool log);
};

}  // namespace gluino::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

// The largest is taken off before the scale is multiplied by: the product alone might overflow.
template <class T>
void softmax_row(const T* x, T* y, std::int64_t n, T scale, bool log) {
  const hn::ScalableTag<T> d;
  const auto lowest = constant(d, -std::numeric_limits<double>::infinity());
  const auto factor = hn::Set(d, scale);
  auto most = lowest;
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    most = hn::Max(most, select(mask, load(mask, d, x + i), lowest));
  });
  const auto top = hn::MaxOfLanes(d, most);
  auto total = hn::Zero(d);
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    const auto shifted = hn::Mul(hn::Sub(load(mask, d, x + i), top), factor);
    const auto e = vector_exp(d, shifted);
    total = hn::Add(total, select(mask, e, hn::Zero(d)));
    store(log ? shifted : e, mask, d, y + i);
  });
  const auto sum = hn::SumOfLanes(d, total);
  const auto shift = vector_log(d, sum);
  const auto reciprocal = hn::Div(constant(d, 1), sum);
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    const auto v = load(mask, d, y + i);
    store(log ? hn::Sub(v, shift) : hn::Mul(v, reciprocal), mask, d, y + i);
  });
}

template <class T>
void softmax_row_gradient(const T* y, const T* dy, T* dx, std::int64_t n, T scale, bool log) {
  const hn::ScalableTag<T> d;
  auto total = hn::Zero(d);
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    const auto head = load(mask, d, dy + i);
    total = log ? hn::Add(total, head) : hn::MulAdd(head, load(mask, d, y + i), total);
  });
  const auto sum = hn::SumOfLanes(d, total);
  const auto factor = hn::Set(d, scale);
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    const auto v = load(mask, d, y + i);
    const auto head = load(mask, d, dy + i);
    const auto slope =
        log ? hn::NegMulAdd(vector_exp(d, v), sum, head) : hn::Mul(v, hn::Sub(head, sum));
    store(hn::Mul(slope, factor), mask, d, dx + i);
  });
}

// Each lane is a column of its own.
template <class T>
void softmax_slab(const T* x, T* y, std::int64_t n, std::int64_t inner, T scale, bool log) {
  const hn::ScalableTag<T> d;
  const auto factor = hn::Set(d, scale);
  for_vectors(d, inner, [&](std::int64_t j, auto mask) HWY_ATTR {
    auto top = constant(d, -std::numeric_limits<double>::infinity());
    for (std::int64_t k = 0; k < n; ++k) {
      top = hn::Max(top, load(mask, d, x + k * inner + j));
    }
    auto total = hn::Zero(d);
    for (std::int64_t k = 0; k < n; ++k) {
      const std::int64_t at = k * inner + j;
      const auto shifted = hn::Mul(hn::Sub(load(mask, d, x + at), top), factor);
      const auto e = vector_exp(d, shifted);
      total = hn::Add(total, e);
      store(log ? shifted : e, mask, d, y + at);
    }
    const auto shift = vector_log(d, total);
    const auto reciprocal = hn::Div(constant(d, 1), total);
    for (std::int64_t k = 0; k < n; ++k) {
      T* at = y + k * inner + j;
      const auto v = load(mask, d, at);
      store(log ? hn::Sub(v, shift) : hn::Mul(v, reciprocal), mask, d, at);
    }
  });
}

template <class T>
void softmax_slab_gradient(const T* y, const T* dy, T* dx, std::int64_t n, std::int64_t inner,
                           T scale, bool log) {
  const hn::ScalableTag<T> d;
  const auto factor = hn::Set(d, scale);
  for_vectors(d, inner, [&](std::int64_t j, auto mask) HWY_ATTR {
    auto total = hn::Zero(d);
    for (std::int64_t k = 0; k < n; ++k) {
      const std::int64_t at = k * inner + j;
      const auto head = load(mask, d, dy + at);
      total = log ? hn::Add(total, head) : hn::MulAdd(head, load(mask, d, y + at), total);
    }
    for (std::int64_t k = 0; k < n; ++k) {
      const std::int64_t at = k * inner + j;
      const auto v = load(mask, d, y + at);
      const auto head = load(mask, d, dy + at);
      const auto slope =
          log ? hn::NegMulAdd(vector_exp(d, v), total, head) : hn::Mul(v, hn::Sub(head, total));
      store(hn::Mul(slope, factor), mask, d, dx + at);
    }
  });
}

// (rows, columns) to (columns, rows).
template <class T>
void turn(const T* from, std::int64_t rows, std::int64_t columns, T* to) {
  for (std::int64_t c = 0; c < columns; ++c) {
    for (std::int64_t r = 0; r < rows; ++r) to[c * rows + r] = from[r * columns + c];
  }
}

template <class T>
void softmax_narrow(const T* x, T* y, std::int64_t rows, std::int64_t n, T scale, bool log) {
  HWY_ALIGN T slab[kNarrowRow * kTurnedRows];
  for (std::int64_t r = 0; r < rows; r += kTurnedRows) {
    const std::int64_t count = std::min(kTurnedRows, rows - r);
    turn(x + r * n, count, n, slab);
    softmax_slab(slab, slab, n, count, scale, log);
    turn(slab, n, count, y + r * n);
  }
}

template <class T>
const SoftmaxRanges<T>* softmax_ranges() {
  static constexpr SoftmaxRanges<T> ranges = {&softmax_row<T>, &softmax_narrow<T>,
                                              &softmax_row_gradient<T>, &softmax_slab<T>,
                                              &softmax_slab_gradient<T>};
  return &ranges;
}
const SoftmaxRanges<float>* softmax_ranges_float() { return softmax_ranges<float>(); }
const SoftmaxRanges<double>* softmax_ranges_double() { return softmax_ranges<double>(); }

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

GLUINO_CHOSEN_TABLE(SoftmaxRanges, ranges, softmax_ranges_float, softmax_ranges_double)

// By the shape alone, so that the bits do not depend on how rows are split.
bool are_narrow(std::int64_t rows, std::int64_t n) { return n <= kNarrowRow && rows >= kLeastRows; }

// 1 / temperature, or the largest number: infinity times no difference would be none.
template <class T>
T scale_of(double temperature) {
  constexpr double kMost = std::numeric_limits<T>::max();
  return static_cast<T>(std::clamp(1 / temperature, -kMost, kMost));
}

template <class T>
void forward(const T* x, T* y, const SoftmaxShape& shape, double temperature, bool log) {
  const SoftmaxRanges<T>& range = ranges<T>();
  const std::int64_t size = shape.n * shape.inner;
  if (size == 0) return;
  const T scale = scale_of<T>(temperature);
  parallel_for(shape.outer, row_grain(size, kMathGrain / 2),
               [&](std::int64_t begin, std::int64_t end) {
                 if (shape.inner == 1 && are_narrow(shape.outer, size)) {
                   const std::int64_t at = begin * size;
                   range.narrow(x + at, y + at, end - begin, size, scale, log);
                   return;
                 }
                 for (std::int64_t o = begin; o < end; ++o) {
                   if (shape.inner == 1) {
                     range.row(x + o * size, y + o * size, size, scale, log);
                   } else {
                     range.slab(x + o * size, y + o * size, shape.n, shape.inner, scale, log);
                   }
                 }
               });
}

template <class T>
void gradient(const T* y, const T* dy, T* dx, const SoftmaxShape& shape, double temperature,
              bool log) {
  const SoftmaxRanges<T>& range = ranges<T>();
  const std::int64_t size = shape.n * shape.inner;
  if (size == 0) return;
  const T scale = scale_of<T>(temperature);
  parallel_for(shape.outer, row_grain(size, kMathGrain), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t o = begin; o < end; ++o) {
      const std::int64_t at = o * size;
      if (shape.inner == 1) {
        range.row_gradient(y + at, dy + at, dx + at, size, scale, log);
      } else {
        range.slab_gradient(y + at, dy + at, dx + at, shape.n, shape.inner, scale, log);
      }
    }
  });
}

// The class a label stands for; NaN stands for the first.
template <class T>
std::int64_t class_of(T label, std::int64_t classes) {
  if (!(label > 0)) return 0;
  return label >= static_cast<T>(classes) ? classes - 1 : static_cast<std::int64_t>(label);
}

}  // namespace

template <class T>
void softmax(const T* x, T* y, const SoftmaxShape& shape, double temperature) {
  forward(x, y, shape, temperature, false);
}

template <class T>
void log_softmax(const T* x, T* y, const SoftmaxShape& shape, double temperature) {
  forward(x, y, shape, temperature, true);
}

template <class T>
void softmax_gradient(const T* y, const T* dy, T* dx, const SoftmaxShape& shape,
                      double temperature) {
  gradient(y, dy, dx, shape, temperature, false);
}

template <class T>
void log_softmax_gradient(const T* y, const T* dy, T* dx, const SoftmaxShape& shape,
                          double temperature) {
  gradient(y, dy, dx, shape, temperature, true);
}

template <class T>
void softmax_cross_entropy(const T* x, const T* labels, T* probabilities, T* loss,
                           std::int64_t rows, std::int64_t classes) {
  const SoftmaxRanges<T>& range = ranges<T>();
  if (classes == 0) return;
  parallel_for(rows, row_grain(classes, kMathGrain / 2), [&](std::int64_t begin, std::int64_t end) {
    const bool narrow = are_narrow(rows, classes);
    const std::int64_t block = narrow ? kTurnedRows : 1;
    // Probabilities that nobody wants are kept for one block at a time.
    std::vector<T> own(probabilities == nullptr ? static_cast<std::size_t>(block * classes) : 0);
    T differences[kTurnedRows];
    for (std::int64_t r = begin; r < end; r += block) {
      const std::int64_t count = std::min(block, end - r);
      const T* from = x + r * classes;
      T* p = probabilities == nullptr ? own.data() : probabilities + r * classes;
      for (std::int64_t i = 0; i < count; ++i) {
        const T* row = from + i * classes;
        const T top = *std::max_element(row, row + classes);
        differences[i] = row[class_of(labels[r + i], classes)] - top;
      }
      if (narrow) {
        range.narrow(from, p, count, classes, T(1), false);
      } else {
        range.row(from, p, classes, T(1), false);
      }
      if (loss == nullptr) continue;
      // The largest probability is 1 / sum: nothing small is ever taken the logarithm of.
      for (std::int64_t i = 0; i < count; ++i) {
        const T* row = p + i * classes;
        loss[r + i] = -std::log(*std::max_element(row, row + classes)) - differences[i];
      }
    }
  });
}

template <class T>
void softmax_cross_entropy_gradient(const T* probabilities, const T* labels, const T* dloss, T* dx,
                                    std::int64_t rows, std::int64_t classes) {
  if (classes == 0) return;
  parallel_for(rows, row_grain(classes, kCopyGrain), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const T* p = probabilities + r * classes;
      T* to = dx + r * classes;
      const T head = dloss[r];
      const std::int64_t place = class_of(labels[r], classes);
      const T own = (p[place] - 1) * head;
      for (std::int64_t c = 0; c < classes; ++c) to[c] = p[c] * head;
      to[place] = own;
    }
  });
}

#define GLUINO_DEFINE(T)                                                                       \
  template void softmax(const T*, T*, const SoftmaxShape&, double);                            \
  template void log_softmax(const T*, T*, const SoftmaxShape&, double);                        \
  template void softmax_gradient(const T*, const T*, T*, const SoftmaxShape&, double);         \
  template void log_softmax_gradient(const T*, const T*, T*, const SoftmaxShape&, double);     \
  template void softmax_cross_entropy(const T*, const T*, T*, T*, std::int64_t, std::int64_t); \
  template void softmax_cross_entropy_gradient(const T*, const T*, const T*, T*, std::int64_t, \
                                               std::int64_t);
GLUINO_DEFINE(float)
GLUINO_DEFINE(double)
#undef GLUINO_DEFINE

}  // namespace gluino::kernels
#endif
