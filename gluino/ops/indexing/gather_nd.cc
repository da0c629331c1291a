#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/indexing/gather_nd.h>
#include <gluino/ops/indexing/places-inl.h>
#include <gluino/ops/indexing/whole_numbers-inl.h>

#include <algorithm>
#include <cstring>

namespace gluino {
namespace {

enum Input { kData, kIndices };

void infer_gather(const NoOptions& /*options*/, Inference& s) {
  expect_places(s.in(kData), kIndices, s);
  s.set_out(0, parts_shape(s.in(kData), s.in(kIndices)));
}

void gather_nd(const NoOptions& /*options*/, const Call& call) {
  const Tensor& x = call.in[kData];
  if (call.out[0].size() == 0) return;
  const auto begins = begins_of("gather_nd", x.shape, call.in[kIndices]);
  dispatch_words(x.dtype, [&]<class W>() {
    gather(x.as<W>(), begins.data(), parts_of(x.shape, call.in[kIndices].shape),
           call.out[0].as<W>());
  });
}

// What was taken more than once gets all gradients, in their order. Of whole numbers too, which
// are added to parts so.
void gather_backward(const NoOptions& /*options*/, const GradientCall& call) {
  const Tensor& dx = call.in_grad[kData];
  if (!dx) return;
  dispatch_numbers(dx.dtype, [&]<class T>() {
    std::fill_n(dx.as<T>(), dx.size(), T(0));
    if (call.out_grad[0].size() == 0) return;
    const auto begins = begins_of("gather_nd", dx.shape, call.in[kIndices]);
    const Parts parts = parts_of(dx.shape, call.in[kIndices].shape);
    const T* dy = call.out_grad[0].as<T>();
    for (std::int64_t i = 0; i < parts.count; ++i) {
      T* to = dx.as<T>() + begins.data()[i];
      for (std::int64_t j = 0; j < parts.size; ++j) to[j] += dy[i * parts.size + j];
    }
  });
}

const auto gather_op = define_op("gather_nd")
                           .aliases({"_npi_gather_nd", "_npx_gather_nd"})
                           .doc("The parts of an array at the places that indices name.")
                           .types(Types::any)
                           .inputs({"data", "indices"})
                           .reads_places({kIndices})
                           .mixed_types()
                           .infer(infer_gather)
                           .forward(gather_nd)
                           .backward(gather_backward, Op::inputs)
                           .derivative(derivative::of_linear<NoOptions>("gather_nd"))
                           .sample({}, {{{3, 4}}, {{2, 5}, {Fill::Kind::integers, 0, 3}}})
                           .sample({}, {{{3, 4, 2}}, {{1, 2, 3}, {Fill::Kind::integers, 0, 3}}})
                           .sample({}, {{{3, 0}}, {{1, 2}, {Fill::Kind::integers, 0, 3}}})
                           .sample({}, {{{3, 4}}, {{2, 0}}});

void infer_scatter(const ScatterNdOptions& o, Inference& s) {
  for (const std::int64_t size : o.shape) {
    s.expect(size >= 0, -1, "shape: expected sizes of at least 0, got ", o.shape);
  }
  expect_places(o.shape, kIndices, s);
  const Shape parts = parts_shape(o.shape, s.in(kIndices));
  s.expect(s.in(kData) == parts, kData, "expected shape ", parts, " for indices ", s.in(kIndices),
           " into ", o.shape, ", got ", s.in(kData));
  s.set_out(0, o.shape);
}

void scatter_nd(const ScatterNdOptions& o, const Call& call) {
  const Tensor& x = call.in[kData];
  const Tensor& y = call.out[0];
  std::memset(y.data, 0, static_cast<std::size_t>(y.size()) * size_of(y.dtype));
  if (x.size() == 0) return;
  const auto begins = begins_of("scatter_nd", o.shape, call.in[kIndices]);
  const Parts parts = parts_of(o.shape, call.in[kIndices].shape);
  dispatch_words(x.dtype, [&]<class W>() {
    for (std::int64_t i = 0; i < parts.count; ++i) {
      std::copy_n(x.as<W>() + i * parts.size, parts.size, y.as<W>() + begins.data()[i]);
    }
  });
}

void scatter_backward(const ScatterNdOptions& o, const GradientCall& call) {
  const Tensor& dx = call.in_grad[kData];
  if (!dx || dx.size() == 0) return;
  const auto begins = begins_of("scatter_nd", o.shape, call.in[kIndices]);
  const Parts parts = parts_of(o.shape, call.in[kIndices].shape);
  dispatch_real(dx.dtype, "scatter_nd", [&]<class T>() {
    last_parts(call.out_grad[0].as<T>(), begins.data(), parts, o.shape.size() / parts.size,
               dx.as<T>());
  });
}

const auto scatter_op =
    define_op<ScatterNdOptions>("scatter_nd")
        .doc("Zeros with parts of an array at the places that indices name.")
        .types(Types::any)
        .inputs({"data", "indices"})
        .reads_places({kIndices})
        .mixed_types()
        .field("shape", &ScatterNdOptions::shape, "The shape of the result.")
        .required()
        .infer(infer_scatter)
        .forward(scatter_nd)
        .backward(scatter_backward, Op::inputs)
        .derivative(derivative::of_linear<ScatterNdOptions>("scatter_nd"))
        .sample({.shape = {4, 3}}, {{{5}}, {{2, 5}, {Fill::Kind::integers, 0, 3}}})
        .sample({.shape = {4, 3}}, {{{2, 3}}, {{1, 2}, {Fill::Kind::integers, 0, 4}}})
        .sample({.shape = {4, 3}}, {{{0, 3}}, {{1, 0}}});

void infer_batch_take(const NoOptions& /*options*/, Inference& s) {
  const Shape& a = s.in(kData);
  s.expect_ndim(kData, 2, "(rows, columns)");
  s.expect(s.in(kIndices).size() == a[0], kIndices, "expected ", a[0], " indices, one per row of ",
           a, ", got ", s.in(kIndices));
  s.expect(a[1] > 0 || a[0] == 0, kData, "rows of ", a, " are empty");
  s.set_out(0, s.in(kIndices));
}

// Where the element of each row stands.
Temporary<std::int64_t> places_in_rows(const Tensor& indices, std::int64_t columns) {
  auto places = whole_numbers(indices);
  for (std::int64_t i = 0; i < indices.size(); ++i) {
    std::int64_t& place = places.data()[i];
    place = i * columns + std::clamp<std::int64_t>(place, 0, columns - 1);
  }
  return places;
}

void batch_take(const NoOptions& /*options*/, const Call& call) {
  const Tensor& a = call.in[kData];
  if (call.out[0].size() == 0) return;
  const auto places = places_in_rows(call.in[kIndices], a.shape[1]);
  dispatch_words(a.dtype, [&]<class W>() {
    gather(a.as<W>(), places.data(), {.count = a.shape[0], .size = 1}, call.out[0].as<W>());
  });
}

void batch_take_backward(const NoOptions& /*options*/, const GradientCall& call) {
  const Tensor& da = call.in_grad[kData];
  if (!da) return;
  dispatch_real(da.dtype, "batch_take", [&]<class T>() {
    std::fill_n(da.as<T>(), da.size(), T(0));
    if (da.size() == 0) return;
    const auto places = places_in_rows(call.in[kIndices], da.shape[1]);
    for (std::int64_t i = 0; i < da.shape[0]; ++i) {
      da.as<T>()[places.data()[i]] = call.out_grad[0].as<T>()[i];
    }
  });
}

const auto batch_take_op = define_op("batch_take")
                               .doc("Of each row of a matrix the element that its index names.")
                               .types(Types::any)
                               .inputs({"a", "indices"})
                               .reads_places({kIndices})
                               .mixed_types()
                               .infer(infer_batch_take)
                               .forward(batch_take)
                               .backward(batch_take_backward, Op::inputs)
                               .derivative(derivative::of_linear<NoOptions>("batch_take"))
                               .sample({}, {{{4, 3}}, {{4}, {Fill::Kind::integers, -1, 5}}})
                               .sample({}, {{{0, 3}}, {{0}}});

}  // namespace
}  // namespace gluino
