#include <gluino/base/convert.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/types.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <vector>

/// NumPy's places of elements that are not 0, and how often whole numbers are there.
namespace gluino {
namespace {

using Places = std::vector<std::int64_t>;

constexpr const char* kUnknown =
    "the elements decide how many there will be, which a graph does not know; call it on arrays, "
    "or say it in the option count";

struct NonzeroOptions {
  /// How many are not 0. Calls on arrays count them; a graph must be told.
  std::optional<std::int64_t> count{};
};

// A fixed number of elements, whose truths are looked at at once.
constexpr std::int64_t kPiece = 4096;
using Truths = std::array<std::uint8_t, kPiece>;

// Calls f(truths, begin, count) for the pieces of an array, on several threads.
template <class F>
void each_piece(const void* data, DType dtype, std::int64_t size, F f) {
  const auto* bytes = static_cast<const char*>(data);
  parallel_for((size + kPiece - 1) / kPiece, 8, [&](std::int64_t piece, std::int64_t end) {
    Truths truths;
    for (; piece < end; ++piece) {
      const std::int64_t begin = piece * kPiece, count = std::min(kPiece, size - begin);
      kernels::convert(bytes + static_cast<std::size_t>(begin) * size_of(dtype), dtype,
                       truths.data(), boolean, count);
      f(truths.data(), begin, count);
    }
  });
}

// How many elements before each piece are not 0, and, last, how many are.
Places nonzero_before(const void* data, DType dtype, std::int64_t size) {
  Places before(static_cast<std::size_t>((size + kPiece - 1) / kPiece) + 1);
  each_piece(data, dtype, size, [&](const std::uint8_t* truths, std::int64_t begin, auto count) {
    std::uint32_t found = 0;
    for (std::int64_t i = 0; i < count; ++i) found += truths[i];
    before[static_cast<std::size_t>(begin / kPiece) + 1] = found;
  });
  std::partial_sum(before.begin(), before.end(), before.begin());
  return before;
}

// The places on the axes of `shape` of an element, from those of the one before on.
class Counter {
 public:
  Counter(const Shape& shape, std::int64_t element) : shape_(shape), at_(element) {
    for (int axis = shape.ndim() - 1; axis >= 0; --axis) {
      places_[static_cast<std::size_t>(axis)] = element % shape[axis];
      element /= shape[axis];
    }
  }
  void go_to(std::int64_t element) {
    std::int64_t carry = element - at_;
    at_ = element;
    for (int axis = shape_.ndim() - 1; carry != 0; --axis) {
      std::int64_t& place = places_[static_cast<std::size_t>(axis)];
      place += carry;
      if (place < shape_[axis]) return;
      carry = place / shape_[axis];
      place %= shape_[axis];
    }
  }
  std::int64_t operator[](int axis) const { return places_[static_cast<std::size_t>(axis)]; }

 private:
  const Shape& shape_;
  std::int64_t at_;
  std::array<std::int64_t, Shape::kMaxDims> places_{};
};

void nonzero_forward(const NonzeroOptions& o, const Call& call) {
  const Tensor& x = call.in[0];
  const Places before = nonzero_before(x.data, x.dtype, x.size());
  check(before.back() == *o.count, "[_npx_nonzero] ", before.back(), " elements are not 0, count ",
        "says ", *o.count);
  const int ndim = x.shape.ndim(), width = std::max(1, ndim);
  each_piece(x.data, x.dtype, x.size(),
             [&](const std::uint8_t* truths, std::int64_t begin, std::int64_t count) {
               // Written in any case, kept where it is true: nothing is guessed.
               std::array<std::uint16_t, kPiece + 1> found;
               std::int64_t n = 0;
               for (std::int64_t i = 0; i < count; ++i) {
                 found[static_cast<std::size_t>(n)] = static_cast<std::uint16_t>(i);
                 n += truths[i];
               }
               auto* to = call.out[0].as<std::int64_t>() +
                          before[static_cast<std::size_t>(begin / kPiece)] * width;
               if (ndim <= 1) {
                 for (std::int64_t i = 0; i < n; ++i)
                   *to++ = begin + found[static_cast<std::size_t>(i)];
                 return;
               }
               Counter places(x.shape, begin);
               for (std::int64_t i = 0; i < n; ++i) {
                 places.go_to(begin + found[static_cast<std::size_t>(i)]);
                 for (int axis = 0; axis < ndim; ++axis) *to++ = places[axis];
               }
             });
}

const auto nonzero =
    define_op<NonzeroOptions>("_npx_nonzero")
        .aliases({"_npi_nonzero"})
        .doc("The places of elements that are not 0, one per row, int64.")
        .inputs({"x"})
        .types(Types::any)
        .field("count", &NonzeroOptions::count, "How many are not 0; None: as many as are.")
        .with_sizes([](const NonzeroOptions& o, std::span<const NDArray> in) {
          if (o.count || in.size() != 1) return o;
          const NDArray& x = in[0];
          return NonzeroOptions{nonzero_before(x.data(), x.dtype(), x.size()).back()};
        })
        .infer_types([](const NonzeroOptions& /*o*/, auto /*in*/, auto out) { out[0] = int64; })
        .infer([](const NonzeroOptions& o, Inference& s) {
          s.expect(o.count.has_value(), -1, kUnknown);
          s.expect(*o.count >= 0 && *o.count <= s.in(0).size(), -1, "count: expected 0 to ",
                   s.in(0).size(), ", got ", *o.count);
          s.set_out(0, {*o.count, std::max(1, s.in(0).ndim())});
        })
        .forward(nonzero_forward)
        .sample({.count = 6}, {{{2, 3}, {Fill::Kind::integers, 1, 2}}})
        .sample({.count = 1}, {{{}, {Fill::Kind::integers, 1, 2}}})
        .sample({.count = 0}, {{{0, 3}}});

struct BincountOptions {
  std::int64_t minlength = 0;
  bool has_weights = false;
  /// How many numbers are counted. Calls on arrays find the largest; a graph must be told.
  std::optional<std::int64_t> count{};
};

// Calls f(numbers, count, the largest of them) for pieces of a row that stay in the nearest cache.
// Throws Error for a number below 0.
template <class F>
void each_counted(const void* data, DType dtype, std::int64_t size, F f) {
  dispatch_numbers(dtype == boolean ? uint8 : dtype, [&]<class T>() {
    const T* numbers = static_cast<const T*>(data);
    for (std::int64_t i = 0; i < size; i += kPiece) {
      const std::int64_t count = std::min(kPiece, size - i);
      T low{}, high{};
      kernels::reduce::min(numbers + i, {count}, kernels::kAllAxes, &low);
      kernels::reduce::max(numbers + i, {count}, kernels::kAllAxes, &high);
      const auto least = convert<std::int64_t>(low);
      check(least >= 0, "ValueError: data: expected numbers of at least 0, got ", least);
      f(numbers + i, count, convert<std::int64_t>(high));
    }
  });
}

BincountOptions with_length(const BincountOptions& o, std::span<const NDArray> in) {
  if (o.count || in.empty() || is_floating(in[0].dtype())) return o;
  BincountOptions sized = o;
  std::int64_t most = -1;
  each_counted(in[0].data(), in[0].dtype(), in[0].size(),
               [&](const auto* /*numbers*/, std::int64_t /*count*/, std::int64_t largest) {
                 most = std::max(most, largest);
               });
  check(most < std::numeric_limits<std::int64_t>::max(), "data: ", most, " cannot be counted");
  sized.count = std::max(o.minlength, most + 1);
  return sized;
}

DType sum_type(const std::optional<DType>& weights) {
  return weights && is_floating(*weights) ? *weights : float64;
}

void infer_bincount(const BincountOptions& o, Inference& s) {
  s.expect(!is_floating(s.in_type(0)), -1, "TypeError: data: expected whole numbers, got ",
           s.in_type(0));
  s.expect(s.in(0).ndim() == 1, -1, "ValueError: data: expected one axis, got ", s.in(0));
  s.expect(o.minlength >= 0, -1, "ValueError: minlength: expected at least 0, got ", o.minlength);
  if (o.has_weights) {
    s.expect(s.in(1) == s.in(0), -1, "ValueError: weights: expected the shape of data ", s.in(0),
             ", got ", s.in(1));
  }
  s.expect(o.count.has_value(), -1, kUnknown);
  s.expect(*o.count >= o.minlength, -1, "count: expected at least ", o.minlength, ", got ",
           *o.count);
  s.set_out(0, {*o.count});
}

void bincount_forward(const BincountOptions& o, const Call& call) {
  const Tensor& data = call.in[0];
  const auto count = static_cast<std::size_t>(*o.count);
  // Calls f(place, number) for each number.
  const auto each = [&](auto f) {
    std::int64_t begin = 0;
    each_counted(data.data, data.dtype, data.size(),
                 [&](const auto* numbers, std::int64_t n, std::int64_t largest) {
                   check(largest < *o.count, "[_npi_bincount] data holds ", largest,
                         ", count says ", *o.count);
                   for (std::int64_t i = 0; i < n; ++i) {
                     f(begin + i, static_cast<std::size_t>(numbers[i]));
                   }
                   begin += n;
                 });
  };
  if (!o.has_weights) {
    auto* const counts = call.out[0].as<std::int64_t>();
    std::fill_n(counts, count, 0);
    return each([=](std::int64_t /*place*/, std::size_t number) { ++counts[number]; });
  }
  std::vector<double> sums(count);
  dispatch(call.in[1].dtype, [&]<class W>() {
    const W* weights = call.in[1].as<W>();
    each([&, weights](std::int64_t place, std::size_t number) {
      sums[number] += convert<double>(weights[place]);
    });
  });
  kernels::convert(sums.data(), float64, call.out[0].data, call.out[0].dtype, *o.count);
}

const auto bincount =
    define_op<BincountOptions>("_npi_bincount")
        .doc(
            "How often each whole number from 0 on is there, int64, or the sums of their weights, "
            "in real numbers.")
        .inputs({"data", "weights"})
        .types(Types::any)
        .looks_up({1})
        .reads_places({0})
        .omits_last_when([](const BincountOptions& o) { return !o.has_weights; })
        .field("minlength", &BincountOptions::minlength, "How many numbers are counted at least.")
        .field("has_weights", &BincountOptions::has_weights, "Whether there are weights.")
        .field("count", &BincountOptions::count, "How many are counted; None: up to the largest.")
        .with_sizes(with_length)
        .infer_types([](const BincountOptions& o, auto in, auto out) {
          out[0] = o.has_weights ? sum_type(in[1]) : int64;
        })
        .infer(infer_bincount)
        .forward(bincount_forward);

}  // namespace
}  // namespace gluino
