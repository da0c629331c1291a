// Gradients of rows that are looked up: optimizers leave the other rows.
#include "module/support.h"

namespace gluino {
namespace {

Symbol looked_up() {
  const Symbol rows =
      sym::Embedding(sym::var("data"), sym::var("rows_weight"),
                     {.input_dim = 10, .output_dim = 4, .sparse_grad = true}, "rows");
  const Symbol out = sym::FullyConnected(rows, {.num_hidden = 1}, "fc");
  return sym::LinearRegressionOutput(out, sym::var("label"), {}, "out");
}

NDArray trained(int contexts, const kv::KVStoreRef& store, bool by_steps) {
  std::vector<Context> places;
  for (int i = 0; i < contexts; ++i) places.push_back(cpu(i));
  mod::Module module(looked_up(), {.label_names = {"label"}, .context = places});
  module.bind({{"data", {4}}}, {{"label", {4, 1}}});
  module.init_params({.initializer = init::One()});
  module.init_optimizer(
      {.kvstore = store,
       .optimizer_params = {
           {"learning_rate", 0.1}, {"momentum", 0.9}, {"wd", 0.1}, {"rescale_grad", 1.0 / 3}}});
  const std::vector<std::vector<float>> batches = {{1, 2, 3, 3}, {4, 5, 6, 6}, {1, 1, 1, 1}};
  for (const std::vector<float>& rows : batches) {
    const io::DataBatch batch{.data = {nd::from(rows, {4})}, .label = {nd::ones({4, 1})}};
    if (by_steps) {
      module.train_step(batch);
    } else {
      module.forward_backward(batch);
      module.update();
    }
  }
  return module.get_params().arg_params.at("rows_weight").T()[0];
}

// By MXNet 1.9.1: rows that a batch does not look up neither decay nor move by their momentum.
TEST(ModuleSparse, RowsThatAreNotLookedUpStay) {
  const std::vector<double> expected = {1,       0.800425, 0.89, 0.79, 0.97112,
                                        0.97112, 0.95224,  1,    1,    1};
  for (const int contexts : {1, 2}) {
    for (const bool by_steps : {false, true}) {
      SCOPED_TRACE(str(contexts, " contexts, ", by_steps ? "in steps" : "in parts"));
      testing::expect_near(trained(contexts, "local", by_steps), expected, 1e-5);
      testing::expect_near(trained(contexts, kv::create("local"), by_steps), expected, 1e-5);
    }
  }
}

}  // namespace
}  // namespace gluino
