#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/kernels/cpu/reduce/first_place.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/ordering/ranking.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

/// NumPy's different elements.
namespace gluino {
namespace {

using Places = std::vector<std::int64_t>;

struct UniqueOptions {
  bool return_index = false;
  bool return_inverse = false;
  bool return_counts = false;
  std::optional<std::int64_t> axis{};
  /// How many are different. Calls on arrays count them; a graph must be told.
  std::optional<std::int64_t> count{};
  /// What counting sorted: an InOrder, for the kernel of the same call, which takes it.
  mutable std::shared_ptr<const void> in_order{};
};

// The data as parts along an axis: of `outer` times `inner` elements each.
struct Parts {
  std::int64_t outer = 1, size = 1, inner = 1;

  Parts(const Shape& shape, const std::optional<std::int64_t>& axis) : size(shape.size()) {
    if (!axis) return;
    const int along = normalize_axis(*axis, shape.ndim(), "AxisError: axis");
    outer = shape.size_between(0, along);
    size = shape[along];
    inner = shape.size_between(along + 1, shape.ndim());
  }
  std::int64_t place(std::int64_t part, std::int64_t i) const {
    return (i / inner * size + part) * inner + i % inner;
  }
};

Tensor row_of(const void* data, DType dtype, std::int64_t n) {
  return {.data = const_cast<void*>(data), .shape = {n}, .dtype = dtype};
}

// -1, 0 or 1; NaN stands last and is NaN's equal.
template <class K>
int order_of(K a, K b) {
  if constexpr (std::is_floating_point_v<K>) {
    if (std::isnan(a) || std::isnan(b)) return int{std::isnan(a)} - int{std::isnan(b)};
  }
  return int{a > b} - int{a < b};
}

// The numbers of the parts in order, those that are equal together, and where each kind begins.
struct Sorted {
  Places order, begins;

  Sorted(const void* data, DType dtype, const Parts& parts)
      : order(static_cast<std::size_t>(parts.size)) {
    if (parts.outer * parts.inner == 1) {
      sort_elements(data, dtype, parts.size);
    } else {
      sort_parts(data, dtype, parts);
    }
  }

 private:
  void sort_parts(const void* data, DType dtype, const Parts& parts) {
    // Compared as numbers of 64 bits, which those of all types become as they are.
    const DType wide = is_floating(dtype) ? float64 : int64;
    const std::int64_t n = parts.outer * parts.size * parts.inner;
    const Temporary<double> converted(dtype == wide ? 0 : n);
    if (dtype != wide) {
      kernels::convert(data, dtype, converted.data(), wide, n);
      data = converted.data();
    }
    if (wide == float64) {
      sort_parts(static_cast<const double*>(data), parts);
    } else {
      sort_parts(static_cast<const std::int64_t*>(data), parts);
    }
  }

  template <class T>
  void sort_parts(const T* values, const Parts& parts) {
    const auto compared = [&](std::int64_t a, std::int64_t b) {
      int result = 0;
      for (std::int64_t i = 0; result == 0 && i < parts.outer * parts.inner; ++i) {
        result = order_of(values[parts.place(a, i)], values[parts.place(b, i)]);
      }
      return result;
    };
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::int64_t a, std::int64_t b) { return compared(a, b) < 0; });
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i == 0 || compared(order[i - 1], order[i]) != 0)
        begins.push_back(static_cast<std::int64_t>(i));
    }
  }

  void sort_elements(const void* data, DType dtype, std::int64_t n) {
    if (n == 0) return;
    if (dtype == float16 || dtype == bfloat16 || dtype == boolean) {
      const Temporary<float> floats(n);
      kernels::convert(data, dtype, floats.data(), float32, n);
      return sort_elements(floats.data(), float32, n);
    }
    dispatch_numbers(dtype, [&]<class T>() {
      const Temporary<T> sorted(n);
      ordering::sort_rows(row_of(data, dtype, n), {.n = n}, true, sorted.data(),
                          ordering::Equals::by_place,
                          [&](std::int64_t /*row*/, const ordering::Places& places) {
                            for (std::int64_t i = 0; i < n; ++i) {
                              order[static_cast<std::size_t>(i)] = places[i];
                            }
                          });
      for (std::int64_t i = 0; i < n; ++i) {
        if (i == 0 || order_of(sorted.data()[i - 1], sorted.data()[i]) != 0) begins.push_back(i);
      }
    });
  }
};

// Whether the elements alone are asked for, in a type in which they can be sorted by themselves.
bool is_plain(const UniqueOptions& o, DType dtype) {
  return !o.axis && !o.return_index && !o.return_inverse && !o.return_counts &&
         (dtype == float32 || dtype == float64 || (!is_floating(dtype) && dtype != boolean));
}

// A row's elements in order, and how many are different: without jumps.
template <class T>
class InOrder {
 public:
  InOrder(const T* x, std::int64_t n) : x_(x), n_(n), sorted_(n) {
    if (n == 0) return;
    ordering::sort_rows(row_of(x, dtype_of<T>(), n), {.n = n}, true, sorted_.data());
    // What is no number stands last, and is one more.
    const T* sorted = sorted_.data();
    numbers_ = std::partition_point(sorted, sorted + n, [](T v) { return v == v; }) - sorted;
    count_ = std::int64_t{numbers_ > 0} + std::int64_t{numbers_ < n};
    for (std::int64_t i = 1; i < numbers_; ++i) {
      count_ += std::int64_t{sorted[i] != sorted[i - 1]};
    }
  }
  std::int64_t count() const { return count_; }

  // Each is written where the last new one stands, and stays there unless one like it follows.
  void write_different(T* to) const {
    const T* sorted = sorted_.data();
    T* const end = to + count_;
    T* at = to;
    for (std::int64_t i = 0; i + 1 < numbers_; ++i) {
      *at = sorted[i];
      at += std::ptrdiff_t{sorted[i] != sorted[i + 1]};
    }
    if (numbers_ > 0) *at++ = sorted[numbers_ - 1];
    if (numbers_ < n_) *at = sorted[numbers_];
    // Of 0 and -0 the first that is there.
    T* const zero = std::lower_bound(to, end, T(0), [](T v, T least) { return v < least; });
    if (zero != end && *zero == 0) *zero = x_[kernels::first_place(x_, n_, T(0))];
  }

 private:
  const T* x_;
  std::int64_t n_;
  Temporary<T> sorted_;
  std::int64_t numbers_ = 0, count_ = 0;
};

UniqueOptions with_count(const UniqueOptions& o, std::span<const NDArray> in) {
  if (o.count || in.size() != 1) return o;
  UniqueOptions sized = o;
  if (is_plain(o, in[0].dtype())) {
    dispatch_numbers(in[0].dtype(), [&]<class T>() {
      const auto sorted =
          std::make_shared<const InOrder<T>>(static_cast<const T*>(in[0].data()), in[0].size());
      sized.count = sorted->count();
      sized.in_order = sorted;
    });
    return sized;
  }
  const Sorted sorted(in[0].data(), in[0].dtype(), Parts(in[0].shape(), o.axis));
  sized.count = std::ssize(sorted.begins);
  return sized;
}

std::vector<std::string> unique_outputs(const UniqueOptions& o) {
  std::vector<std::string> names{"output"};
  if (o.return_index) names.emplace_back("index");
  if (o.return_inverse) names.emplace_back("inverse");
  if (o.return_counts) names.emplace_back("counts");
  return names;
}

void infer_unique(const UniqueOptions& o, Inference& s) {
  const Shape& data = s.in(0);
  const Parts parts(data, o.axis);
  s.expect(o.count.has_value(), -1,
           "the elements decide how many are different, which a graph does not know; call it on "
           "arrays, or say it in the option count");
  s.expect(*o.count >= 0 && *o.count <= parts.size, -1, "count: expected 0 to ", parts.size,
           ", got ", *o.count);
  Shape out = o.axis ? data : Shape{*o.count};
  if (o.axis) out[normalize_axis(*o.axis, data.ndim())] = *o.count;
  s.set_out(0, out);
  int next = 1;
  if (o.return_index) s.set_out(next++, {*o.count});
  if (o.return_inverse) s.set_out(next++, {parts.size});
  if (o.return_counts) s.set_out(next++, {*o.count});
}

void unique_forward(const UniqueOptions& o, const Call& call) {
  const Tensor& x = call.in[0];
  if (is_plain(o, x.dtype)) {
    dispatch_numbers(x.dtype, [&]<class T>() {
      auto sorted = std::static_pointer_cast<const InOrder<T>>(std::exchange(o.in_order, nullptr));
      if (!sorted) sorted = std::make_shared<const InOrder<T>>(x.as<T>(), x.size());
      check(sorted->count() == *o.count, "[_npi_unique] ", sorted->count(),
            " are different, count says ", *o.count);
      sorted->write_different(call.out[0].as<T>());
    });
    return;
  }
  const Parts parts(x.shape, o.axis);
  const Sorted sorted(x.data, x.dtype, parts);
  const Places& order = sorted.order;
  const Places& begins = sorted.begins;
  const std::int64_t count = std::ssize(begins);
  check(count == *o.count, "[_npi_unique] ", count, " are different, count says ", *o.count);
  const auto first = [&](std::int64_t kind) {
    return order[static_cast<std::size_t>(begins[static_cast<std::size_t>(kind)])];
  };
  dispatch_words(x.dtype, [&]<class W>() {
    W* to = call.out[0].as<W>();
    for (std::int64_t outer = 0; outer < parts.outer; ++outer) {
      for (std::int64_t kind = 0; kind < count; ++kind) {
        to =
            std::copy_n(x.as<W>() + parts.place(first(kind), outer * parts.inner), parts.inner, to);
      }
    }
  });
  std::size_t next = 1;
  const auto output = [&](bool wanted) {
    return wanted ? call.out[next++].as<std::int64_t>() : nullptr;
  };
  std::int64_t* const index = output(o.return_index);
  std::int64_t* const inverse = output(o.return_inverse);
  std::int64_t* const counts = output(o.return_counts);
  for (std::int64_t kind = 0; kind < count; ++kind) {
    const std::int64_t begin = begins[static_cast<std::size_t>(kind)];
    const std::int64_t end =
        kind + 1 < count ? begins[static_cast<std::size_t>(kind) + 1] : parts.size;
    if (index) index[kind] = first(kind);
    if (counts) counts[kind] = end - begin;
    for (std::int64_t i = begin; inverse && i < end; ++i)
      inverse[order[static_cast<std::size_t>(i)]] = kind;
  }
}

// What an element, or part, that stands there first gets; its repetitions get 0.
void unique_backward(const UniqueOptions& o, const GradientCall& call) {
  const Tensor& dx = call.in_grad[0];
  const Parts parts(dx.shape, o.axis);
  const Sorted sorted(call.in[0].data, call.in[0].dtype, parts);
  const Places& order = sorted.order;
  const Places& begins = sorted.begins;
  dispatch_real(dx.dtype, "unique", [&]<class T>() {
    std::fill_n(dx.as<T>(), dx.size(), T(0));
    const T* dy = call.out_grad[0].as<T>();
    for (std::int64_t outer = 0; outer < parts.outer; ++outer) {
      for (const std::int64_t begin : begins) {
        const std::int64_t first = order[static_cast<std::size_t>(begin)];
        std::copy_n(dy, parts.inner, dx.as<T>() + parts.place(first, outer * parts.inner));
        dy += parts.inner;
      }
    }
  });
}

// Different as whole numbers, too.
constexpr Fill kApart{Fill::Kind::distinct, 10, 90};

const auto unique =
    define_op<UniqueOptions>("_npi_unique")
        .doc("The different elements, or parts along an axis, in order; NaN last and once.")
        .inputs({"data"})
        .types(Types::numbers)
        .output_names_by(unique_outputs)
        .field("return_index", &UniqueOptions::return_index, "Also where each stands first.")
        .field("return_inverse", &UniqueOptions::return_inverse, "Also which each part is.")
        .field("return_counts", &UniqueOptions::return_counts, "Also how often each is there.")
        .field("axis", &UniqueOptions::axis, "Along which axis; None: the array laid flat.")
        .field("count", &UniqueOptions::count, "How many are different; None: as many as are.")
        .with_sizes(with_count)
        .infer_types([](const UniqueOptions& /*o*/, auto in, auto out) {
          std::fill(out.begin(), out.end(), int64);
          out[0] = in[0];
        })
        .infer(infer_unique)
        .forward(unique_forward)
        .backward(unique_backward, Op::inputs)
        .instead("take at the places that return_index gives")
        .sample({.count = 6}, {{{2, 3}, kApart}})
        .sample({.return_index = true,
                 .return_inverse = true,
                 .return_counts = true,
                 .axis = 1,
                 .count = 3},
                {{{2, 3, 2}, kApart}})
        .sample({.count = 1}, {{{}, kApart}})
        .sample({.return_counts = true, .count = 0}, {{{0, 3}}});

}  // namespace
}  // namespace gluino
