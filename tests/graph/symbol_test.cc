#include <gluino/graph/sym.h>
#include <gmock/gmock.h>

#include "graph/mxnet_json.h"
#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;

Symbol lenet() {
  const sym::NameManager names;
  const Symbol data = sym::var("data");
  const auto conv1 = sym::Convolution(data, {.kernel = {5, 5}, .num_filter = 20});
  const auto tanh1 = sym::Activation(conv1, {.act_type = "tanh"});
  const auto pool1 = sym::Pooling(tanh1, {.kernel = {2, 2}, .pool_type = "max", .stride = {2, 2}});
  const auto conv2 = sym::Convolution(pool1, {.kernel = {5, 5}, .num_filter = 50});
  const auto tanh2 = sym::Activation(conv2, {.act_type = "tanh"});
  const auto pool2 = sym::Pooling(tanh2, {.kernel = {2, 2}, .pool_type = "max", .stride = {2, 2}});
  const auto fc1 = sym::FullyConnected(sym::flatten(pool2), {.num_hidden = 500});
  const auto tanh3 = sym::Activation(fc1, {.act_type = "tanh"});
  const auto fc2 = sym::FullyConnected(tanh3, {.num_hidden = 10});
  return sym::SoftmaxOutput(fc2, {}, "softmax");
}

Symbol mlp() {
  const Symbol data = sym::var("data");
  const auto fc1 = sym::FullyConnected(data, {.num_hidden = 128}, "fc1");
  const auto fc2 = sym::FullyConnected(sym::relu(fc1), {.num_hidden = 10}, "fc2");
  return sym::SoftmaxOutput(fc2, {}, "softmax");
}

TEST(Symbol, ListsArgumentsInTheOrderOfTheGraph) {
  EXPECT_THAT(mlp().list_arguments(), ElementsAre("data", "fc1_weight", "fc1_bias", "fc2_weight",
                                                  "fc2_bias", "softmax_label"));
  EXPECT_THAT(mlp().list_outputs(), ElementsAre("softmax_output"));
  EXPECT_EQ(mlp().name(), "softmax");
}

TEST(Symbol, StatesAreNoArguments) {
  const auto bn = sym::BatchNorm(sym::var("x"), {}, "bn");
  EXPECT_THAT(bn.list_arguments(), ElementsAre("x", "bn_gamma", "bn_beta"));
  EXPECT_THAT(bn.list_auxiliary_states(), ElementsAre("bn_moving_mean", "bn_moving_var"));
  EXPECT_THAT(bn.list_outputs(), ElementsAre("bn_output"));
}

TEST(Symbol, OutputsOfWhichThereMayBeSeveralHaveMXNetsNames) {
  const auto names = [](const char* op, const Attributes& options) {
    return sym::invoke(op, std::vector<Symbol>{sym::var("x")}, options, "n").list_outputs();
  };
  EXPECT_THAT(names("SliceChannel", {{"num_outputs", "1"}}), ElementsAre("n_output0"));
  EXPECT_THAT(names("SliceChannel", {{"num_outputs", "2"}}), ElementsAre("n_output0", "n_output1"));
  EXPECT_THAT(names("topk", {{"ret_typ", "value"}}), ElementsAre("n_output0"));
  EXPECT_THAT(names("topk", {{"ret_typ", "indices"}}), ElementsAre("n_output"));
  EXPECT_THAT(names("_npi_hsplit", {{"indices", "(0,)"}}), ElementsAre("n_output"));
  EXPECT_THAT(names("_npi_hsplit", {{"indices", "(0, 1)"}}), ElementsAre("n_output0", "n_output1"));
  EXPECT_THAT(names("_np_atleast_1d", {{"num_args", "1"}}), ElementsAre("n_output"));
}

TEST(Symbol, InternalsAndChildren) {
  const auto net = mlp();
  const auto internals = net.get_internals();
  EXPECT_EQ(internals["fc1_output"].list_arguments().size(), 3u);
  EXPECT_THAT(net.get_children().list_outputs(), ElementsAre("fc2_output", "softmax_label"));
  EXPECT_FALSE(sym::var("x").get_children().defined());
  EXPECT_THAT(message_of([&] { internals["fc9_output"]; }), HasSubstr("fc9_output"));
}

TEST(Symbol, IsShownAsMXNetShowsIt) {
  const Symbol fc = sym::FullyConnected(sym::var("x"), {.num_hidden = 4}, "fc");
  const auto halves = sym::split(fc, {.num_outputs = 2}, "halves");
  const Symbol net = sym::Group({halves[1], sym::BatchNorm(halves[0], {}, "bn")});
  EXPECT_EQ(net.debug_str(),
            "Symbol Outputs:\n\toutput[0]=halves(1)\n\toutput[1]=bn(0)\n"
            "Variable:x\nVariable:fc_weight\nVariable:fc_bias\n"
            "--------------------\nOp:FullyConnected, Name=fc\nInputs:\n"
            "\targ[0]=x(0) version=0\n\targ[1]=fc_weight(0) version=0\n"
            "\targ[2]=fc_bias(0) version=0\nAttrs:\n\tnum_hidden=4\n"
            "--------------------\nOp:SliceChannel, Name=halves\nInputs:\n\targ[0]=fc(0)\n"
            "Attrs:\n\tnum_outputs=2\n"
            "Variable:bn_gamma\nVariable:bn_beta\nVariable:bn_moving_mean\n"
            "Variable:bn_moving_var\n--------------------\nOp:BatchNorm, Name=bn\nInputs:\n"
            "\targ[0]=halves(0)\n\targ[1]=bn_gamma(0) version=0\n"
            "\targ[2]=bn_beta(0) version=0\n\targ[3]=bn_moving_mean(0) version=1\n"
            "\targ[4]=bn_moving_var(0) version=1\n");
}

TEST(Symbol, NamesCountPerStemAndTakePrefixes) {
  const sym::NameManager names;
  const Symbol x = sym::var("x");
  EXPECT_EQ(sym::FullyConnected(x, {.num_hidden = 2}).name(), "fullyconnected0");
  EXPECT_EQ(sym::FullyConnected(x, {.num_hidden = 2}).name(), "fullyconnected1");
  EXPECT_EQ(sym::flatten(x).name(), "flatten0");
  const sym::Prefix prefix("mlp_");
  EXPECT_EQ(sym::relu(x).name(), "mlp_relu0");
  const auto fc = sym::FullyConnected(x, {.num_hidden = 2}, "fc");
  EXPECT_THAT(fc.list_arguments(), ElementsAre("x", "mlp_fc_weight", "mlp_fc_bias"));
}

TEST(Symbol, ArithmeticMakesMXNetsNodes) {
  const sym::NameManager names;
  const Symbol x = sym::var("x");
  const Symbol y = (x + x) * 2.5 - x / x;
  EXPECT_THAT(
      y.get_internals().list_outputs(),
      ElementsAre("x", "_plus0_output", "_mulscalar0_output", "_div0_output", "_minus0_output"));
  EXPECT_EQ(y.eval({{"x", nd::array({2.0f})}})[0].asscalar(), 9.0f);
}

TEST(Symbol, CompositionReplacesVariables) {
  const Symbol net = sym::FullyConnected(sym::var("data"), {.num_hidden = 3}, "fc");
  const Symbol whole = net({{"data", sym::relu(sym::var("image"), "act")}}, "top");
  EXPECT_THAT(whole.list_arguments(), ElementsAre("image", "fc_weight", "fc_bias"));
  EXPECT_EQ(whole.name(), "top");
  EXPECT_EQ(net.name(), "fc");
  EXPECT_THAT(message_of([&] { net({{"dato", net}}); }), HasSubstr("\"dato\""));
}

TEST(Symbol, TwoInBracesAreARow) {
  const Symbol a = sym::var("a");
  const Symbol b = sym::var("b");
  EXPECT_THAT(sym::invoke("elemwise_add", {a, b}, {}, "sum").list_arguments(),
              ElementsAre("a", "b"));
  EXPECT_THAT(sym::invoke("elemwise_add", {{"lhs", b}, {"rhs", a}}).list_arguments(),
              ElementsAre("b", "a"));
  const Symbol sum = sym::var("x") + sym::var("y");
  EXPECT_THAT(sum({a, b}).list_arguments(), ElementsAre("a", "b"));
  EXPECT_THAT(sum({{"x", b}, {"y", a}}).list_arguments(), ElementsAre("b", "a"));
}

TEST(Symbol, AttributesOfScopesAndVariables) {
  const sym::AttrScope outer({{"__lr_mult__", "0.5"}});
  const sym::AttrScope inner({{"ctx_group", "dev1"}});
  const auto weight = sym::var("w", {.shape = {2, 3}, .wd_mult = 0});
  EXPECT_EQ(weight.attr("lr_mult"), "0.5");
  EXPECT_EQ(weight.attr("ctx_group"), "dev1");
  EXPECT_EQ(weight.attr("__shape__"), "(2, 3)");
  EXPECT_EQ(weight.attr("absent"), std::nullopt);
  const auto fc = sym::FullyConnected(sym::var("x"), weight, {.num_hidden = 2}, "fc");
  EXPECT_EQ(fc.attr_dict().at("fc_bias").at("__lr_mult__"), "0.5");
  EXPECT_THROW(sym::AttrScope({{"kernel", "3"}}), Error);
}

TEST(Symbol, RefusesWhatCannotBe) {
  const auto parts = sym::SliceChannel(sym::var("x"), {.num_outputs = 2}, "parts");
  EXPECT_THAT(message_of([&] { sym::relu(parts, "r"); }),
              HasSubstr("[relu r] input 0 is a symbol of 2 outputs (parts)"));
  EXPECT_THAT(message_of([&] { sym::Activation(sym::var("x"), {.act_type = "sin"}); }),
              HasSubstr("sin"));
  EXPECT_THROW(sym::Group({}), Error);
  EXPECT_THROW(sym::var(""), Error);
  EXPECT_THROW(Symbol().tojson(), Error);
}

TEST(SymbolJson, IsMXNetsByteForByte) { EXPECT_EQ(lenet().tojson(), testing::kLeNetJson); }

TEST(SymbolJson, OfMXNetIsTheSameAfterLoadAndSave) {
  EXPECT_EQ(sym::load_json(testing::kLeNetJson).tojson(), testing::kLeNetJson);
  EXPECT_EQ(sym::load_json(testing::kBranchesJson).tojson(), testing::kBranchesJson);
}

TEST(Symbol, AGraphAMillionNodesDeepIsFreedAndListed) {
  Symbol x = sym::var("x");
  for (int i = 0; i < 1000000; ++i) x = sym::relu(x, "r");
  EXPECT_THAT(x.list_arguments(), ElementsAre("x"));
}

TEST(InferShape, FindsTheParameters) {
  const auto shapes = lenet().infer_shape({{"data", {100, 1, 28, 28}}});
  EXPECT_THAT(shapes.arguments, ElementsAre(Shape{100, 1, 28, 28}, Shape{20, 1, 5, 5}, Shape{20},
                                            Shape{50, 20, 5, 5}, Shape{50}, Shape{500, 800},
                                            Shape{500}, Shape{10, 500}, Shape{10}, Shape{100}));
  EXPECT_THAT(shapes.outputs, ElementsAre(Shape{100, 10}));
}

TEST(InferShape, NamesNodeAndBothShapes) {
  const auto text = message_of([] {
    mlp().infer_shape({{"data", {100, 784}}, {"fc2_weight", {10, 64}}});
  });
  EXPECT_THAT(text, HasSubstr("FullyConnected fc2"));
  EXPECT_THAT(text, HasSubstr("(10, 128)"));
  EXPECT_THAT(text, HasSubstr("(10, 64)"));
  EXPECT_THAT(message_of([] { mlp().infer_shape({}); }), HasSubstr("data, fc1_weight"));
  EXPECT_THAT(message_of([] { mlp().infer_shape({{"dato", {1}}}); }), HasSubstr("\"dato\""));
}

TEST(InferShape, PartialLeavesTheRestUnknown) {
  const auto shapes = mlp().infer_shape_partial({});
  EXPECT_FALSE(shapes.outputs[0].known());
  EXPECT_TRUE(mlp().infer_shape_partial({{"data", {2, 4}}}).outputs[0].known());
}

TEST(InferShape, GoesBackFromOutputsToInputs) {
  const Symbol a = sym::var("a", {.shape = {-1, 10}});
  const Symbol b = sym::var("b", {.shape = {12, -1}});
  EXPECT_THAT((a * b).infer_shape({}).arguments, ElementsAre(Shape{12, 10}, Shape{12, 10}));
  const Symbol c = sym::var("c", {.shape = {5, -1}});
  const Symbol layer = sym::FullyConnected(a, {.num_hidden = 21}, "fc");
  EXPECT_THAT((layer + c).infer_shape({}).arguments,
              ElementsAre(Shape{5, 10}, Shape{21, 10}, Shape{21}, Shape{5, 21}));
  // What may broadcast says nothing of its operands.
  const Symbol sum = sym::broadcast_add(sym::var("x"), sym::var("y"));
  EXPECT_FALSE(sum.infer_shape_partial({{"x", {2, 3}}}).arguments[1].known());
  EXPECT_THROW((a + b).infer_shape({{"a", {3, 4}}, {"b", {12, -1}}}), Error);
}

// In the shapes of _zeros and its kin a size of 0 is found by what reads them, else it is 0.
TEST(InferShape, FindsTheSizesOfMadeArrays) {
  const Symbol x = sym::var("x");
  const Symbol state = sym::invoke("_zeros", std::vector<Symbol>{}, {{"shape", "(0, 4)"}});
  const Symbol next =
      sym::invoke("FullyConnected", std::vector<Symbol>{x}, {{"num_hidden", "4"}}, "in") +
      sym::invoke("FullyConnected", std::vector<Symbol>{state}, {{"num_hidden", "4"}}, "state");
  const Symbol chosen = sym::where(sym::var("mask"), state, next);
  const auto shapes = chosen.infer_shape({{"x", {3, 2}}, {"mask", {3, 4}}});
  EXPECT_EQ(shapes.outputs[0], (Shape{3, 4}));
  Executor executor = chosen.simple_bind(cpu(), {{"x", {3, 2}}, {"mask", {3, 4}}});
  EXPECT_EQ(executor.forward(false)[0].shape(), (Shape{3, 4}));
  EXPECT_EQ(state.infer_shape({}).outputs[0], (Shape{0, 4}));
}

// What a part was cut from, what was summed, or what took the shape of another, is not known by the
// result.
TEST(InferShape, DoesNotGuessWhatAPartWasTakenFrom) {
  const Symbol x = sym::var("x");
  const Symbol y = sym::var("y");
  struct Part {
    Symbol symbol;
    Shape shape{4, 6};
  };
  const Part parts[] = {
      {sym::slice_axis(x, {.axis = 0, .begin = 0, .end = 4})},
      {sym::slice_axis(x, {.axis = 0, .begin = 0, .end = 20'000'000}), {20'000'000, 6}},
      {sym::slice_axis(x, {.axis = 1, .begin = 0, .end = 1}), {4, 1}},
      {sym::sum(x, {.axis = {1}, .keepdims = true}), {4, 1}},
      {sym::invoke("slice_like", std::vector<Symbol>{x, y})},
      {sym::invoke("reshape_like", std::vector<Symbol>{x, y})},
      {sym::invoke("broadcast_like", std::vector<Symbol>{x, y})}};
  for (const Part& part : parts) {
    const Symbol sum = sym::elemwise_add(part.symbol, sym::var("z"));
    const auto names = sum.list_arguments();
    ASSERT_EQ(names[0], "x");
    Shapes known{{"z", part.shape}};
    if (names[1] == "y") known["y"] = part.shape;
    const auto found = sum.infer_shape_partial(known);
    EXPECT_FALSE(found.arguments[0].known()) << found.arguments[0];
  }
}

TEST(InferShape, GoesBackThroughWhatKeepsTheShape) {
  const Symbol x = sym::var("x");
  for (const Symbol& kept : {sym::relu(x), sym::clip(x, {.a_min = -1, .a_max = 1'000'000}),
                             sym::slice_axis(x, {.axis = 0, .begin = 0})}) {
    const Symbol sum = sym::elemwise_add(kept, sym::var("z"));
    EXPECT_EQ(sum.infer_shape_partial({{"z", {4, 6}}}).arguments[0], (Shape{4, 6}));
  }
}

// A part says nothing of the size that it is cut from, but the other sizes are its own, also where
// it ends far away; what cuts off so many is not asked about fewer.
TEST(InferShape, GoesOnBesideASizeThatAPartLeavesOpen) {
  const Symbol x = sym::var("x");
  for (const std::int64_t end : {0, 1, 4, 30'000, 500'000}) {
    const Symbol part = sym::slice_axis(x, {.axis = 0, .begin = 0, .end = end});
    EXPECT_EQ(part.infer_shape_partial({{"x", {-1, 6}}}).outputs[0][1], 6) << end;
  }
  const Symbol last = sym::slice_axis(x, {.axis = 0, .begin = -5});
  EXPECT_EQ(last.infer_shape_partial({{"x", {-1, 6}}}).outputs[0], (Shape{-1, 6}));
  const Symbol rest = sym::slice_axis(x, {.axis = 0, .begin = 5});
  EXPECT_EQ(sym::elemwise_add(rest, sym::var("z"))
                .infer_shape_partial({{"x", {-1, 6}}, {"z", {2, 6}}})
                .arguments[0],
            (Shape{7, 6}));
}

// One size that is missing is found by the number of elements.
TEST(InferShape, GoesBackThroughWhatKeepsTheElements) {
  const Symbol x = sym::var("x");
  struct Kept {
    Symbol symbol;
    Shape out;
  };
  const Kept all[] = {{sym::reshape(x, {.shape = {0, 0, -1}}), {2, 3, 64}},
                      {sym::reshape(x, {.shape = {-1, 64}}), {6, 64}},
                      {sym::reshape(x, {.shape = {-3, 0, 4, 2}}), {6, 8, 4, 2}},
                      {sym::reshape(x, {.shape = {-1, 0}, .reverse = true}), {48, 8}},
                      {sym::flatten(x), {2, 192}},
                      {sym::expand_dims(x, {.axis = 1}), {2, 1, 3, 8, 8}}};
  const Shape data{2, 3, 8, 8};
  for (const auto& [kept, out] : all) {
    const Symbol sum = sym::elemwise_add(kept, sym::var("z"));
    for (int axis = 0; axis < data.ndim(); ++axis) {
      Shape known = data;
      known[axis] = -1;
      EXPECT_EQ(sum.infer_shape({{"x", known}, {"z", out}}).arguments[0], data) << out;
    }
    EXPECT_THROW(sum.infer_shape({{"x", {-1, 3, 5, 8}}, {"z", out}}), Error);
  }
  const auto merged = all[0].symbol.infer_shape_partial({{"x", {-1, 3, 8, 8}}});
  EXPECT_EQ(merged.outputs[0], (Shape{-1, 3, 64}));
}

TEST(InferType, FollowsWhatIsKnown) {
  const auto types = mlp().infer_type({{"fc1_weight", float64}});
  EXPECT_EQ(types.arguments[0], float64);
  EXPECT_EQ(types.outputs[0], float64);
  EXPECT_EQ(mlp().infer_type({}).outputs[0], float32);
  EXPECT_THAT(message_of([] {
                mlp().infer_type({{"fc1_weight", float64}, {"data", float16}});
              }),
              HasSubstr("FullyConnected fc1"));
  const auto cast = sym::cast(sym::var("x"), {.dtype = float64});
  EXPECT_EQ(cast.infer_type({{"x", uint8}}).outputs[0], float64);
}

TEST(Symbol, OneThatRefersToNothingIsNeitherInferredNorBound) {
  const Symbol none;
  const auto refused = HasSubstr("the symbol refers to nothing");
  EXPECT_THAT(message_of([&] { none.infer_shape({}); }), refused);
  EXPECT_THAT(message_of([&] { none.infer_shape_partial({}); }), refused);
  EXPECT_THAT(message_of([&] { none.infer_type({}); }), refused);
  EXPECT_THAT(message_of([&] { none.bind(cpu(), {}); }), refused);
  EXPECT_THAT(message_of([&] { none.simple_bind(cpu(), {}); }), refused);
  EXPECT_THAT(message_of([&] { none.eval({}); }), refused);
}

TEST(Symbol, AProductSaysTheSizeThatItsSecondFactorMustHave) {
  const Symbol x = sym::var("x"), w = sym::var("w");
  EXPECT_EQ(sym::dot(x, w).infer_shape({{"x", {3, 4}}, {"w", {-1, 5}}}).arguments[1],
            (Shape{4, 5}));
  const Symbol sum = sym::broadcast_add(x, w);  // takes 1, too
  EXPECT_EQ(sum.infer_shape_partial({{"x", {3, 4}}, {"w", {-1, 4}}}).arguments[1], (Shape{-1, 4}));
}

}  // namespace
}  // namespace gluino
