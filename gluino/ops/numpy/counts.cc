#include <gluino/base/convert.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/types.h>

#include <algorithm>
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

Places nonzero_places(const void* data, DType dtype, std::int64_t size) {
  Places places;
  dispatch(dtype, [&]<class T>() {
    const T* values = static_cast<const T*>(data);
    for (std::int64_t i = 0; i < size; ++i) {
      if (convert<bool>(values[i])) places.push_back(i);
    }
  });
  return places;
}

void nonzero_forward(const NonzeroOptions& o, const Call& call) {
  const Tensor& x = call.in[0];
  const Places places = nonzero_places(x.data, x.dtype, x.size());
  check(std::ssize(places) == *o.count, "[_npx_nonzero] ", places.size(),
        " elements are not 0, count says ", *o.count);
  auto* to = call.out[0].as<std::int64_t>();
  for (const std::int64_t place : places) {
    for (int axis = 0; axis < x.shape.ndim(); ++axis) {
      *to++ = place / x.shape.size_between(axis + 1, x.shape.ndim()) % x.shape[axis];
    }
    if (x.shape.ndim() == 0) *to++ = 0;  // As of a row of one.
  }
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
          return NonzeroOptions{std::ssize(nonzero_places(x.data(), x.dtype(), x.size()))};
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

// The numbers of a row. Throws Error for one below 0.
Places numbers_in(const void* data, DType dtype, std::int64_t size) {
  Places numbers;
  dispatch(dtype, [&]<class T>() {
    const T* values = static_cast<const T*>(data);
    for (std::int64_t i = 0; i < size; ++i) numbers.push_back(convert<std::int64_t>(values[i]));
  });
  for (const std::int64_t number : numbers) {
    check(number >= 0, "ValueError: data: expected numbers of at least 0, got ", number);
  }
  return numbers;
}

BincountOptions with_length(const BincountOptions& o, std::span<const NDArray> in) {
  if (o.count || in.empty() || is_floating(in[0].dtype())) return o;
  BincountOptions sized = o;
  sized.count = o.minlength;
  for (const std::int64_t number : numbers_in(in[0].data(), in[0].dtype(), in[0].size())) {
    sized.count = std::max(*sized.count, number + 1);
  }
  return sized;
}

DType sum_type(const std::optional<DType>& weights) {
  return weights && is_floating(*weights) ? *weights : float64;
}

void infer_bincount(const BincountOptions& o, Inference& s) {
  s.expect(!is_floating(s.in_type(0)), 0, "TypeError: expected whole numbers, got ", s.in_type(0));
  s.expect(s.in(0).ndim() == 1, 0, "ValueError: expected one axis, got ", s.in(0));
  s.expect(o.minlength >= 0, -1, "ValueError: minlength: expected at least 0, got ", o.minlength);
  if (o.has_weights) {
    s.expect(s.in(1) == s.in(0), 1, "ValueError: expected the shape of data ", s.in(0), ", got ",
             s.in(1));
  }
  s.expect(o.count.has_value(), -1, kUnknown);
  s.expect(*o.count >= o.minlength, -1, "count: expected at least ", o.minlength, ", got ",
           *o.count);
  s.set_out(0, {*o.count});
}

void bincount_forward(const BincountOptions& o, const Call& call) {
  const Places numbers = numbers_in(call.in[0].data, call.in[0].dtype, call.in[0].size());
  const auto count = static_cast<std::size_t>(*o.count);
  std::vector<std::int64_t> counts(count);
  std::vector<double> sums(o.has_weights ? count : 0);
  const auto add = [&](auto part) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      check(numbers[i] < *o.count, "[_npi_bincount] data holds ", numbers[i], ", count says ",
            *o.count);
      part(static_cast<std::size_t>(numbers[i]), i);
    }
  };
  if (!o.has_weights) {
    add([&](std::size_t number, std::size_t /*i*/) { ++counts[number]; });
    std::copy(counts.begin(), counts.end(), call.out[0].as<std::int64_t>());
    return;
  }
  dispatch(call.in[1].dtype, [&]<class W>() {
    const W* weights = call.in[1].as<W>();
    add([&](std::size_t number, std::size_t i) { sums[number] += convert<double>(weights[i]); });
  });
  dispatch(call.out[0].dtype, [&]<class T>() {
    std::transform(sums.begin(), sums.end(), call.out[0].as<T>(),
                   [](double sum) { return convert<T>(sum); });
  });
}

const auto bincount =
    define_op<BincountOptions>("_npi_bincount")
        .doc(
            "How often each whole number from 0 on is there, int64, or the sums of their weights, "
            "in real numbers.")
        .inputs({"data", "weights"})
        .types(Types::any)
        .looks_up({0, 1})
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
