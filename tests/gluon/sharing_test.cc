// What is shared with the arrays that a user holds, and what is copied.
#include <gluino/graph/sym.h>
#include <gluino/io/iterators/ndarray_iter.h>
#include <gluino/ops/elementwise/copies.h>

#include <functional>

#include "gluon/support.h"

namespace gluino {
namespace {

namespace nn = gluon::nn;
using testing::pattern;
using testing::TemporaryFile;

const Shape kShape = {3, 2};

nn::Dense layer_with(const NDArray& weight) {
  nn::Dense layer({.units = 3, .use_bias = false, .in_units = 2});
  layer.initialize(init::Zero());
  layer.weight().set_data(weight);
  return layer;
}

std::vector<float> values(const NDArray& array) { return array.to_vector<float>(); }

const std::vector<float> kNines(6, 9);

TEST(Sharing, DataIsTheArrayInUse) {
  auto layer = layer_with(pattern(kShape, 1));
  layer.weight().data().assign(9);
  EXPECT_EQ(values(layer.weight().data()), kNines);
  EXPECT_EQ(values(layer(nd::ones({1, 2}))), (std::vector<float>{18, 18, 18}));
}

// What gives a parameter its values, and keeps none of the arrays that these came from.
TEST(Sharing, ParametersAreCopiesOfWhatTheyAreSetTo) {
  const TemporaryFile file;
  const auto expected = values(pattern(kShape, 1));
  using Way = std::function<gluon::Parameter(const NDArray&)>;
  const std::vector<std::pair<const char*, Way>> ways = {
      {"set_data", [](const NDArray& source) { return layer_with(source).weight(); }},
      {"set_data of one that waits for its shape",
       [](const NDArray& source) {
         nn::Dense layer({.units = 3});
         layer.initialize();
         layer.weight().set_data(source);
         return layer.weight();
       }},
      {"load",
       [](const NDArray& source) {
         const nn::Dense layer({.units = 3});
         layer.weight().load(source, {cpu()});
         return layer.weight();
       }},
      {"an initializer that is given an array",
       [](const NDArray& source) {
         nn::Dense layer({.units = 3, .weight_initializer = init::Constant(source)});
         layer.initialize();
         source.assign(9);
         layer(nd::ones({1, 2}));
         return layer.weight();
       }},
      {"set_data from another parameter",
       [](const NDArray& source) {
         auto other = layer_with(source);
         const auto weight = layer_with(other.weight().data()).weight();
         other.weight().data().assign(9);
         return weight;
       }},
  };
  for (const auto& [name, set] : ways) {
    SCOPED_TRACE(name);
    const NDArray source = pattern(kShape, 1);
    const gluon::Parameter weight = set(source);
    source.assign(9);
    EXPECT_EQ(values(weight.data()), expected);
    weight.data().assign(1);
    EXPECT_EQ(values(source), kNines);
  }
}

TEST(Sharing, FilesAreReadIntoArraysOfTheirOwn) {
  const TemporaryFile file;
  auto saved = layer_with(pattern(kShape, 1));
  saved.save_parameters(file.path());
  saved.weight().data().assign(9);
  auto loaded = layer_with(pattern(kShape, 2));
  const NDArray in_use = loaded.weight().data();
  loaded.load_parameters(file.path());
  EXPECT_TRUE(in_use.same_as(loaded.weight().data()));
  EXPECT_EQ(values(in_use), values(pattern(kShape, 1)));
}

TEST(Sharing, CopiesOnSeveralContextsAreApart) {
  auto layer = layer_with(pattern(kShape, 1));
  layer.collect_params().reset_ctx({cpu(0), cpu(1)});
  layer.weight().data(cpu(1)).assign(9);
  EXPECT_EQ(values(layer.weight().data(cpu(0))), values(pattern(kShape, 1)));
  const NDArray moved = layer.weight().data(cpu(0));
  layer.collect_params().reset_ctx({cpu(0)});
  moved.assign(9);
  EXPECT_NE(values(layer.weight().data()), kNines);
}

// Parts along axis 0 are views, as in MXNet; a part for another context is a copy.
TEST(Sharing, PartsOfABatchAreViewsAtItsContext) {
  const NDArray batch = pattern({4, 2}, 0);
  const auto parts = gluon::utils::split_and_load(batch, {cpu(0), cpu(1)});
  batch.assign(9);
  EXPECT_EQ(values(parts[0]), (std::vector<float>{9, 9, 9, 9}));
  EXPECT_EQ(values(parts[1]), values(pattern({4, 2}, 0).slice(2, 4)));
}

// Rows that lie one after the other are views of the user's array, as in MXNet.
// As in MXNet: who writes to a batch does not change the data, nor the other way round.
TEST(Sharing, BatchesAreCopies) {
  const NDArray data = pattern({4, 2}, 0);
  io::NDArrayIter iter(data, {.batch_size = 2});
  io::DataBatch batch;
  ASSERT_TRUE(iter.next(batch));
  const std::vector<float> rows = values(batch.data[0]);
  data.assign(9);
  EXPECT_EQ(values(batch.data[0]), rows);
  batch.data[0].assign(5);
  EXPECT_EQ(values(data), std::vector<float>(8, 9));
}

TEST(Sharing, AMetricReadsAtOnce) {
  const NDArray label = nd::array({0, 1});
  const NDArray pred = nd::array({{1, 0}, {0, 1}});
  metric::Accuracy accuracy;
  accuracy.update(label, pred);
  label.assign(1);
  pred.assign(0);
  EXPECT_EQ(accuracy.get().second, 1);
}

}  // namespace
}  // namespace gluino
