#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/elementwise/arithmetic.h>

// NumPy's names of what stands elsewhere: written as those, where types need no promotion.
namespace gluino::onnx {
namespace {

void write_as(ExportNode& e, const char* ours, const void* options) {
  (*Translations::table().writer(Op::get(ours)))(e, options);
}

// Functions of real numbers; whole ones would become real first.
void write_function(ExportNode& e, const char* ours) {
  e.expect(is_floating(e.dtype()), "of ", e.dtype());
  const NoOptions none;
  write_as(e, ours, &none);
}

void write_of_two(ExportNode& e, const char* ours) {
  e.expect(e.dtype(0) == e.dtype(1), "of ", e.dtype(0), " and ", e.dtype(1));
  e.expect(e.out_dtype() == e.dtype() || e.out_dtype() == boolean, "as ", e.out_dtype());
  const NoOptions none;
  write_as(e, ours, &none);
}

void write_with_number(ExportNode& e, const char* ours) {
  e.expect(e.out_dtype() == e.dtype() || e.out_dtype() == boolean, "as ", e.out_dtype());
  const ScalarOptions options{.scalar = e.option<double>("scalar")};
  write_as(e, ours, &options);
}

struct Names2 {
  const char* numpys;
  const char* ours;
};

constexpr const char* kFunctions[] = {
    "arccos", "arccosh", "arcsin",  "arcsinh",  "arctan",  "arctanh",   "cbrt",  "ceil",
    "cos",    "cosh",    "degrees", "exp",      "expm1",   "fix",       "floor", "log",
    "log10",  "log1p",   "log2",    "negative", "radians", "sign",      "sin",   "sinh",
    "sqrt",   "square",  "tan",     "tanh",     "trunc",   "reciprocal"};

constexpr Names2 kOfTwo[] = {{"_npi_add", "broadcast_add"},
                             {"_npi_subtract", "broadcast_sub"},
                             {"_npi_multiply", "broadcast_mul"},
                             {"_npi_true_divide", "broadcast_div"},
                             {"_npi_mod", "broadcast_mod"},
                             {"_npi_power", "broadcast_power"},
                             {"_npi_equal", "broadcast_equal"},
                             {"_npi_not_equal", "broadcast_not_equal"},
                             {"_npi_less", "broadcast_lesser"},
                             {"_npi_less_equal", "broadcast_lesser_equal"},
                             {"_npi_greater", "broadcast_greater"},
                             {"_npi_greater_equal", "broadcast_greater_equal"},
                             {"_npi_logical_and", "broadcast_logical_and"},
                             {"_npi_logical_or", "broadcast_logical_or"},
                             {"_npi_logical_xor", "broadcast_logical_xor"}};

constexpr Names2 kWithNumber[] = {{"_npi_add_scalar", "_plus_scalar"},
                                  {"_npi_subtract_scalar", "_minus_scalar"},
                                  {"_npi_rsubtract_scalar", "_rminus_scalar"},
                                  {"_npi_multiply_scalar", "_mul_scalar"},
                                  {"_npi_true_divide_scalar", "_div_scalar"},
                                  {"_npi_rtrue_divide_scalar", "_rdiv_scalar"},
                                  {"_npi_mod_scalar", "_mod_scalar"},
                                  {"_npi_rmod_scalar", "_rmod_scalar"},
                                  {"_npi_power_scalar", "_power_scalar"},
                                  {"_npi_rpower_scalar", "_rpower_scalar"},
                                  {"_npi_equal_scalar", "_equal_scalar"},
                                  {"_npi_not_equal_scalar", "_not_equal_scalar"},
                                  {"_npi_less_scalar", "_lesser_scalar"},
                                  {"_npi_less_equal_scalar", "_lesser_equal_scalar"},
                                  {"_npi_greater_scalar", "_greater_scalar"},
                                  {"_npi_greater_equal_scalar", "_greater_equal_scalar"},
                                  {"_npi_logical_and_scalar", "_logical_and_scalar"},
                                  {"_npi_logical_or_scalar", "_logical_or_scalar"},
                                  {"_npi_logical_xor_scalar", "_logical_xor_scalar"}};

// What only changes the shape.
void write_under_shape(ExportNode& e) { e.give(e.reshape_to(e.in(), e.out_shape())); }

const bool registered = translate([](Translations& t) {
  for (const char* name : kFunctions) {
    t.writes_by_name(str("_npi_", name), [name](ExportNode& e) { write_function(e, name); });
  }
  t.writes_by_name("_npi_rint", [](ExportNode& e) { write_function(e, "round_half_to_even"); });
  t.writes_by_name("_npi_absolute", [](ExportNode& e) { write_function(e, "abs"); });
  t.writes_by_name("_npx_relu", [](ExportNode& e) { write_function(e, "relu"); });
  t.writes_by_name("_npx_sigmoid", [](ExportNode& e) { write_function(e, "sigmoid"); });
  for (const Names2& names : kOfTwo) {
    t.writes_by_name(names.numpys, [names](ExportNode& e) { write_of_two(e, names.ours); });
  }
  for (const Names2& names : kWithNumber) {
    t.writes_by_name(names.numpys, [names](ExportNode& e) { write_with_number(e, names.ours); });
  }
  for (const char* name : {"_np_reshape", "_npx_reshape", "_np_squeeze"}) {
    t.writes_by_name(name, write_under_shape);
  }
});

}  // namespace
}  // namespace gluino::onnx
