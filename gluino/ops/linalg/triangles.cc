#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/linalg/factors-inl.h>
#include <gluino/ops/linalg/triangles.h>

#include <cmath>
#include <cstdlib>
#include <vector>

namespace gluino {
namespace {

// As many matrices as can be counted with have fewer rows.
constexpr std::int64_t kMostRows = std::int64_t{1} << 31;

// The number of rows, or columns, that a diagonal or triangle so far from the main diagonal has.
std::int64_t extent(std::int64_t n, std::int64_t offset) { return n - std::abs(offset); }

// How many numbers a part of `extent` rows holds, and the extent of a part of so many, or -1.
std::int64_t packed_size(const DiagonalOptions& /*o*/, std::int64_t extent) { return extent; }
std::int64_t packed_size(const TriangleOptions& /*o*/, std::int64_t extent) {
  return extent * (extent + 1) / 2;
}
std::int64_t extent_of(const DiagonalOptions& /*o*/, std::int64_t size) { return size; }
std::int64_t extent_of(const TriangleOptions& o, std::int64_t size) {
  const auto rows =
      static_cast<std::int64_t>((std::sqrt(8 * static_cast<double>(size) + 1) - 1) / 2 + 0.5);
  return packed_size(o, rows) == size ? rows : -1;
}

// Calls f(place in the matrix, place among the packed) for all elements of a part.
template <class F>
void each_place(const DiagonalOptions& o, std::int64_t n, F f) {
  const std::int64_t first = o.offset < 0 ? -o.offset * n : o.offset;
  for (std::int64_t i = 0; i < extent(n, o.offset); ++i) f(first + i * (n + 1), i);
}

template <class F>
void each_place(const TriangleOptions& o, std::int64_t n, F f) {
  const bool lower = o.offset == 0 ? o.lower : o.offset < 0;
  const std::int64_t away = std::abs(o.offset);
  std::int64_t packed = 0;
  // The upper triangle is the lower one with rows and columns exchanged.
  for (std::int64_t i = away; i < n; ++i) {
    for (std::int64_t j = 0; j <= i - away; ++j) f(lower ? i * n + j : j * n + i, packed++);
  }
}

// packed = the part of matrices of n rows.
template <class O>
void extract(const O& o, const Tensor& matrices, const Tensor& packed) {
  const std::int64_t n = matrices.shape.back();
  const std::int64_t size = packed.shape.back();
  if (packed.size() == 0) return;
  dispatch_words(packed.dtype, [&]<class W>() {
    parallel_for(packed.size() / size, kernels::row_grain(size, kernels::kCopyGrain),
                 [&](std::int64_t i, std::int64_t end) {
                   for (; i < end; ++i) {
                     const W* from = matrices.as<W>() + i * n * n;
                     W* to = packed.as<W>() + i * size;
                     each_place(o, n, [=](std::int64_t at, std::int64_t k) { to[k] = from[at]; });
                   }
                 });
  });
}

// matrices = zeros but for their part.
template <class O>
void make(const O& o, const Tensor& packed, const Tensor& matrices) {
  const std::int64_t n = matrices.shape.back();
  const std::int64_t size = packed.shape.back();
  if (matrices.size() == 0) return;
  dispatch_words(matrices.dtype, [&]<class W>() {
    parallel_for(matrices.size() / (n * n), kernels::row_grain(n * n, kernels::kCopyGrain),
                 [&](std::int64_t i, std::int64_t end) {
                   for (; i < end; ++i) {
                     const W* from = packed.as<W>() + i * size;
                     W* to = matrices.as<W>() + i * n * n;
                     std::fill_n(to, n * n, W(0));
                     each_place(o, n, [=](std::int64_t at, std::int64_t k) { to[at] = from[k]; });
                   }
                 });
  });
}

template <class O>
void infer_extract(const O& o, Inference& s) {
  const std::int64_t n = factors::expect_square(0, s);
  const std::int64_t most = n > 0 ? n - 1 : 0;
  s.expect(o.offset >= -most && o.offset <= most, -1, "offset: expected one of a diagonal of ",
           s.in(0), ", got ", o.offset);
  Shape out = s.in(0);
  out.erase(out.ndim() - 1);
  out[out.ndim() - 1] = packed_size(o, extent(n, o.offset));
  s.set_out(0, out);
}

template <class O>
void infer_make(const O& o, Inference& s) {
  const Shape& a = s.in(0);
  s.expect(a.ndim() >= 1, 0, "expected at least 1 dimension, got ", a);
  const std::int64_t rows = extent_of(o, a.back());
  s.expect(rows >= 0, 0, "expected M (M + 1) / 2 numbers for a triangle of M rows, got ", a);
  const bool fits = rows < kMostRows && o.offset > -kMostRows && o.offset < kMostRows;
  s.expect(fits && rows + std::abs(o.offset) < kMostRows, -1, "offset: ", o.offset, " and ", a,
           " make matrices that are too large");
  Shape out = a;
  out[out.ndim() - 1] = rows + std::abs(o.offset);
  out.push_back(out.back());
  s.set_out(0, out);
}

OpDefinition<DiagonalOptions>& fields(OpDefinition<DiagonalOptions>& definition) {
  return definition.field("offset", &DiagonalOptions::offset,
                          "How far above the main diagonal; negative: below.");
}
OpDefinition<TriangleOptions>& fields(OpDefinition<TriangleOptions>& definition) {
  return definition
      .field("offset", &TriangleOptions::offset,
             "The diagonal where it ends: one above the main of an upper triangle, one below of a "
             "lower.")
      .field("lower", &TriangleOptions::lower, "The lower triangle, else the upper, of offset 0.");
}

// A pair of operators, each the gradient of the other.
template <class O>
bool define(const std::string& part, const char* extract_doc, const char* make_doc) {
  const std::string extract_name = "linalg_extract" + part, make_name = "linalg_make" + part;
  const auto linear = [](const std::string& name) {
    return [name](const O& o, const DerivativeCall& call) {
      return derivative::linear(Op::get<O>(name), &o, call);
    };
  };
  auto extracting = define_op<O>("_" + extract_name);
  fields(extracting)
      .aliases({extract_name})
      .doc(extract_doc)
      .types(Types::any)
      .inputs({"A"})
      .infer(infer_extract<O>)
      .forward([](const O& o, const Call& call) { extract(o, call.in[0], call.out[0]); })
      .backward(
          [](const O& o, const GradientCall& call) { make(o, call.out_grad[0], call.in_grad[0]); },
          Op::nothing)
      .derivative(linear(extract_name))
      .sample({}, {{{3, 3}}})
      .sample({.offset = 1}, {{{2, 4, 4}}})
      .sample({.offset = -2}, {{{2, 1, 3, 3}}})
      .sample({}, {{{0, 3, 3}}})
      .sample({}, {{{2, 0, 0}}});
  auto making = define_op<O>("_" + make_name);
  fields(making)
      .aliases({make_name})
      .doc(make_doc)
      .types(Types::any)
      .inputs({"A"})
      .infer(infer_make<O>)
      .forward([](const O& o, const Call& call) { make(o, call.in[0], call.out[0]); })
      .backward([](const O& o,
                   const GradientCall& call) { extract(o, call.out_grad[0], call.in_grad[0]); },
                Op::nothing)
      .derivative(linear(make_name))
      .sample({}, {{{6}}})
      .sample({.offset = 2}, {{{2, 3}}})
      .sample({.offset = -1}, {{{2, 1, 3}}})
      .sample({}, {{{0, 3}}})
      .sample({.offset = 2}, {{{2, 0}}});
  if constexpr (requires(O o) { o.lower; }) {
    extracting.sample({.lower = false}, {{{2, 3, 3}}});
    making.sample({.lower = false}, {{{2, 6}}});
  }
  return true;
}

[[maybe_unused]] const bool diagonals = define<DiagonalOptions>(
    "diag", "A diagonal of matrices.", "Matrices that are zero but for a diagonal.");
[[maybe_unused]] const bool triangles =
    define<TriangleOptions>("trian", "A triangle of matrices, packed.",
                            "Matrices that are zero but for a triangle, given packed.");
void infer_sum(const NoOptions& /*options*/, Inference& s) {
  factors::expect_square(0, s);
  Shape out = s.in(0);
  out.erase(out.ndim() - 1);
  out.erase(out.ndim() - 1);
  if (out.empty()) out.push_back(1);
  s.set_out(0, out);
}

void sum_of_logarithms(const NoOptions& /*options*/, const Call& call) {
  const std::int64_t n = call.in[0].shape.back();
  dispatch_real(call.in[0].dtype, "sumlogdiag", [&]<class T>() {
    parallel_for(call.out[0].size(), kernels::row_grain(n, kernels::kMathGrain),
                 [&](std::int64_t i, std::int64_t end) {
                   for (; i < end; ++i) {
                     double sum = 0;
                     each_place(DiagonalOptions(), n, [&](std::int64_t at, std::int64_t /*k*/) {
                       sum += std::log(double{call.in[0].as<T>()[i * n * n + at]});
                     });
                     call.out[0].as<T>()[i] = static_cast<T>(sum);
                   }
                 });
  });
}

void sum_backward(const NoOptions& /*options*/, const GradientCall& call) {
  const Tensor& dx = call.in_grad[0];
  const std::int64_t n = dx.shape.back();
  dispatch_real(dx.dtype, "sumlogdiag", [&]<class T>() {
    std::fill_n(dx.as<T>(), dx.size(), T(0));
    for (std::int64_t i = 0; n > 0 && i < call.out_grad[0].size(); ++i) {
      each_place(DiagonalOptions(), n, [&](std::int64_t at, std::int64_t /*k*/) {
        dx.as<T>()[i * n * n + at] =
            call.out_grad[0].as<T>()[i] / call.in[0].as<T>()[i * n * n + at];
      });
    }
  });
}

std::vector<NDArray> sum_derivative(const NoOptions& /*options*/, const DerivativeCall& call) {
  if (call.in[0].size() == 0) return {derivative::zeros(call.in[0])};
  const NDArray diagonal = ops::linalg_extractdiag(call.in[0]);
  Shape rows = diagonal.shape();
  rows[rows.ndim() - 1] = 1;
  return {ops::linalg_makediag(derivative::reshaped(call.out_grad[0], rows) / diagonal)};
}

constexpr Fill kPositive{Fill::Kind::uniform, 0.5, 3};

const auto sum_op = define_op("_linalg_sumlogdiag")
                        .aliases({"linalg_sumlogdiag"})
                        .doc("The sums of the logarithms of matrices' diagonals.")
                        .inputs({"A"})
                        .infer(infer_sum)
                        .forward(sum_of_logarithms)
                        .backward(sum_backward, Op::inputs)
                        .derivative(sum_derivative)
                        .sample({}, {{{3, 3}, kPositive}})
                        .sample({}, {{{2, 3, 2, 2}, kPositive}})
                        .sample({}, {{{0, 3, 3}}})
                        .sample({}, {{{2, 0, 0}}});

}  // namespace
}  // namespace gluino
