#include "reference/example.h"

#include <gluino/gluino.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>
#include <utility>

namespace gluino::reference {
namespace {

using Texts = std::vector<std::string>;

// Operators whose options are functions of a user's, which no text holds.
struct Line {
  std::string_view name;
  const char* cpp;
  const char* python;
};
constexpr Line kLines[] = {
    {"_foreach",
     "nd::contrib::foreach([](const NDArray& x, const NDArray& sum) { return "
     "nd::contrib::Step{x + sum, x + sum}; }, nd::ones({4, 2}), nd::zeros({2}));",
     "mx.nd.contrib.foreach(lambda x, sum: (x + sum, x + sum), mx.nd.ones((4, 2)), "
     "mx.nd.zeros((2,)))"},
    {"_while_loop",
     "nd::contrib::while_loop([](const NDArray& x) { return x < 9; }, [](const NDArray& x) { "
     "return nd::contrib::Step{x, x * 2}; }, nd::ones({1}), {.max_iterations = 5});",
     "mx.nd.contrib.while_loop(lambda x: x < 9, lambda x: (x, x * 2), mx.nd.ones((1,)), "
     "max_iterations=5)"},
    {"_cond",
     "nd::contrib::cond(nd::ones({1}), [] { return nd::ones({2}); }, [] { return nd::zeros({2}); "
     "});",
     "mx.nd.contrib.cond(mx.nd.ones((1,)), lambda: mx.nd.ones((2,)), lambda: mx.nd.zeros((2,)))"},
    // What others have made whole numbers of.
    {"_contrib_dequantize",
     "nd::invoke(\"_contrib_dequantize\", {nd::ones({2, 3}).astype(int8), nd::full({1}, -1), "
     "nd::full({1}, 1)});",
     "mx.nd.contrib.dequantize(mx.nd.ones((2, 3), dtype='int8'), mx.nd.full((1,), -1), "
     "mx.nd.full((1,), 1))"},
    {"_contrib_requantize",
     "nd::invoke(\"_contrib_requantize\", {nd::ones({2, 3}).astype(int32), nd::full({1}, -1), "
     "nd::full({1}, 1)});",
     "mx.nd.contrib.requantize(mx.nd.ones((2, 3), dtype='int32'), mx.nd.full((1,), -1), "
     "mx.nd.full((1,), 1))"},
    // Python's functions of these names count their arrays.
    {"_np_atleast_1d", "nd::invoke(\"_np_atleast_1d\", {nd::ones({3})}, {{\"num_args\", \"1\"}});",
     "mx.np.atleast_1d(mx.np.ones((3,)))"},
    {"_np_atleast_2d", "nd::invoke(\"_np_atleast_2d\", {nd::ones({3})}, {{\"num_args\", \"1\"}});",
     "mx.np.atleast_2d(mx.np.ones((3,)))"},
    {"_np_atleast_3d", "nd::invoke(\"_np_atleast_3d\", {nd::ones({3})}, {{\"num_args\", \"1\"}});",
     "mx.np.atleast_3d(mx.np.ones((3,)))"},
};

// The inputs and options of a call.
struct Arguments {
  std::vector<SampleInput> inputs;
  Attributes options;
  DType dtype = float32;
};

// Calls of those that the tests run otherwise: of whole numbers alone, or of chance.
struct Given {
  std::string_view name;
  Arguments arguments;
};
const std::vector<Given>& given() {
  constexpr Fill kWhole{Fill::Kind::integers, 1, 9};
  const SampleInput whole{{2, 3}, kWhole};
  const SampleInput picture{{4, 5, 3}, {Fill::Kind::uniform, 0, 1}};
  const Attributes factors = {{"min_factor", "0.5"}, {"max_factor", "1.5"}};
  const Attributes scalar = {{"scalar", "6"}};
  const auto drawn = [](Attributes options) {
    options["shape"] = "(2, 3)";
    return options;
  };
  static const std::vector<Given> all = {
      {"_image_random_brightness", {{picture}, factors}},
      {"_image_random_contrast", {{picture}, factors}},
      {"_image_random_hue", {{picture}, factors}},
      {"_image_random_saturation", {{picture}, factors}},
      {"_image_random_color_jitter",
       {{picture},
        {{"brightness", "0.2"}, {"contrast", "0.2"}, {"saturation", "0.2"}, {"hue", "0.1"}}}},
      {"_image_random_flip_left_right", {{picture}, {}}},
      {"_image_random_flip_top_bottom", {{picture}, {}}},
      {"_image_random_lighting", {{picture}, {}}},
      {"_npi_bitwise_and", {{whole, whole}, {}, int32}},
      {"_npi_bitwise_or", {{whole, whole}, {}, int32}},
      {"_npi_bitwise_xor", {{whole, whole}, {}, int32}},
      {"_npi_bitwise_not", {{whole}, {}, int32}},
      {"_npi_bincount", {{{{5}, kWhole}}, {}, int32}},
      {"_npi_bitwise_left_shift", {{whole, whole}, {}, int32}},
      {"_npi_bitwise_right_shift", {{whole, whole}, {}, int32}},
      {"_floor_divide", {{whole, whole}, {}, int32}},
      {"_npi_gcd", {{whole, whole}, {}, int32}},
      {"_npi_lcm", {{whole, whole}, {}, int32}},
      {"_npi_bitwise_and_scalar", {{whole}, scalar, int32}},
      {"_npi_bitwise_or_scalar", {{whole}, scalar, int32}},
      {"_npi_bitwise_xor_scalar", {{whole}, scalar, int32}},
      {"_npi_bitwise_left_shift_scalar", {{whole}, scalar, int32}},
      {"_npi_bitwise_right_shift_scalar", {{whole}, scalar, int32}},
      {"_npi_rbitwise_left_shift_scalar", {{whole}, scalar, int32}},
      {"_npi_rbitwise_right_shift_scalar", {{whole}, scalar, int32}},
      {"_npi_gcd_scalar", {{whole}, scalar, int32}},
      {"_npi_lcm_scalar", {{whole}, scalar, int32}},
      {"_random_binomial", {{}, drawn({{"n", "5"}, {"p", "0.3"}})}},
      {"_random_exponential", {{}, drawn({{"lam", "2"}})}},
      {"_random_gamma", {{}, drawn({{"alpha", "2"}})}},
      {"_random_generalized_negative_binomial", {{}, drawn({{"mu", "2"}})}},
      {"_random_negative_binomial", {{}, drawn({{"k", "3"}, {"p", "0.5"}})}},
      {"_random_normal", {{}, drawn({{"scale", "2"}})}},
      {"_random_poisson", {{}, drawn({{"lam", "2"}})}},
      {"_random_uniform", {{}, drawn({{"low", "-1"}})}},
      {"multi_all_finite", {{{{2, 3}}, {{4}}}, {{"num_arrays", "2"}}}},
      {"reset_arrays", {{{{2, 3}}, {{4}}}, {{"num_arrays", "2"}}}},
  };
  return all;
}

std::string joined(const Texts& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string sizes(const Shape& shape) {
  Texts parts;
  for (int axis = 0; axis < shape.ndim(); ++axis) parts.push_back(str(shape[axis]));
  return joined(parts);
}

bool whole(const SampleInput& input) { return input.fill.kind == Fill::Kind::integers; }

// randint gives int32; everything else float32.
std::string cpp_input(const SampleInput& input, DType dtype) {
  const std::string drawn = str("({.low = ", input.fill.low, ", .high = ", input.fill.high,
                                ", .shape = {", sizes(input.shape), "}})");
  if (!whole(input)) return "nd::random::uniform" + drawn;
  return "nd::random::randint" + drawn + (dtype == int32 ? "" : ".astype(float32)");
}

std::string python_input(const SampleInput& input, DType dtype) {
  const std::string shape = "(" + sizes(input.shape) + (input.shape.ndim() == 1 ? ",)" : ")");
  const std::string drawn = str("(", input.fill.low, ", ", input.fill.high, ", ", shape, ")");
  if (!whole(input)) return "mx.nd.random.uniform" + drawn;
  return "mx.nd.random.randint" + drawn + (dtype == int32 ? "" : ".astype('float32')");
}

NDArray array_of(const SampleInput& input, DType dtype) {
  const auto& [kind, low, high] = input.fill;
  if (!whole(input)) return nd::random::uniform({.low = low, .high = high, .shape = input.shape});
  return nd::random::randint({.low = static_cast<std::int64_t>(low),
                              .high = static_cast<std::int64_t>(high),
                              .shape = input.shape})
      .astype(dtype);
}

// Numbers, rows, None, True and False are written alike in Python; all else is text.
std::string python_value(const std::string& text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  const bool is_number = error == std::errc() && stopped == end &&
                         text.find_first_of("aA") == std::string::npos;  // nan is none in Python
  const bool is_row = text.starts_with('(') && text.ends_with(')');
  const bool is_word = text == "True" || text == "False" || text == "None";
  return is_number || is_row || is_word ? text : "'" + text + "'";
}

Example written(const Op& op, const Arguments& call) {
  Example example;
  Texts cpp_inputs;
  Texts python;
  std::vector<NDArray> arrays;
  for (const SampleInput& input : call.inputs) {
    cpp_inputs.push_back(cpp_input(input, call.dtype));
    python.push_back(python_input(input, call.dtype));
    arrays.push_back(array_of(input, call.dtype));
    example.in.push_back(input.shape.to_string());
  }
  Texts pairs;
  for (const auto& [key, value] : call.options) {
    pairs.push_back("{\"" + key + "\", \"" + value + "\"}");
    // Python counts what it is given.
    if (key != "num_args") python.push_back(key + "=" + python_value(value));
  }
  const std::string options = pairs.empty() ? "" : ", {" + joined(pairs) + "}";
  example.cpp = "nd::invoke(\"" + op.name + "\", {" + joined(cpp_inputs) + "}" + options + ");";
  example.python = python_name(op) + "(" + joined(python) + ")";
  for (const NDArray& result : nd::invoke(op.name, arrays, call.options)) {
    example.out.push_back(result.shape().to_string());
  }
  return example;
}

bool has_elements(const Sample& sample) {
  return std::all_of(sample.inputs.begin(), sample.inputs.end(),
                     [](const SampleInput& input) { return input.shape.size() > 0; });
}

// By these beginnings of a name Python has an operator in a namespace, as its _operators.py says.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNamespaces = {
    {{"_contrib_", "contrib."},
     {"_linalg_", "linalg."},
     {"linalg_", "linalg."},
     {"_image_", "image."},
     {"_sparse_", "sparse."}}};

std::string in_python(const std::string& name) {
  constexpr std::string_view kRandom = "_random_";
  if (name.starts_with(kRandom) && name.ends_with("_like")) {
    return "mx.nd.random." + name.substr(kRandom.size());
  }
  for (const auto& [prefix, space] : kNamespaces) {
    if (name.starts_with(prefix)) return str("mx.nd.", space, name.substr(prefix.size()));
  }
  return (name.starts_with('_') ? "mx.nd._internal." : "mx.nd.") + name;
}

}  // namespace

std::string python_name(const Op& op) {
  const std::string own = in_python(op.name);
  if (own.find("._") == std::string::npos) return own;
  for (const std::string& alias : op.aliases) {
    const std::string other = in_python(alias);
    if (other.find("._") == std::string::npos) return other;
  }
  return own;
}

std::string why_no_call(const Op& op) {
  if (op.name.starts_with("_fused_")) {
    return "Compiled graphs put it in the place of several operators; nobody calls it by name.";
  }
  if (op.name == "Custom") {
    return "It calls an operator of your own, a class derived from `CustomOp`, by its `op_type`.";
  }
  if (op.name == "_set_value") return "An assignment such as `x[:] = 3` calls it.";
  return "";
}

std::optional<Example> example_of(const Op& op) {
  if (!why_no_call(op).empty()) return std::nullopt;
  for (const Line& line : kLines) {
    if (op.name == line.name) return Example{line.cpp, line.python, {}, {}};
  }
  for (const auto& [name, arguments] : given()) {
    if (op.name == name) return written(op, arguments);
  }
  for (const Sample& sample : op.samples) {
    if (!has_elements(sample)) continue;
    return written(op, {sample.inputs, op.format_options(sample.options.get())});
  }
  fail("the operator ", op.name, " has no sample with elements, and no line in ", __FILE__);
}

}  // namespace gluino::reference
