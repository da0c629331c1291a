// NumPy's operators: types, shapes and numbers that its definitions, or NumPy itself, give.
#include <gluino/autograd/autograd.h>
#include <gmock/gmock.h>

#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using Values = std::vector<double>;

NDArray one(const std::string& op, const std::vector<NDArray>& in, const Attributes& options = {}) {
  return nd::invoke(op, in, options)[0];
}

void expect(const NDArray& got, DType dtype, const Shape& shape, const Values& values) {
  EXPECT_EQ(got.dtype(), dtype);
  EXPECT_EQ(got.shape(), shape);
  const auto numbers = got.to_vector<double>();
  ASSERT_EQ(numbers.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(numbers[i], values[i], 1e-5 * (1 + std::abs(values[i]))) << "element " << i;
  }
}

const NDArray& matrix() {
  static const NDArray x = nd::array({{0, 1, 2}, {3, 4, 5}});
  return x;
}

TEST(Numpy, OperandsAreBroughtToOneType) {
  const NDArray whole = nd::array({1, 2}, int32);
  expect(one("_npi_true_divide", {whole, whole}), float32, {2}, {1, 1});
  expect(one("_npi_add", {whole, nd::array({0.5, 1.5}, float64)}), float64, {2}, {1.5, 3.5});
  expect(one("_npi_less", {whole, nd::array({2, 2}, int32)}), boolean, {2}, {1, 0});
  expect(one("_npi_add_scalar", {whole}, {{"scalar", "1.5"}, {"is_int", "False"}}), float64, {2},
         {2.5, 3.5});
  expect(one("_npi_rsubtract_scalar", {whole}, {{"scalar", "5"}}), int32, {2}, {4, 3});
  expect(one("_npi_sqrt", {nd::array({4, 9}, int32)}), float32, {2}, {2, 3});
  expect(one("_npi_bitwise_xor", {whole, nd::array({3, 3}, int32)}), int32, {2}, {2, 1});
  expect(one("_npi_lcm", {nd::array({-4, 6}, int32), nd::array({6, 0}, int32)}), int32, {2},
         {12, 0});
  expect(one("_npi_gcd", {nd::array({-4, 0}, int32), nd::array({6, 0}, int32)}), int32, {2},
         {2, 0});
  const NDArray bits = nd::array({-3, 5, 5, 5, -3}, int8),
                shifts = nd::array({1, 1, 8, -1, 9}, int8);
  expect(one("_npi_bitwise_left_shift", {bits, shifts}), int8, {5}, {-6, 10, 0, 0, 0});
  expect(one("_npi_bitwise_right_shift", {bits, shifts}), int8, {5}, {-2, 2, 0, 0, -1});
  expect(one("_npi_bitwise_left_shift_scalar", {bits}, {{"scalar", "6"}}), int8, {5},
         {64, 64, 64, 64, 64});
  expect(one("_npi_rbitwise_right_shift_scalar", {nd::array({0, 1, 2}, int32)}, {{"scalar", "9"}}),
         int32, {3}, {9, 4, 2});
  EXPECT_THAT(message_of([&] {
                one("_npi_bitwise_or", {nd::ones({2}), nd::ones({2})});
              }),
              HasSubstr("expected bool or whole numbers, got float32"));
}

TEST(Numpy, NumbersBeyondATypeAreComparedAsTheyAre) {
  const NDArray bytes = nd::array({0, 255}, uint8);
  expect(one("_npi_less_scalar", {bytes}, {{"scalar", "300"}}), boolean, {2}, {1, 1});
  expect(one("_npi_equal_scalar", {bytes}, {{"scalar", "300"}}), boolean, {2}, {0, 0});
  expect(one("_npi_greater_scalar", {bytes}, {{"scalar", "-1"}}), boolean, {2}, {1, 1});
  const NDArray truths = nd::array({0, 1}, boolean);
  expect(one("_npi_less_scalar", {truths}, {{"scalar", "2"}}), boolean, {2}, {1, 1});
  expect(one("_npi_equal_scalar", {truths}, {{"scalar", "1"}}), boolean, {2}, {0, 1});
  expect(one("_npi_less_equal_scalar", {nd::array({1}, int64)}, {{"scalar", "1e30"}}), boolean, {1},
         {1});
}

TEST(Numpy, AllAxesGiveAnArrayOfNone) {
  expect(one("_np_sum", {matrix()}), float32, {}, {15});
  expect(one("_np_sum", {nd::array({1, 1, 0}, boolean)}), int64, {}, {2});
  expect(one("_npi_mean", {nd::array({1, 2}, int32)}), float32, {}, {1.5});
  expect(one("_npi_var", {matrix()}, {{"axis", "(1,)"}, {"ddof", "1"}}), float32, {2}, {1, 1});
  expect(one("_npi_argmax", {matrix()}), int64, {}, {5});
  expect(one("_np_all", {nd::zeros({0})}), boolean, {}, {1});
  expect(one("_np_max", {matrix()}, {{"axis", "(0,)"}, {"initial", "4.5"}}), float32, {3},
         {4.5, 4.5, 5});
  EXPECT_THAT(message_of([] { one("_np_max", {nd::zeros({0})}); }),
              HasSubstr("has no elements to choose from"));
  EXPECT_THAT(message_of([] {
                one("_np_sum", {matrix()}, {{"axis", "(0, -2)"}});
              }),
              HasSubstr("named twice"));
}

TEST(Numpy, ShapesByCodes) {
  expect(one("_npx_reshape", {matrix()}, {{"newshape", "(-6, 1, -1, -2)"}}), float32, {1, 2, 3},
         {0, 1, 2, 3, 4, 5});
  expect(one("_np_reshape", {matrix()}, {{"newshape", "(3, -1)"}}), float32, {3, 2},
         {0, 1, 2, 3, 4, 5});
  expect(one("_np_roll", {matrix()}, {{"shift", "(1,)"}}), float32, {2, 3}, {5, 0, 1, 2, 3, 4});
  expect(one("_npi_rot90", {matrix()}), float32, {3, 2}, {2, 5, 1, 4, 0, 3});
  expect(one("_npi_tril", {matrix()}), float32, {2, 3}, {0, 0, 0, 3, 4, 0});
  expect(one("_np_trace", {matrix()}, {{"offset", "1"}}), float32, {}, {6});
  expect(one("_npi_pad", {nd::array({1, 2, 3})}, {{"pad_width", "((1, 4),)"}, {"mode", "reflect"}}),
         float32, {8}, {2, 1, 2, 3, 2, 1, 2, 3});
  expect(one("_npi_column_stack", {nd::array({1, 2}), nd::array({3, 4})}), float32, {2, 2},
         {1, 3, 2, 4});
  EXPECT_THROW(one("_np_reshape", {matrix()}, {{"newshape", "(4, -1)"}}), Error);
}

TEST(Numpy, PartsArePutInAndTakenOut) {
  const NDArray row = nd::array({1, 2, 3});
  expect(one("_npi_insert_scalar", {row, nd::array({9, 8})}, {{"int_ind", "1"}, {"axis", "0"}}),
         float32, {5}, {1, 9, 8, 2, 3});
  expect(
      one("_npi_insert_scalar", {matrix(), nd::array({9, 8})}, {{"int_ind", "1"}, {"axis", "1"}}),
      float32, {2, 4}, {0, 9, 1, 2, 3, 8, 4, 5});
  expect(one("_npi_insert_slice", {matrix(), nd::array({9})},
             {{"start", "0"}, {"stop", "2"}, {"step", "1"}, {"axis", "1"}}),
         float32, {2, 5}, {9, 0, 9, 1, 2, 9, 3, 9, 4, 5});
  expect(one("_npi_delete", {matrix()}, {{"int_ind", "-1"}, {"axis", "1"}}), float32, {2, 2},
         {0, 1, 3, 4});
  expect(one("_npi_delete", {matrix(), nd::array({1, 1, -3}, int64)}, {{"axis", "1"}}), float32,
         {2, 1}, {2, 5});
  // What is put in at places keeps their order; at one place in an array it lies as it is.
  expect(one("_npi_insert_tensor", {row, nd::array({9, 8}), nd::array({2, 1}, int64)}), float32,
         {5}, {1, 8, 2, 9, 3});
  expect(one("_npi_insert_tensor", {matrix(), nd::array({{9}, {8}}), nd::array({1}, int64)},
             {{"axis", "1"}}),
         float32, {2, 4}, {0, 9, 1, 2, 3, 8, 4, 5});
  EXPECT_THAT(message_of([&] {
                one("_npi_delete", {row}, {{"int_ind", "3"}});
              }),
              HasSubstr("IndexError"));
}

TEST(Numpy, ElementsDecideHowManyThereAre) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const NDArray x = nd::array({3, 1, nan, 1, nan}, float64);
  const auto parts =
      nd::invoke("_npi_unique", {x},
                 {{"return_index", "True"}, {"return_inverse", "True"}, {"return_counts", "True"}});
  EXPECT_EQ(parts[0].shape(), Shape{3});
  expect(parts[1], int64, {3}, {1, 0, 2});
  expect(parts[2], int64, {5}, {1, 0, 2, 0, 2});
  expect(parts[3], int64, {3}, {2, 1, 2});
  expect(one("_npi_unique", {nd::array({{1, 2, 1}, {3, 0, 3}})}, {{"axis", "1"}}), float32, {2, 2},
         {1, 2, 3, 0});
  expect(one("_npx_nonzero", {nd::array({{0, 1}, {2, 0}})}), int64, {2, 2}, {0, 1, 1, 0});
  expect(one("_npi_bincount", {nd::array({1, 3, 3}, int32)}), int64, {4}, {0, 1, 0, 2});
  expect(one("_npi_bincount", {nd::array({1, 3, 3}, int32), nd::array({1, 2, 4})},
             {{"has_weights", "True"}, {"minlength", "5"}}),
         float32, {5}, {0, 1, 0, 6, 0});
  EXPECT_THAT(message_of([] { one("_npi_bincount", {nd::array({-1}, int32)}); }),
              HasSubstr("ValueError"));
}

TEST(Numpy, NormsAreOfVectorsAndOfMatrices) {
  const NDArray x = nd::array({{3, 4}, {0, 5}});
  const auto norm = [&](const char* ord, const char* axis, const char* flag) {
    return one("_npi_norm", {x}, {{"ord", ord}, {"axis", axis}, {"flag", flag}});
  };
  expect(one("_npi_norm", {x}, {{"flag", "-2"}}), float32, {}, {std::sqrt(50.0)});
  expect(one("_npi_norm", {x}), float32, {}, {3 * std::sqrt(5.0)});
  expect(norm("2", "(1,)", "-1"), float32, {2}, {5, 5});
  expect(norm("0", "(1,)", "-1"), float32, {2}, {2, 1});
  expect(norm("-inf", "(0,)", "-1"), float32, {2}, {0, 4});
  expect(norm("3", "(0,)", "-1"), float32, {2}, {3, std::cbrt(189.0)});
  expect(norm("1", "(0, 1)", "-1"), float32, {}, {9});
  expect(norm("inf", "(0, 1)", "-1"), float32, {}, {7});
  expect(norm("-2", "(0, 1)", "0"), float32, {}, {std::sqrt(5.0)});
  expect(norm("2", "(0, 1)", "2"), float32, {}, {4 * std::sqrt(5.0)});
  EXPECT_THAT(message_of([&] { norm("3", "(0, 1)", "-1"); }),
              HasSubstr("expected 1, 2 or inf of matrices"));
}

TEST(Numpy, MasksSayWhereValuesGo) {
  const NDArray rows = nd::array({0, 1}, boolean);
  expect(one("_npi_boolean_mask_assign_tensor", {matrix(), rows, nd::array({9, 8, 7})},
             {{"start_axis", "0"}}),
         float32, {2, 3}, {0, 1, 2, 9, 8, 7});
  const NDArray some = nd::array({{1, 0, 1}, {0, 0, 0}}, boolean);
  expect(one("_npi_boolean_mask_assign_tensor", {matrix(), some, nd::array({9, 8})}), float32,
         {2, 3}, {9, 1, 8, 3, 4, 5});
  EXPECT_THAT(message_of([&] {
                one("_npi_boolean_mask_assign_tensor", {matrix(), some, nd::array({9, 8, 7})});
              }),
              HasSubstr("expected 2"));
}

// A matrix with known eigenvalues, turned by another one.
TEST(Numpy, EigenvaluesAreThoseOfTheMatrix) {
  const std::int64_t n = 9;
  Values values, entries;
  for (std::int64_t i = 0; i < n * n; ++i) entries.push_back(std::sin(double(i * i)));
  for (std::int64_t i = 0; i < n; ++i) values.push_back(double(i) - 3);
  const NDArray p = nd::array(entries, float64).reshape({n, n});
  const NDArray inner = p * nd::array(values, float64);
  const NDArray a = one("_npi_matmul", {inner, nd::linalg_inverse(p)});
  const auto found = nd::invoke("_npi_eig", {a});
  expect(nd::sort(found[0]), float64, {n}, values);
  const NDArray left = one("_npi_matmul", {a, found[1]});
  expect(left, float64, {n, n}, (found[1] * found[0]).to_vector<double>());
  EXPECT_THAT(message_of([] {
                one("_npi_eigvals", {nd::array({{0, 1}, {-1, 0}})});
              }),
              HasSubstr("not real"));
}

TEST(Numpy, ChoicesAreMxnets) {
  const NDArray condition = nd::array({1, 0, 1});
  const NDArray x = nd::array({1, 2, 3});
  expect(one("_npi_where_lscalar", {condition, x}, {{"scalar", "9"}}), float32, {3}, {9, 2, 9});
  expect(one("_npi_where_rscalar", {condition, x}, {{"scalar", "9"}}), float32, {3}, {1, 9, 3});
  expect(one("_npi_percentile", {matrix(), nd::array({50, 25})}, {{"axis", "(1,)"}}), float32,
         {2, 2}, {1, 4, 0.5, 3.5});
  expect(one("_npi_polyval", {x, x}), float32, {3}, {6, 11, 18});
  expect(one("_npi_ediff1d", {x}, {{"to_begin_scalar", "7"}}), float32, {3}, {7, 1, 1});
  expect(one("_npi_hamming", {}, {{"M", "4"}}), float32, {4}, {0.08, 0.77, 0.77, 0.08});
}

TEST(Numpy, ProductsAreSumsOverTheirLetters) {
  const NDArray square = nd::array({{1, 2}, {3, 4}});
  expect(one("_npi_einsum", {square, square}, {{"subscripts", "ij,kj->ki"}}), float32, {2, 2},
         {5, 11, 11, 25});
  expect(one("_npi_einsum", {square}, {{"subscripts", "ii"}}), float32, {}, {5});
  expect(one("_npi_matmul", {square, nd::array({1, 1})}), float32, {2}, {3, 7});
  expect(one("_npi_tensordot_int_axes", {square, square}, {{"axes", "2"}}), float32, {}, {30});
  EXPECT_THAT(message_of([&] {
                one("_npi_einsum", {square}, {{"subscripts", "i"}});
              }),
              HasSubstr("subscripts"));
}

TEST(Numpy, DecompositionsGiveTheMatrixBack) {
  const NDArray a = nd::array({{4, 1, 0}, {1, 3, 1}, {0, 1, 2}}, float64);
  const auto eigen = nd::invoke("_npi_eigh", {a});
  const NDArray scaled = eigen[1] * eigen[0];
  const NDArray back = nd::invoke("_linalg_gemm2", {scaled, eigen[1]}, {{"transpose_b", "1"}})[0];
  expect(back, float64, {3, 3}, a.to_vector<double>());
  const NDArray wide = nd::array({{1, 2, 3}, {4, 5, 6}}, float64);
  const auto parts = nd::invoke("_npi_svd", {wide});
  const NDArray again = one("_npi_matmul", {parts[0] * parts[1], parts[2]});
  expect(again, float64, {2, 3}, wide.to_vector<double>());
  // A pinv(A) = 1, of a matrix whose rows do not depend on each other.
  expect(one("_npi_matmul", {wide, one("_npi_pinv_scalar_rcond", {wide})}), float64, {2, 2},
         {1, 0, 0, 1});
  expect(one("_npi_solve", {a, nd::array({5, 5, 3}, float64)}), float64, {3}, {1, 1, 1});
}

// The sum of squares of singular values is that of the elements; of eigenvalues of A the trace of
// A A, whose gradient is 2 A.
TEST(Numpy, DecompositionsHaveGradients) {
  for (const char* op : {"_npi_svd", "_npi_eigvalsh"}) {
    const NDArray a = nd::array({{4, 1, 0}, {1, 3, 1}, {0, 1, 2}}, float64);
    a.attach_grad();
    {
      const auto recording = autograd::record();
      const auto parts = nd::invoke(op, {a});
      const NDArray& values = parts.size() > 1 ? parts[1] : parts[0];
      (values * values).sum().backward();
    }
    expect(a.grad(), float64, {3, 3}, (a * 2.0).to_vector<double>());
  }
}

TEST(Numpy, NamesOfTheFacesAreThoseOfTheOperators) {
  EXPECT_EQ(&Op::get("_npi_maximum"), &Op::get("broadcast_maximum"));
  EXPECT_EQ(&Op::get("_npx_softmax"), &Op::get("softmax"));
  EXPECT_EQ(&Op::get("_sparse_abs"), &Op::get("abs"));
}

}  // namespace
}  // namespace gluino
