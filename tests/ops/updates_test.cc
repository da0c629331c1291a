// Steps of optimizers that are operators: their formulas in double, and their forms against each
// other.
#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::filled;
using ::testing::HasSubstr;
using testing::message_of;
using testing::same_bits;

using Arrays = std::vector<NDArray>;
using Values = std::vector<double>;

constexpr int kSteps = 5;

NDArray positive(const Shape& shape, DType dtype, unsigned seed) {
  return filled({shape, {Fill::Kind::uniform, 0.5, 2}}, dtype, seed);
}

Arrays copies(const Arrays& arrays) {
  Arrays result;
  for (const NDArray& array : arrays) result.push_back(array.copy());
  return result;
}

// Steps of a formula for one element of weight, gradient and states, against the operator's.
using Formula = std::function<void(int t, double& w, double g, std::vector<double>& states)>;

void expect_steps(const std::string& op, Attributes options, int states, const Formula& formula,
                  const Arrays& shared = {}) {
  SCOPED_TRACE(op);
  const Shape shape = {7};
  Arrays arrays;
  for (int i = 0; i < 2 + states; ++i) {
    arrays.push_back(positive(shape, float64, static_cast<unsigned>(i)));
  }
  std::vector<Values> expected;
  for (const NDArray& array : arrays) expected.push_back(array.to_vector<double>());
  arrays.insert(arrays.end(), shared.begin(), shared.end());
  for (int t = 1; t <= kSteps; ++t) {
    if (options.contains("t")) options["t"] = std::to_string(t);
    nd::invoke(op, arrays, options, {arrays[0]});
    for (std::size_t i = 0; i < 7; ++i) {
      Values own;
      for (int k = 0; k < states; ++k) own.push_back(expected[static_cast<std::size_t>(2 + k)][i]);
      formula(t, expected[0][i], expected[1][i], own);
      for (int k = 0; k < states; ++k) {
        expected[static_cast<std::size_t>(2 + k)][i] = own[static_cast<std::size_t>(k)];
      }
    }
    for (std::size_t k = 0; k < expected.size(); ++k) {
      const Values got = arrays[k].to_vector<double>();
      for (std::size_t i = 0; i < 7; ++i)
        EXPECT_NEAR(got[i], expected[k][i], 1e-9) << t << " " << k;
    }
  }
}

double clipped(double x, double bound) { return std::min(std::max(x, -bound), bound); }

TEST(Updates, OfAdamWAreThePapers) {
  const Attributes options = {{"lr", "0.1"},           {"beta1", "0.8"}, {"beta2", "0.9"},
                              {"epsilon", "0.01"},     {"wd", "0.1"},    {"eta", "0.7"},
                              {"clip_gradient", "0.6"}};
  const auto formula = [](int /*t*/, double& w, double g, Values& s) {
    g = clipped(g * 0.5, 0.6);
    s[0] = 0.8 * s[0] + 0.2 * g;
    s[1] = 0.9 * s[1] + 0.1 * g * g;
    w -= 0.7 * (0.1 * s[0] / (std::sqrt(s[1]) + 0.01) + 0.1 * w);
  };
  expect_steps("_adamw_update", options, 2, formula, {nd::array({0.5}, float64)});
}

TEST(Updates, OfAdaBeliefAreThePapers) {
  const Attributes options = {{"lr", "0.1"},           {"beta1", "0.8"}, {"beta2", "0.9"},
                              {"epsilon", "0.01"},     {"wd", "0.1"},    {"eta", "0.7"},
                              {"clip_gradient", "0.6"}};
  const auto formula = [](int /*t*/, double& w, double g, Values& s) {
    g = clipped(g * 0.5 + 0.1 * w, 0.6);
    s[0] = 0.8 * s[0] + 0.2 * g;
    s[1] = 0.9 * s[1] + 0.1 * (g - s[0]) * (g - s[0]) + 0.01;
    w -= 0.7 * 0.1 * s[0] / (std::sqrt(s[1]) + 0.01);
  };
  expect_steps("_adabelief_update", options, 2, formula, {nd::array({0.5}, float64)});
}

TEST(Updates, OfAdamWAreLeftOutWhereTheFactorIsNone) {
  for (const double factor : {0.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    const Arrays arrays = {positive({3}, float32, 1), positive({3}, float32, 2),
                           positive({3}, float32, 3), positive({3}, float32, 4),
                           nd::array({factor})};
    const Arrays before = copies(arrays);
    for (const char* rule : {"_adamw_update", "_adabelief_update"}) {
      nd::invoke(rule, arrays, {{"lr", "0.1"}, {"eta", "1"}}, {arrays[0]});
    }
    for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(same_bits(arrays[i], before[i])) << factor;
  }
}

TEST(Updates, OfFtmlAreThePapers) {
  const Attributes options = {{"lr", "0.1"},           {"beta1", "0.6"},    {"beta2", "0.9"},
                              {"epsilon", "0.01"},     {"wd", "0.1"},       {"t", "1"},
                              {"rescale_grad", "0.5"}, {"clip_grad", "0.7"}};
  expect_steps("ftml_update", options, 3, [](int t, double& w, double g, Values& s) {
    g = clipped(g * 0.5 + 0.1 * w, 0.7);
    s[1] = 0.9 * s[1] + 0.1 * g * g;
    const double d =
        (1 - std::pow(0.6, t)) / 0.1 * (std::sqrt(s[1] / (1 - std::pow(0.9, t))) + 0.01);
    s[2] = 0.6 * s[2] + 0.4 * g - (d - 0.6 * s[0]) * w;
    s[0] = d;
    w = -s[2] / d;
  });
}

TEST(Updates, OfSparseAdaGradAreThePapers) {
  const Attributes options = {{"lr", "0.1"}, {"epsilon", "0.01"}, {"clip_gradient", "0.8"}};
  expect_steps("_sparse_adagrad_update", options, 1, [](int /*t*/, double& w, double g, Values& s) {
    g = clipped(g, 0.8);
    s[0] += g * g;
    w -= 0.1 * g / std::sqrt(s[0] + 0.01);
  });
}

double size_of_row(const Values& row) {
  double sum = 0;
  for (const double value : row) sum += value * value;
  return std::sqrt(sum);
}

// LAMB in its phases, and as one operator.
TEST(Updates, OfLambAreThePapers) {
  const Arrays arrays = {positive({7}, float64, 1), positive({7}, float64, 2),
                         nd::zeros({7}, float64), nd::zeros({7}, float64)};
  const Arrays whole = copies(arrays);
  Values w = arrays[0].to_vector<double>(), mean(7), var(7), step(7);
  const Values g = arrays[1].to_vector<double>();
  const Attributes common = {{"beta1", "0.8"}, {"beta2", "0.9"}, {"rescale_grad", "0.5"}};
  for (int t = 1; t <= kSteps; ++t) {
    for (std::size_t i = 0; i < 7; ++i) {
      mean[i] = 0.8 * mean[i] + 0.2 * 0.5 * g[i];
      var[i] = 0.9 * var[i] + 0.1 * 0.25 * g[i] * g[i];
      step[i] =
          mean[i] / (1 - std::pow(0.8, t)) / (std::sqrt(var[i] / (1 - std::pow(0.9, t))) + 1e-6) +
          0.1 * w[i];
    }
    const double rate = 0.1 * std::min(size_of_row(w), 2.0) / size_of_row(step);
    for (std::size_t i = 0; i < 7; ++i) w[i] -= rate * step[i];

    Attributes first = common;
    first.insert({{"t", std::to_string(t)}, {"wd", "0.1"}});
    const NDArray direction = nd::invoke("lamb_update_phase1", arrays, first)[0];
    nd::invoke("lamb_update_phase2",
               {arrays[0], direction, nd::norm(arrays[0]), nd::norm(direction)},
               {{"lr", "0.1"}, {"upper_bound", "2"}}, {arrays[0]});
    Attributes all = common;
    all.insert({{"learning_rates", "(0.1,)"},
                {"wds", "(0.1,)"},
                {"upper_bound", "2"},
                {"step_count", str("(", t, ",)")}});
    nd::invoke("_multi_lamb_update", whole, all, {whole[0]});
    const Values phases = arrays[0].to_vector<double>(), once = whole[0].to_vector<double>();
    for (std::size_t i = 0; i < 7; ++i) {
      EXPECT_NEAR(phases[i], w[i], 1e-9);
      EXPECT_NEAR(once[i], w[i], 1e-9);
    }
  }
}

TEST(Updates, OfLambAreThePlainStepWhereASizeIsNone) {
  const NDArray w = nd::array({1, 2}), g = nd::array({1, 1});
  const auto step = [&](double r1, double r2) {
    return nd::invoke("lamb_update_phase2", {w, g, nd::array({r1}), nd::array({r2})},
                      {{"lr", "0.5"}})[0]
        .to_vector<double>();
  };
  EXPECT_EQ(step(0, 3), (Values{0.5, 1.5}));
  EXPECT_EQ(step(3, 0), (Values{0.5, 1.5}));
  EXPECT_EQ(step(4, 2), (Values{0, 1}));
}

// A gradient of 0 has no direction: what was learnt before goes on.
TEST(Updates, OfLansHaveNoSizeOfAGradientThatIsNone) {
  const Arrays arrays = {positive({7}, float32, 1), nd::zeros({7}), nd::ones({7}), nd::ones({7})};
  const Values before = arrays[0].to_vector<double>();
  nd::invoke("_multi_lans_update", arrays,
             {{"learning_rates", "(0.1,)"}, {"wds", "(0,)"}, {"step_count", "(3,)"}}, {arrays[0]});
  const Values after = arrays[0].to_vector<double>();
  const double step = 0.9 * 0.1 * size_of_row(before) / std::sqrt(7);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_NEAR(after[i], before[i] - step, 1e-6);
}

// The mean of other elements would be of a gradient that is not divided by its size.
TEST(Updates, OfLansHaveNoSizeOfAGradientThatIsNoNumber) {
  const Arrays arrays = {nd::ones({3}), nd::array({1, NAN, 2}), nd::zeros({3}), nd::zeros({3})};
  nd::invoke("_multi_lans_update", arrays,
             {{"learning_rates", "(0.1,)"}, {"wds", "(0,)"}, {"step_count", "(1,)"}}, {arrays[0]});
  for (const NDArray& array : {arrays[0], arrays[2], arrays[3]}) {
    for (const double value : array.to_vector<double>()) EXPECT_TRUE(std::isnan(value)) << value;
  }
}

// LANS of several weights at once, beside each alone, and of their copies in float32.
TEST(Updates, OfLansOfSeveralWeightsAreThoseOfEach) {
  const Attributes of_a = {
      {"learning_rates", "(0.1,)"}, {"wds", "(0.01,)"}, {"step_count", "(2,)"}};
  const Attributes of_b = {{"learning_rates", "(0.2,)"}, {"wds", "(0,)"}, {"step_count", "(3,)"}};
  const Attributes of_both = {{"learning_rates", "(0.1, 0.2)"},
                              {"wds", "(0.01, 0)"},
                              {"step_count", "(2, 3)"},
                              {"num_tensors", "2"}};
  const auto arrays_of = [](const Shape& shape, unsigned seed) {
    Arrays arrays;
    for (unsigned i = 0; i < 4; ++i) arrays.push_back(positive(shape, float32, seed + i));
    arrays[1].assign(arrays[1].astype(float16).astype(float32));
    return arrays;
  };
  const Arrays a = arrays_of({3, 5}, 1), b = arrays_of({4}, 9);
  Arrays both = copies(a), half = copies(a);
  for (const NDArray& array : copies(b)) both.push_back(array);
  half.push_back(half[0].copy());
  half[0] = half[0].astype(float16);
  half[1] = half[1].astype(float16);
  for (int t = 0; t < kSteps; ++t) {
    nd::invoke("_multi_lans_update", a, of_a, {a[0]});
    nd::invoke("_multi_lans_update", b, of_b, {b[0]});
    nd::invoke("_multi_lans_update", both, of_both, {both[0], both[4]});
    nd::invoke("_multi_mp_lans_update", half, of_a, {half[0]});
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_TRUE(same_bits(both[i], a[i])) << i;
      EXPECT_TRUE(same_bits(both[4 + i], b[i])) << i;
    }
    EXPECT_TRUE(same_bits(half[4], a[0]));
    EXPECT_TRUE(same_bits(half[0], a[0].astype(float16)));
  }
}

// Each form beside the plain one: the operator, the number of its states, its options.
struct Rule {
  std::string plain, mixed, multi, multi_mixed;
  int states;
  Attributes options{};
  Arrays shared{};
  bool etas = false;
};

std::vector<Rule> rules() {
  const Arrays factor = {nd::array({0.5})};
  return {{"sgd_update", "mp_sgd_update", "multi_sgd_update", "multi_mp_sgd_update", 0},
          {"sgd_mom_update",
           "mp_sgd_mom_update",
           "multi_sgd_mom_update",
           "multi_mp_sgd_mom_update",
           1,
           {{"momentum", "0.9"}}},
          {"nag_mom_update", "mp_nag_mom_update", "", "", 1, {{"momentum", "0.9"}}},
          {"_adamw_update",
           "_mp_adamw_update",
           "_multi_adamw_update",
           "_multi_mp_adamw_update",
           2,
           {},
           factor,
           true},
          {"_adabelief_update",
           "_mp_adabelief_update",
           "_multi_adabelief_update",
           "_multi_mp_adabelief_update",
           2,
           {},
           factor,
           true}};
}

Arrays with(Arrays arrays, const Arrays& more) {
  arrays.insert(arrays.end(), more.begin(), more.end());
  return arrays;
}

Arrays weight_of(const Rule& rule, const Shape& shape, unsigned seed) {
  Arrays arrays;
  for (int i = 0; i < 2 + rule.states; ++i) {
    arrays.push_back(positive(shape, float32, seed + static_cast<unsigned>(i)));
  }
  return arrays;
}

Attributes single_options(const Rule& rule, const char* lr, const char* wd) {
  Attributes options = rule.options;
  options.insert({{"lr", lr}, {"wd", wd}});
  if (rule.etas) options["eta"] = "0.5";
  return options;
}

TEST(Updates, OfAWeightInHalfPrecisionAreThoseOfItsCopyInFloat32) {
  for (const Rule& rule : rules()) {
    SCOPED_TRACE(rule.mixed);
    const Arrays plain = weight_of(rule, {3, 5}, 1);
    plain[1].assign(plain[1].astype(float16).astype(float32));
    Arrays mixed = copies(plain);
    mixed.push_back(plain[0].copy());
    mixed[0] = mixed[0].astype(float16);
    mixed[1] = mixed[1].astype(float16);
    const Attributes options = single_options(rule, "0.1", "0.01");
    for (int t = 0; t < kSteps; ++t) {
      nd::invoke(rule.plain, with(plain, rule.shared), options, {plain[0]});
      nd::invoke(rule.mixed, with(mixed, rule.shared), options, {mixed[0]});
      EXPECT_TRUE(same_bits(mixed.back(), plain[0]));
      EXPECT_TRUE(same_bits(mixed[0], plain[0].astype(float16)));
      for (std::size_t i = 2; i < plain.size(); ++i) EXPECT_TRUE(same_bits(mixed[i], plain[i]));
    }
  }
}

TEST(Updates, OfSeveralWeightsAreThoseOfEach) {
  for (const Rule& rule : rules()) {
    for (const bool mixed : {false, true}) {
      const std::string several = mixed ? rule.multi_mixed : rule.multi;
      if (several.empty()) continue;
      SCOPED_TRACE(several);
      Arrays first = weight_of(rule, {3, 5}, 1), second = weight_of(rule, {4}, 9);
      if (mixed) {
        first.push_back(first[0].copy());
        second.push_back(second[0].copy());
      }
      const Arrays a = copies(first), b = copies(second);
      Attributes options = rule.options;
      options.insert({{"lrs", "(0.1, 0.2)"}, {"wds", "[0.01, 0]"}, {"num_weights", "2"}});
      if (rule.etas) options["etas"] = "(0.5,0.5)";
      const std::string& one = mixed ? rule.mixed : rule.plain;
      for (int t = 0; t < kSteps; ++t) {
        nd::invoke(one, with(first, rule.shared), single_options(rule, "0.1", "0.01"), {first[0]});
        nd::invoke(one, with(second, rule.shared), single_options(rule, "0.2", "0"), {second[0]});
        nd::invoke(several, with(with(a, b), rule.shared), options, {a[0], b[0]});
        for (std::size_t i = 0; i < a.size(); ++i) {
          EXPECT_TRUE(same_bits(a[i], first[i])) << i;
          EXPECT_TRUE(same_bits(b[i], second[i])) << i;
        }
      }
    }
  }
}

TEST(Updates, WithRatesInArraysAreThoseWithRatesAsOptions) {
  for (const char* form : {"multi_sgd_update", "multi_sgd_mom_update", "multi_mp_sgd_update",
                           "multi_mp_sgd_mom_update"}) {
    SCOPED_TRACE(form);
    const Op& op = Op::get(form);
    const Arrays arrays = testing::inputs_of(op.samples[1], float32);
    const Arrays same = copies(arrays);
    const std::size_t each = arrays.size() / 3;
    const Arrays rates = {nd::array({0.5, 0.25, 0.125}), nd::array({0.25, 0, 0.5})};
    nd::invoke(form, arrays,
               {{"lrs", "(0.5, 0.25, 0.125)"}, {"wds", "(0.25, 0, 0.5)"}, {"num_weights", "3"}},
               {arrays[0], arrays[each], arrays[2 * each]});
    nd::invoke(str("preloaded_", form), with(same, rates), {{"num_weights", "3"}},
               {same[0], same[each], same[2 * each]});
    for (std::size_t i = 0; i < arrays.size(); ++i) EXPECT_TRUE(same_bits(arrays[i], same[i])) << i;
  }
}

TEST(Updates, SayWhatIsWrong) {
  const NDArray w = nd::ones({2}), g = nd::ones({2});
  const auto multi = [&](const Arrays& in, const char* lrs, const char* count) {
    return message_of([&] {
      nd::invoke("multi_sgd_update", in, {{"lrs", lrs}, {"wds", "(0,)"}, {"num_weights", count}});
    });
  };
  EXPECT_THAT(multi({w, g}, "(0.1, 0.2)", "1"),
              HasSubstr("[multi_sgd_update] lrs: expected 1 numbers, one per weight, got (0.1, "));
  EXPECT_THAT(multi({w}, "(0.1,)", "1"), HasSubstr("expected 2 inputs (weight_0, grad_0), got 1"));
  EXPECT_THAT(multi({w, nd::ones({3})}, "(0.1,)", "1"), HasSubstr("expected shape (2,), got (3,)"));
  EXPECT_THAT(multi({w, g}, "(0.1,)", "-1"), HasSubstr("got -1"));
  EXPECT_THAT(message_of([&] {
                nd::invoke("mp_sgd_update", {w, g, nd::ones({2}, float64)}, {{"lr", "1"}});
              }),
              HasSubstr("weight32: expected float32 or what is computed in it, got float64"));
  EXPECT_THAT(message_of([&] {
                nd::invoke("ftml_update", {w, g, w, w, w}, {{"lr", "1"}, {"t", "0"}});
              }),
              HasSubstr("t: expected the number of the step"));
  EXPECT_THAT(message_of([&] {
                nd::invoke("_multi_lamb_update", {w, g, w, w},
                           {{"learning_rates", "(1,)"}, {"wds", "(0,)"}, {"step_count", "(0,)"}});
              }),
              HasSubstr("step_count: expected numbers of steps from 1 on, got 0"));
}

TEST(ManyArrays, AreLookedAtTogether) {
  const NDArray finite = nd::array({1, -3}), infinite = nd::array({1, -INFINITY});
  const auto number = [](const Arrays& result) { return result[0].to_vector<double>()[0]; };
  EXPECT_EQ(number(nd::invoke("all_finite", {finite})), 1);
  EXPECT_EQ(number(nd::invoke("all_finite", {nd::array({1, NAN}).astype(float16)})), 0);
  const Attributes two = {{"num_arrays", "2"}};
  EXPECT_EQ(number(nd::invoke("multi_all_finite", {finite, infinite}, two)), 0);
  const Attributes more = {{"init_output", "False"}};
  const NDArray found = nd::zeros({1});
  nd::invoke("all_finite", {finite}, more, {found});
  EXPECT_EQ(number({found}), 0);
  EXPECT_THAT(message_of([&] { nd::invoke("all_finite", {finite}, more); }),
              HasSubstr("needs an array that holds what was found so far"));
  EXPECT_EQ(
      nd::invoke("multi_sum_sq", {finite, nd::array({5}, float64)}, two)[0].to_vector<double>(),
      (Values{10, 25}));
  EXPECT_THAT(message_of([&] { nd::invoke("multi_sum_sq", {finite}, two); }),
              HasSubstr("expected 2 inputs (array_0, array_1), got 1"));
  const NDArray whole = nd::ones({3}, int32);
  EXPECT_TRUE(nd::invoke("reset_arrays", {finite, whole}, two).empty());
  EXPECT_EQ(finite.to_vector<double>(), (Values{0, 0}));
  EXPECT_EQ(whole.to_vector<double>(), (Values{0, 0, 0}));
}

TEST(ManyArrays, AreOneAtLeast) {
  for (const std::string op : {"multi_all_finite", "multi_sum_sq", "reset_arrays"}) {
    EXPECT_EQ(message_of([&] {
                nd::invoke(op, {}, {{"num_arrays", "0"}});
              }),
              "[" + op + "] num_arrays: expected 1 or more, got 0");
  }
  const Attributes none = {{"num_weights", "0"}, {"lrs", "()"}, {"wds", "()"}};
  EXPECT_EQ(message_of([&] { nd::invoke("multi_sgd_update", {}, none); }),
            "[multi_sgd_update] expected 1 or more as the number of weights, got 0");
}

TEST(ManyArrays, HaveTheRatesOfLars) {
  const auto rates =
      nd::invoke("multi_lars",
                 {nd::array({0.1, 0.1, 0.1, 0.1}, float64), nd::array({4, 0, 4, 9}, float64),
                  nd::array({1, 1, 0, 16}, float64), nd::array({0.1, 0.1, 0.1, 0}, float64)},
                 {{"eta", "0.5"}, {"eps", "0.001"}, {"rescale_grad", "0.5"}})[0]
          .to_vector<double>();
  const Values expected = {0.1 / 0.701, 0.1, 0.1, 0.15 / 2.001};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(rates[i], expected[i], 1e-12);
}

TEST(Amp, CastsWhatIsInFloat32OrHalfPrecision) {
  const auto cast = [](DType from, const char* to) {
    return nd::invoke("amp_cast", {nd::ones({2}, from)}, {{"dtype", to}})[0].dtype();
  };
  EXPECT_EQ(cast(float32, "float16"), float16);
  EXPECT_EQ(cast(bfloat16, "float32"), float32);
  EXPECT_EQ(cast(float64, "float16"), float64);
  EXPECT_EQ(cast(int32, "float16"), int32);
  const auto common = [](const std::vector<DType>& types, const char* narrow) {
    Arrays arrays;
    for (const DType type : types) arrays.push_back(nd::ones({2}, type));
    std::vector<DType> found;
    for (const NDArray& array :
         nd::invoke("amp_multicast", arrays,
                    {{"num_outputs", std::to_string(types.size())}, {"cast_narrow", narrow}})) {
      found.push_back(array.dtype());
    }
    return found;
  };
  using Types = std::vector<DType>;
  EXPECT_EQ(common({float32, float16}, "0"), (Types{float32, float32}));
  EXPECT_EQ(common({float32, float16}, "1"), (Types{float16, float16}));
  EXPECT_EQ(common({float16, float64}, "0"), (Types{float16, float64}));
  EXPECT_EQ(common({float32, int32, float16}, "1"), (Types{float16, int32, float16}));
  EXPECT_EQ(common({float16, bfloat16}, "0"), (Types{float32, float32}));
}

}  // namespace
}  // namespace gluino
