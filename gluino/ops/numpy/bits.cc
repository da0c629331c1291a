#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/binary.h>
#include <gluino/kernels/cpu/elementwise/binary_range.h>
#include <gluino/kernels/cpu/elementwise/broadcast.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/numpy/arrays-inl.h>
#include <gluino/ops/numpy/elements-inl.h>

#include <cmath>
#include <numbers>
#include <numeric>

/// Functions of two elements that nothing else is made of, of arrays of one type, broadcast.
namespace gluino {
namespace {

using numpy::Arrays;
using numpy::each_element;

// out = f(a, b) at every element.
template <class T, class F>
void each_pair(const Call& call, F /*function*/) {
  static constexpr kernels::BinaryRange<T> range = {
      [](const T* a, const T* b, T* out, std::int64_t n) {
        for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<T>(F()(a[i], b[i]));
      },
      [](const T* a, T b, T* out, std::int64_t n) {
        for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<T>(F()(a[i], b));
      },
      [](T a, const T* b, T* out, std::int64_t n) {
        for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<T>(F()(a, b[i]));
      }};
  kernels::run_broadcast(range, call.in[0].as<T>(), call.in[0].shape, call.in[1].as<T>(),
                         call.in[1].shape, call.out[0].as<T>(), call.out[0].shape);
}

void infer(const NoOptions& /*options*/, Inference& s) {
  try {
    s.set_out(0, broadcast_shapes(s.in(0), s.in(1)));
  } catch (const Error& error) {
    s.expect(false, -1, error.what());
  }
}

constexpr Fill kPositive{Fill::Kind::uniform, 0.5, 3};
constexpr Fill kDistinct{Fill::Kind::distinct, -2, 2};

template <class T>
void run(const kernels::BinaryFunction<T>& f, const Call& call) {
  f.broadcast(call.in[0].as<T>(), call.in[0].shape, call.in[1].as<T>(), call.in[1].shape,
              call.out[0].as<T>(), call.out[0].shape);
}
#define GLUINO_KERNEL(function) \
  []<class T>(const Call& call) { run(kernels::binary::function<T>(), call); }

// An operator of whole numbers, whose elements forward computes.
template <class F>
OpDefinition<NoOptions> define_whole_with(const char* name, const char* doc, Types types,
                                          F forward) {
  return define_op(name)
      .doc(doc)
      .inputs({"lhs", "rhs"})
      .types(types)
      .row_wise()
      .infer(+[](const NoOptions& options, Inference& s) {
        s.expect(!is_floating(s.in_type(0)), -1, "expected bool or whole numbers, got ",
                 s.in_type(0));
        infer(options, s);
      })
      .forward([forward](const NoOptions& /*options*/, const Call& call) {
        dispatch(call.in[0].dtype, [&]<class T>() {
          if constexpr (std::is_integral_v<T>) forward.template operator()<T>(call);
        });
      });
}

template <class F>
bool define_whole(const char* name, const char* doc, F f) {
  define_whole_with(name, doc, Types::any,
                    [f]<class T>(const Call& call) { each_pair<T>(call, f); });
  return true;
}

[[maybe_unused]] const bool bit_and = define_whole("_npi_bitwise_and", "The bits that both have.",
                                                   [](auto a, auto b) { return a & b; });
[[maybe_unused]] const bool bit_or =
    define_whole("_npi_bitwise_or", "The bits that one has.", [](auto a, auto b) { return a | b; });
[[maybe_unused]] const bool bit_xor = define_whole(
    "_npi_bitwise_xor", "The bits that only one has.", [](auto a, auto b) { return a ^ b; });
// Unsigned, so that what does not fit wraps around.
template <class T>
std::uint64_t size_of_number(T x) {
  const auto bits = static_cast<std::uint64_t>(x);
  return x < 0 ? std::uint64_t{0} - bits : bits;
}

[[maybe_unused]] const bool gcd =
    define_whole("_npi_gcd", "The greatest common divisor.", [](auto a, auto b) {
      using T = decltype(a);
      if constexpr (std::is_same_v<T, bool>) {
        return a || b;
      } else {
        return static_cast<T>(std::gcd(size_of_number(a), size_of_number(b)));
      }
    });
[[maybe_unused]] const bool lcm =
    define_whole("_npi_lcm", "The least common multiple.", [](auto a, auto b) {
      using T = decltype(a);
      if constexpr (std::is_same_v<T, bool>) {
        return a && b;
      } else {
        const std::uint64_t divisor = std::gcd(size_of_number(a), size_of_number(b));
        return static_cast<T>(divisor == 0 ? 0 : size_of_number(a) / divisor * size_of_number(b));
      }
    });

// Whether a number can be shifted by so many bits: by more, and by fewer than none, it is shifted
// out, as NumPy says.
template <class T>
bool keeps_bits(T count) {
  return static_cast<std::uint64_t>(count) < 8 * sizeof(T);
}

[[maybe_unused]] const bool left_shift = define_whole(
    "_npi_bitwise_left_shift", "a * 2^b, without the bits that do not fit.", [](auto a, auto b) {
      using T = decltype(a);
      return keeps_bits(b) ? static_cast<T>(static_cast<std::uint64_t>(a) << b) : T(0);
    });
[[maybe_unused]] const bool right_shift =
    define_whole("_npi_bitwise_right_shift", "a / 2^b, rounded down.", [](auto a, auto b) {
      using T = decltype(a);
      if (keeps_bits(b)) return static_cast<T>(a >> b);
      if constexpr (std::is_signed_v<T>) return static_cast<T>(a < 0 ? -1 : 0);
      return T(0);
    });

const auto floor_divide = define_whole_with("_floor_divide", "a / b rounded down; 0 where b is 0.",
                                            Types::numbers, []<class T>(const Call& call) {
                                              if constexpr (!std::is_same_v<T, bool>)
                                                run(kernels::binary::floor_divide<T>(), call);
                                            });

const auto bit_not =
    define_op("_npi_bitwise_not")
        .doc("The bits that are not there; of bool the opposite.")
        .inputs({"x"})
        .types(Types::any)
        .row_wise()
        .infer(+[](const NoOptions& /*options*/, Inference& s) {
          s.expect(!is_floating(s.in_type(0)), 0, "expected bool or whole numbers, got ",
                   s.in_type(0));
          s.set_out(0, s.in(0));
        })
        .forward([](const NoOptions& /*options*/, const Call& call) {
          dispatch(call.in[0].dtype, [&]<class T>() {
            if constexpr (std::is_same_v<T, bool>) {
              // As bytes, which become vectors.
              each_element(static_cast<const std::uint8_t*>(call.in[0].data),
                           static_cast<std::uint8_t*>(call.out[0].data), call.in[0].size(),
                           [](std::uint8_t x) { return static_cast<std::uint8_t>(x == 0); });
            } else if constexpr (std::is_integral_v<T>) {
              each_element(call.in[0].as<T>(), call.out[0].as<T>(), call.in[0].size(),
                           [](T x) { return static_cast<T>(~x); });
            }
          });
        });

// The derivative's formula gives the kernel's gradient, too.
template <class F, class D>
bool define_real(const char* name, const char* doc, F f, D derivative_of, Fill fill) {
  const auto derivative = [derivative_of](const NoOptions& /*options*/,
                                          const DerivativeCall& call) {
    Arrays parts = derivative_of(call.in[0], call.in[1], call.out_grad[0]);
    for (std::size_t i = 0; i < 2; ++i) {
      parts[i] = call.wanted[i] ? derivative::sum_to(parts[i], call.in[i].shape()) : NDArray();
    }
    return parts;
  };
  define_op(name)
      .doc(doc)
      .inputs({"x1", "x2"})
      .row_wise()
      .infer(infer)
      .forward([f, name](const NoOptions& /*options*/, const Call& call) {
        dispatch_real(call.in[0].dtype, name, [&]<class T>() { f.template operator()<T>(call); });
      })
      .backward(
          [derivative](const NoOptions& options, const GradientCall& call) {
            formula::backward_by(
                call, [&](const DerivativeCall& again) { return derivative(options, again); });
          },
          Op::inputs)
      .derivative(derivative)
      .sample({}, {{{3, 1, 4}, fill}, {{2, 1}, fill}})
      .sample({}, {{{3, 4}, fill}, {{}, fill}})
      .sample({}, {{{0, 4}, fill}, {{1, 4}, fill}});
  return true;
}

[[maybe_unused]] const bool arctan2 = define_real(
    "_arctan2", "The angle of the point (x2, x1), in radians.", GLUINO_KERNEL(arctan2),
    [](const NDArray& a, const NDArray& b, const NDArray& dy) {
      const NDArray size = a * a + b * b;
      return Arrays{dy * (b / size), dy * (-a / size)};
    },
    kPositive);

NDArray scaled(const NDArray& x, const NDArray& power) {
  const NoOptions none;
  const NDArray in[] = {x, power};
  return apply(Op::get<NoOptions>("_ldexp"), &none, in);
}

// By itself: the power alone may be infinite where the product is not.
[[maybe_unused]] const bool ldexp = define_real(
    "_ldexp", "x1 times 2 to the power x2.", GLUINO_KERNEL(ldexp),
    [](const NDArray& a, const NDArray& b, const NDArray& dy) {
      return Arrays{scaled(dy, b), dy * (scaled(a, b) * std::numbers::ln2)};
    },
    kPositive);

// Of two equal numbers, the first gets the gradient.
Arrays to_the_chosen(const NDArray& second, const NDArray& dy) {
  return {derivative::where(1 - second, dy), derivative::where(second, dy)};
}

[[maybe_unused]] const bool fmax = define_real(
    "_fmax", "The larger of x1 and x2; a number beside NaN.", GLUINO_KERNEL(fmax),
    [](const NDArray& a, const NDArray& b, const NDArray& dy) {
      return to_the_chosen(ops::maximum(a != a, a < b), dy);
    },
    kDistinct);

[[maybe_unused]] const bool fmin = define_real(
    "_fmin", "The smaller of x1 and x2; a number beside NaN.", GLUINO_KERNEL(fmin),
    [](const NDArray& a, const NDArray& b, const NDArray& dy) {
      return to_the_chosen(ops::maximum(a != a, a > b), dy);
    },
    kDistinct);

// Its slopes are the parts that exp(x1) and exp(x2) have of their sum.
[[maybe_unused]] const bool logaddexp = define_real(
    "_logaddexp", "log(exp(x1) + exp(x2)), also where those are too large.",
    []<class T>(const Call& call) {
      each_pair<T>(call, [](T a, T b) {
        if (a == b) return a + std::numbers::ln2_v<T>;  // Also where both are infinite.
        return (a > b ? a : b) + std::log1p(std::exp(-std::abs(a - b)));
      });
    },
    [](const NDArray& a, const NDArray& b, const NDArray& dy) {
      return Arrays{dy * ops::sigmoid(a - b), dy * ops::sigmoid(b - a)};
    },
    kDistinct);

[[maybe_unused]] const bool copysign = define_real(
    "_copysign", "The magnitude of x1 with the sign of x2.",
    []<class T>(const Call& call) {
      each_pair<T>(call, [](T a, T b) { return std::copysign(a, b); });
    },
    [](const NDArray& a, const NDArray& b, const NDArray& dy) {
      return Arrays{dy * (ops::sign(a) * ops::sign(b)), derivative::zeros(dy)};
    },
    kPositive);

}  // namespace
}  // namespace gluino
