// What was moved from is as usable as what was copied from.
#include <gluino/gluino.h>
#include <gtest/gtest.h>

#include <utility>

namespace gluino::gluon {
namespace {

class Net : public HybridBlock {
 public:
  NDArray forward(const NDArray& x) override { return fc(x); }

 private:
  Child<nn::Dense> fc = child<nn::Dense>("fc", {.units = 2, .activation = "relu"});
};

// NOLINTBEGIN(bugprone-use-after-move): that is what they are about

TEST(MovedFrom, BlocksHaveTheirLayersAndParameters) {
  Net net;
  Net taken = std::move(net);
  net.initialize();
  const NDArray x = nd::ones({3, 4});
  EXPECT_EQ(net(x).to_vector<float>(), taken(x).to_vector<float>());
  nn::Dense dense({.units = 2, .in_units = 4});
  const nn::Dense other = std::move(dense);
  dense.initialize();
  EXPECT_EQ(dense(x).shape(), Shape({3, 2}));
  EXPECT_TRUE(dense.weight().same_as(other.weight()));
}

TEST(MovedFrom, FrozenGraphsAreTheSame) {
  Net net;
  net.initialize();
  const NDArray x = nd::ones({3, 4});
  FrozenGraph frozen = net.freeze(x);
  const FrozenGraph taken = std::move(frozen);
  EXPECT_EQ(frozen(x).to_vector<float>(), taken(x).to_vector<float>());
}

TEST(MovedFrom, TrainersGoOn) {
  nn::Dense net({.units = 1, .in_units = 1});
  net.initialize(init::One());
  Trainer trainer(net.collect_params(), "sgd", {{"learning_rate", 0.5}});
  Trainer taken = std::move(trainer);
  for (Trainer* each : {&trainer, &taken}) {
    NDArray y;
    {
      const auto recording = autograd::record();
      y = net(nd::ones({1, 1}));
    }
    y.backward();
    each->step(1);
  }
  EXPECT_EQ(net.weight().data().asscalar(), 0);
  EXPECT_EQ(trainer.learning_rate(), 0.5);
  optimizer::Updater updater = optimizer::get_updater(optimizer::create("sgd"));
  const optimizer::Updater other = std::move(updater);
  EXPECT_EQ(&updater.optimizer(), &other.optimizer());
}

TEST(MovedFrom, DataSetsAndLoadersAreTheSame) {
  data::ArrayDataset rows(nd::ones({4, 2}));
  const data::ArrayDataset taken = std::move(rows);
  EXPECT_EQ(rows.size(), 4);
  data::DataLoader loader(rows, {.batch_size = 2});
  const data::DataLoader other = std::move(loader);
  EXPECT_EQ(loader.size(), other.size());
  auto batches = loader.begin();
  const auto along = std::move(batches);
  EXPECT_EQ((*batches)[0].shape(), Shape({2, 2}));
}

TEST(MovedFrom, ListsAreEmpty) {
  const NDArray x = nd::ones(1);
  Nested nested = {x, {x, x}};
  const Nested taken = std::move(nested);
  EXPECT_EQ(taken.size(), 2U);
  EXPECT_EQ(nested.size(), 0U);
  EXPECT_EQ(nested.to_string(), "[]");
  EXPECT_TRUE(nested.flatten().empty());
  nested = taken;
  EXPECT_EQ(nested.size(), 2U);
}

// NOLINTEND(bugprone-use-after-move)

}  // namespace
}  // namespace gluino::gluon
