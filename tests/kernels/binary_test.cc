#include <gluino/base/dtype.h>
#include <gluino/base/error.h>
#include <gluino/kernels/cpu/elementwise/binary.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "kernels/kernel_test.h"

namespace gluino::kernels {
namespace {

// The element of an operand of shape `shape` that belongs to element `flat` of `out`.
std::int64_t source(const Shape& shape, const Shape& out, std::int64_t flat) {
  std::int64_t index = 0;
  std::int64_t stride = 1;
  for (int axis = out.ndim() - 1; axis >= 0; --axis) {
    const std::int64_t place = flat % out[axis];
    flat /= out[axis];
    const int own = axis - (out.ndim() - shape.ndim());
    if (own < 0) continue;
    if (shape[own] != 1) index += place * stride;
    stride *= shape[own];
  }
  return index;
}

// `units` in the last place may be wrong.
template <class T>
void check_function(const BinaryFunction<T>& function, const std::function<T(T, T)>& reference,
                    double low, double high, int units = 0) {
  const auto near = [=](T found, T expected) {
    return std::abs(double(found) - double(expected)) <=
           units * std::numeric_limits<T>::epsilon() * std::abs(double(expected));
  };
  const std::pair<Shape, Shape> shapes[] = {{{7, 9}, {7, 9}},
                                            {{5, 13}, {13}},
                                            {{5, 13}, {5, 1}},
                                            {{1, 13}, {5, 1}},
                                            {{2, 3, 4}, {3, 1}},
                                            {{1}, {33}},
                                            {{33}, {}},
                                            {{}, {}},
                                            {{2, 1, 4, 1, 3}, {1, 5, 1, 6, 1}},
                                            {{0, 3}, {1, 3}},
                                            {{1, 1}, {1}},
                                            {{3, 4, 5}, {3, 1, 1}},
                                            {{300, 200}, {200}},
                                            {{4, 1, 3}, {4, 2, 3}}};
  for (const auto& [a_shape, b_shape] : shapes) {
    const Shape out_shape = broadcast_shapes(a_shape, b_shape);
    const auto a = random_numbers<T>(a_shape.size(), low, high, 1);
    const auto b = random_numbers<T>(b_shape.size(), low, high, 2);
    std::vector<T> out(static_cast<std::size_t>(out_shape.size()));
    function.broadcast(a.data(), a_shape, b.data(), b_shape, out.data(), out_shape);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto flat = static_cast<std::int64_t>(i);
      const T expected = reference(a[static_cast<std::size_t>(source(a_shape, out_shape, flat))],
                                   b[static_cast<std::size_t>(source(b_shape, out_shape, flat))]);
      ASSERT_TRUE(near(out[i], expected))
          << out[i] << ", expected " << expected << a_shape << b_shape << i;
    }
  }
  const auto a = random_numbers<T>(131, low, high, 1);
  const T scalar = random_numbers<T>(1, low, high, 5)[0];
  std::vector<T> out(131);
  function.array_scalar(a.data(), scalar, out.data(), 131);
  for (std::size_t i = 0; i < 131; ++i) ASSERT_TRUE(near(out[i], reference(a[i], scalar)));
  function.scalar_array(a.data(), scalar, out.data(), 131);
  for (std::size_t i = 0; i < 131; ++i) ASSERT_TRUE(near(out[i], reference(scalar, a[i])));
}

template <class T>
void check_real() {
  check_function<T>(
      binary::add<T>(), [](T a, T b) { return a + b; }, -3, 3);
  check_function<T>(
      binary::subtract<T>(), [](T a, T b) { return a - b; }, -3, 3);
  check_function<T>(
      binary::multiply<T>(), [](T a, T b) { return a * b; }, -3, 3);
  check_function<T>(
      binary::divide<T>(), [](T a, T b) { return a / b; }, -3, 3);
  check_function<T>(
      binary::maximum<T>(), [](T a, T b) { return std::max(a, b); }, -3, 3);
  check_function<T>(
      binary::minimum<T>(), [](T a, T b) { return std::min(a, b); }, -3, 3);
  check_function<T>(
      binary::power<T>(), [](T a, T b) { return std::pow(a, b); }, 0, 3, 1);
  check_function<T>(
      binary::hypot<T>(), [](T a, T b) { return std::hypot(a, b); }, -3, 3, 1);
  check_function<T>(
      binary::arctan2<T>(), [](T a, T b) { return std::atan2(a, b); }, -3, 3, 1);
  const auto mod = [](T a, T b) {
    const T rest = std::fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  };
  check_function<T>(binary::mod<T>(), mod, -3, 3);
}

TEST(Binary, RealFunctions) {
  check_real<float>();
  check_real<double>();
}

template <class T>
void check_integral() {
  check_function<T>(
      binary::add<T>(), [](T a, T b) { return static_cast<T>(a + b); }, 0, 100);
  check_function<T>(
      binary::subtract<T>(), [](T a, T b) { return static_cast<T>(a - b); }, 0, 100);
  check_function<T>(
      binary::multiply<T>(), [](T a, T b) { return static_cast<T>(a * b); }, 0, 100);
  check_function<T>(
      binary::minimum<T>(), [](T a, T b) { return std::min(a, b); }, 0, 100);
}

TEST(Binary, IntegerFunctions) {
  check_integral<std::int32_t>();
  check_integral<std::int64_t>();
  check_integral<std::uint8_t>();
  check_integral<std::int8_t>();
}

TEST(Binary, IntegersWrap) {
  const std::int32_t most = std::numeric_limits<std::int32_t>::max();
  std::int32_t out = 0;
  binary::add<std::int32_t>().array_scalar(&most, 1, &out, 1);
  EXPECT_EQ(out, std::numeric_limits<std::int32_t>::min());
}

template <class T>
T power(T a, T b) {
  T y;
  binary::power<T>().broadcast(&a, {1}, &b, {1}, &y, {1});
  return y;
}

// Results anywhere in the range, the subnormal ones included, of numbers near 1 and of others.
template <class T>
void check_power(double tolerated, double tolerated_at_ends) {
  constexpr double kEnd = std::numeric_limits<T>::max_exponent;
  for (const double width : {1e-3, 0.5, 0.9 * kEnd}) {
    const auto logarithm = random_numbers<T>(20000, -width, width, 1);
    const auto exponent = random_numbers<T>(20000, -1.04 * kEnd, kEnd, 2);
    std::vector<T> a(20000), b(20000), y(20000);
    for (std::size_t i = 0; i < a.size(); ++i) {
      a[i] = std::exp2(logarithm[i]);
      b[i] = exponent[i] / logarithm[i] * (i % 2 == 0 ? T(1) : T(1) / 64);
    }
    binary::power<T>().broadcast(a.data(), {20000}, b.data(), {20000}, y.data(), {20000});
    for (std::size_t i = 0; i < a.size(); ++i) {
      using Wide = std::conditional_t<sizeof(T) == 4, double, long double>;
      const Wide exact = std::pow(Wide(a[i]), Wide(b[i]));
      ASSERT_LE(ulps(y[i], static_cast<double>(exact)), i % 2 == 0 ? tolerated_at_ends : tolerated)
          << a[i] << "^" << b[i] << " = " << y[i];
    }
  }
  for (int a = -12; a <= 12; ++a) {
    for (int b = 0; b <= 5; ++b) EXPECT_EQ(power(T(a), T(b)), std::pow(a, b)) << a << "^" << b;
  }
}

TEST(Binary, PowersAreAccurate) {
  check_power<float>(0.9, 0.9);
  check_power<double>(1.3, 3);  // of what is rounded to double once more
}

template <class T>
void check_special_powers() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values;
  for (const T size : {T(0), T(1), T(0.5), T(2), T(3), T(2.5), T(1) / 3, T(127), T(1075), T(1e30),
                       std::nextafter(T(1), T(0)), std::nextafter(T(1), T(2)),
                       1 / Limits::epsilon(), 2 / Limits::epsilon() - 1, Limits::denorm_min(),
                       Limits::min(), Limits::max() / 2, Limits::max(), Limits::infinity()}) {
    values.insert(values.end(), {size, -size});
  }
  values.push_back(Limits::quiet_NaN());
  for (const T a : values) {
    for (const T b : values) {
      const T expected = std::pow(a, b);
      const T found = power(a, b);
      if (std::isnan(expected)) {
        EXPECT_TRUE(std::isnan(found)) << a << "^" << b << " = " << found;
      } else {
        EXPECT_EQ(std::signbit(found), std::signbit(expected)) << a << "^" << b;
        EXPECT_LE(ulps(found, static_cast<double>(expected)), 1) << a << "^" << b << " = " << found;
      }
    }
  }
}

TEST(Binary, SpecialPowersAreThoseOfTheCLibrary) {
  check_special_powers<float>();
  check_special_powers<double>();
}

// One exponent for all takes another way than an exponent for each.
template <class T>
void check_one_exponent() {
  const auto random = random_numbers<float>(1000, std::is_unsigned_v<T> ? 0 : -3, 97, 1);
  std::vector<T> a(random.size()), b(random.size()), one(random.size()), each(random.size());
  std::transform(random.begin(), random.end(), a.begin(), [](float x) { return T(x); });
  for (const double exponent : {-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 7.0, 63.0}) {
    if (std::is_unsigned_v<T> && exponent < 0) continue;
    for (std::size_t i = 0; i < b.size(); ++i) b[i] = i % 3 == 0 ? T(i % 4) : T(exponent);
    binary::power<T>().array_scalar(a.data(), T(exponent), one.data(), 1000);
    binary::power<T>().broadcast(a.data(), {1000}, b.data(), {1000}, each.data(), {1000});
    for (std::size_t i = 0; i < b.size(); ++i) {
      if (b[i] != T(exponent) || std::isnan(one[i])) continue;
      ASSERT_EQ(one[i], each[i]) << +a[i] << "^" << exponent;
    }
  }
}

TEST(Binary, PowersOfOneExponentAreThoseOfMany) {
  check_one_exponent<float>();
  check_one_exponent<double>();
  check_one_exponent<std::int64_t>();
  check_one_exponent<std::int32_t>();
  check_one_exponent<std::uint8_t>();
  check_one_exponent<std::int8_t>();
}

// Of numbers of all sizes, by one number, beside what the processor divides.
template <class T>
void check_one_divisor() {
  using Limits = std::numeric_limits<T>;
  std::mt19937_64 engine(3);
  std::vector<T> a(5000), b, out(5000);
  for (const T end : {T(0), Limits::min(), Limits::max()}) {
    for (int i = 0; i < 40; ++i) b.push_back(static_cast<T>(end + (end > 0 ? -i : i)));
  }
  for (int i = 0; i < 40; ++i) b.push_back(static_cast<T>(engine() >> (engine() % 64)));
  for (const T divisor : b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      // The first blocks have small numbers alone; and multiples, where rounding would show.
      const std::uint64_t bits = engine() >> (i < 3000 ? 16 + engine() % 48 : engine() % 64);
      a[i] = i % 3 == 0 ? static_cast<T>(bits / 2 * 2 * static_cast<std::uint64_t>(divisor))
                        : static_cast<T>(i % 2 == 0 ? bits : 0 - bits);
    }
    a[4000] = Limits::min(), a[4001] = Limits::max();
    binary::divide<T>().array_scalar(a.data(), divisor, out.data(), 5000);
    for (std::size_t i = 0; i < a.size(); ++i) {
      const bool wraps = divisor == static_cast<T>(-1) && a[i] == Limits::min();
      const T quotient = divisor == 0 ? T(0) : wraps ? a[i] : static_cast<T>(a[i] / divisor);
      ASSERT_EQ(+out[i], +quotient) << +a[i] << " / " << +divisor;
    }
    binary::mod<T>().array_scalar(a.data(), divisor, out.data(), 5000);
    for (std::size_t i = 0; i < a.size(); ++i) {
      const bool none = divisor == 0 || (Limits::is_signed && divisor == static_cast<T>(-1));
      T rest = none ? T(0) : static_cast<T>(a[i] % divisor);
      if (rest != 0 && (rest < 0) != (divisor < 0)) rest = static_cast<T>(rest + divisor);
      ASSERT_EQ(+out[i], +rest) << +a[i] << " mod " << +divisor;
    }
    binary::floor_divide<T>().array_scalar(a.data(), divisor, out.data(), 5000);
    for (std::size_t i = 0; i < a.size(); ++i) {
      const bool wraps = divisor == static_cast<T>(-1) && a[i] == Limits::min();
      T quotient = divisor == 0 ? T(0) : wraps ? a[i] : static_cast<T>(a[i] / divisor);
      const bool rounds = divisor != 0 && !wraps && a[i] % divisor != 0;
      if (rounds && (a[i] < 0) != (divisor < 0)) quotient = static_cast<T>(quotient - 1);
      ASSERT_EQ(+out[i], +quotient) << +a[i] << " // " << +divisor;
    }
  }
}

TEST(Binary, QuotientsAndRestsByOneNumberAreThoseOfTheProcessor) {
  check_one_divisor<std::int64_t>();
  check_one_divisor<std::int32_t>();
  check_one_divisor<std::uint8_t>();
  check_one_divisor<std::int8_t>();
}

// Zeros, squares and what overflows among others change nothing beside them.
TEST(Binary, PowersHaveTheSameBitsForAnyThreads) {
  expect_same_bits_for_any_threads([] {
    auto a = random_numbers<float>(1000003, -2, 2, 1);
    auto b = random_numbers<float>(1000003, -4, 4, 2);
    for (std::size_t i = 0; i < a.size(); i += 1 + i % 37) b[i] = std::round(b[i]);
    for (std::size_t i = 0; i < a.size(); i += 101) a[i] = i % 2 == 0 ? 0 : 1e-40f;
    std::vector<float> y(a.size());
    const Shape shape{1000003};
    binary::power<float>().broadcast(a.data(), shape, b.data(), shape, y.data(), shape);
    return y;
  });
}

template <class T>
void check_angles() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values = random_numbers<T>(300, -3, 3);
  for (const T size : {T(0), T(1), T(2), T(1e-30), Limits::denorm_min(), Limits::min(),
                       Limits::max() / 2, Limits::max(), Limits::infinity()}) {
    values.insert(values.end(), {size, -size});
  }
  values.push_back(Limits::quiet_NaN());
  for (const T y : values) {
    const std::vector<T> ys(values.size(), y);
    std::vector<T> angles(values.size());
    const Shape shape{static_cast<std::int64_t>(values.size())};
    binary::arctan2<T>().broadcast(ys.data(), shape, values.data(), shape, angles.data(), shape);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double exact = std::atan2(static_cast<double>(y), static_cast<double>(values[i]));
      EXPECT_LE(ulps(angles[i], exact), 1.6) << y << " " << values[i] << " " << angles[i];
      EXPECT_TRUE(std::isnan(exact) || std::signbit(angles[i]) == std::signbit(exact)) << y;
    }
  }
}

TEST(Binary, AnglesAreAccurateAndHaveTheSignsOfTheCLibrary) {
  check_angles<float>();
  check_angles<double>();
}

TEST(Binary, ModAndNanAreThoseOfMxnet) {
  // Numbers of MXNet 1.9.1.
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> a = {5, -5, 5, -5, 5, 0, nan, 1};
  const std::vector<float> b = {3, 3, -3, -3, 0, 2, 1, nan};
  const std::vector<float> expected = {2, 1, -1, -2, 0, 0};
  std::vector<float> out(8);
  binary::mod<float>().broadcast(a.data(), {8}, b.data(), {8}, out.data(), {8});
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(out[i], expected[i]);
  for (const auto& function :
       {binary::mod<float>(), binary::maximum<float>(), binary::minimum<float>()}) {
    function.broadcast(a.data(), {8}, b.data(), {8}, out.data(), {8});
    EXPECT_TRUE(std::isnan(out[6]) && std::isnan(out[7]));
  }
}

template <class T>
void check_comparisons() {
  const auto as_float = [](T v) { return static_cast<double>(v); };
  const std::pair<const BinaryFunction<T>&, std::function<bool(double, double)>> functions[] = {
      {binary::equal<T>(), std::equal_to<>()},
      {binary::not_equal<T>(), std::not_equal_to<>()},
      {binary::greater<T>(), std::greater<>()},
      {binary::greater_equal<T>(), std::greater_equal<>()},
      {binary::lesser<T>(), std::less<>()},
      {binary::lesser_equal<T>(), std::less_equal<>()},
      {binary::logical_and<T>(), std::logical_and<>()},
      {binary::logical_or<T>(), std::logical_or<>()},
      {binary::logical_xor<T>(), [](double a, double b) { return (a != 0) != (b != 0); }}};
  for (const auto& [function, reference] : functions) {
    const double values[] = {0, 1, 2, 1, 0, 7};
    for (const double x : values) {
      for (const double y : values) {
        const T a = static_cast<T>(static_cast<float>(x));
        const T b = static_cast<T>(static_cast<float>(y));
        T out;
        function.broadcast(&a, {1}, &b, {}, &out, {1});
        EXPECT_EQ(as_float(out), reference(as_float(a), as_float(b)) ? 1 : 0);
        function.scalar_array(&b, a, &out, 1);
        EXPECT_EQ(as_float(out), reference(as_float(a), as_float(b)) ? 1 : 0);
      }
    }
  }
}

TEST(Binary, ComparisonsOfAllTypes) {
  for (const DType dtype :
       {float32, float64, float16, bfloat16, uint8, int8, int32, int64, boolean}) {
    dispatch(dtype, []<class T>() { check_comparisons<T>(); });
  }
}

TEST(Binary, Gradients) {
  const auto a = random_numbers<double>(77, 1, 2, 1);
  const auto b = random_numbers<double>(77, 1, 2, 2);
  const auto dy = random_numbers<double>(77, -1, 1, 3);
  std::vector<double> da(77), db(77);
  binary::multiply_gradient(a.data(), b.data(), dy.data(), da.data(), db.data(), 77);
  for (std::size_t i = 0; i < 77; ++i) {
    EXPECT_DOUBLE_EQ(da[i], dy[i] * b[i]);
    EXPECT_DOUBLE_EQ(db[i], dy[i] * a[i]);
  }
  binary::divide_gradient(a.data(), b.data(), dy.data(), da.data(), db.data(), 77);
  for (std::size_t i = 0; i < 77; ++i) {
    const double h = 1e-6;
    EXPECT_NEAR(da[i], dy[i] * ((a[i] + h) / b[i] - (a[i] - h) / b[i]) / (2 * h), 1e-8);
    EXPECT_NEAR(db[i], dy[i] * (a[i] / (b[i] + h) - a[i] / (b[i] - h)) / (2 * h), 1e-8);
  }
  std::vector<double> alone(77);
  binary::divide_gradient<double>(a.data(), b.data(), dy.data(), nullptr, alone.data(), 77);
  EXPECT_TRUE(same_bits(alone, db));
}

TEST(Binary, RefusesShapesThatDoNotFit) {
  const float a[6] = {};
  float out[6];
  EXPECT_THROW(binary::add<float>().broadcast(a, {2, 3}, a, {2}, out, {2, 3}), Error);
}

}  // namespace
}  // namespace gluino::kernels
