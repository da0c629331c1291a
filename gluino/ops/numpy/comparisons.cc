#include <gluino/base/convert.h>
#include <gluino/kernels/cpu/elementwise/binary.h>
#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/number_beside-inl.h>
#include <gluino/ops/numpy/arrays-inl.h>

#include <algorithm>
#include <cmath>
#include <limits>

/// NumPy's comparisons and its logic, which give truths. Operands of several types are brought to
/// one.
namespace gluino {
namespace {

using namespace numpy;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr Fill kDistinct{Fill::Kind::distinct, -2, 2};

// A fraction beside whole numbers is compared in float64.
DType type_with_number(const ScalarOptions& o, DType dtype) {
  if (is_floating(dtype)) return dtype;
  if (!o.is_int) return float64;
  return dtype == boolean && binary_definition::is_beyond<bool>(o.scalar) ? int64 : dtype;
}

// An operand in the type in which it is compared.
class Operand {
 public:
  Operand(const Tensor& given, DType dtype)
      : tensor_{given.data, given.shape, dtype},
        converted_(given.dtype == dtype ? 0 : given.size() * std::int64_t(size_of(dtype))) {
    if (given.dtype == dtype) return;
    kernels::convert(given.data, given.dtype, converted_.data(), dtype, given.size());
    tensor_.data = converted_.data();
  }
  const Tensor& operator*() const { return tensor_; }

 private:
  Tensor tensor_;
  Temporary<std::byte> converted_;
};

template <class Kernel>
void compare(const Call& call, Kernel kernel) {
  const DType dtype = promote(call.in[0].dtype, call.in[1].dtype);
  const Operand a(call.in[0], dtype), b(call.in[1], dtype);
  dispatch(dtype, [&]<class T>() {
    kernel.template operator()<T>().broadcast((*a).template as<T>(), (*a).shape,
                                              (*b).template as<T>(), (*b).shape,
                                              call.out[0].as<bool>(), call.out[0].shape);
  });
}

// All elements of a type of whole numbers are on the same side of one that it does not hold.
template <class Kernel>
bool truth_beside(double number, Kernel kernel) {
  const double x = 0;
  if (!std::isnan(number)) number = std::copysign(kInfinity, number);
  bool truth = false;
  kernel.template operator()<double>().array_scalar(&x, number, &truth, 1);
  return truth;
}

template <class Kernel>
void compare_with_number(const ScalarOptions& o, const Call& call, Kernel kernel) {
  const DType dtype = type_with_number(o, call.in[0].dtype);
  bool* const truths = call.out[0].as<bool>();
  const std::int64_t n = call.in[0].size();
  dispatch(dtype, [&]<class T>() {
    if (binary_definition::is_beyond<T>(o.scalar)) {
      std::fill_n(truths, n, truth_beside(o.scalar, kernel));
      return;
    }
    const Operand x(call.in[0], dtype);
    kernel.template operator()<T>().array_scalar((*x).template as<T>(), convert<T>(o.scalar),
                                                 truths, n);
  });
}

// `number` gives what a number is compared as.
template <class Kernel>
bool define(
    const std::string& name, const char* doc, Kernel kernel,
    double (*number)(double) = [](double given) { return given; }) {
  const auto gives_truths = [](const auto& /*options*/, auto /*in*/, auto out) {
    out[0] = boolean;
  };
  define_op("_npi_" + name)
      .doc(str(doc, ", broadcast."))
      .inputs({"lhs", "rhs"})
      .types(Types::any)
      .row_wise()
      .infer_types(gives_truths)
      .mixed_types()
      .infer(+[](const NoOptions& /*options*/, Inference& s) {
        try {
          s.set_out(0, broadcast_shapes(s.in(0), s.in(1)));
        } catch (const Error& error) {
          s.expect(false, -1, error.what());
        }
      })
      .forward([kernel](const NoOptions& /*options*/, const Call& call) { compare(call, kernel); })
      .sample({}, {{{3, 1, 4}, kDistinct}, {{2, 1}, kDistinct}})
      .sample({}, {{{3, 4}, kDistinct}, {{}, kDistinct}})
      .sample({}, {{{0, 4}, kDistinct}, {{1, 4}, kDistinct}});
  define_op<ScalarOptions>("_npi_" + name + "_scalar")
      .doc(str(doc, ", of an array and a number."))
      .inputs({"data"})
      .types(Types::any)
      .row_wise()
      .field("scalar", &ScalarOptions::scalar, "The number.")
      .field("is_int", &ScalarOptions::is_int, "The number is whole, and so whole arrays stay.")
      .infer_types(gives_truths)
      .infer([](const ScalarOptions& /*options*/, Inference& s) { s.set_out(0, s.in(0)); })
      .forward([kernel, number](const ScalarOptions& o, const Call& call) {
        compare_with_number({number(o.scalar), o.is_int}, call, kernel);
      })
      .sample({.scalar = 1.5, .is_int = false}, {{{3, 4}, kDistinct}})
      .sample({.scalar = 2}, {{{}, kDistinct}})
      .sample({.scalar = 2}, {{{0, 4}, kDistinct}});
  return true;
}

#define GLUINO_KERNELS(function) \
  []<class T>() -> const auto& { return kernels::binary::function<T, bool>(); }
#define GLUINO_COMPARISON(name, function, doc) \
  [[maybe_unused]] const bool name##_defined = define(#name, doc, GLUINO_KERNELS(function))
GLUINO_COMPARISON(equal, equal, "a == b");
GLUINO_COMPARISON(not_equal, not_equal, "a != b");
GLUINO_COMPARISON(less, lesser, "a < b");
GLUINO_COMPARISON(less_equal, lesser_equal, "a <= b");
GLUINO_COMPARISON(greater, greater, "a > b");
GLUINO_COMPARISON(greater_equal, greater_equal, "a >= b");
#undef GLUINO_COMPARISON

double truth_of_number(double number) { return number != 0 ? 1 : 0; }

#define GLUINO_OF_TRUTHS(name, doc)            \
  [[maybe_unused]] const bool name##_defined = \
      define(#name, doc, GLUINO_KERNELS(name), truth_of_number)
GLUINO_OF_TRUTHS(logical_and, "True where neither is 0");
GLUINO_OF_TRUTHS(logical_or, "True where one is not 0");
GLUINO_OF_TRUTHS(logical_xor, "True where just one is not 0");
#undef GLUINO_OF_TRUTHS
#undef GLUINO_KERNELS

}  // namespace
}  // namespace gluino
