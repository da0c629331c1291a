#include <gluino/onnx/operators/remainder.h>
#include <gluino/onnx/translation/translations.h>

#include <limits>
#include <numbers>

// NumPy's functions and products of two arrays of one type that MXNet's older operators have not:
// written.
namespace gluino::onnx {
namespace {

using Formula = std::string (*)(ExportNode&, const std::string& a, const std::string& b);

// Rounded, because a quotient of fractions misses the whole number that it is by a little; infinite
// numbers that divide others of the other sign leave all of them.
std::string floor_divided(ExportNode& e, const std::string& a, const std::string& b) {
  const DType dtype = e.out_dtype();
  const std::string rest = remainder(e, a, b);
  const std::string quotient = e.add("Div", {e.add("Sub", {a, rest}), b});
  if (!is_floating(dtype)) return quotient;
  return e.add("Where", {e.add("IsInf", {rest}), e.number(-1, dtype), e.add("Round", {quotient})});
}

std::string number_of(ExportNode& e, const char* theirs, const std::string& a,
                      const std::string& b) {
  const std::string chosen = e.add(theirs, {a, b});
  if (!is_floating(e.out_dtype())) return chosen;
  return e.add("Where", {e.add("IsNaN", {a}), b, e.add("Where", {e.add("IsNaN", {b}), a, chosen})});
}

// Two infinite ones of a sign have no difference.
std::string log_of_sum(ExportNode& e, const std::string& a, const std::string& b) {
  const std::string top = e.add("Max", {a, b});
  const std::string away = e.add("Sub", {e.add("Min", {a, b}), top});
  const std::string twice = e.add("Add", {top, e.number(std::numbers::ln2, e.out_dtype())});
  return e.add("Where",
               {e.add("Equal", {a, b}), twice, e.add("Add", {top, e.add("Softplus", {away})})});
}

// ONNX' has no number where b is 0.
std::string rest_signed_as_first(ExportNode& e, const std::string& a, const std::string& b) {
  const std::string zero = e.number(0, e.out_dtype());
  const std::string rest = e.add("Mod", {a, b}, {{"fmod", std::int64_t{1}}});
  return e.add("Where", {e.add("Equal", {b, zero}), e.add("Mul", {a, b}), rest});
}

struct Pair {
  const char* name;
  Formula formula;
  /// As a number before an array, too.
  bool number_first = false;
};

constexpr Pair kPairs[] = {{"floor_divide", floor_divided, true},
                           {"fmax", [](ExportNode& e, const std::string& a,
                                       const std::string& b) { return number_of(e, "Max", a, b); }},
                           {"fmin", [](ExportNode& e, const std::string& a,
                                       const std::string& b) { return number_of(e, "Min", a, b); }},
                           {"fmod", rest_signed_as_first, true},
                           {"logaddexp", log_of_sum}};

void expect_one_type(ExportNode& e) {
  for (int i = 0; i < e.num_inputs(); ++i) {
    e.expect(e.dtype(i) == e.out_dtype(), "of ", e.dtype(i), " as ", e.out_dtype());
  }
  e.expect(e.out_dtype() != boolean, "of bool");
}

void write_pairs(Translations& t) {
  for (const auto& [name, formula, number_first] : kPairs) {
    const Formula write = formula;
    t.writes_by_name(str("_npi_", name), [write](ExportNode& e) {
      expect_one_type(e);
      e.give(write(e, e.in(0), e.in(1)));
    });
    const auto with_number = [write](bool first) {
      return [write, first](ExportNode& e) {
        expect_one_type(e);
        const std::string number = e.number(e.option<double>("scalar"));
        e.give(first ? write(e, number, e.in()) : write(e, e.in(), number));
      };
    };
    t.writes_by_name(str("_npi_", name, "_scalar"), with_number(false));
    if (number_first) t.writes_by_name(str("_npi_r", name, "_scalar"), with_number(true));
  }
}

// An input whose sizes, the lacking ones 1, stand on every second axis, with 1 on the others.
std::string apart(ExportNode& e, int input, int ndim, bool first) {
  Ints sizes;
  for (int i = e.ndim(input) - ndim; i < e.ndim(input); ++i) {
    const std::int64_t size = i < 0 ? 1 : e.size(input, i);
    sizes.push_back(first ? size : 1);
    sizes.push_back(first ? 1 : size);
  }
  return e.reshape(e.in(input), sizes);
}

void write_kron(ExportNode& e) {
  expect_one_type(e);
  const int ndim = std::max(e.ndim(0), e.ndim(1));
  const std::string product = e.add("Mul", {apart(e, 0, ndim, true), apart(e, 1, ndim, false)});
  e.give(e.reshape_to(product, e.out_shape()));
}

// x with one axis at another place.
std::string moved(ExportNode& e, const std::string& x, int ndim, int from, int to) {
  Ints order;
  for (std::int64_t i = 0; i < ndim; ++i) {
    if (i != from) order.push_back(i);
  }
  order.insert(order.begin() + to, from);
  return from == to ? x : e.transpose(x, order);
}

void write_cross(ExportNode& e) {
  expect_one_type(e);
  std::string parts[2][3];
  bool flat = true;
  for (const int input : {0, 1}) {
    const int ndim = e.ndim(input);
    const int axis = normalize_axis(e.option<std::int64_t>(input == 0 ? "axisa" : "axisb"), ndim);
    const std::int64_t size = e.size(input, axis);
    const std::string x = moved(e, e.in(input), ndim, axis, ndim - 1);
    for (std::int64_t i = 0; i < size; ++i) parts[input][i] = e.slice(x, {i}, {i + 1}, {ndim - 1});
    flat = flat && size == 2;
  }
  // A vector in the plane has nothing to multiply by in its third place.
  const auto product = [&](int i, int j) {
    const std::string &a = parts[0][i], &b = parts[1][j];
    return a.empty() || b.empty() ? std::string() : e.add("Mul", {a, b});
  };
  const auto across = [&](int i, int j) {
    const std::string plus = product(i, j), minus = product(j, i);
    if (minus.empty()) return plus;
    return plus.empty() ? e.add("Neg", {minus}) : e.add("Sub", {plus, minus});
  };
  const std::string last = across(0, 1);
  if (flat) {
    e.give(e.reshape_to(last, e.out_shape()));
    return;
  }
  const int ndim = e.out_shape().ndim();
  const std::string all =
      e.add("Concat", {across(1, 2), across(2, 0), last}, {{"axis", std::int64_t{-1}}});
  const int axis = normalize_axis(e.option<std::int64_t>("axisc"), ndim);
  e.give(moved(e, all, ndim, ndim - 1, axis));
}

const bool registered = translate([](Translations& t) {
  write_pairs(t);
  t.writes_by_name("_npi_kron", write_kron).writes_by_name("_npi_cross", write_cross);
});

}  // namespace
}  // namespace gluino::onnx
