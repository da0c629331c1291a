#include <gluino/autograd/autograd.h>
#include <gluino/gluon/parameter.h>
#include <gluino/gluon/trainer.h>
#include <gluino/initializer/initializer.h>
#include <gluino/ndarray/sparse_array.h>
#include <gluino/ops/nd.h>
#include <gtest/gtest.h>

#include <vector>

namespace gluino {
namespace {

using Values = std::vector<double>;
using Places = std::vector<std::int64_t>;

// At several places, whose gradients have other rows: of the others, nothing changes.
TEST(SparseGradients, TrainTheRowsThatWereUsed) {
  const std::vector<Context> places{cpu(0), cpu(1)};
  const gluon::Parameter weight("weight", {.shape = {5, 1}, .grad_stype = StorageType::row_sparse});
  gluon::ParameterDict params;
  params.add(weight);
  weight.initialize(init::One(), places);
  gluon::Trainer trainer(params, "sgd", {{"learning_rate", 0.5}, {"wd", 1.0}});
  for (int step = 0; step < 2; ++step) {
    std::vector<NDArray> losses;
    const auto recording = autograd::record();
    for (const Context& place : places) {
      const NDArray rows = nd::array({place == places[0] ? 1.0 : 2.0, 4.0}, float32, place);
      losses.push_back(nd::Embedding(rows, weight.data(place),
                                     {.input_dim = 5, .output_dim = 1, .sparse_grad = true}));
    }
    autograd::backward(losses);
    EXPECT_EQ(weight.grad(places[1]).indices().to_vector<std::int64_t>(), (Places{2, 4}));
    const auto pause = autograd::pause();
    trainer.step(1);
  }
  // w -= 0.5 * (g + w), twice
  for (const Context& place : places) {
    EXPECT_EQ(weight.data(place).to_vector<double>(), (Values{1, -0.5, -0.5, 1, -1.25}));
  }
}

}  // namespace
}  // namespace gluino
