// What is drawn: bit for bit what MXNet 1.9.1 drew on a CPU with seed 42 (compared through the hash
// FNV-1a), and of the distributions that were asked for.
#include <gluino/base/random.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <numbers>
#include <numeric>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::message_of;

std::uint64_t hash_of(const NDArray& array) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto* bytes = static_cast<const unsigned char*>(array.data());
  for (std::size_t i = 0; i < array.bytes(); ++i) hash = (hash ^ bytes[i]) * 0x100000001b3;
  return hash;
}

std::vector<NDArray> drawn(const std::string& op, const std::vector<NDArray>& in,
                           const Attributes& options) {
  random::seed(42);
  return nd::invoke(op, in, options);
}

// The hashes of 1, 65 and 20001 numbers.
struct Hashes {
  std::string op;
  Attributes options;
  std::uint64_t few, more, many;
};

TEST(RandomNumbers, OfOneDistributionAreThoseOfMxnet) {
  const std::vector<Hashes> cases = {
      {"_random_uniform",
       {{"low", "-1"}, {"high", "3"}, {"dtype", "float16"}},
       0xa7e8907b6df12eb,
       0x95fdab4034c80ac2,
       0x1a1c13fd80c1d85a},
      {"_random_normal",
       {{"loc", "0.1"}, {"scale", "0.3"}, {"dtype", "float16"}},
       0x8140507b4d193c5,
       0xc918323b59b45859,
       0x4f1414c6e7f84b20},
      {"_random_exponential",
       {{"lam", "4"}, {"dtype", "float16"}},
       0x9e90307b6600b45,
       0x4fb6c410604ebbe6,
       0x51e136f8376f24f5},
      {"_random_gamma",
       {{"alpha", "2.5"}, {"beta", "1.5"}, {"dtype", "float16"}},
       0xa183e07b687e048,
       0xee1ae8a2cc8af5e3,
       0x1d371930492fdb54},
      {"_random_poisson",
       {{"lam", "4"}, {"dtype", "float16"}},
       0x8324007b4eaf595,
       0xd4b478b22b0dab35,
       0x11cb7d291afce8a},
      {"_random_gamma",
       {{"alpha", "2.5"}, {"beta", "1.5"}},
       0xd1bb9abe839ff926,
       0xd2c9978a2da7106,
       0x5f4c42fde7af117c},
      {"_random_gamma",
       {{"alpha", "0.5"}, {"beta", "2"}},
       0xf2416484665f577d,
       0xb51329f3ce740a31,
       0x540d8e84507147fe},
      {"_random_gamma",
       {{"alpha", "2.5"}, {"beta", "1.5"}, {"dtype", "float64"}},
       0xa921aa5b480ea4d5,
       0x641635177e10505,
       0x997e95c8ba27330c},
      {"_random_exponential",
       {{"lam", "4"}},
       0xf0cf212b9ee82ce8,
       0xc0b423cc80f3ef48,
       0xe9ec5c3cc4d990ce},
      {"_random_exponential",
       {{"lam", "4"}, {"dtype", "float64"}},
       0x1bced4a2c75ac133,
       0x590eaf370f2bbf1f,
       0x17dc6a8c6ebe0d28},
      {"_random_poisson",
       {{"lam", "3"}},
       0x4a2c767f9b47bcd5,
       0x4a984c0617b9c598,
       0x9cb030ad174b842},
      {"_random_poisson",
       {{"lam", "1000"}},
       0x236d807e645c579a,
       0x992f2a6f5dae3960,
       0x41c13dd630e7718e},
      {"_random_negative_binomial",
       {{"k", "3"}, {"p", "0.4"}},
       0x4a2c767f9b47bcd5,
       0xaec44a41474880b8,
       0xe6b12f02786a09dd},
      {"_random_generalized_negative_binomial",
       {{"mu", "3"}, {"alpha", "0.4"}},
       0x4b05767f9bffad95,
       0x7b6bde98b8ef12c5,
       0x23934fbfb1ca0743},
      // MXNet 2.0.0b1's.
      {"_random_binomial",
       {{"n", "5"}, {"p", "0.3"}},
       0x4d25b67f9dce80b5,
       0x88fb1bcc76dd6cd5,
       0xaa86b4dce6078525},
      {"_random_binomial",
       {{"n", "30"}, {"p", "0.9"}, {"dtype", "float64"}},
       0xa8060232277538e4,
       0x8087748916a418bb,
       0x61ba62685b3f443},
      {"_random_randint",
       {{"low", "-5"}, {"high", "2147483647"}},
       0xcc2f2b7ba4574722,
       0xf9f94b06736c036b,
       0xc7913c4604b4f764},
      {"_random_randint",
       {{"low", "-1099511627776"}, {"high", "4611686018427387904"}, {"dtype", "int64"}},
       0xc95062b3bc761336,
       0xea957574201c8c2c,
       0x9ccf09a5312db7ec}};
  for (auto [op, options, few, more, many] : cases) {
    for (const auto& [count, hash] :
         std::map<int, std::uint64_t>{{1, few}, {65, more}, {20001, many}}) {
      options["shape"] = str("(", count, ",)");
      EXPECT_EQ(hash_of(drawn(op, {}, options)[0]), hash) << op << ", " << count << " numbers";
    }
  }
}

TEST(RandomNumbers, LikeAnArrayAreThoseOfItsType) {
  for (const Op* op : Op::all()) {
    if (!op->name.starts_with("_random_") || !op->name.ends_with("_like")) continue;
    for (const DType dtype : {float16, float32, float64}) {
      const auto like = drawn(op->name, {nd::ones({70}, dtype)}, {})[0];
      const auto plain = drawn(op->name.substr(0, op->name.size() - 5), {},
                               {{"shape", "(70,)"}, {"dtype", to_string(dtype)}})[0];
      EXPECT_EQ(hash_of(like), hash_of(plain)) << op->name << " in " << dtype;
    }
  }
}

// MXNet draws for float16 in double.
TEST(RandomNumbers, DropoutDropsOfFloat16WhatItDropsOfFloat64) {
  for (const char* axes : {"()", "(1,)"}) {
    const Attributes options = {{"p", "0.3"}, {"mode", "always"}, {"axes", axes}};
    const auto kept = [&](DType dtype) {
      return (drawn("Dropout", {nd::ones({70, 3}, dtype)}, options)[0] != 0).to_vector<float>();
    };
    EXPECT_EQ(kept(float16), kept(float64));
    EXPECT_NE(kept(float16), kept(float32));
  }
}

TEST(RandomNumbers, OfParametersInArraysAreThoseOfMxnet) {
  const NDArray m = nd::array({{1, 2}, {0.5, 20}});
  const NDArray chances = 1 / (1 + m);
  const std::map<std::string, std::vector<NDArray>> parameters = {
      {"uniform", {m, m + 1}},
      {"normal", {m, m}},
      {"gamma", {m, m}},
      {"exponential", {m}},
      {"poisson", {m}},
      {"negative_binomial", {m, chances}},
      {"binomial", {nd::array({{1, 2}, {5, 40}}), nd::array({{0.3, 1}, {0.05, 0.2}})}},
      {"generalized_negative_binomial", {m, m}}};
  const std::vector<Hashes> cases = {
      {"uniform",
       {{"dtype", "float16"}},
       0x2f898709360e49b,
       0x4598b58d2a1a6e59,
       0x34810ee9546b59cd},
      {"normal",
       {{"dtype", "float16"}},
       0x845232db3875f8b6,
       0x5df6e6b4e631ace1,
       0xe5b573c2dee8cd84},
      {"gamma", {{"dtype", "float16"}}, 0x2359c82d8bd9526c, 0xc7b017373c3b1de1, 0x4f0dca179e6db50a},
      {"uniform", {}, 0x1154c56bfaf08364, 0x170f9e92cf14b33e, 0x496a7b3424d00155},
      {"normal", {}, 0x11870105c1be5a67, 0x11ea85ecae2aef1a, 0x4dc90b2186a80d04},
      {"gamma", {}, 0xcdb8e512cc283e5e, 0xd07a13692ee249b4, 0x8f04900a60f3774e},
      {"exponential", {}, 0x8b8a989be6a90bce, 0xb4acd0aaa4f16be0, 0x95c31b5ca7fb116a},
      {"poisson", {}, 0xf59cc27f8e58046a, 0xd25fff6f663577cb, 0x732689327e1eddc8},
      {"negative_binomial", {}, 0x8640023290b054a6, 0x4dc2c250cf1124a0, 0x34441143ef287a05},
      {"binomial", {}, 0x3ca533be293341cb, 0xf9f79ae4841f5a58, 0xe37aedc1f1c3447a},
      {"generalized_negative_binomial",
       {},
       0x2f698d301ae8ca25,
       0x6439998c5160d00c,
       0x21ec14fb92d7ea39}};
  for (const auto& [name, options, few, more, many] : cases) {
    const auto& in = parameters.at(name);
    for (const auto& [count, hash] :
         std::map<int, std::uint64_t>{{1, few}, {17, more}, {5001, many}}) {
      Attributes of_shape = options;
      of_shape["shape"] = str("(", count, ",)");
      const auto numbers = drawn("_sample_" + name, in, of_shape)[0];
      EXPECT_EQ(numbers.shape(), Shape({2, 2, count}));
      EXPECT_EQ(hash_of(numbers), hash) << name << ", " << count << " numbers each";
    }
  }
}

TEST(RandomNumbers, PlacesAndOrdersAreThoseOfMxnet) {
  const NDArray chances = nd::array({0.125, 0.25, 0.5, 0.125});
  const auto places = [&](int count) {
    return hash_of(drawn("_sample_multinomial", {chances}, {{"shape", str("(", count, ",)")}})[0]);
  };
  EXPECT_EQ(places(1), 0x8d1ace904a398d17);
  EXPECT_EQ(places(65), 0x131d8d039213f377);
  EXPECT_EQ(places(20001), 0xa56f0c12c8454a47);
  const auto shuffled = [](const NDArray& rows) {
    return hash_of(drawn("_shuffle", {rows}, {})[0]);
  };
  EXPECT_EQ(shuffled(nd::arange(0, 65)), 0xb06150a5c295ebbe);
  EXPECT_EQ(shuffled(nd::arange(0, 20001)), 0x2b8754627e2d723a);
  EXPECT_EQ(shuffled(nd::arange(0, 130).reshape({65, 2})), 0x4410c2b2d3e4075d);
  EXPECT_EQ(shuffled(nd::arange(0, 40002).reshape({20001, 2})), 0x2f60dd8e0d9bf4a7);
  const auto zipfian = [](int rows) {
    return hash_of(drawn("_sample_unique_zipfian", {},
                         {{"range_max", "100000"}, {"shape", str("(", rows, ", 3)")}})[0]);
  };
  EXPECT_EQ(zipfian(1), 0x292ba095ade061d5);
  EXPECT_EQ(zipfian(65), 0x507da7a6dcfad027);
  EXPECT_EQ(zipfian(20001), 0xb6b9279337c59857);
}

constexpr int kMany = 100'000;

// Mean and variance, and how far those of so many numbers may lie off.
struct Moments {
  std::string op;
  Attributes options;
  double mean, variance;
};

TEST(RandomNumbers, HaveTheMomentsOfTheirDistributions) {
  const std::vector<Moments> cases = {
      {"uniform", {{"low", "-1"}, {"high", "3"}}, 1, 16 / 12.0},
      {"normal", {{"loc", "2"}, {"scale", "3"}}, 2, 9},
      {"gamma", {{"alpha", "0.5"}, {"beta", "2"}}, 1, 2},
      {"gamma", {{"alpha", "7"}, {"beta", "0.5"}}, 3.5, 1.75},
      {"exponential", {{"lam", "4"}}, 0.25, 1 / 16.0},
      {"poisson", {{"lam", "0.3"}}, 0.3, 0.3},
      {"poisson", {{"lam", "40"}}, 40, 40},
      {"poisson", {{"lam", "1e6"}, {"dtype", "float64"}}, 1e6, 1e6},
      {"poisson", {{"lam", "4398046511104"}, {"dtype", "float64"}}, 0x1p42, 0x1p42},
      {"negative_binomial", {{"k", "3"}, {"p", "0.4"}}, 4.5, 11.25},
      {"generalized_negative_binomial", {{"mu", "3"}, {"alpha", "0.4"}}, 3, 6.6},
      {"generalized_negative_binomial", {{"mu", "3"}, {"alpha", "0"}}, 3, 3},
      {"binomial", {{"n", "20"}, {"p", "0.2"}}, 4, 3.2},
      {"binomial", {{"n", "20"}, {"p", "0.6"}}, 12, 4.8},
      {"binomial", {{"n", "1000"}, {"p", "0.5"}}, 500, 250},
      {"binomial", {{"n", "16777216"}, {"p", "5e-7"}}, 8.388608, 8.388603806},
      {"binomial", {{"n", "1000000000"}, {"p", "0.03"}, {"dtype", "float64"}}, 3e7, 2.91e7},
      {"binomial", {{"n", "9007199254740992"}, {"p", "0.5"}, {"dtype", "float64"}}, 0x1p52, 0x1p51},
      {"randint", {{"low", "-3"}, {"high", "8"}}, 2, 10}};
  for (auto [op, options, mean, variance] : cases) {
    options["shape"] = str("(", kMany, ",)");
    const auto numbers = drawn("_random_" + op, {}, options)[0].to_vector<double>();
    double sum = 0, squares = 0;
    for (const double x : numbers) {
      sum += (x - mean) / std::sqrt(variance);
      squares += (x - mean) * (x - mean) / variance;
    }
    EXPECT_NEAR(sum / kMany, 0, 5 / std::sqrt(kMany)) << op << " " << mean;
    EXPECT_NEAR(squares / kMany, 1, 0.05) << op << " " << mean;
  }
}

// Pearson's statistic of how often each of several outcomes with equal or given chances came, in
// deviations from its mean, that is the degrees of freedom.
double surprise(const std::vector<double>& counts, const std::vector<double>& chances) {
  double statistic = 0, freedom = -1;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = chances[i] * kMany;
    if (expected == 0) {
      EXPECT_EQ(counts[i], 0);
      continue;
    }
    statistic += (counts[i] - expected) * (counts[i] - expected) / expected;
    ++freedom;
  }
  return (statistic - freedom) / std::sqrt(2 * freedom);
}

TEST(RandomNumbers, FillEquallyProbablePartsOfTheirRange) {
  struct Case {
    std::string op;
    Attributes options;
    double (*below)(double x);  // the chance of a smaller number
  };
  const std::vector<Case> cases = {
      {"uniform", {{"low", "-1"}, {"high", "3"}}, [](double x) { return (x + 1) / 4; }},
      {"normal",
       {{"loc", "2"}, {"scale", "3"}},
       [](double x) { return std::erfc((2 - x) / 3 / std::numbers::sqrt2) / 2; }},
      {"exponential", {{"lam", "4"}}, [](double x) { return -std::expm1(-4 * x); }},
      {"gamma",
       {{"alpha", "2"}, {"beta", "0.5"}},
       [](double x) { return 1 - std::exp(-2 * x) * (1 + 2 * x); }},
      {"gamma", {{"alpha", "0.5"}, {"beta", "2"}}, [](double x) {
         return std::erf(std::sqrt(x / 2));
       }}};
  const std::size_t parts = 50;
  for (auto [op, options, below] : cases) {
    options["shape"] = str("(", kMany, ",)");
    std::vector<double> counts(parts);
    for (const double x : drawn("_random_" + op, {}, options)[0].to_vector<double>()) {
      ++counts[std::min(static_cast<std::size_t>(below(x) * parts), parts - 1)];
    }
    EXPECT_LT(surprise(counts, std::vector<double>(parts, 1.0 / parts)), 4) << op;
  }
}

// How often each of the numbers 0, 1, ... came.
std::vector<double> counts_of(const NDArray& numbers, std::size_t outcomes) {
  std::vector<double> counts(outcomes);
  for (const double x : numbers.to_vector<double>()) {
    ++counts[std::min(static_cast<std::size_t>(x), outcomes - 1)];
  }
  return counts;
}

TEST(RandomNumbers, ThatCountComeAsOftenAsTheirChancesSay) {
  const auto expect_chances = [](const NDArray& numbers, std::vector<double> chances) {
    chances.push_back(1 - std::accumulate(chances.begin(), chances.end(), 0.0));
    EXPECT_LT(surprise(counts_of(numbers, chances.size()), chances), 4);
  };
  std::vector<double> chances;
  for (int k = 0; k < 10; ++k)
    chances.push_back(std::exp(k * std::log(3) - 3 - std::lgamma(k + 1)));
  expect_chances(nd::random::poisson({.lam = 3, .shape = kMany}), chances);
  chances.clear();
  for (int k = 0; k < 40; ++k) {
    chances.push_back(std::exp(k * std::log(20) - 20 - std::lgamma(k + 1)));
  }
  expect_chances(nd::random::poisson({.lam = 20, .shape = kMany}), chances);
  chances.clear();
  for (int k = 0; k < 15; ++k) {
    chances.push_back((k + 1) * (k + 2) / 2.0 * std::pow(0.4, 3) * std::pow(0.6, k));
  }
  expect_chances(nd::random::negative_binomial({.k = 3, .p = 0.4, .shape = kMany}), chances);
  expect_chances(
      nd::random::generalized_negative_binomial({.mu = 4.5, .alpha = 1 / 3.0, .shape = kMany}),
      chances);
  for (const auto& [n, p] : {std::pair{7, 0.4}, {20, 0.5}, {24, 0.55}, {200, 0.08}}) {
    chances.clear();
    double chance = std::pow(1 - p, n);
    for (int k = 0; k < std::min(n, 25); ++k) {
      chances.push_back(chance);
      chance *= (n - k) * p / ((k + 1) * (1 - p));
    }
    expect_chances(nd::random::binomial({.n = n, .p = p, .shape = kMany}), chances);
  }
  expect_chances(nd::random::randint({.low = 0, .high = 7, .shape = kMany}),
                 std::vector<double>(6, 1 / 7.0));
  expect_chances(nd::sample_multinomial(nd::array({0.1, 0, 0.6, 0.3}), {.shape = kMany}),
                 {0.1, 0, 0.6});
  // Behind row 0 of (0, 1, 2) may stand any of the six orders.
  const NDArray rows = nd::arange(0, 3);
  NDArray orders = nd::zeros({kMany});
  for (int i = 0; i < kMany; ++i) {
    const auto order = nd::shuffle(rows).to_vector<float>();
    orders.data<float>()[i] = order[0] * 2 + (order[1] > order[2] ? 1.0F : 0.0F);
  }
  expect_chances(orders, std::vector<double>(5, 1 / 6.0));
  chances.clear();
  for (int k = 0; k < 9; ++k) {
    chances.push_back(std::log((k + 1.5) / std::max(1.0, k + 0.5)) / std::log(10));
  }
  expect_chances(nd::random::unique_zipfian({.range_max = 10, .shape = {kMany, 1}})[0], chances);
}

TEST(RandomNumbers, OfTheFormOfAnother) {
  const NDArray like = nd::zeros({40, 50}, float64);
  const auto wide = [&](const std::string& name) {
    random::seed(1);
    const NDArray numbers = nd::invoke("_random_" + name + "_like", {like})[0];
    EXPECT_EQ(numbers.dtype(), float64);
    random::seed(1);
    const auto same =
        nd::invoke("_random_" + name, {}, {{"shape", "(40, 50)"}, {"dtype", "float64"}})[0];
    EXPECT_EQ(numbers.to_vector<double>(), same.to_vector<double>()) << name;
  };
  for (const char* name : {"uniform", "normal", "gamma", "exponential", "poisson",
                           "negative_binomial", "generalized_negative_binomial"}) {
    wide(name);
  }
}

TEST(RandomNumbers, LogarithmsOfChancesHaveAGradient) {
  const NDArray chances = nd::array({{0.5, 0.5, 0}, {0.25, 0, 0.75}});
  chances.attach_grad();
  std::vector<NDArray> both;
  {
    const auto recording = autograd::record();
    both = nd::sample_multinomial_both(chances, {.shape = 8});
    both[1].backward();
  }
  std::vector<double> expected(6);
  const auto places = both[0].to_vector<double>();
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::size_t at = i / 8 * 3 + static_cast<std::size_t>(places[i]);
    const double chance = chances.to_vector<double>()[at];
    EXPECT_FLOAT_EQ(both[1].to_vector<float>()[i], static_cast<float>(std::log(chance)));
    expected[at] += 1 / chance;
  }
  EXPECT_EQ(chances.grad().to_vector<double>().size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(chances.grad().to_vector<double>()[i], expected[i], 1e-5);
  }
}

TEST(RandomNumbers, ParametersThatAreNone) {
  EXPECT_EQ(message_of([] { nd::random::gamma({.alpha = 0, .shape = {2}}); }),
            "[_random_gamma] alpha: expected a finite number above 0, got 0");
  EXPECT_EQ(message_of([] { nd::random::negative_binomial({.p = 1.5, .shape = {2}}); }),
            "[_random_negative_binomial] p: expected a number above 0 and at most 1, got 1.5");
  EXPECT_EQ(message_of([] { nd::random::randint({.low = 3, .high = 3, .shape = {2}}); }),
            "[_random_randint] expected low below high, got 3 and 3");
  EXPECT_EQ(message_of([] { nd::random::randint({.high = std::int64_t{1} << 32}); }),
            "[_random_randint] expected bounds that int32 holds, got 0 and 4294967296; there is "
            "dtype = int64");
  EXPECT_EQ(message_of([] {
              nd::sample_gamma(nd::array({1, -1}), nd::ones({2}));
            }),
            "[_sample_gamma] alpha: expected a finite number above 0, got -1");
  EXPECT_EQ(message_of([] { nd::sample_normal(nd::ones({2}), nd::ones({3})); }),
            "[_sample_normal] sigma: expected shape (2,), got (3,)");
  EXPECT_EQ(message_of([] {
              nd::sample_multinomial(nd::array({0.5, -0.5}));
            }),
            "[_sample_multinomial] data: expected chances of at least 0, got -0.5");
  EXPECT_EQ(message_of([] {
              nd::sample_multinomial(nd::array({2, INFINITY}));
            }),
            "[_sample_multinomial] data: expected finite chances, got a sum of inf");
  EXPECT_EQ(message_of([] {
              nd::sample_multinomial(nd::ones({2, 0}));
            }),
            "[_sample_multinomial] data: there is nothing to draw from in (2, 0)");
  EXPECT_EQ(message_of([] {
              nd::random::unique_zipfian({.range_max = 3, .shape = {1, 4}});
            }),
            "[_sample_unique_zipfian] range_max: expected at least 1, and as many as the 4 numbers "
            "of a row, got 3");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto numbers = nd::sample_gamma(nd::array({nan, 1}), nd::array({1, 1})).to_vector<double>();
  EXPECT_TRUE(std::isnan(numbers[0]) && numbers[1] > 0);
  EXPECT_EQ(nd::random::unique_zipfian({.range_max = 3, .shape = {0, 2}})[1].shape(), Shape({0}));
}

}  // namespace
}  // namespace gluino
