// Reductions of whole numbers, in which no order of the terms matters.
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/kernels/cpu/support/grain.h>

#include <algorithm>
#include <array>
#include <limits>

namespace gluino::kernels {
namespace {

// Some of an array's axes: how many elements they span, and where each of these stands.
class Walk {
 public:
  // Axes are added from the last to the first; neighbours are joined.
  void add(std::int64_t dim, std::int64_t stride) {
    size_ *= dim;
    if (dim == 1) return;
    if (count_ > 0 && stride == dims_[count_ - 1] * strides_[count_ - 1]) {
      dims_[count_ - 1] *= dim;
      return;
    }
    dims_[count_] = dim;
    strides_[count_++] = stride;
  }

  std::int64_t size() const { return size_; }
  // The elements along the innermost axis, and the distance between two of them.
  std::int64_t inner() const { return count_ == 0 ? 1 : dims_[0]; }
  std::int64_t step() const { return count_ == 0 ? 1 : strides_[0]; }

  std::int64_t offset(std::int64_t place) const {
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      offset += place % dims_[i] * strides_[i];
      place /= dims_[i];
    }
    return offset;
  }

 private:
  std::size_t count_ = 0;
  std::int64_t size_ = 1;
  std::array<std::int64_t, Shape::kMaxDims> dims_{};
  std::array<std::int64_t, Shape::kMaxDims> strides_{};
};

// y = join(... join(start, x0) ..., xn) for each output, computed in W.
template <class W, class T, class Join>
void reduce_each(const T* x, const Shape& shape, AxisMask axes, W start, Join join, T* y) {
  Walk kept, reduced;
  std::int64_t stride = 1;
  for (int axis = shape.ndim() - 1; axis >= 0; --axis) {
    ((axes >> axis & 1) != 0 ? reduced : kept).add(shape[axis], stride);
    stride *= shape[axis];
  }
  const std::int64_t n = reduced.size();
  const std::int64_t inner = reduced.inner();
  const std::int64_t step = reduced.step();
  const std::int64_t grain = row_grain(std::max<std::int64_t>(n, 1), kCopyGrain);
  parallel_for(kept.size(), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const T* first = x + (n == 0 ? 0 : kept.offset(i));
      W result = start;
      for (std::int64_t done = 0; done < n; done += inner) {
        const T* row = first + reduced.offset(done);
        for (std::int64_t j = 0; j < inner; ++j) result = join(result, row[j * step]);
      }
      y[i] = static_cast<T>(result);
    }
  });
}

}  // namespace

namespace reduce {

template <std::integral T>
void sum(const T* x, const Shape& shape, AxisMask axes, T* y) {
  reduce_each<std::uint64_t>(
      x, shape, axes, 0, [](std::uint64_t a, T b) { return a + static_cast<std::uint64_t>(b); }, y);
}

template <std::integral T>
void prod(const T* x, const Shape& shape, AxisMask axes, T* y) {
  reduce_each<std::uint64_t>(
      x, shape, axes, 1, [](std::uint64_t a, T b) { return a * static_cast<std::uint64_t>(b); }, y);
}

template <std::integral T>
void max(const T* x, const Shape& shape, AxisMask axes, T* y) {
  reduce_each<T>(
      x, shape, axes, std::numeric_limits<T>::min(), [](T a, T b) { return std::max(a, b); }, y);
}

template <std::integral T>
void min(const T* x, const Shape& shape, AxisMask axes, T* y) {
  reduce_each<T>(
      x, shape, axes, std::numeric_limits<T>::max(), [](T a, T b) { return std::min(a, b); }, y);
}

#define GLUINO_DEFINE(T)                                    \
  template void sum(const T*, const Shape&, AxisMask, T*);  \
  template void prod(const T*, const Shape&, AxisMask, T*); \
  template void max(const T*, const Shape&, AxisMask, T*);  \
  template void min(const T*, const Shape&, AxisMask, T*);
GLUINO_DEFINE(std::uint8_t)
GLUINO_DEFINE(std::int8_t)
GLUINO_DEFINE(std::int32_t)
GLUINO_DEFINE(std::int64_t)
#undef GLUINO_DEFINE

}  // namespace reduce
}  // namespace gluino::kernels
