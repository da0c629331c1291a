#include <gluino/autograd/autograd.h>
#include <gluino/ndarray/sparse_array.h>
#include <gluino/ops/nd.h>
#include <gluino/ops/updates/update.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "ops/support.h"

// Operators on sparse arrays, by what they give of dense ones.
namespace gluino {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using Values = std::vector<double>;
using Places = std::vector<std::int64_t>;

constexpr auto kDense = StorageType::dense;
constexpr auto kCsr = StorageType::csr;
constexpr auto kRows = StorageType::row_sparse;

// About a third of the elements, and not every row; the same for the same seed.
NDArray some(const Shape& shape, unsigned seed, DType dtype = float64) {
  std::vector<double> values(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    seed = seed * 1664525U + 1013904223U;
    const auto row = i / static_cast<std::size_t>(std::max<std::int64_t>(shape.back(), 1));
    const bool stored = (seed >> 16) % 3 == 0 && row % 4 != 1;
    values[i] = stored ? static_cast<double>((seed >> 8) % 17) - 8 : 0;
  }
  return nd::from(values, shape).astype(dtype);
}

void expect_same(const NDArray& a, const NDArray& b, const std::string& what) {
  EXPECT_EQ(a.shape(), b.shape()) << what;
  EXPECT_EQ(a.dtype(), b.dtype()) << what;
  const Values x = a.to_vector<double>(), y = b.to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_NEAR(x[i], y[i], 1e-12 * (1 + std::abs(y[i]))) << what << ", element " << i;
  }
}

TEST(SparseOperators, UnaryOnesComputeWhatIsStored) {
  for (const std::string name : {"abs", "square", "sin", "relu", "negative", "sign", "BlockGrad",
                                 "zeros_like", "tanh", "_copy"}) {
    for (const auto stype : {kCsr, kRows}) {
      for (const Shape& shape : {Shape{5, 7}, Shape{0, 3}, Shape{4, 0}}) {
        const NDArray x = some(shape, 1);
        const NDArray y = nd::invoke(name, {x.tostype(stype)})[0];
        EXPECT_EQ(y.stype(), stype) << name;
        expect_same(y, nd::invoke(name, {x})[0], name);
      }
    }
  }
  EXPECT_TRUE(nd::invoke("cos", {some({3, 3}, 1).tostype(kCsr)})[0].is_dense());
}

TEST(SparseOperators, NumbersAreFineWhereZeroStaysZero) {
  const NDArray x = some({5, 6}, 2);
  for (const auto stype : {kCsr, kRows}) {
    const NDArray s = x.tostype(stype);
    EXPECT_EQ((s * 2.0).stype(), stype);
    expect_same(s * 2.0, x * 2.0, "times 2");
    EXPECT_EQ((s + 0.0).stype(), stype);
    EXPECT_EQ((s > 1).stype(), stype);
    EXPECT_TRUE((s + 1.0).is_dense());
    expect_same(s + 1.0, x + 1.0, "plus 1");
    EXPECT_TRUE((s == 0).is_dense());
    // 0 times infinity is no number: nothing may be left out.
    EXPECT_TRUE(std::isnan((s * INFINITY).to_vector<double>()[6]));
    EXPECT_EQ(nd::clip(s, {.a_min = -1, .a_max = 1}).stype(), stype);
    EXPECT_TRUE(nd::clip(s, {.a_min = 1, .a_max = 2}).is_dense());
  }
}

TEST(SparseOperators, OfTwo) {
  const NDArray a = some({6, 5}, 3), b = some({6, 5}, 4);
  struct Case {
    std::string name;
    StorageType left, right, result;
  };
  const std::vector<Case> cases = {
      {"elemwise_add", kCsr, kCsr, kCsr},
      {"elemwise_add", kRows, kRows, kRows},
      {"elemwise_add", kCsr, kRows, kDense},
      {"elemwise_add", kDense, kRows, kDense},
      {"elemwise_sub", kCsr, kCsr, kCsr},
      {"elemwise_sub", kRows, kRows, kRows},
      {"elemwise_mul", kRows, kRows, kRows},
      {"elemwise_mul", kCsr, kCsr, kCsr},
      {"elemwise_mul", kDense, kCsr, kCsr},
      {"elemwise_mul", kCsr, kDense, kCsr},
      {"elemwise_mul", kRows, kDense, kRows},
      {"elemwise_mul", kDense, kRows, kRows},
      {"broadcast_mul", kDense, kCsr, kDense},
      {"broadcast_mul", kCsr, kDense, kCsr},
      {"_maximum", kRows, kRows, kRows},
      {"_minimum", kCsr, kCsr, kCsr},
      {"_hypot", kRows, kRows, kRows},
      {"elemwise_div", kRows, kDense, kDense},
      {"broadcast_add", kCsr, kCsr, kDense},
      {"broadcast_sub", kRows, kRows, kDense},
      {"broadcast_mul", kCsr, kCsr, kDense},
      {"broadcast_mul", kRows, kDense, kDense},
      {"broadcast_maximum", kRows, kRows, kDense},
  };
  for (const Case& c : cases) {
    const NDArray other = c.name == "elemwise_div" ? b + 20.0 : b;
    const NDArray y = nd::invoke(c.name, {a.tostype(c.left), other.tostype(c.right)})[0];
    EXPECT_EQ(y.stype(), c.result)
        << c.name << " of " << to_string(c.left) << " and " << to_string(c.right);
    expect_same(y, nd::invoke(c.name, {a, other})[0], c.name);
  }
  const NDArray sum = nd::add_n({a.tostype(kRows), b.tostype(kRows), a.tostype(kRows)});
  EXPECT_EQ(sum.stype(), kRows);
  expect_same(sum, nd::add_n({a, b, a}), "add_n");
}

// Of a sparse array and another of its shape they are the operators for equal shapes.
TEST(SparseOperators, PlusMinusTimes) {
  const NDArray a = some({6, 5}, 3), b = some({6, 5}, 4), row = some({1, 5}, 5);
  for (const StorageType stype : {kCsr, kRows}) {
    const NDArray x = a.tostype(stype), y = b.tostype(stype);
    for (const NDArray& z : {x + y, x - y, x * y}) EXPECT_EQ(z.stype(), stype);
    expect_same(x + y, a + b, "+");
    expect_same(x - y, a - b, "-");
    expect_same(x * y, a * b, "*");
    EXPECT_EQ((x * b).stype(), stype);
    EXPECT_TRUE((a * y).is_dense());
    EXPECT_TRUE((x + b).is_dense());
    EXPECT_TRUE((x + row).is_dense());
    expect_same(x + row, a + row, "a row");
    NDArray changed = x.copy();
    changed += y;
    EXPECT_EQ(changed.stype(), stype);
    expect_same(changed, a + b, "+=");
    changed *= b;
    EXPECT_EQ(changed.stype(), stype);
    expect_same(changed, (a + b) * b, "*=");
  }
}

// A row of the dense operand is met by every row of the csr one, and so on.
TEST(SparseOperators, CsrWithRowsAndColumns) {
  const NDArray a = some({6, 5}, 5);
  for (const Shape& shape : {Shape{1, 5}, Shape{6, 1}, Shape{5}, Shape{1}, Shape{1, 1}}) {
    const NDArray b = nd::ones(shape, float64) * 3.0 +
                      nd::arange(static_cast<double>(shape.size())).astype(float64).reshape(shape);
    for (const std::string name : {"broadcast_mul", "broadcast_div"}) {
      const NDArray y = nd::invoke(name, {a.tostype(kCsr), b})[0];
      EXPECT_EQ(y.stype(), kCsr);
      expect_same(y, nd::invoke(name, {a, b})[0], name);
    }
  }
  EXPECT_THAT(message_of([&] {
                nd::invoke("broadcast_mul", {a.tostype(kCsr), nd::ones({4}, float64)});
              }),
              HasSubstr("broadcast_mul"));
}

TEST(SparseOperators, Dot) {
  for (const DType dtype : {float64, float16, int32}) {
    for (const bool ta : {false, true}) {
      for (const bool tb : {false, true}) {
        const DotOptions o{.transpose_a = ta, .transpose_b = tb};
        const NDArray a = some(ta ? Shape{7, 5} : Shape{5, 7}, 6, dtype);
        const NDArray b = some(tb ? Shape{3, 7} : Shape{7, 3}, 7, dtype);
        const NDArray y = nd::dot(a, b, o);
        for (const auto left : {kDense, kCsr, kRows}) {
          for (const auto right : {kDense, kCsr, kRows}) {
            const std::string what = str(to_string(left), ta, " . ", to_string(right), tb);
            const NDArray z = nd::dot(a.tostype(left), b.tostype(right), o);
            expect_same(z, y, what);
            const bool rows = left == kCsr && ta && !tb && right != kCsr;
            const bool csr = left == kDense && right == kCsr && !ta;
            EXPECT_EQ(z.stype(), rows ? kRows : csr ? kCsr : kDense) << what;
          }
        }
      }
    }
  }
  const NDArray csr = some({4, 6}, 8).tostype(kCsr);
  const NDArray v = nd::arange(6).astype(float64);
  expect_same(nd::dot(csr, v), nd::dot(csr.tostype(kDense), v), "with a vector");
  expect_same(nd::dot(csr, nd::zeros({6, 0}, float64)), nd::zeros({4, 0}, float64), "no columns");
  for (const std::string stype : {"csr", "row_sparse", "default"}) {
    const NDArray y = nd::dot(csr, some({6, 3}, 9), {.forward_stype = stype});
    EXPECT_EQ(to_string(y.stype()), stype);
    EXPECT_EQ(
        to_string(nd::dot(v.reshape({2, 3}), v.reshape({3, 2}), {.forward_stype = stype}).stype()),
        stype);
  }
}

TEST(SparseOperators, DotHasGradients) {
  for (const bool ta : {false, true}) {
    for (const bool tb : {false, true}) {
      for (const bool left : {true, false}) {
        const DotOptions o{.transpose_a = ta, .transpose_b = tb};
        const NDArray a = some(ta ? Shape{7, 5} : Shape{5, 7}, 10);
        const NDArray b = some(tb ? Shape{3, 7} : Shape{7, 3}, 11);
        const NDArray w = (left ? b : a) + 1.0;
        const NDArray fixed = left ? a : b;
        std::vector<NDArray> gradients;
        for (const auto stype : {kDense, kCsr}) {
          w.attach_grad();
          const auto recording = autograd::record();
          const NDArray s = fixed.tostype(stype);
          const NDArray y = left ? nd::dot(s, w, o) : nd::dot(w, s, o);
          (y * y).backward();
          gradients.push_back(w.grad());
        }
        expect_same(gradients[1], gradients[0], str(ta, tb, left));
      }
    }
  }
  const NDArray w = nd::ones({7, 3}, float64);
  w.attach_grad(GradReq::write, kRows);
  {
    const auto recording = autograd::record();
    nd::dot(nd::array({{0, 0, 1, 0, 0, 2, 0}}, float64).tostype(kCsr), w).backward();
  }
  EXPECT_EQ(w.grad().stype(), kRows);
  EXPECT_EQ(w.grad().indices().to_vector<std::int64_t>(), (Places{2, 5}));
  EXPECT_EQ(w.grad().stored_values().to_vector<double>(), (Values{1, 1, 1, 2, 2, 2}));
}

TEST(SparseOperators, ScatterOnlyWhereSomethingIsStored) {
  const NDArray csr = nd::array({{0, 1}, {2, 0}}).tostype(kCsr);
  const NDArray rows = nd::array({{0, 1}, {0, 0}}).tostype(kRows);
  const auto plus = [](const NDArray& x) {
    return nd::invoke("_scatter_plus_scalar", {x}, {{"scalar", "1"}})[0].to_vector<double>();
  };
  EXPECT_EQ(plus(csr), (Values{0, 2, 3, 0}));
  EXPECT_EQ(plus(rows), (Values{1, 2, 0, 0}));
  EXPECT_EQ(plus(nd::array({0, 1})), (Values{1, 2}));
  const NDArray quotient =
      nd::invoke("_scatter_elemwise_div", {csr, nd::array({{0, 2}, {4, 0}})})[0];
  EXPECT_EQ(quotient.stype(), kCsr);
  EXPECT_EQ(quotient.to_vector<double>(), (Values{0, 0.5, 0.5, 0}));
}

TEST(SparseOperators, Sums) {
  const NDArray x = some({6, 5}, 12);
  for (const std::string name : {"sum", "mean", "norm", "_square_sum"}) {
    for (const std::string axis : {"()", "0", "1", "-1", "(0, 1)"}) {
      for (const std::string keep : {"0", "1"}) {
        for (const auto stype : {kCsr, kRows}) {
          const Attributes options{{"axis", axis}, {"keepdims", keep}};
          const NDArray y = nd::invoke(name, {x.tostype(stype)}, options)[0];
          expect_same(y, nd::invoke(name, {x}, options)[0], name + axis);
        }
      }
    }
  }
  EXPECT_EQ(
      nd::invoke("_square_sum", {x.tostype(kRows)}, {{"axis", "1"}, {"keepdims", "1"}})[0].stype(),
      kRows);
}

TEST(SparseOperators, Parts) {
  const NDArray x = some({6, 5}, 13), csr = x.tostype(kCsr);
  for (const SliceOptions& o :
       {SliceOptions{.begin = {1}, .end = {4}}, SliceOptions{.begin = {-2, 1}, .end = {{}, -1}},
        SliceOptions{.begin = {{}, {}}, .end = {3, 2}}, SliceOptions{.begin = {4}, .end = {2}}}) {
    const NDArray part = nd::slice(csr, o);
    EXPECT_EQ(part.stype(), kCsr);
    expect_same(part, nd::slice(x, o), "slice");
  }
  EXPECT_TRUE(nd::slice(csr, {.begin = {0}, .end = {6}, .step = {2}}).is_dense());
  for (const std::string mode : {"clip", "wrap"}) {
    const NDArray rows = nd::array({5, 0, 0, -1, 7});
    const NDArray named = nd::take(csr, rows, {.mode = mode});
    EXPECT_EQ(named.stype(), kCsr);
    expect_same(named, nd::take(x, rows, {.mode = mode}), "take");
  }
  const NDArray both = nd::concat({csr, csr}, {.dim = 0});
  EXPECT_EQ(both.stype(), kCsr);
  expect_same(both, nd::concat({x, x}, {.dim = 0}), "concat");
}

TEST(SparseOperators, Retain) {
  const NDArray x = some({6, 5}, 14), named = nd::array({5, 0, 0, 1});
  const NDArray kept = nd::sparse_retain(x.tostype(kRows), named);
  EXPECT_EQ(kept.stype(), kRows);
  expect_same(kept, nd::sparse_retain(x, named), "retain");
  // MXNet 1.9.1 stores the rows that were named, whether or not they were there.
  EXPECT_EQ(kept.indices().to_vector<std::int64_t>(), (Places{0, 1, 5}));
  for (const auto stype : {kDense, kRows}) {
    EXPECT_THAT(message_of([&] { nd::sparse_retain(x.tostype(stype), nd::array({6})); }),
                HasSubstr("below 6, got 6"));
    EXPECT_THAT(message_of([&] { nd::sparse_retain(x.tostype(stype), nd::array({-1})); }),
                HasSubstr("below 6, got -1"));
  }
}

TEST(SparseOperators, EmbeddingHasGradientsOfTheRowsNamed) {
  const NDArray data = nd::array({{4, 1}, {4, 4}});
  const NDArray w = some({6, 2}, 15);
  w.attach_grad(GradReq::write, kRows);
  for (int i = 0; i < 2; ++i) {
    const auto recording = autograd::record();
    nd::Embedding(data, w, {.input_dim = 6, .output_dim = 2, .sparse_grad = true}).backward();
  }
  EXPECT_EQ(w.grad().indices().to_vector<std::int64_t>(), (Places{1, 4}));
  EXPECT_EQ(w.grad().stored_values().to_vector<double>(), (Values{1, 1, 3, 3}));
  w.attach_grad(GradReq::add, kRows);
  for (int i = 0; i < 2; ++i) {
    const auto recording = autograd::record();
    nd::Embedding(data, w, {.input_dim = 6, .output_dim = 2, .sparse_grad = true}).backward();
  }
  EXPECT_EQ(w.grad().stored_values().to_vector<double>(), (Values{2, 2, 6, 6}));
}

TEST(SparseOperators, UpdatesPutRowsInOrder) {
  NDArray w = nd::sparse::unchecked_row_sparse(nd::array({{2}, {1}}), nd::array({1, 0}), {2, 1});
  const NDArray grad = nd::sparse::row_sparse_array(nd::array({{1}}), nd::array({1}), {2, 1});
  nd::invoke("sgd_update", {w, grad}, {{"lr", "1"}}, {w});
  EXPECT_EQ(w.to_vector<double>(), (Values{1, 1}));
}

// Only the rows of the gradient change, and these as by a dense one.
TEST(SparseOperators, UpdatesAreLazy) {
  struct Case {
    std::string name;
    int states;
  };
  const std::vector<Case> cases = {{"sgd_update", 0},
                                   {"sgd_mom_update", 1},
                                   {"adam_update", 2},
                                   {"_sparse_adagrad_update", 1},
                                   {"ftrl_update", 2}};
  const NDArray grad = some({6, 3}, 16);
  const NDArray rows = grad.tostype(kRows);
  const Places stored = rows.indices().to_vector<std::int64_t>();
  for (const Case& c : cases) {
    const auto run = [&](const NDArray& g, StorageType stype, const std::string& lazy) {
      NDArray w = nd::ones({6, 3}, float64).tostype(stype);
      std::vector<NDArray> in{w, g};
      for (int i = 0; i < c.states; ++i) {
        in.push_back(stype == kDense ? nd::zeros({6, 3}, float64)
                                     : nd::sparse::zeros(stype, {6, 3}, float64));
      }
      Attributes options{{"lr", "0.1"}, {"wd", "0.1"}};
      if (!lazy.empty()) options["lazy_update"] = lazy;
      for (int step = 0; step < 2; ++step) nd::invoke(c.name, in, options, {w});
      EXPECT_EQ(w.stype(), stype);
      return w.to_vector<double>();
    };
    const Values all = run(grad, kDense, "");
    for (const auto stype : {kDense, kRows}) {
      if (c.name == "ftrl_update" && stype == kDense) continue;
      const Values lazily = run(rows, stype, "");
      for (std::size_t i = 0; i < all.size(); ++i) {
        const bool there = std::count(stored.begin(), stored.end(), i / 3) > 0;
        EXPECT_EQ(lazily[i], there ? all[i] : 1) << c.name << ", element " << i;
      }
    }
    const bool may_be_eager = c.name.starts_with("sgd") || c.name.starts_with("adam");
    if (may_be_eager) {
      EXPECT_EQ(run(rows, kDense, "0"), all) << c.name;
    }
  }
}

}  // namespace
}  // namespace gluino
