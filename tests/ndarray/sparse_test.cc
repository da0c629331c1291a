#include <gluino/base/file.h>
#include <gluino/gluino.h>
#include <gluino/ndarray/sparse_array.h>
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <filesystem>

#include "ops/support.h"

// Arrays of which only some rows or elements are stored.
namespace gluino {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using Values = std::vector<double>;
using Places = std::vector<std::int64_t>;

const NDArray kMatrix = nd::array({{0, 0, 1}, {0, 0, 0}, {2, 0, 3}});

TEST(Sparse, StoresWhatIsNotZero) {
  const NDArray csr = kMatrix.tostype(StorageType::csr);
  EXPECT_EQ(csr.stype(), StorageType::csr);
  EXPECT_EQ(csr.shape(), (Shape{3, 3}));
  EXPECT_EQ(csr.stored_values().to_vector<double>(), (Values{1, 2, 3}));
  EXPECT_EQ(csr.indices().to_vector<std::int64_t>(), (Places{2, 0, 2}));
  EXPECT_EQ(csr.indptr().to_vector<std::int64_t>(), (Places{0, 1, 1, 3}));
  const NDArray rows = kMatrix.tostype(StorageType::row_sparse);
  EXPECT_EQ(rows.stored_values().to_vector<double>(), (Values{0, 0, 1, 2, 0, 3}));
  EXPECT_EQ(rows.indices().to_vector<std::int64_t>(), (Places{0, 2}));
  EXPECT_EQ(rows.to_string(), "\n<RowSparseNDArray 3x3 @cpu(0)>");
  EXPECT_EQ(csr.to_string(), "\n<CSRNDArray 3x3 @cpu(0)>");
}

TEST(Sparse, PartsOutliveWhatTheyWereAskedOf) {
  const NDArray& values = kMatrix.tostype(StorageType::csr).stored_values();
  EXPECT_EQ(values.to_vector<double>(), (Values{1, 2, 3}));
  const NDArray rows = kMatrix.tostype(StorageType::row_sparse);
  const NDArray& places = rows.indices();
  rows.assign(0.0);
  EXPECT_EQ(places.to_vector<std::int64_t>(), (Places{0, 2}));
}

// Any matrix, in any type, stored in any way, is the same matrix.
RC_GTEST_PROP(Sparse, KeepsEveryElement, ()) {
  const auto rows = *rc::gen::inRange(0, 5);
  const auto columns = *rc::gen::inRange(0, 5);
  const auto numbers = *rc::gen::container<std::vector<int>>(
      static_cast<std::size_t>(rows * columns), rc::gen::inRange(-1, 2));
  const auto dtype = *rc::gen::element(float32, float64, float16, bfloat16, int8, int32, int64);
  const NDArray dense = nd::from(numbers, Shape{rows, columns}).astype(dtype);
  const auto way = rc::gen::element(StorageType::dense, StorageType::csr, StorageType::row_sparse);
  const NDArray stored = dense.tostype(*way).tostype(*way);
  RC_ASSERT(stored.to_vector<double>() == dense.to_vector<double>());
  RC_ASSERT(stored.tostype(StorageType::dense).dtype() == dtype);
  RC_ASSERT(stored.shape() == dense.shape());
}

// Operators that have no kernel for it get a dense copy.
TEST(Sparse, EveryOperatorTakesItsElements) {
  for (const auto stype : {StorageType::csr, StorageType::row_sparse}) {
    const NDArray x = kMatrix.tostype(stype);
    EXPECT_EQ((x + x).to_vector<double>(), (kMatrix + kMatrix).to_vector<double>());
    EXPECT_EQ(nd::dot(x, kMatrix).to_vector<double>(),
              nd::dot(kMatrix, kMatrix).to_vector<double>());
    EXPECT_EQ(x.sum().asscalar(), 6);
    EXPECT_EQ(x.astype(float64).to_vector<double>(), kMatrix.to_vector<double>());
    const NDArray y = nd::zeros({3, 3});
    y.assign(x);
    EXPECT_EQ(y.to_vector<double>(), kMatrix.to_vector<double>());
    const NDArray w = nd::ones({3, 3});
    w.attach_grad();
    {
      const auto recording = autograd::record();
      (w * x).backward();
    }
    EXPECT_EQ(w.grad().to_vector<double>(), kMatrix.to_vector<double>());
  }
}

TEST(Sparse, IsMadeOfItsParts) {
  const NDArray rows =
      nd::sparse::row_sparse_array(nd::array({{1, 2}}), nd::array({2}), Shape{4, 2});
  EXPECT_EQ(rows.to_vector<double>(), (Values{0, 0, 0, 0, 1, 2, 0, 0}));
  const NDArray csr = nd::sparse::csr_matrix(nd::array({5, 6}), nd::array({0, 2, 2}),
                                             nd::array({0, 3}), Shape{2, 4});
  EXPECT_EQ(csr.to_vector<double>(), (Values{5, 0, 0, 6, 0, 0, 0, 0}));
  for (const auto stype : {StorageType::dense, StorageType::csr, StorageType::row_sparse}) {
    const NDArray none = nd::sparse::zeros(stype, {2, 3}, float64);
    EXPECT_EQ(none.stype(), stype);
    EXPECT_EQ(none.to_vector<double>(), Values(6, 0));
    EXPECT_EQ(parse_stype(to_string(stype)), stype);
  }
}

TEST(Sparse, PartsThatDoNotFitAreRefused) {
  const auto rows = [](const NDArray& values, const NDArray& places) {
    return message_of([&] { nd::sparse::row_sparse_array(values, places, {4, 2}); });
  };
  EXPECT_THAT(rows(nd::ones({2, 2}), nd::array({1})), HasSubstr("expected values of shape (1, 2)"));
  EXPECT_THAT(rows(nd::ones({1, 2}), nd::array({4})), HasSubstr("below 4, got 4"));
  EXPECT_THAT(rows(nd::ones({2, 2}), nd::array({2, 1})), HasSubstr("got 1 after 2"));
  EXPECT_THAT(rows(nd::ones({1, 2}), nd::array({-1})), HasSubstr("got -1"));
  const auto csr = [](const NDArray& values, const NDArray& starts, const NDArray& columns) {
    return message_of([&] { nd::sparse::csr_matrix(values, starts, columns, {2, 3}); });
  };
  EXPECT_THAT(csr(nd::ones({2}), nd::array({0, 1}), nd::array({0, 1})), HasSubstr("expected 3"));
  EXPECT_THAT(csr(nd::ones({2}), nd::array({0, 3, 2}), nd::array({0, 1})), HasSubstr("growing"));
  EXPECT_THAT(csr(nd::ones({2}), nd::array({0, 2, 2}), nd::array({0, 3})), HasSubstr("below 3"));
  EXPECT_THAT(csr(nd::ones({2}), nd::array({0, 2, 2}), nd::array({1, 1})), HasSubstr("after 1"));
  EXPECT_THAT(message_of([] {
                nd::ones({2, 2, 2}).tostype(StorageType::csr);
              }),
              HasSubstr("only a matrix"));
}

// As MXNet's, it is made of copies.
TEST(Sparse, KeepsWhatItWasMadeOf) {
  const NDArray values = nd::array({{1, 2}}), places = nd::array({2}).astype(int64);
  const NDArray rows = nd::sparse::row_sparse_array(values, places, Shape{4, 2});
  values.assign(7.0);
  places.assign(100.0);
  EXPECT_EQ(rows.to_vector<double>(), (Values{0, 0, 0, 0, 1, 2, 0, 0}));
}

// Another way of storage is an operator where it is recorded; values that are recorded are refused.
TEST(Sparse, GradientsGoThroughStorage) {
  const NDArray x = kMatrix.copy();
  x.attach_grad();
  for (const auto stype : {StorageType::csr, StorageType::row_sparse}) {
    {
      const auto recording = autograd::record();
      const NDArray stored = (x * 2.0).tostype(stype);
      EXPECT_EQ(stored.stype(), stype);
      (stored * kMatrix).backward();
    }
    EXPECT_EQ(x.grad().to_vector<double>(), (kMatrix * 2.0).to_vector<double>());
  }
  const auto recording = autograd::record();
  EXPECT_THAT(message_of([&] {
                nd::sparse::row_sparse_array(x * 2.0, nd::array({0, 1, 2}), Shape{3, 3});
              }),
              HasSubstr("detach()"));
}

// A gradient is stored as the array is, or as it is asked for.
TEST(Sparse, HasGradients) {
  const NDArray w = kMatrix.tostype(StorageType::row_sparse);
  w.attach_grad();
  EXPECT_EQ(w.grad().stype(), StorageType::row_sparse);
  const NDArray grad = w.grad();
  for (int i = 1; i <= 2; ++i) {
    {
      const auto recording = autograd::record();
      (w * w).backward();
    }
    EXPECT_EQ(grad.to_vector<double>(), (kMatrix * 2.0).to_vector<double>());
    EXPECT_EQ(grad.indices().to_vector<std::int64_t>(), (Places{0, 2}));
  }
  w.attach_grad(GradReq::add, StorageType::dense);
  for (int i = 1; i <= 2; ++i) {
    {
      const auto recording = autograd::record();
      (w * w).backward();
    }
    EXPECT_EQ(w.grad().to_vector<double>(), (kMatrix * (2.0 * i)).to_vector<double>());
  }
}

// It is changed in place as a whole; who else holds what it stored keeps that.
TEST(Sparse, IsAssigned) {
  for (const auto stype : {StorageType::csr, StorageType::row_sparse}) {
    const NDArray x = nd::sparse::zeros(stype, {3, 3});
    const NDArray same = x, before = x.detach();
    x.assign(kMatrix);
    EXPECT_EQ(same.to_vector<double>(), kMatrix.to_vector<double>());
    EXPECT_EQ(before.to_vector<double>(), Values(9, 0));
    x.assign(nd::array({1, 0, 2}));
    EXPECT_EQ(same.to_vector<double>(), (Values{1, 0, 2, 1, 0, 2, 1, 0, 2}));
    const NDArray other = kMatrix.tostype(stype);
    x.assign(other);
    other.stored_values().assign(7.0);
    EXPECT_EQ(same.to_vector<double>(), kMatrix.to_vector<double>());
    x.assign(2.0);
    EXPECT_EQ(same.to_vector<double>(), Values(9, 2));
    x.assign(0.0);
    EXPECT_EQ(same.stored_values().size(), 0);
    EXPECT_EQ(same.stype(), stype);
  }
}

// What is in no order is put in order where that matters; what does not fit is told.
TEST(Sparse, PartsMayBeInAnyOrder) {
  const NDArray csr = nd::sparse::unchecked_csr(nd::array({1, 2, 3}), nd::array({0, 2, 2, 3}),
                                                nd::array({2, 1, 1}), {3, 4});
  const Values elements{0, 2, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0};
  EXPECT_EQ(csr.to_vector<double>(), elements);
  EXPECT_EQ((csr + csr).tostype(StorageType::dense).to_vector<double>(),
            (nd::from(elements) * 2.0).to_vector<double>());
  EXPECT_THAT(message_of([&] { nd::sparse::check_format(csr); }), HasSubstr("growing"));
  const NDArray rows =
      nd::sparse::unchecked_row_sparse(nd::array({{1}, {2}}), nd::array({2, 0}), {3, 1});
  EXPECT_EQ(rows.to_vector<double>(), (Values{2, 0, 1}));
  EXPECT_EQ((rows + rows).to_vector<double>(), (Values{4, 0, 2}));
  EXPECT_THAT(message_of([&] { nd::sparse::check_format(rows); }), HasSubstr("growing"));
  const NDArray outside =
      nd::sparse::unchecked_row_sparse(nd::array({{1}}), nd::array({3}), {3, 1});
  EXPECT_THAT(message_of([&] { outside.to_vector<double>(); }), HasSubstr("below 3, got 3"));
  EXPECT_THAT(message_of([&] { (outside + outside).size(); }), HasSubstr("below 3, got 3"));
  EXPECT_EQ(nd::sparse::parts_of(outside).indices.to_vector<std::int64_t>(), (Places{3}));
}

// What a sparse array cannot do is told.
TEST(Sparse, WhatNeedsDenseElementsSaysSo) {
  const NDArray x = kMatrix.tostype(StorageType::csr);
  EXPECT_THAT(message_of([&] { x.data(); }), HasSubstr("stored as csr"));
  EXPECT_THAT(message_of([&] { x.reshape({9}); }), HasSubstr("stored as csr"));
  nd::invoke("broadcast_add", {kMatrix, kMatrix}, {}, {x});
  EXPECT_EQ(x.to_vector<double>(), (kMatrix * 2.0).to_vector<double>());
  const NDArray w = nd::ones({3, 3}), state = x;
  EXPECT_THAT(message_of([&] {
                nd::invoke("sgd_mom_update", {w, w, state}, {{"lr", "0.1"}}, {w});
              }),
              HasSubstr("must be dense"));
  EXPECT_THAT(message_of([&] { kMatrix.indices(); }), HasSubstr("dense"));
}

// Files hold what is stored.
TEST(Sparse, FilesHoldIt) {
  for (const auto stype : {StorageType::csr, StorageType::row_sparse}) {
    const NDArray wide = nd::zeros({100, 100});
    wide[7].assign(nd::arange(100));
    const std::string path = ::testing::TempDir() + "/gluino_sparse_test.params";
    nd::save(path, {{"x", wide.tostype(stype)}});
    EXPECT_LT(read_file(path).size(), 4000U);  // of 40,000 bytes
    const NDArray loaded = nd::load(path).at(0).second;
    EXPECT_EQ(loaded.stype(), stype);
    EXPECT_EQ(loaded.to_vector<double>(), wide.to_vector<double>());
    const NDArray dense = nd::load_dense(path).at(0).second;
    EXPECT_TRUE(dense.is_dense());
    EXPECT_EQ(dense.to_vector<double>(), wide.to_vector<double>());
    std::filesystem::remove(path);
  }
}

// MXNet writes how much is stored before an operator that still runs has found out.
TEST(Sparse, FilesMayNotSayHowMuchIsStored) {
  for (const auto stype : {StorageType::csr, StorageType::row_sparse}) {
    std::string bytes = nd::save_tobuffer({{"x", kMatrix.tostype(stype)}});
    constexpr std::size_t kCount = 24 + 12;  // behind the list's header, version, storage, axes
    ASSERT_EQ(bytes[kCount], stype == StorageType::csr ? 3 : 2);
    bytes[kCount] = 0;
    const NDArray loaded = nd::load_frombuffer(bytes)[0].second;
    EXPECT_EQ(loaded.stype(), stype);
    EXPECT_EQ(loaded.to_vector<double>(), kMatrix.to_vector<double>());
  }
}

TEST(Sparse, StandsAtOnePlace) {
  const ContextScope elsewhere(cpu(1));
  for (const auto stype : {StorageType::csr, StorageType::row_sparse}) {
    const NDArray x = kMatrix.tostype(stype);
    EXPECT_EQ(x.context(), cpu(0));
    EXPECT_EQ(x.indices().context(), cpu(0));
    EXPECT_EQ(x.detach().to_vector<double>(), kMatrix.to_vector<double>());
  }
  EXPECT_EQ(kMatrix.tostype(StorageType::csr).indptr().context(), cpu(0));
}

// In compiled graphs, and as the gradient of a head.
TEST(Sparse, IsTakenWhereverDenseOnesAre) {
  const NDArray x = nd::ones({3, 3});
  x.attach_grad();
  const CachedOp product(sym::var("x") * sym::var("s"));
  NDArray y;
  {
    const auto recording = autograd::record();
    const NDArray inputs[] = {x, kMatrix.tostype(StorageType::csr)};
    y = product(inputs)[0];
  }
  y.backward(kMatrix.tostype(StorageType::row_sparse));
  EXPECT_EQ(x.grad().to_vector<double>(), (kMatrix * kMatrix).to_vector<double>());
}

}  // namespace
}  // namespace gluino
