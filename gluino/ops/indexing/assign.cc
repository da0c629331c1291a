#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/indexing/assign.h>
#include <gluino/ops/indexing/places-inl.h>

#include <cstring>

namespace gluino {
namespace {

void copy_whole(const Tensor& from, const Tensor& to) {
  const auto bytes = static_cast<std::size_t>(from.size()) * size_of(from.dtype);
  if (bytes > 0 && from.data != to.data) std::memcpy(to.data, from.data, bytes);
}

enum SetInput { kOld, kNew, kIndices };

void infer_set(const ScatterNdOptions& o, Inference& s) {
  s.expect(s.in(kOld) == o.shape, -1, "shape: expected that of lhs, ", s.in(kOld), ", got ",
           o.shape);
  expect_places(o.shape, kIndices, s);
  s.set_in(kNew, parts_shape(o.shape, s.in(kIndices)));
  s.set_out(0, o.shape);
}

void set_nd(const ScatterNdOptions& o, const Call& call) {
  const Tensor& fresh = call.in[kNew];
  const Tensor& y = call.out[0];
  copy_whole(call.in[kOld], y);
  if (fresh.size() == 0) return;
  const auto begins = begins_of("_scatter_set_nd", o.shape, call.in[kIndices]);
  const Parts parts = parts_of(o.shape, call.in[kIndices].shape);
  dispatch_words(y.dtype, [&]<class W>() {
    for (std::int64_t i = 0; i < parts.count; ++i) {
      std::copy_n(fresh.as<W>() + i * parts.size, parts.size, y.as<W>() + begins.data()[i]);
    }
  });
}

void set_nd_backward(const ScatterNdOptions& o, const GradientCall& call) {
  const Tensor& dy = call.out_grad[0];
  const Tensor& old = call.in_grad[kOld];
  const Tensor& fresh = call.in_grad[kNew];
  const Parts parts = parts_of(o.shape, call.in[kIndices].shape);
  if (parts.count * parts.size == 0) {
    if (old) copy_whole(dy, old);
    return;
  }
  const auto begins = begins_of("_scatter_set_nd", o.shape, call.in[kIndices]);
  dispatch_real(dy.dtype, "_scatter_set_nd", [&]<class T>() {
    if (fresh) {
      last_parts(dy.as<T>(), begins.data(), parts, o.shape.size() / parts.size, fresh.as<T>());
    }
    if (!old) return;
    copy_whole(dy, old);
    for (std::int64_t i = 0; i < parts.count; ++i) {
      std::fill_n(old.as<T>() + begins.data()[i], parts.size, T(0));
    }
  });
}

const auto scatter_set_nd =
    define_op<ScatterNdOptions>("_scatter_set_nd")
        .aliases({"_npi_scatter_set_nd"})
        .doc("lhs with the parts at the places that indices name replaced by those of rhs.")
        .types(Types::any)
        .inputs({"lhs", "rhs", "indices"})
        .reads_places({kIndices})
        .infer_types([](const ScatterNdOptions& /*o*/, auto in, auto out) { out[0] = in[kOld]; })
        .in_place()
        .field("shape", &ScatterNdOptions::shape, "The shape of lhs.")
        .required()
        .infer(+[](const ScatterNdOptions& o, Inference& s) {
          s.expect(s.in_type(kNew) == s.in_type(kOld), kNew, "expected ", s.in_type(kOld),
                   " as lhs, got ", s.in_type(kNew), "; convert with astype");
          infer_set(o, s);
        })
        .forward(set_nd)
        .backward(set_nd_backward, Op::inputs)
        .derivative(derivative::of_linear<ScatterNdOptions>("_scatter_set_nd"))
        .sample({.shape = {4, 3}}, {{{4, 3}}, {{5}}, {{2, 5}, {Fill::Kind::integers, 0, 3}}})
        .sample({.shape = {4, 3}}, {{{4, 3}}, {{2, 3}}, {{1, 2}, {Fill::Kind::integers, 0, 4}}})
        .sample({.shape = {4, 3}}, {{{4, 3}}, {{0, 3}}, {{1, 0}}});

enum FillInput { kRows, kElements, kColumns };

// Calls f(row, place) for the rows whose number is one of their columns.
template <class F>
void each_place(const Tensor& columns, const Shape& rows, F f) {
  const auto numbers = whole_numbers(columns);
  for (std::int64_t i = 0; i < rows[0]; ++i) {
    const std::int64_t at = numbers.data()[i];
    if (at >= 0 && at < rows[1]) f(i, i * rows[1] + at);
  }
}

const auto fill_element_0index =
    define_op("fill_element_0index")
        .doc("lhs with the element of each row that rhs names replaced by that of mhs.")
        .types(Types::any)
        .inputs({"lhs", "mhs", "rhs"})
        .reads_places({kColumns})
        .in_place()
        .infer(+[](const NoOptions& /*o*/, Inference& s) {
          const Shape& rows = s.in(kRows);
          s.expect_ndim(kRows, 2, "(rows, columns)");
          s.set_in(kElements, {rows[0]});
          s.set_in(kColumns, {rows[0]});
          s.set_out(0, rows);
        })
        .forward([](const NoOptions& /*o*/, const Call& call) {
          const Tensor& y = call.out[0];
          copy_whole(call.in[kRows], y);
          dispatch_words(y.dtype, [&]<class W>() {
            each_place(call.in[kColumns], y.shape, [&](std::int64_t row, std::int64_t place) {
              y.as<W>()[place] = call.in[kElements].as<W>()[row];
            });
          });
        })
        .backward(
            [](const NoOptions& /*o*/, const GradientCall& call) {
              const Tensor& dy = call.out_grad[0];
              const Tensor& elements = call.in_grad[kElements];
              const Tensor& rows = call.in_grad[kRows];
              dispatch_real(dy.dtype, "fill_element_0index", [&]<class T>() {
                if (elements) std::fill_n(elements.as<T>(), elements.size(), T(0));
                // That of the rows last: it may be written over dy.
                each_place(call.in[kColumns], dy.shape, [&](std::int64_t row, std::int64_t place) {
                  if (elements) elements.as<T>()[row] = dy.as<T>()[place];
                });
                if (!rows) return;
                copy_whole(dy, rows);
                each_place(
                    call.in[kColumns], dy.shape,
                    [&](std::int64_t /*row*/, std::int64_t place) { rows.as<T>()[place] = 0; });
              });
            },
            Op::inputs)
        .derivative(derivative::of_linear<NoOptions>("fill_element_0index"))
        .sample({}, {{{4, 3}}, {{4}}, {{4}, {Fill::Kind::integers, 0, 3}}})
        .sample({}, {{{0, 3}}, {{0}}, {{0}}});

}  // namespace
}  // namespace gluino
