#include <gluino/base/random.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/pooled.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/random/orders.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <unordered_set>

namespace gluino {
namespace {

using random::Stream;

std::int64_t rows_of(const Shape& data) { return data.ndim() == 0 ? 1 : data[0]; }

void infer_shuffle(const NoOptions& /*o*/, Inference& s) {
  const Shape& data = s.in(0);
  s.expect(rows_of(data) <= std::numeric_limits<std::uint32_t>::max(), 0,
           "expected fewer than 2^32 rows, got ", data);
  s.set_out(0, data);
  s.set_out(1, {rows_of(data)});
}

// MXNet shuffles numbers from the front on, rows from the end on.
PooledVector<std::int64_t> draw_order(std::uint32_t count, bool of_numbers) {
  PooledVector<std::int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  random::one_by_one([&](Stream& stream) {
    for (std::uint32_t k = 1; k < count; ++k) {
      const std::uint32_t i = of_numbers ? k : count - k;
      std::swap(order[i], order[stream.below(i + 1)]);
    }
  });
  return order;
}

void shuffle(const NoOptions& /*o*/, const Call& call) {
  const Tensor& in = call.in[0];
  const std::int64_t count = rows_of(in.shape);
  const auto order = draw_order(static_cast<std::uint32_t>(count), in.shape.ndim() == 1);
  if (call.out[1]) std::copy(order.begin(), order.end(), call.out[1].as<std::int64_t>());
  if (in.size() == 0) return;
  const auto row = static_cast<std::size_t>(in.size() / count) * size_of(in.dtype);
  std::byte* out = call.out[0].as<std::byte>();
  for (const std::int64_t source : order) {
    std::memcpy(out, in.as<std::byte>() + static_cast<std::size_t>(source) * row, row);
    out += row;
  }
}

void shuffle_gradient(const NoOptions& /*o*/, const GradientCall& call) {
  const Tensor& dx = call.in_grad[0];
  if (dx.size() == 0) return;
  const Tensor& order = call.out[1];
  const std::int64_t row = dx.size() / order.size();
  dispatch_real(dx.dtype, "_shuffle", [&]<class T>() {
    for (std::int64_t i = 0; i < order.size(); ++i) {
      const T* const dy = call.out_grad[0].as<T>() + i * row;
      std::copy_n(dy, row, dx.as<T>() + order.as<std::int64_t>()[i] * row);
    }
  });
}

std::vector<NDArray> shuffle_derivative(const NoOptions& /*o*/, const DerivativeCall& call) {
  const NDArray& dy = call.out_grad[0];
  if (dy.size() == 0) return {derivative::zeros(call.in[0])};
  const auto order = call.out[1].to_vector<std::int64_t>();
  const std::int64_t row = dy.size() / std::ssize(order);
  std::vector<std::int64_t> places;
  for (const std::int64_t source : order) {
    for (std::int64_t i = 0; i < row; ++i) places.push_back(source * row + i);
  }
  const NDArray of_elements = nd::from(places, dy.shape()).as_in_context(dy.context());
  return {derivative::scatter(dy, of_elements, dy.shape())};
}

const auto shuffled = define_op("_shuffle")
                          .aliases({"shuffle", "_npi_shuffle"})
                          .doc("The rows of an array in a random order.")
                          .types(Types::any)
                          .inputs({"data"})
                          .nameless()
                          .outputs({"output", "order"}, 1)
                          .random()
                          .infer_types([](const NoOptions& /*o*/, auto in, auto out) {
                            out[0] = in[0];
                            out[1] = int64;
                          })
                          .infer(infer_shuffle)
                          .forward(shuffle)
                          .backward(shuffle_gradient, Op::outputs)
                          .derivative(shuffle_derivative)
                          .sample({}, {{{7}}})
                          .sample({}, {{{5, 3}}})
                          .sample({}, {{{0, 3}}});

void infer_zipfian(const UniqueZipfianOptions& o, Inference& s) {
  s.expect(o.shape.ndim() == 2 && o.shape.known(), -1,
           "shape: expected (rows, numbers per row), got ", o.shape);
  s.expect(o.range_max > 0 && o.shape[1] <= o.range_max, -1, "range_max: expected at least 1, and ",
           "as many as the ", o.shape[1], " numbers of a row, got ", o.range_max);
  s.set_out(0, o.shape);
  s.set_out(1, {o.shape[0]});
}

// Different numbers, as many as the row has room for; returns how many were drawn.
std::int64_t draw_row(Stream& stream, std::int64_t range_max, std::span<std::int64_t> row) {
  const double log_range = std::log(static_cast<double>(range_max));
  std::unordered_set<std::int64_t> seen;
  std::int64_t draws = 0;
  for (std::int64_t& number : row) {
    do {
      ++draws;
      number = (std::llround(std::exp(stream.canonical<double>() * log_range)) - 1) % range_max;
    } while (!seen.insert(number).second);
  }
  return draws;
}

void draw_zipfian(const UniqueZipfianOptions& o, const Call& call) {
  const std::int64_t columns = o.shape[1];
  const auto draw = [&](Stream& stream, std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) {
      const std::span row(call.out[0].as<std::int64_t>() + i * columns,
                          static_cast<std::size_t>(columns));
      call.out[1].as<std::int64_t>()[i] = draw_row(stream, o.range_max, row);
    }
  };
  random::in_stretches(o.shape[0], draw, 1);
}

const auto zipfian =
    define_op<UniqueZipfianOptions>("_sample_unique_zipfian")
        .doc("Rows of different numbers, small ones more often, and how many draws they took.")
        .types(Types::any)
        .inputs({})
        .field("range_max", &UniqueZipfianOptions::range_max, "Numbers below this are drawn.")
        .required()
        .field("shape", &UniqueZipfianOptions::shape, "(rows, numbers per row).")
        .outputs({"output0", "output1"}, 2)
        .random()
        .infer_types([](const UniqueZipfianOptions& /*o*/, auto /*in*/, auto out) {
          out[0] = out[1] = int64;
        })
        .infer(infer_zipfian)
        .forward(draw_zipfian)
        .sample({.range_max = 20, .shape = {3, 5}}, {})
        .sample({.range_max = 1, .shape = {0, 1}}, {});

}  // namespace

std::vector<NDArray> nd::random::unique_zipfian(const UniqueZipfianOptions& options) {
  return apply_all(Op::get<UniqueZipfianOptions>("_sample_unique_zipfian"), &options, {});
}

}  // namespace gluino
