#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "ops/support.h"

// What MXNet 1.9.1 computes, as mxnet/numbers.json tells it: call by call the outputs, the
// gradients and what became of the states. tests/oracle/renew_numbers.py writes that file.
namespace gluino {
namespace {

using nlohmann::json;
using testing::same_bits;

Shape shape_of(const json& sizes) {
  return Shape(std::span<const std::int64_t>(sizes.get<std::vector<std::int64_t>>()));
}

DType type_of(const json& array) { return parse_dtype(array.value("type", "float32")); }

double number(const json& told) {
  if (!told.is_string()) return told;
  if (told == "nan") return std::numeric_limits<double>::quiet_NaN();
  return told == "inf" ? HUGE_VAL : -HUGE_VAL;
}

// Element i of input k; tests/oracle/patterns.py says the same.
double element(const json& input, const Shape& shape, std::int64_t i, int k) {
  const std::string pattern = input.value("pattern", "plain");
  const double plain = static_cast<double>((i * 37 + 11 * k) % 101 - 50) / 32;
  if (pattern == "plain") return plain;
  if (pattern == "positive") return std::abs(plain) + 0.5;
  if (pattern == "elements") return i % 3 == k % 3 ? plain : 0;
  if (pattern == "rows") return i / (shape.size() / shape[0]) % 2 == k % 2 ? plain : 0;
  if (pattern == "given") return number(input.at("values").at(static_cast<std::size_t>(i)));
  if (pattern == "definite") {  // symmetric matrices
    const std::int64_t n = shape[shape.ndim() - 1], row = i / n % n, column = i % n;
    const std::int64_t mirrored = i - row * n - column + column * n + row;
    const double other = static_cast<double>((mirrored * 37 + 11 * k) % 101 - 50) / 32;
    return plain / 2 + other / 2 + (row == column ? 2 * static_cast<double>(n) : 0);
  }
  const double low = input.at("low"), high = input.at("high");
  if (pattern == "whole") {
    return low + static_cast<double>((i * 5 + 3 * k) % static_cast<std::int64_t>(high - low));
  }
  EXPECT_EQ(pattern, "spread");
  const std::int64_t place = i + 29 + 101 * k;  // no two cubes are alike modulo 1013
  const double part = static_cast<double>(place * place * place % 1013) + (1 + k % 7) / 9.0;
  return low + (high - low) * (part / 1013);
}

NDArray patterned(const json& input, int k) {
  const Shape shape = shape_of(input.at("shape"));
  std::vector<double> values(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = element(input, shape, static_cast<std::int64_t>(i), k);
  }
  const NDArray dense = nd::from(values, shape).astype(type_of(input));
  const std::string stype = input.value("stype", "");
  return stype.empty() ? dense : dense.tostype(parse_stype(stype));
}

void expect_values(const NDArray& got, const json& expected, const std::string& what) {
  const auto values = got.tostype(StorageType::dense).to_vector<double>();
  ASSERT_EQ(values.size(), expected.size()) << what;
  // Half precision may be rounded the other way.
  const double tolerance = got.dtype() == float16 ? 0x1p-10 : 2e-5;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = number(expected[i]);
    const bool same = values[i] == value || (std::isnan(values[i]) && std::isnan(value)) ||
                      std::abs(values[i] - value) <= tolerance * (1 + std::abs(value));
    EXPECT_TRUE(same) << what << ", element " << i << ": " << values[i] << ", in MXNet " << value;
  }
}

bool same_elements(const NDArray& a, const NDArray& b) {
  return same_bits(a.tostype(StorageType::dense), b.tostype(StorageType::dense));
}

void expect_outputs(const std::vector<NDArray>& got, const json& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    const std::string what = str("output ", i);
    EXPECT_EQ(got[i].shape(), shape_of(expected[i].at("shape"))) << what;
    EXPECT_EQ(got[i].dtype(), type_of(expected[i])) << what;
    EXPECT_EQ(to_string(got[i].stype()), expected[i].value("stype", "default")) << what;
    if (expected[i].contains("values")) expect_values(got[i], expected[i].at("values"), what);
  }
}

// The gradient of all real outputs.
void go_back(const std::vector<NDArray>& outputs) {
  std::vector<NDArray> reached, heads;
  for (const NDArray& output : outputs) {
    const int k = 7 + static_cast<int>(&output - outputs.data());
    if (!is_floating(output.dtype())) continue;
    const std::vector<std::int64_t> sizes(output.shape().begin(), output.shape().end());
    reached.push_back(output);
    heads.push_back(patterned({{"shape", sizes}}, k).astype(output.dtype()));
  }
  autograd::backward(reached, heads);
}

// The outputs that are given: inputs that are written over.
std::vector<NDArray> over(const json& expected, const std::vector<NDArray>& inputs) {
  std::vector<NDArray> given;
  for (const json& k : expected.value("over", json::array())) given.push_back(inputs[k]);
  return given;
}

void check_case(const json& expected) {
  const std::string name = expected.at("op");
  const auto attributes = expected.at("attributes").get<Attributes>();
  std::vector<NDArray> inputs, before;
  for (const json& input : expected.at("inputs")) {
    inputs.push_back(patterned(input, static_cast<int>(inputs.size())));
    before.push_back(inputs.back().copy());
  }
  const Op& op = Op::get(name);
  const auto options = op.parse_options(attributes);
  const json& gradients = expected.at("gradients");
  const auto has_gradient = [&](std::size_t i) {
    return op.has_gradient() && is_floating(inputs[i].dtype()) &&
           !op.is_state(options.get(), static_cast<int>(i));
  };
  bool is_recorded = false;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (has_gradient(i)) inputs[i].attach_grad();
    is_recorded = is_recorded || has_gradient(i);
  }
  std::vector<NDArray> outputs;
  {
    const autograd::Scope scope = autograd::record(expected.value("training", true));
    if (expected.contains("seed")) random::seed(expected.at("seed"));
    outputs = nd::invoke(name, inputs, attributes, over(expected, inputs));
  }
  expect_outputs(outputs, expected.at("outputs"));
  if (is_recorded) go_back(outputs);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const std::string what = str("gradient of input ", i);
    if (has_gradient(i)) {
      expect_values(inputs[i].grad(), gradients[i], what);
    } else {  // MXNet's must be 0 then; that of a state has no numbers
      for (const json& value : gradients[i]) EXPECT_EQ(value, 0) << what;
    }
  }
  const json states = expected.value("states", json::object());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto state = states.find(std::to_string(i));
    if (op.is_fixed_at_one(options.get(), static_cast<int>(i))) continue;  // MXNet writes the 1
    if (state != states.end()) {
      expect_values(inputs[i], *state, str("state ", i));
    } else {
      EXPECT_TRUE(same_elements(inputs[i], before[i])) << "input " << i << " was changed";
    }
  }
}

TEST(MxnetNumbers, AreOurs) {
  std::ifstream file(MXNET_NUMBERS);
  const json cases = json::parse(file);
  EXPECT_GE(cases.size(), 1400U);
  for (const json& each : cases) {
    SCOPED_TRACE(each.at("op").dump() + " " + each.at("attributes").dump() + " " +
                 each.at("inputs").dump());
    try {
      check_case(each);
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

}  // namespace
}  // namespace gluino
