#include <gluino/onnx/operators/remainder.h>
#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/cast.h>

// Arithmetic and comparisons of two arrays, or of an array and a number.
namespace gluino::onnx {

std::string remainder(ExportNode& e, const std::string& a, const std::string& b) {
  if (!is_floating(e.out_dtype())) return e.add("Mod", {a, b});
  const std::string zero = e.number(0, e.out_dtype());
  const std::string rest = e.add("Mod", {a, b}, {{"fmod", std::int64_t{1}}});
  const std::string is_negative = e.add("Less", {e.add("Mul", {rest, e.add("Sign", {b})}), zero});
  const std::string signed_rest = e.add("Where", {is_negative, e.add("Add", {rest, b}), rest});
  return e.add("Where", {e.add("Equal", {b, zero}), e.add("Mul", {b, a}), signed_rest});
}

namespace {

// One function of two numbers: what ours are called, and how ONNX computes it. `write` gives the
// value from those of the operands.
using Formula = std::function<std::string(ExportNode&, const std::string& a, const std::string& b)>;

struct Binary {
  std::vector<std::string> of_arrays;
  /// Of an array and a number, the number being on the right or the left.
  std::vector<std::string> with_scalar{};
  std::vector<std::string> scalar_left{};
  Formula write;
};

// A comparison gives 1 or 0 in the arrays' type.
Formula comparison(const char* theirs, bool negated = false, bool of_bools = false) {
  return [=](ExportNode& e, const std::string& a, const std::string& b) {
    const auto side = [&](const std::string& x) { return of_bools ? e.cast(x, boolean) : x; };
    std::string result = e.add(theirs, {side(a), side(b)});
    if (negated) result = e.add("Not", {result});
    return e.cast(result, e.out_dtype());
  };
}

Formula plain(const char* theirs) {
  return [=](ExportNode& e, const std::string& a, const std::string& b) {
    return e.add(theirs, {a, b});
  };
}

std::string hypotenuse(ExportNode& e, const std::string& a, const std::string& b) {
  return e.add("Sqrt", {e.add("Add", {e.add("Mul", {a, a}), e.add("Mul", {b, b})})});
}

std::vector<Binary> table() {
  return {
      {{"broadcast_add", "elemwise_add"}, {"_plus_scalar"}, {}, plain("Add")},
      {{"broadcast_sub", "elemwise_sub"}, {"_minus_scalar"}, {"_rminus_scalar"}, plain("Sub")},
      {{"broadcast_mul", "elemwise_mul"}, {"_mul_scalar"}, {}, plain("Mul")},
      {{"broadcast_div", "elemwise_div"}, {"_div_scalar"}, {"_rdiv_scalar"}, plain("Div")},
      {{"broadcast_power", "_power"}, {"_power_scalar"}, {"_rpower_scalar"}, plain("Pow")},
      {{"broadcast_maximum", "_maximum"}, {"_maximum_scalar"}, {}, plain("Max")},
      {{"broadcast_minimum", "_minimum"}, {"_minimum_scalar"}, {}, plain("Min")},
      {{"broadcast_mod", "_mod"}, {"_mod_scalar"}, {"_rmod_scalar"}, remainder},
      {{"broadcast_hypot", "_hypot"}, {"_hypot_scalar"}, {}, hypotenuse},
      {{"broadcast_equal", "_equal"}, {"_equal_scalar"}, {}, comparison("Equal")},
      {{"broadcast_not_equal", "_not_equal"}, {"_not_equal_scalar"}, {}, comparison("Equal", true)},
      {{"broadcast_greater", "_greater"}, {"_greater_scalar"}, {}, comparison("Greater")},
      {{"broadcast_lesser", "_lesser"}, {"_lesser_scalar"}, {}, comparison("Less")},
      {{"broadcast_greater_equal", "_greater_equal"},
       {"_greater_equal_scalar"},
       {},
       comparison("GreaterOrEqual")},
      {{"broadcast_lesser_equal", "_lesser_equal"},
       {"_lesser_equal_scalar"},
       {},
       comparison("LessOrEqual")},
      {{"broadcast_logical_and", "_logical_and"},
       {"_logical_and_scalar"},
       {},
       comparison("And", false, true)},
      {{"broadcast_logical_or", "_logical_or"},
       {"_logical_or_scalar"},
       {},
       comparison("Or", false, true)},
      {{"broadcast_logical_xor", "_logical_xor"},
       {"_logical_xor_scalar"},
       {},
       comparison("Xor", false, true)},
  };
}

// A fraction beside whole numbers makes float64 of them.
std::string operand(ExportNode& e) {
  const bool converts = !is_floating(e.dtype()) && is_floating(e.out_dtype());
  return converts ? e.cast(e.in(), e.out_dtype()) : e.in();
}

void write_binaries(Translations& t) {
  for (const Binary& binary : table()) {
    const Formula& write = binary.write;
    for (const std::string& name : binary.of_arrays) {
      t.writes<NoOptions>(name, [write](ExportNode& e, const NoOptions& /*o*/) {
        e.give(write(e, e.in(0), e.in(1)));
      });
    }
    const auto with_number = [write](bool left) {
      return [write, left](ExportNode& e, const ScalarOptions& o) {
        const std::string x = operand(e);
        const bool converts = !is_floating(e.dtype()) && is_floating(e.out_dtype());
        const std::string number = e.number(o.scalar, converts ? e.out_dtype() : e.dtype());
        e.give(left ? write(e, number, x) : write(e, x, number));
      };
    };
    for (const std::string& name : binary.with_scalar) {
      t.writes<ScalarOptions>(name, with_number(false));
    }
    for (const std::string& name : binary.scalar_left) {
      t.writes<ScalarOptions>(name, with_number(true));
    }
  }
}

// The number that input i is, if it is one of real numbers without axes.
const NDArray* number_if(const ImportNode& n, int i) {
  const NDArray* array = n.constant_if(i);
  return array != nullptr && array->ndim() == 0 && is_floating(array->dtype()) ? array : nullptr;
}

// What an operator of two arrays is called, and those of an array and a number on either side.
struct Names3 {
  const char* both;
  const char* right;
  const char* left;
};

Symbol read_binary(const ImportNode& n, const Names3& ours) {
  n.expect(n.num_inputs() == 2, "expected 2 inputs, got ", n.num_inputs());
  const NDArray* left = number_if(n, 0);
  const NDArray* right = number_if(n, 1);
  if (right != nullptr && left == nullptr && ours.right != nullptr) {
    return n.make(ours.right, ScalarOptions{right->asscalar<double>()}, {n.in(0)});
  }
  if (left != nullptr && right == nullptr && ours.left != nullptr) {
    return n.make(ours.left, ScalarOptions{left->asscalar<double>()}, {n.in(1)});
  }
  return n.make(ours.both, n.all_inputs());
}

// Any number of arrays, two and two.
Symbol read_variadic(const ImportNode& n, const Names3& ours) {
  if (n.num_inputs() == 2) return read_binary(n, ours);
  Symbol result = n.in(0);
  if (n.num_inputs() == 1) return n.make("_copy", {result});
  for (int i = 1; i < n.num_inputs(); ++i) result = n.make(ours.both, {result, n.in(i)});
  return result;
}

Symbol read_comparison(const ImportNode& n, const Names3& ours) {
  return n.make("Cast", CastOptions{.dtype = boolean}, {read_binary(n, ours)});
}

// The sign of the remainder is b's or, with fmod, a's.
Symbol read_mod(const ImportNode& n) {
  if (n.integer("fmod", 0) == 0 && !is_floating(n.dtype())) {
    return read_binary(n, {"broadcast_mod", "_mod_scalar", "_rmod_scalar"});
  }
  const Composer c(n);
  const Symbol a = n.in(0), b = n.in(1);
  if (n.integer("fmod", 0) == 0) {
    // Nothing is left of b = 0 but what is no number; MXNet's 0 there is another.
    const Symbol undefined = c.div(n.make("zeros_like", {b}), b);
    return c.add(n.make("broadcast_mod", {a, b}), undefined);
  }
  return c.mul(c.of("sign", a), n.make("broadcast_mod", {c.of("abs", a), c.of("abs", b)}));
}

// The type is that of the base.
Symbol read_pow(const ImportNode& n) {
  if (n.dtype(0) == n.dtype(1)) {
    return read_binary(n, {"broadcast_power", "_power_scalar", "_rpower_scalar"});
  }
  const Composer c(n);
  const DType wide = is_floating(n.dtype(0))                            ? n.dtype(0)
                     : is_floating(n.dtype(1)) && n.dtype(1) != float32 ? n.dtype(1)
                                                                        : float64;
  const Symbol power = n.make("broadcast_power", {c.cast(n.in(0), wide), c.cast(n.in(1), wide)});
  return c.cast(power, n.dtype(0));
}

void read_binaries(Translations& t) {
  const auto reads = [&t](const char* theirs, auto read, const Names3& ours) {
    t.reads(theirs, [=](const ImportNode& n) { return read(n, ours); });
  };
  reads("Add", read_binary, {"broadcast_add", "_plus_scalar", "_plus_scalar"});
  reads("Sub", read_binary, {"broadcast_sub", "_minus_scalar", "_rminus_scalar"});
  reads("Mul", read_binary, {"broadcast_mul", "_mul_scalar", "_mul_scalar"});
  reads("Div", read_binary, {"broadcast_div", "_div_scalar", "_rdiv_scalar"});
  reads("Max", read_variadic, {"broadcast_maximum", "_maximum_scalar", "_maximum_scalar"});
  reads("Min", read_variadic, {"broadcast_minimum", "_minimum_scalar", "_minimum_scalar"});
  reads("Sum", read_variadic, {"broadcast_add", "_plus_scalar", "_plus_scalar"});
  reads("Equal", read_comparison, {"broadcast_equal", "_equal_scalar", "_equal_scalar"});
  reads("Greater", read_comparison, {"broadcast_greater", "_greater_scalar", "_lesser_scalar"});
  reads("Less", read_comparison, {"broadcast_lesser", "_lesser_scalar", "_greater_scalar"});
  reads("GreaterOrEqual", read_comparison,
        {"broadcast_greater_equal", "_greater_equal_scalar", "_lesser_equal_scalar"});
  reads("LessOrEqual", read_comparison,
        {"broadcast_lesser_equal", "_lesser_equal_scalar", "_greater_equal_scalar"});
  reads("And", read_comparison, {"broadcast_logical_and", nullptr, nullptr});
  reads("Or", read_comparison, {"broadcast_logical_or", nullptr, nullptr});
  reads("Xor", read_comparison, {"broadcast_logical_xor", nullptr, nullptr});
  t.reads("Mod", read_mod).reads("Pow", read_pow);
  t.reads("Mean", [](const ImportNode& n) {
    const Symbol sum = read_variadic(n, {"broadcast_add", "_plus_scalar", "_plus_scalar"});
    return n.make("_div_scalar", ScalarOptions{static_cast<double>(n.num_inputs())}, {sum});
  });
}

const bool registered = translate([](Translations& t) {
  write_binaries(t);
  read_binaries(t);
  // ONNX adds up only what is real in one go; added from the first to the last.
  t.writes<NoOptions>("add_n", [](ExportNode& e, const NoOptions& /*o*/) {
    if (is_floating(e.dtype())) return e.give(e.add("Sum", e.all_inputs()));
    std::string sum = e.in(0);
    for (int i = 1; i < e.num_inputs(); ++i) sum = e.add("Add", {sum, e.in(i)});
    e.give(sum);
  });
});

}  // namespace
}  // namespace gluino::onnx
