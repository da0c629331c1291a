#pragma once

#include <gluino/base/parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace gluino::kernels {

template <class T>
std::vector<T> random_numbers(std::int64_t n, double low, double high, unsigned seed = 1) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> uniform(low, high);
  std::vector<T> numbers(static_cast<std::size_t>(n));
  for (T& number : numbers) number = static_cast<T>(uniform(generator));
  return numbers;
}

// The distance in units of the last place of `expected`, in T.
template <class T>
double ulps(T got, double expected) {
  if (std::isnan(expected) && std::isnan(got)) return 0;
  const T rounded = static_cast<T>(expected);
  if (got == rounded) return 0;
  const T next = std::nextafter(std::abs(rounded), std::numeric_limits<T>::infinity());
  return std::abs(static_cast<double>(got) - expected) /
         (static_cast<double>(next) - std::abs(static_cast<double>(rounded)));
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

// Runs `compute`, which returns a vector, with 1 to 4 threads and expects the same bits.
template <class F>
void expect_same_bits_for_any_threads(F compute) {
  set_num_threads(1);
  const auto expected = compute();
  for (int threads = 2; threads <= 4; ++threads) {
    set_num_threads(threads);
    EXPECT_TRUE(same_bits(compute(), expected)) << threads << " threads";
  }
  set_num_threads(0);
}

}  // namespace gluino::kernels
