#include <gluino/base/convert.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/indexing/diag.h>
#include <gluino/ops/numpy/arrays-inl.h>
#include <gluino/ops/reduce/reduce.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

/// NumPy's diagonals and triangles.
namespace gluino {
namespace {

using namespace numpy;

struct NpDiagOptions {
  std::int64_t k = 0;
};

struct DiagonalOptions {
  std::int64_t offset = 0;
  std::int64_t axis1 = 0;
  std::int64_t axis2 = 1;
};

// A diagonal that lies beyond the matrix has no elements.
NDArray diagonal(const NDArray& x, const DiagOptions& o) {
  const std::int64_t rows = x.shape()[static_cast<int>(o.axis1)];
  const std::int64_t columns = x.shape()[static_cast<int>(o.axis2)];
  if (o.k < columns && o.k > -rows) return ops::diag(x, o);
  Shape shape;
  for (int i = 0; i < x.ndim(); ++i) {
    if (i != o.axis1 && i != o.axis2) shape.push_back(x.shape()[i]);
  }
  shape.push_back(0);
  return filled(shape, 0, x.dtype(), x.context());
}

const auto diag = formula::define<NpDiagOptions>(
                      "_np_diag",
                      [](const NpDiagOptions& o, In in) {
                        check(in[0].ndim() == 1 || in[0].ndim() == 2,
                              "ValueError: expected one or two axes, got shape ", in[0].shape());
                        if (in[0].ndim() == 1) return ops::diag(in[0], {.k = o.k});
                        return diagonal(in[0], {.k = o.k});
                      })
                      .doc("The diagonal of a matrix; of a row the matrix that has it there.")
                      .inputs({"data"})
                      .field("k", &NpDiagOptions::k, "Which: above 0 right of the main one.")
                      .sample({}, {{{3, 4}}})
                      .sample({.k = -1}, {{{3, 4}}})
                      .sample({.k = 1}, {{{3}}})
                      .sample({}, {{{0, 4}}});

const auto diagflat = formula::define<NpDiagOptions>("_np_diagflat",
                                                     [](const NpDiagOptions& o, In in) {
                                                       return ops::diag(flat(in[0]), {.k = o.k});
                                                     })
                          .doc("The matrix that has the array, laid flat, on a diagonal.")
                          .inputs({"data"})
                          .field("k", &NpDiagOptions::k, "Which: above 0 right of the main one.")
                          .sample({}, {{{2, 3}}})
                          .sample({.k = -1}, {{{}}})
                          .sample({}, {{{0}}});

NDArray diagonal_of(const DiagonalOptions& o, const NDArray& x) {
  check(x.ndim() >= 2, "ValueError: expected at least two axes, got shape ", x.shape());
  const int axis1 = normalize_axis(o.axis1, x.ndim(), "axis1");
  const int axis2 = normalize_axis(o.axis2, x.ndim(), "axis2");
  check(axis1 != axis2, "ValueError: axis1 and axis2: expected two axes, got ", o.axis1, " twice");
  return diagonal(x, {.k = o.offset, .axis1 = axis1, .axis2 = axis2});
}

void define_diagonal(const char* name, const char* doc, Types types, NDArray (*f)(const NDArray&)) {
  formula::define<DiagonalOptions>(
      name, [f](const DiagonalOptions& o, In in) { return f(diagonal_of(o, in[0])); })
      .doc(doc)
      .inputs({"data"})
      .types(types)
      .field("offset", &DiagonalOptions::offset, "Which: above 0 right of the main one.")
      .field("axis1", &DiagonalOptions::axis1, "The axis of rows.")
      .field("axis2", &DiagonalOptions::axis2, "The axis of columns.")
      .sample({}, {{{3, 4}}})
      .sample({.offset = 1, .axis1 = 2, .axis2 = 0}, {{{3, 2, 4}}})
      .sample({.offset = -1}, {{{0, 4, 2}}});
}

[[maybe_unused]] const bool diagonals = [] {
  define_diagonal("_np_diagonal", "The diagonals of two axes, as a new last axis.", Types::any,
                  [](const NDArray& x) { return x; });
  define_diagonal("_np_trace", "The sums of the diagonals of two axes.", Types::numbers,
                  [](const NDArray& x) {
                    Shape shape = x.shape();
                    shape.erase(x.ndim() - 1);
                    return reshaped(ops::sum(x, {.axis = {x.ndim() - 1}, .keepdims = true}), shape);
                  });
  return true;
}();

// first, first + 1, ..., as many as `like` has along an axis, in a shape that is broadcast to it.
NDArray numbers_along(const NDArray& like, int axis) {
  static const Op& op = Op::get<RangeOptions>("_npi_arange");
  const std::int64_t size = like.shape()[axis];
  const RangeOptions options{
      .start = static_cast<double>(size), .ctx = like.context(), .dtype = int64};
  Shape shape = Shape::filled(like.ndim(), 1);
  shape[axis] = size;
  return expanded(reshaped(apply(op, &options, In()), shape), like.shape());
}

template <bool kUpper>
void triangle_forward(const NpDiagOptions& o, const Call& call) {
  const Tensor& out = call.out[0];
  if (out.size() == 0) return;
  const std::int64_t width = out.shape.back();
  const std::int64_t height = out.shape[out.shape.ndim() - 2];
  const bool of_row = call.in[0].shape.ndim() == 1;
  dispatch_words(out.dtype, [&]<class W>() {
    const W* x = call.in[0].as<W>();
    W* y = out.as<W>();
    parallel_for(out.size() / width, kernels::row_grain(width, kernels::kCopyGrain),
                 [=](std::int64_t row, std::int64_t end) {
                   for (; row < end; ++row) {
                     // Bounds first: k may be any number.
                     const std::int64_t k = std::clamp<std::int64_t>(o.k, -height, width);
                     const std::int64_t place = row % height + k + (kUpper ? 0 : 1);
                     const auto cut = std::clamp<std::int64_t>(place, 0, width);
                     const std::int64_t begin = kUpper ? cut : 0, stop = kUpper ? width : cut;
                     std::fill_n(y + row * width, width, W(0));
                     std::copy_n(x + (of_row ? 0 : row * width) + begin, stop - begin,
                                 y + row * width + begin);
                   }
                 });
  });
}

// The formula gives shapes and gradients.
template <bool kUpper>
void define_triangle(const char* name, const char* doc) {
  formula::define<NpDiagOptions>(name,
                                 [](const NpDiagOptions& o, In in) {
                                   // Of a row every row of the matrix that it is repeated to.
                                   NDArray x = in[0];
                                   check(x.ndim() > 0, "ValueError: expected at least one axis");
                                   if (x.ndim() == 1) x = expanded(x, {x.size(), x.size()});
                                   if (x.size() == 0) return ops::identity(x);
                                   const NDArray right = numbers_along(x, x.ndim() - 1) -
                                                         numbers_along(x, x.ndim() - 2);
                                   const auto k = static_cast<double>(o.k);
                                   return ops::where(kUpper ? right >= k : right <= k, x,
                                                     filled(x.shape(), 0, x.dtype(), x.context()));
                                 })
      .forward(triangle_forward<kUpper>)
      .doc(doc)
      .inputs({"data"})
      .field("k", &NpDiagOptions::k, "Which: above 0 right of the main one.")
      .sample({}, {{{3, 4}}})
      .sample({.k = -1}, {{{2, 3, 3}}})
      .sample({.k = 1}, {{{3}}})
      .sample({}, {{{0, 4}}});
}

[[maybe_unused]] const bool triangles = [] {
  define_triangle<false>("_npi_tril", "The matrices with zeros above a diagonal.");
  define_triangle<true>("_npi_triu", "The matrices with zeros below a diagonal.");
  return true;
}();

struct FillDiagonalOptions {
  std::vector<double> val{};
  bool wrap = false;
};

void infer_fill_diagonal(const FillDiagonalOptions& o, Inference& s) {
  const Shape& shape = s.in(0);
  s.expect(shape.ndim() >= 2, 0, "expected at least two axes, got shape ", shape);
  s.expect(!o.val.empty(), -1, "val: expected at least one number");
  if (shape.ndim() > 2) {
    for (const std::int64_t size : shape) {
      s.expect(size == shape[0], 0, "expected axes of one size, got shape ", shape);
    }
  }
  s.set_out(0, shape);
}

// `to` is `from` with the numbers on its diagonal, one after the other, over and over.
void write_with_diagonal(const Tensor& from, const Tensor& to, std::span<const double> numbers,
                         bool wrap) {
  const Shape& shape = to.shape;
  if (to.size() == 0) return;
  if (to.data != from.data) {
    std::memcpy(to.data, from.data, static_cast<std::size_t>(to.size()) * size_of(to.dtype));
  }
  std::int64_t step = 0;
  for (int axis = 0; axis < shape.ndim(); ++axis) {
    step += shape.size_between(axis + 1, shape.ndim());
  }
  const std::int64_t columns = shape.back();
  const bool ends = shape.ndim() == 2 && shape[0] > columns && !wrap;
  const std::int64_t end = ends ? columns * columns : to.size();
  dispatch(to.dtype, [&]<class T>() {
    std::size_t next = 0;
    for (std::int64_t i = 0; i < end; i += step) {
      to.as<T>()[i] = convert<T>(numbers[next]);
      if (++next == numbers.size()) next = 0;
    }
  });
}

const auto fill_diagonal =
    define_op<FillDiagonalOptions>("_npi_fill_diagonal")
        .doc("The array with numbers on its main diagonal.")
        .types(Types::any)
        .inputs({"a"})
        .in_place()
        .field("val", &FillDiagonalOptions::val, "The numbers, which are taken over and over.")
        .required()
        .field("wrap", &FillDiagonalOptions::wrap,
               "In a matrix higher than wide it begins again below itself, a row left out.")
        .infer(infer_fill_diagonal)
        .forward([](const FillDiagonalOptions& o, const Call& call) {
          write_with_diagonal(call.in[0], call.out[0], o.val, o.wrap);
        })
        .backward(
            [](const FillDiagonalOptions& o, const GradientCall& call) {
              constexpr double kNone = 0;
              write_with_diagonal(call.out_grad[0], call.in_grad[0], {&kNone, 1}, o.wrap);
            },
            Op::nothing)
        .derivative([](const FillDiagonalOptions& o, const DerivativeCall& call) {
          const FillDiagonalOptions none{.val = {0}, .wrap = o.wrap};
          const NDArray& dy = call.out_grad[0];
          return std::vector<NDArray>{
              apply(Op::get<FillDiagonalOptions>("_npi_fill_diagonal"), &none, In(&dy, 1))};
        })
        .sample({.val = {2, 3}}, {{{3, 4}}})
        .sample({.val = {5}, .wrap = true}, {{{5, 2}}})
        .sample({.val = {1}}, {{{3, 3, 3}}})
        .sample({.val = {1}}, {{{0, 4}}});

const auto diag_indices_from =
    formula::define_without_gradient<NoOptions>(
        "_npi_diag_indices_from",
        [](const NoOptions& /*o*/, In in) {
          const Shape& shape = in[0].shape();
          check(shape.ndim() >= 2, "ValueError: expected at least two axes, got shape ", shape);
          for (const std::int64_t size : shape) {
            check(size == shape[0], "ValueError: expected axes of one size, got shape ", shape);
          }
          return numbers_along(filled({shape.ndim(), shape[0]}, 0, int64, in[0].context()), 1);
        })
        .doc("The places on the main diagonal, a row for each axis, int64.")
        .inputs({"data"})
        .looks_up({0})
        .infer_types([](const NoOptions& /*o*/, auto /*in*/, auto out) { out[0] = int64; })
        .sample({}, {{{3, 3}}})
        .sample({}, {{{0, 0}}});

}  // namespace
}  // namespace gluino
