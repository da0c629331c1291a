#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/fourier/fourier.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/linalg/fourier.h>

#include <complex>
#include <vector>

namespace gluino {
namespace {

using kernels::Direction;
using kernels::Fourier;
using Row = std::vector<std::complex<double>>;

// Calls f(row, in, out) for rows of complex numbers, `in` to be filled, and with the transform in
// `out` g(row, out).
template <class F, class G>
void each_transform(std::int64_t rows, std::int64_t n, Direction direction, F fill, G use) {
  if (rows == 0 || n == 0) return;
  const Fourier fourier(n, direction);
  constexpr std::int64_t kStages = 16;  // about so many operations for each number
  parallel_for(rows, kernels::row_grain(n * kStages, kernels::kMathGrain),
               [&](std::int64_t row, std::int64_t end) {
                 Row in(static_cast<std::size_t>(n));
                 Row out(in.size());
                 for (; row < end; ++row) {
                   fill(row, in);
                   fourier.run(in.data(), out.data());
                   use(row, out);
                 }
               });
}

// Real rows of n numbers become complex ones.
template <class T>
void transform(const Tensor& real, const Tensor& complex) {
  const std::int64_t n = real.shape.back();
  const T* const x = real.as<T>();
  T* const y = complex.as<T>();
  each_transform(
      n == 0 ? 0 : real.size() / n, n, Direction::forward,
      [&](std::int64_t row, Row& in) {
        for (std::size_t j = 0; j < in.size(); ++j)
          in[j] = x[row * n + static_cast<std::int64_t>(j)];
      },
      [&](std::int64_t row, const Row& out) {
        T* to = y + 2 * row * n;
        for (const auto& number : out) {
          *to++ = static_cast<T>(number.real());
          *to++ = static_cast<T>(number.imag());
        }
      });
}

// Complex rows of n numbers become real ones.
template <class T>
void transform_back(const Tensor& complex, const Tensor& real) {
  const std::int64_t n = real.shape.back();
  const T* const x = complex.as<T>();
  T* const y = real.as<T>();
  each_transform(
      n == 0 ? 0 : real.size() / n, n, Direction::inverse,
      [&](std::int64_t row, Row& in) {
        const T* from = x + 2 * row * n;
        for (auto& number : in) {
          number = {from[0], from[1]};
          from += 2;
        }
      },
      [&](std::int64_t row, const Row& out) {
        for (std::size_t j = 0; j < out.size(); ++j) {
          y[row * n + static_cast<std::int64_t>(j)] = static_cast<T>(out[j].real());
        }
      });
}

void infer_fft(const NoOptions& /*options*/, Inference& s) {
  Shape out = s.in(0);
  s.expect(out.ndim() >= 1, 0, "expected rows of numbers, got ", out);
  s.expect(out.back() < (std::int64_t{1} << 40), 0, "the rows are too long: ", out);
  out[out.ndim() - 1] *= 2;
  s.set_out(0, out);
}

void infer_ifft(const NoOptions& /*options*/, Inference& s) {
  Shape out = s.in(0);
  s.expect(out.ndim() >= 1 && out.back() % 2 == 0, 0,
           "expected rows of real and imaginary parts in turn, got ", out);
  out[out.ndim() - 1] /= 2;
  s.set_out(0, out);
}

// The one's gradient is the other.
const auto fft =
    define_op("_contrib_fft")
        .doc("The discrete Fourier transform of rows, its real and imaginary parts in turn.")
        .inputs({"data"})
        .tolerates({"compute_size"})
        .infer(infer_fft)
        .forward([](const NoOptions& /*o*/, const Call& call) {
          dispatch_real(call.in[0].dtype, "fft",
                        [&]<class T>() { transform<T>(call.in[0], call.out[0]); });
        })
        .backward(
            [](const NoOptions& /*o*/, const GradientCall& call) {
              dispatch_real(call.out_grad[0].dtype, "fft", [&]<class T>() {
                transform_back<T>(call.out_grad[0], call.in_grad[0]);
              });
            },
            Op::nothing)
        .derivative(derivative::of_linear<NoOptions>("_contrib_fft"))
        .sample({}, {{{3, 4}}})
        .sample({}, {{{2, 7}}})
        .sample({}, {{{1, 2, 1, 5}}})
        .sample({}, {{{0, 4}}});

const auto ifft =
    define_op("_contrib_ifft")
        .doc(
            "The real part of the inverse transform, not divided by its length, of rows of real "
            "and "
            "imaginary parts in turn.")
        .inputs({"data"})
        .tolerates({"compute_size"})
        .infer(infer_ifft)
        .forward([](const NoOptions& /*o*/, const Call& call) {
          dispatch_real(call.in[0].dtype, "ifft",
                        [&]<class T>() { transform_back<T>(call.in[0], call.out[0]); });
        })
        .backward(
            [](const NoOptions& /*o*/, const GradientCall& call) {
              dispatch_real(call.out_grad[0].dtype, "ifft",
                            [&]<class T>() { transform<T>(call.out_grad[0], call.in_grad[0]); });
            },
            Op::nothing)
        .derivative(derivative::of_linear<NoOptions>("_contrib_ifft"))
        .sample({}, {{{3, 8}}})
        .sample({}, {{{2, 14}}})
        .sample({}, {{{1, 2, 1, 6}}})
        .sample({}, {{{0, 4}}});

}  // namespace
}  // namespace gluino
