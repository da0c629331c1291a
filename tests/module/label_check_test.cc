#include <gluino/ops/core/labels.h>

#include <cmath>

#include "module/support.h"

// A network's labels are looked at before it learns from them, unless it comes from a file, where
// everything means what it means in MXNet.
namespace gluino {
namespace {

io::NDArrayIter with_label(double label) {
  const NDArray labels = testing::ten_labels();
  labels.data<float>()[2] = static_cast<float>(label);
  return {testing::ten_samples(), labels, {.batch_size = 5}};
}

void fit(mod::Module& module, double label) {
  const testing::LogLines quiet;
  io::NDArrayIter data = with_label(label);
  module.fit(data, {.initializer = init::Xavier(), .num_epoch = 1});
}

TEST(LabelCheck, AModuleThatWasMadeInThisProgramRefusesThem) {
  for (const double label : std::vector<double>{2, -1, NAN}) {
    mod::Module module(testing::small_net());
    EXPECT_THAT(
        testing::message_of([&] { fit(module, label); }),
        ::testing::HasSubstr(str("label ", label, " at position (2) is outside the 2 classes")));
    const auto params = module.get_params().arg_params;
    EXPECT_THROW(fit(module, label), Error);
    testing::expect_same_bits(module.get_params().arg_params, params);
    const LabelCheck off(false);
    EXPECT_NO_THROW(fit(module, label));
  }
  mod::Module module(testing::small_net());
  EXPECT_NO_THROW(fit(module, 1));
}

TEST(LabelCheck, RunningMeansAreAsBefore) {
  for (const double label : std::vector<double>{7, NAN}) {
    mod::Module module(testing::net_with_states());
    fit(module, 1);
    const model::Params before = module.get_params();
    EXPECT_THROW(fit(module, label), Error);
    testing::expect_same_bits(module.get_params().aux_params, before.aux_params);
    testing::expect_same_bits(module.get_params().arg_params, before.arg_params);
  }
}

TEST(LabelCheck, AModuleFromAFileTakesThem) {
  mod::Module module(sym::load_json(testing::small_net().tojson()));
  const testing::LogLines quiet;
  io::NDArrayIter data = with_label(-1);
  // Accuracy, which is this program's, would look.
  EXPECT_NO_THROW(
      module.fit(data, {.eval_metric = "loss", .initializer = init::Xavier(), .num_epoch = 1}));
  // It has learnt from the others, and nothing became what is no number.
  double bias = 0;
  for (const auto& [name, array] : module.get_params().arg_params) {
    for (const double value : array.to_vector<double>()) {
      EXPECT_TRUE(std::isfinite(value)) << name;
      if (name.ends_with("bias")) bias += std::abs(value);
    }
  }
  EXPECT_GT(bias, 0);
}

}  // namespace
}  // namespace gluino
