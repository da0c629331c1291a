#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::message_of;
using testing::same_bits;

// Numbers with many equal ones among them, and NaN where `nan_every` says.
std::vector<double> numbers(std::int64_t n, int kinds, int nan_every = 0) {
  std::mt19937 generator(7);
  std::vector<double> values(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<double>(generator() % static_cast<unsigned>(kinds)) - kinds / 2;
    if (nan_every > 0 && generator() % static_cast<unsigned>(nan_every) == 0) values[i] = NAN;
  }
  return values;
}

// What sorts places by a question about two of them.
using Sort = std::function<void(std::vector<double>& places,
                                const std::function<bool(double, double)>& before)>;

// The places in order by a sort of the standard library.
std::vector<double> places_by(const Sort& sort, const std::vector<double>& values, bool ascending) {
  std::vector<double> order(values.size());
  std::iota(order.begin(), order.end(), 0.0);
  const auto key = [&](double place) {
    const double value = values[static_cast<std::size_t>(place)];
    const double known = std::isnan(value) ? HUGE_VAL : value;
    return ascending ? known : -known;
  };
  sort(order, [&](double a, double b) { return key(a) < key(b); });
  return order;
}

std::vector<double> places(const std::vector<double>& values, bool ascending) {
  const auto sort = [](auto& order, const auto& before) {
    std::stable_sort(order.begin(), order.end(), before);
  };
  return places_by(sort, values, ascending);
}

// What MXNet sorts with, where it is asked for the first k of n.
Sort mxnets(std::int64_t k) {
  return [k](auto& order, const auto& before) {
    const auto n = static_cast<std::int64_t>(order.size());
    if (8 * k > n) {
      std::sort(order.begin(), order.end(), before);
    } else {
      std::partial_sort(order.begin(), order.begin() + k, order.end(), before);
    }
  };
}

std::vector<double> first(std::vector<double> places, std::int64_t k) {
  places.resize(static_cast<std::size_t>(k));
  return places;
}

TEST(Ordering, IsThatOfAStableSortAtAllSizesWhereThatIsAskedFor) {
  for (const std::int64_t n : {1, 2, 100, 32768, 32769, 100000}) {
    const auto values = numbers(n, 500, 50);
    const NDArray x = nd::from(values, {n}).astype(float32);
    for (const bool ascending : {true, false}) {
      SCOPED_TRACE(str(n, ascending ? " ascending" : " descending"));
      const auto expected = places(values, ascending);
      const ArgsortOptions argsort{.is_ascend = ascending, .dtype = float64, .stable = true};
      EXPECT_EQ(nd::argsort(x, argsort).to_vector<double>(), expected);
      for (const std::int64_t k : {std::int64_t{1}, n / 100 + 1, n / 2 + 1, n}) {
        const auto top =
            nd::topk(x, {.k = k, .is_ascend = ascending, .dtype = float64, .stable = true});
        EXPECT_EQ(top.to_vector<double>(), first(expected, k)) << k;
      }
    }
  }
}

// GluonCV's samplers sort masks of three numbers, and take the first places.
TEST(Ordering, LeavesEqualElementsAsMxnetDoes) {
  for (const DType dtype : {float32, float64, float16, int8, int32, int64}) {
    for (const std::int64_t n : {1, 2, 16, 17, 100, 2003, 65536}) {
      const auto values = numbers(n, n % 2 == 0 ? 90 : 3, is_floating(dtype) ? 50 : 0);
      const NDArray x = nd::from(values, {n}).astype(dtype);
      for (const bool ascending : {true, false}) {
        SCOPED_TRACE(str(dtype, " ", n, ascending ? " ascending" : " descending"));
        EXPECT_EQ(nd::argsort(x, {.is_ascend = ascending, .dtype = float64}).to_vector<double>(),
                  places_by(mxnets(n), values, ascending));
        for (const std::int64_t k : {std::int64_t{1}, n / 100 + 1, (n + 7) / 8, n / 2 + 1, n}) {
          const auto top = nd::topk(x, {.k = k, .is_ascend = ascending, .dtype = float64});
          EXPECT_EQ(top.to_vector<double>(), first(places_by(mxnets(k), values, ascending), k))
              << k;
        }
      }
    }
  }
}

TEST(Ordering, KeepsTheOrderOfEqualElementsInLongRowsOnlyIfManyAreAskedFor) {
  const std::int64_t n = 65537;
  const auto values = numbers(n, 90);
  const NDArray x = nd::from(values, {n}).astype(float32);
  const auto stable = places(values, true);
  EXPECT_EQ(nd::argsort(x, {.dtype = float64}).to_vector<double>(), stable);
  for (const std::int64_t k : {n / 8, n / 8 + 1}) {
    const TopkOptions options{.k = k, .is_ascend = true, .dtype = float64};
    const auto expected = 8 * k > n ? stable : places_by(mxnets(k), values, true);
    EXPECT_EQ(nd::topk(x, options).to_vector<double>(), first(expected, k)) << k;
  }
}

// Numbers of five kinds: which of the equal ones the gradient reaches.
TEST(Ordering, GivesGradientsToThePlacesThatItNames) {
  const std::int64_t n = 100;
  const auto values = numbers(n, 5);
  const NDArray x = nd::from(values, {n});
  x.attach_grad();
  for (const bool whole : {true, false}) {
    NDArray y;
    {
      const auto scope = autograd::record();
      y = whole ? nd::sort(x) : nd::topk(x, {.k = 30, .ret_typ = "value", .is_ascend = true});
    }
    y.backward(nd::arange(1, static_cast<double>(y.size()) + 1).astype(y.dtype()));
    const auto order = places_by(mxnets(y.size()), values, true);
    std::vector<double> expected(values.size(), 0);
    for (std::size_t i = 0; i < static_cast<std::size_t>(y.size()); ++i) {
      expected[static_cast<std::size_t>(order[i])] = static_cast<double>(i) + 1;
    }
    EXPECT_EQ(x.grad().astype(float64).to_vector<double>(), expected);
  }
}

// Of all types; whether places are asked for or not, zeros keep their signs and stand as they
// stood.
TEST(Ordering, TakesAllTypesAndKeepsTheSignsOfZeros) {
  const std::int64_t n = 70000;
  for (const DType dtype : {float32, float64, float16, int8, uint8, int32, int64}) {
    SCOPED_TRACE(str(dtype));
    const bool real = is_floating(dtype);
    const auto whole = numbers(n, 200);
    std::vector<double> values = real ? numbers(n, 200, 50) : whole;
    if (dtype == uint8) {
      for (double& value : values) value += 100;
    }
    for (std::size_t i = 0; real && i < values.size(); i += 7) values[i] = -0.0;
    const NDArray x = nd::from(values, {n}).astype(dtype);
    for (const bool ascending : {true, false}) {
      const auto order = places(values, ascending);
      std::vector<double> sorted;
      sorted.reserve(order.size());
      for (const double place : order) sorted.push_back(values[static_cast<std::size_t>(place)]);
      const NDArray expected = nd::from(sorted, {n}).astype(dtype);
      EXPECT_TRUE(same_bits(nd::sort(x, {.is_ascend = ascending}), expected)) << ascending;
      const NDArray recorded = x.copy();
      if (real) {
        recorded.attach_grad();
        const auto scope = autograd::record();
        EXPECT_TRUE(same_bits(nd::sort(recorded, {.is_ascend = ascending}), expected));
      }
      EXPECT_EQ(nd::argsort(x, {.is_ascend = ascending, .dtype = float64}).to_vector<double>(),
                order);
      const auto top =
          nd::topk(x, {.k = 9, .ret_typ = "value", .is_ascend = ascending, .dtype = float64});
      EXPECT_TRUE(same_bits(top, nd::slice_axis(expected, {.axis = 0, .begin = 0, .end = 9})));
    }
  }
}

TEST(Ordering, HasTheSameBitsForAnyNumberOfThreads) {
  for (const Shape& shape : {Shape{200000}, Shape{300, 500}, Shape{3, 70000}}) {
    const NDArray x = nd::from(numbers(shape.size(), 1000), shape).astype(float32);
    std::vector<NDArray> first;
    for (const int threads : {1, 2, 5}) {
      set_num_threads(threads);
      const std::vector<NDArray> got = {nd::sort(x), nd::argsort(x, {.dtype = int64}),
                                        nd::topk(x, {.k = 20, .ret_typ = "mask"}),
                                        nd::topk(x, {.k = 400, .ret_typ = "value"})};
      if (first.empty()) first = got;
      for (std::size_t i = 0; i < got.size(); ++i) EXPECT_TRUE(same_bits(got[i], first[i])) << i;
    }
    set_num_threads(0);
  }
}

TEST(Ordering, GivesValuesWithPlaces) {
  const NDArray x = nd::array({{1, 5, 2}, {7, 0, 3}});
  const auto both = nd::topk_both(x, {.k = 2, .dtype = int32});
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0].to_vector<float>(), (std::vector<float>{5, 2, 7, 3}));
  EXPECT_EQ(both[1].dtype(), int32);
  EXPECT_EQ(both[1].to_vector<int>(), (std::vector<int>{1, 2, 0, 2}));
  EXPECT_EQ(nd::topk(x, {.axis = {}, .k = 3}).to_vector<float>(), (std::vector<float>{3, 1, 5}));
}

TEST(Ordering, RefusesWhatCannotBe) {
  const NDArray x = nd::ones({2, 300});
  EXPECT_EQ(message_of([&] { nd::topk(x, {.k = 301}); }),
            "[topk] k: expected at most 300, the number of elements, got 301");
  EXPECT_EQ(message_of([&] { nd::argsort(x, {.dtype = uint8}); }),
            "[argsort] dtype: a place among 300 elements may be no uint8");
  EXPECT_EQ(nd::topk(x, {.k = 2, .ret_typ = "value", .dtype = uint8}).shape(), Shape({2, 2}));
}

}  // namespace
}  // namespace gluino
