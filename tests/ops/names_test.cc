#include <gluino/ops/elementwise/unary_functions-inl.h>
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::message_of;

// What MXNet 1.9.1 knows an operator by: its name in files, its other names, and what the automatic
// names of its nodes begin with, made in Python by the operator or function that stands for it.
struct Names {
  std::string name;
  std::vector<std::string> aliases;
  std::string hint;
};

// clang-format off
const std::vector<Names> kNames = {
    {"Activation", {}, "activation"},
    {"BatchNorm", {}, "batchnorm"},
    {"BlockGrad", {"stop_gradient"}, "blockgrad"},
    {"Cast", {"cast"}, "cast"},
    {"Concat", {"concat"}, "concat"},
    {"Convolution", {}, "convolution"},
    {"Deconvolution", {}, "deconvolution"},
    {"Dropout", {}, "dropout"},
    {"Embedding", {}, "embedding"},
    {"Flatten", {"flatten"}, "flatten"},
    {"FullyConnected", {}, "fullyconnected"},
    {"InstanceNorm", {}, "instancenorm"},
    {"L2Normalization", {}, "l2normalization"},
    {"LRN", {}, "lrn"},
    {"LayerNorm", {}, "layernorm"},
    {"LeakyReLU", {}, "leakyrelu"},
    {"LinearRegressionOutput", {}, "linearregressionoutput"},
    {"LogisticRegressionOutput", {}, "logisticregressionoutput"},
    {"MAERegressionOutput", {}, "maeregressionoutput"},
    {"MakeLoss", {}, "makeloss"},
    {"Pad", {"pad"}, "pad"},
    {"Pooling", {}, "pooling"},
    {"Reshape", {"reshape"}, "reshape"},
    {"SliceChannel", {"split"}, "slicechannel"},
    {"SoftmaxActivation", {}, "softmaxactivation"},
    {"SoftmaxOutput", {"Softmax"}, "softmaxoutput"},
    {"SwapAxis", {"swapaxes"}, "swapaxes"},
    {"UpSampling", {}, "upsampling"},
    {"_cond", {}, "_cond"},
    {"_copy", {"identity"}, "identity"},
    {"_copyto", {}, "_copyto"},
    {"_div_scalar", {"_DivScalar"}, "_divscalar"},
    {"_equal", {"_Equal"}, "_equal"},
    {"_equal_scalar", {"_EqualScalar"}, "_equal_scalar"},
    {"_foreach", {}, "_foreach"},
    {"_greater", {"_Greater"}, "_greater"},
    {"_greater_equal", {"_Greater_Equal"}, "_greater_equal"},
    {"_greater_equal_scalar", {"_GreaterEqualScalar"}, "_greater_equal_scalar"},
    {"_greater_scalar", {"_GreaterScalar"}, "_greater_scalar"},
    {"_hypot", {"_Hypot"}, "_hypot"},
    {"_hypot_scalar", {"_HypotScalar"}, "_hypotscalar"},
    {"_lesser", {"_Lesser"}, "_lesser"},
    {"_lesser_equal", {"_Lesser_Equal"}, "_lesser_equal"},
    {"_lesser_equal_scalar", {"_LesserEqualScalar"}, "_lesser_equal_scalar"},
    {"_lesser_scalar", {"_LesserScalar"}, "_lesser_scalar"},
    {"_logical_and", {"_Logical_And"}, "_logical_and"},
    {"_logical_and_scalar", {"_LogicalAndScalar"}, "_logical_and_scalar"},
    {"_logical_or", {"_Logical_Or"}, "_logical_or"},
    {"_logical_or_scalar", {"_LogicalOrScalar"}, "_logical_or_scalar"},
    {"_logical_xor", {"_Logical_Xor"}, "_logical_xor"},
    {"_logical_xor_scalar", {"_LogicalXorScalar"}, "_logical_xor_scalar"},
    {"_maximum", {"_Maximum"}, "_maximum"},
    {"_maximum_scalar", {"_MaximumScalar"}, "_maximumscalar"},
    {"_minimum", {"_Minimum"}, "_minimum"},
    {"_minimum_scalar", {"_MinimumScalar"}, "_minimumscalar"},
    {"_minus_scalar", {"_MinusScalar"}, "_minusscalar"},
    {"_mod", {"_Mod"}, "_mod"},
    {"_mod_scalar", {"_ModScalar"}, "_modscalar"},
    {"_mul_scalar", {"_MulScalar"}, "_mulscalar"},
    {"_not_equal", {"_Not_Equal"}, "_not_equal"},
    {"_not_equal_scalar", {"_NotEqualScalar"}, "_not_equal_scalar"},
    {"_plus_scalar", {"_PlusScalar"}, "_plusscalar"},
    {"_power", {"_Power"}, "_power"},
    {"_power_scalar", {"_PowerScalar"}, "_powerscalar"},
    {"_random_normal", {"normal", "random_normal"}, "_random_normal"},
    {"_random_uniform", {"random_uniform", "uniform"}, "_random_uniform"},
    {"_rdiv_scalar", {"_RDivScalar"}, "_rdivscalar"},
    {"_rminus_scalar", {"_RMinusScalar"}, "_rminusscalar"},
    {"_rmod_scalar", {"_RModScalar"}, "_rmodscalar"},
    {"_rpower_scalar", {"_RPowerScalar"}, "_rpower_scalar"},
    {"adam_update", {}, "adam_update"},
    {"add_n", {"ElementWiseSum"}, "add_n"},
    {"argmax", {}, "argmax"},
    {"argmin", {}, "argmin"},
    {"broadcast_add", {"broadcast_plus"}, "broadcast_add"},
    {"broadcast_div", {}, "broadcast_div"},
    {"broadcast_equal", {}, "broadcast_equal"},
    {"broadcast_greater", {}, "broadcast_greater"},
    {"broadcast_greater_equal", {}, "broadcast_greater_equal"},
    {"broadcast_hypot", {}, "broadcast_hypot"},
    {"broadcast_lesser", {}, "broadcast_lesser"},
    {"broadcast_lesser_equal", {}, "broadcast_lesser_equal"},
    {"broadcast_logical_and", {}, "broadcast_logical_and"},
    {"broadcast_logical_or", {}, "broadcast_logical_or"},
    {"broadcast_logical_xor", {}, "broadcast_logical_xor"},
    {"broadcast_maximum", {}, "broadcast_maximum"},
    {"broadcast_minimum", {}, "broadcast_minimum"},
    {"broadcast_mod", {}, "broadcast_mod"},
    {"broadcast_mul", {}, "broadcast_mul"},
    {"broadcast_not_equal", {}, "broadcast_not_equal"},
    {"broadcast_power", {}, "broadcast_power"},
    {"broadcast_sub", {"broadcast_minus"}, "broadcast_sub"},
    {"broadcast_to", {}, "broadcast_to"},
    {"clip", {}, "clip"},
    {"dot", {}, "dot"},
    {"elemwise_add", {"_Plus", "_add", "_plus"}, "_plus"},
    {"elemwise_div", {"_Div", "_div"}, "_div"},
    {"elemwise_mul", {"_Mul", "_mul"}, "_mul"},
    {"elemwise_sub", {"_Minus", "_minus", "_sub"}, "_minus"},
    {"expand_dims", {}, "expand_dims"},
    {"ftrl_update", {}, "ftrl_update"},
    {"log_softmax", {}, "log_softmax"},
    {"make_loss", {}, "make_loss"},
    {"max", {"max_axis"}, "max"},
    {"mean", {}, "mean"},
    {"min", {"min_axis"}, "min"},
    {"nag_mom_update", {}, "nag_mom_update"},
    {"norm", {}, "norm"},
    {"one_hot", {}, "one_hot"},
    {"ones_like", {}, "ones_like"},
    {"pick", {"choose_element_0index"}, "pick"},
    {"prod", {}, "prod"},
    {"repeat", {}, "repeat"},
    {"rmsprop_update", {}, "rmsprop_update"},
    {"rmspropalex_update", {}, "rmspropalex_update"},
    {"sgd_mom_update", {}, "sgd_mom_update"},
    {"sgd_update", {}, "sgd_update"},
    {"signsgd_update", {}, "signsgd_update"},
    {"signum_update", {}, "signum_update"},
    {"slice", {"crop"}, "slice"},
    {"slice_axis", {}, "slice_axis"},
    {"smooth_l1", {}, "smooth_l1"},
    {"softmax", {}, "softmax"},
    {"softmax_cross_entropy", {}, "softmax_cross_entropy"},
    {"squeeze", {}, "squeeze"},
    {"stack", {}, "stack"},
    {"sum", {"sum_axis"}, "sum"},
    {"take", {}, "take"},
    {"_while_loop", {}, "_while_loop"},
    {"tile", {}, "tile"},
    {"transpose", {}, "transpose"},
    {"where", {}, "where"},
    {"zeros_like", {}, "zeros_like"},
    {"Custom", {}, "custom"},
};
// clang-format on

// Operators that MXNet does not have.
const std::set<std::string> kOwn = {"adagrad_update", "adadelta_update", "adamax_update",
                                    "digamma"};

TEST(Names, AreThoseOfMxnet) {
  std::map<std::string, const Names*> known;
  for (const Names& names : kNames) known[names.name] = &names;
  for (const Op* op : Op::all()) {
    SCOPED_TRACE(op->name);
    if (kOwn.contains(op->name) || op->name.starts_with("_fused")) continue;
    // The table of elementwise functions has MXNet's names alone.
    const auto functions = unary_functions();
    if (std::any_of(functions.begin(), functions.end(),
                    [&](const UnaryFunction& function) { return function.name == op->name; })) {
      EXPECT_TRUE(op->aliases.empty());
      EXPECT_EQ(op->hint, op->name);
      continue;
    }
    ASSERT_TRUE(known.contains(op->name)) << "not in the table of MXNet's names";
    auto aliases = op->aliases;
    std::sort(aliases.begin(), aliases.end());
    EXPECT_EQ(aliases, known[op->name]->aliases);
    EXPECT_EQ(op->hint, known[op->name]->hint);
  }
}

TEST(Names, AnAliasCallsTheOperator) {
  for (const Op* op : Op::all()) {
    for (const std::string& alias : op->aliases) EXPECT_EQ(&Op::get(alias), op) << alias;
  }
}

// As many as the running sum node_row_ptr of a file counts.
TEST(Names, OutputsInFilesAreCountedAsByMxnet) {
  const auto count = [](const char* name, const Attributes& attributes) {
    const Op& op = Op::get(name);
    return op.num_outputs_in_files(op.parse_options(attributes).get());
  };
  EXPECT_EQ(count("BatchNorm", {}), 3);
  EXPECT_EQ(count("Dropout", {}), 2);
  EXPECT_EQ(count("Pooling", {{"kernel", "(2, 2)"}}), 2);
  EXPECT_EQ(count("Pooling", {{"kernel", "(2, 2)"}, {"pool_type", "avg"}}), 1);
  EXPECT_EQ(count("Pooling", {{"global_pool", "True"}}), 1);
  EXPECT_EQ(count("SliceChannel", {{"num_outputs", "4"}}), 4);
  EXPECT_EQ(count("LayerNorm", {}), 3);
  EXPECT_EQ(count("InstanceNorm", {}), 3);
  EXPECT_EQ(count("L2Normalization", {}), 2);
  EXPECT_EQ(count("LRN", {{"nsize", "3"}}), 2);
  EXPECT_EQ(count("softmax_cross_entropy", {}), 1);
  EXPECT_EQ(count("SoftmaxOutput", {}), 1);
}

TEST(Names, AttributesThatMeanNothingHereAreTolerated) {
  const Op& op = Op::get("Convolution");
  const Attributes needed = {{"kernel", "(3, 3)"}, {"num_filter", "2"}};
  Attributes attributes = needed;
  attributes.insert({{"workspace", "512"}, {"cudnn_tune", "off"}, {"layout", "None"}});
  EXPECT_EQ(op.format_options(op.parse_options(attributes).get()), needed);
  attributes["layout"] = "NHWC";
  EXPECT_EQ(message_of([&] { op.parse_options(attributes); }),
            "[Convolution] layout: expected one of None, NCHW, NCW, got \"NHWC\"");
}

}  // namespace
}  // namespace gluino
