#include <gluino/kernels/cpu/elementwise/recurrent_cell.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace gluino::kernels {
namespace {

using Values = std::vector<double>;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// Different numbers between -2 and 2.
Values numbers(std::int64_t n, int seed) {
  Values x(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = std::sin(static_cast<double>(i) * 1.7 + seed) * 2;
  }
  return x;
}

// (out, cell) of one unit, as the formulas say.
struct Unit {
  double out, cell;
};
Unit lstm_unit(double in, double forget, double fresh, double shown, double before,
               const CellBounds* bounds = nullptr) {
  double cell = sigmoid(forget) * before + sigmoid(in) * std::tanh(fresh);
  if (bounds != nullptr) cell = std::clamp(cell, bounds->least, bounds->most);
  return {sigmoid(shown) * std::tanh(cell), cell};
}
double gru_unit(const double* x, const double* s, double before) {
  const double reset = sigmoid(x[0] + s[0]), update = sigmoid(x[1] + s[1]);
  return (1 - update) * std::tanh(x[2] + reset * s[2]) + update * before;
}

// df(x) / dx[i]
template <class F>
double slope(F f, Values x, std::size_t i) {
  const double step = 1e-6;
  x[i] += step;
  const double above = f(x);
  x[i] -= 2 * step;
  return (above - f(x)) / (2 * step);
}

// Around the lengths of vectors.
constexpr int kSizes[] = {0, 1, 3, 8, 15, 16, 17, 33};

TEST(RecurrentCell, LstmAndItsGradient) {
  const CellBounds narrow = {.least = -0.4, .most = 0.5, .replaces_nan = false};
  for (const CellBounds* bounds : {static_cast<const CellBounds*>(nullptr), &narrow}) {
    for (const int n : kSizes) {
      const auto units = static_cast<std::size_t>(n);
      const Values sums = numbers(4 * n, 1), before = numbers(n, 2), dout = numbers(n, 3);
      const Values later = numbers(n, 4);
      Values gates = sums, cell(units), out(units), dcell = later, dgates(4 * units);
      recurrent_cell<double>().lstm(gates.data(), before.data(), cell.data(), out.data(), n,
                                    bounds);
      recurrent_cell<double>().lstm_back(gates.data(), before.data(), cell.data(), dout.data(),
                                         dcell.data(), dgates.data(), n, bounds);
      for (std::size_t j = 0; j < units; ++j) {
        const Values x = {sums[j], sums[units + j], sums[2 * units + j], sums[3 * units + j],
                          before[j]};
        const auto loss = [&](const Values& v) {
          const Unit unit = lstm_unit(v[0], v[1], v[2], v[3], v[4], bounds);
          return unit.out * dout[j] + unit.cell * later[j];
        };
        const Unit expected = lstm_unit(x[0], x[1], x[2], x[3], x[4], bounds);
        EXPECT_NEAR(out[j], expected.out, 1e-14);
        EXPECT_NEAR(cell[j], expected.cell, 1e-14);
        for (std::size_t gate = 0; gate < 4; ++gate) {
          EXPECT_NEAR(dgates[gate * units + j], slope(loss, x, gate), 1e-8) << gate;
        }
        EXPECT_NEAR(dcell[j], slope(loss, x, 4), 1e-8);
      }
    }
  }
}

TEST(RecurrentCell, GruAndItsGradient) {
  for (const int n : kSizes) {
    const auto units = static_cast<std::size_t>(n);
    const Values sums = numbers(3 * n, 1), state = numbers(3 * n, 2), before = numbers(n, 3);
    const Values dout = numbers(n, 4);
    Values gates = sums, out(units), dbefore = dout, dgates(3 * units), dstate(3 * units);
    recurrent_cell<double>().gru(gates.data(), state.data(), before.data(), out.data(), n);
    recurrent_cell<double>().gru_back(gates.data(), state.data() + 2 * n, before.data(),
                                      dbefore.data(), dgates.data(), dstate.data(), n);
    for (std::size_t j = 0; j < units; ++j) {
      const Values x = {sums[j],  sums[units + j],  sums[2 * units + j],
                        state[j], state[units + j], state[2 * units + j],
                        before[j]};
      const auto loss = [&](const Values& v) {
        return gru_unit(v.data(), v.data() + 3, v[6]) * dout[j];
      };
      EXPECT_NEAR(out[j], gru_unit(x.data(), x.data() + 3, x[6]), 1e-14);
      for (std::size_t gate = 0; gate < 3; ++gate) {
        EXPECT_NEAR(dgates[gate * units + j], slope(loss, x, gate), 1e-8) << gate;
        EXPECT_NEAR(dstate[gate * units + j], slope(loss, x, 3 + gate), 1e-8) << gate;
      }
      EXPECT_NEAR(dbefore[j], slope(loss, x, 6), 1e-8);
    }
  }
}

TEST(RecurrentCell, FloatsAreTheSameNumbersWhereverTheyStand) {
  const std::vector<float> before(20, 0.3F);
  std::vector<float> gates(80, 0.7F), cell(20), out(20);
  recurrent_cell<float>().lstm(gates.data(), before.data(), cell.data(), out.data(), 20, nullptr);
  EXPECT_NEAR(out[0], lstm_unit(0.7, 0.7, 0.7, 0.7, 0.3F).out, 1e-6);
  EXPECT_EQ(out, std::vector<float>(20, out[0]));
}

TEST(RecurrentCell, NaNStaysUnlessItIsReplaced) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const bool replaces : {false, true}) {
    const CellBounds bounds = {.least = -0.25, .most = 1, .replaces_nan = replaces};
    std::vector<float> gates(4, 0.0F), cell(1), out(1);
    recurrent_cell<float>().lstm(gates.data(), &nan, cell.data(), out.data(), 1, &bounds);
    EXPECT_EQ(std::isnan(cell[0]), !replaces);
    EXPECT_TRUE(!replaces || cell[0] == -0.25F) << cell[0];
  }
}

}  // namespace
}  // namespace gluino::kernels
