#include <gluino/kernels/cpu/elementwise/binary.h>
#include <gluino/kernels/cpu/elementwise/questions.h>

#include <functional>
#include <type_traits>
#include <utility>

#include "kernels/kernel_test.h"

namespace gluino::kernels {
namespace {

// Small whole numbers, so that many are equal, and what is no number among real ones.
template <class T>
std::vector<T> mixed(std::int64_t n, unsigned seed) {
  const auto numbers = random_numbers<double>(n, std::is_signed_v<T> ? -3 : 0, 3, seed);
  std::vector<T> values;
  for (const double number : numbers) values.push_back(static_cast<T>(std::trunc(number)));
  if constexpr (std::is_floating_point_v<T>) {
    const T infinity = std::numeric_limits<T>::infinity();
    const T other[] = {std::numeric_limits<T>::quiet_NaN(),
                       infinity,
                       -infinity,
                       T(-0.0),
                       std::numeric_limits<T>::denorm_min(),
                       std::numeric_limits<T>::max()};
    for (std::size_t i = seed; i < values.size(); i += 7) values[i] = other[(i / 7) % 6];
  }
  return values;
}

// Any count, so that vectors and what is left after them are seen.
constexpr std::int64_t kCounts[] = {0, 1, 7, 16, 17, 63, 64, 65, 129, 1003};

template <class T>
void check_truths() {
  const std::pair<const BinaryFunction<T, bool>&, std::function<bool(T, T)>> functions[] = {
      {binary::equal<T, bool>(), std::equal_to<>()},
      {binary::not_equal<T, bool>(), std::not_equal_to<>()},
      {binary::greater<T, bool>(), std::greater<>()},
      {binary::greater_equal<T, bool>(), std::greater_equal<>()},
      {binary::lesser<T, bool>(), std::less<>()},
      {binary::lesser_equal<T, bool>(), std::less_equal<>()},
      {binary::logical_and<T, bool>(), [](T a, T b) { return a != 0 && b != 0; }},
      {binary::logical_or<T, bool>(), [](T a, T b) { return a != 0 || b != 0; }},
      {binary::logical_xor<T, bool>(), [](T a, T b) { return (a != 0) != (b != 0); }}};
  for (const std::int64_t n : kCounts) {
    const auto a = mixed<T>(n, 1), b = mixed<T>(n, 2);
    for (const auto& [function, expected] : functions) {
      // One byte more, which nobody may touch.
      std::vector<std::uint8_t> truths(static_cast<std::size_t>(n) + 1, 9);
      bool* const out = reinterpret_cast<bool*>(truths.data());
      const auto check = [&](auto expect) {
        for (std::size_t i = 0; i + 1 < truths.size(); ++i) ASSERT_EQ(truths[i], expect(i)) << i;
        ASSERT_EQ(truths.back(), 9);
      };
      function.broadcast(a.data(), {n}, b.data(), {n}, out, {n});
      check([&](std::size_t i) { return int{expected(a[i], b[i])}; });
      function.array_scalar(a.data(), T(1), out, n);
      check([&](std::size_t i) { return int{expected(a[i], T(1))}; });
      function.scalar_array(b.data(), T(2), out, n);
      check([&](std::size_t i) { return int{expected(T(2), b[i])}; });
    }
  }
}

TEST(Truths, OfComparisons) {
  check_truths<float>();
  check_truths<double>();
  check_truths<std::uint8_t>();
  check_truths<std::int8_t>();
  check_truths<std::int32_t>();
  check_truths<std::int64_t>();
}

template <class T>
void check_questions() {
  for (const std::int64_t n : kCounts) {
    const auto x = mixed<T>(n, 3);
    std::vector<std::uint8_t> truths(static_cast<std::size_t>(n) + 1, 9);
    bool* const out = reinterpret_cast<bool*>(truths.data());
    const auto check = [&](auto ask, auto expected) {
      ask(x.data(), out, n);
      for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(truths[i], int{expected(x[i])}) << x[i];
      ASSERT_EQ(truths.back(), 9);
    };
    check(is_nan<T>, [](T v) { return std::isnan(v); });
    check(is_infinite<T>, [](T v) { return std::isinf(v); });
    check(is_finite<T>, [](T v) { return std::isfinite(v); });
  }
}

TEST(Truths, OfQuestions) {
  check_questions<float>();
  check_questions<double>();
}

}  // namespace
}  // namespace gluino::kernels
