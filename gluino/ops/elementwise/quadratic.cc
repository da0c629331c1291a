#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/quadratic.h>

#include <atomic>
#include <cmath>
#include <vector>

namespace gluino {
namespace {

const auto quadratic =
    define_op<QuadraticOptions>("_contrib_quadratic")
        .doc("a x^2 + b x + c.")
        .inputs({"data"})
        .row_wise()
        .in_place()
        .field("a", &QuadraticOptions::a, "The factor of the square.")
        .field("b", &QuadraticOptions::b, "The factor.")
        .field("c", &QuadraticOptions::c, "What is added.")
        .infer(+[](const QuadraticOptions& /*o*/, Inference& s) { s.set_out(0, s.in(0)); })
        .forward([](const QuadraticOptions& o, const Call& call) {
          dispatch_real(call.in[0].dtype, "quadratic", [&]<class T>() {
            const T* x = call.in[0].as<T>();
            T* y = call.out[0].as<T>();
            const T a = static_cast<T>(o.a), b = static_cast<T>(o.b), c = static_cast<T>(o.c);
            parallel_for(call.in[0].size(), kernels::kCopyGrain,
                         [=](std::int64_t i, std::int64_t end) {
                           for (; i < end; ++i) y[i] = (a * x[i] + b) * x[i] + c;
                         });
          });
        })
        .backward(
            [](const QuadraticOptions& o, const GradientCall& call) {
              dispatch_real(call.in[0].dtype, "quadratic", [&]<class T>() {
                const T* x = call.in[0].as<T>();
                const T* dy = call.out_grad[0].as<T>();
                T* dx = call.in_grad[0].as<T>();
                const T twice = static_cast<T>(2 * o.a), b = static_cast<T>(o.b);
                parallel_for(call.in[0].size(), kernels::kCopyGrain,
                             [=](std::int64_t i, std::int64_t end) {
                               for (; i < end; ++i) dx[i] = dy[i] * (twice * x[i] + b);
                             });
              });
            },
            Op::inputs)
        .derivative([](const QuadraticOptions& o, const DerivativeCall& call) {
          return std::vector<NDArray>{call.out_grad[0] * (call.in[0] * (2 * o.a) + o.b)};
        })
        .sample({.a = 2, .b = -3, .c = 0.5}, {{{3, 5}}})
        .sample({.b = 1}, {{{0, 4}}});

template <class T>
bool is_close(T a, T b, const AllcloseOptions& o) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) || std::isnan(b)) return o.equal_nan && std::isnan(a) && std::isnan(b);
    if (std::isinf(a) || std::isinf(b)) return a == b;
  }
  const auto x = static_cast<double>(a), y = static_cast<double>(b);
  return a == b || std::abs(x - y) <= o.atol + o.rtol * std::abs(y);
}

const auto allclose =
    define_op<AllcloseOptions>("_contrib_allclose")
        .doc("1 where all elements of two arrays are close, |a - b| <= atol + rtol |b|, else 0.")
        .inputs({"a", "b"})
        .types(Types::numbers)
        .infer_types([](const AllcloseOptions& /*o*/, auto /*in*/, auto out) { out[0] = uint8; })
        .field("rtol", &AllcloseOptions::rtol, "How far apart they may be, as a part of b.")
        .field("atol", &AllcloseOptions::atol, "How far apart they may be.")
        .field("equal_nan", &AllcloseOptions::equal_nan, "NaN is close to NaN.")
        .infer(+[](const AllcloseOptions& /*o*/, Inference& s) {
          s.expect_same_types();
          s.set_in(1, s.in(0));
          s.set_out(0, Shape());
        })
        .forward([](const AllcloseOptions& o, const Call& call) {
          std::atomic<bool> all = true;
          dispatch_numbers(call.in[0].dtype, [&]<class T>() {
            const T* a = call.in[0].as<T>();
            const T* b = call.in[1].as<T>();
            parallel_for(call.in[0].size(), kernels::kCopyGrain,
                         [&](std::int64_t i, std::int64_t end) {
                           for (; i < end && all; ++i) {
                             if (!is_close(a[i], b[i], o)) all = false;
                           }
                         });
          });
          *call.out[0].as<std::uint8_t>() = all ? 1 : 0;
        })
        .sample({}, {{{3, 4}}, {{3, 4}}})
        .sample({.rtol = 10, .atol = 10}, {{{3, 4}}, {{3, 4}}})
        .sample({}, {{{0, 4}}, {{0, 4}}});

}  // namespace
}  // namespace gluino
