// What a frozen network must not depend on: later changes, settings of the moment, other calls; and
// what becomes of types, places and sizes other than those it was made with.
#include <gluino/amp/amp.h>
#include <gluino/graph/frozen/frozen.h>
#include <gluino/graph/int8/quantize.h>
#include <gluino/graph/sym.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gmock/gmock.h>

#include <cmath>
#include <thread>

#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using testing::same_bits;

// Arrays for all arguments but data.
ArrayMap drawn_params(const Symbol& symbol, const Shape& data, DType dtype = float32) {
  random::seed(3);
  ArrayMap params;
  const auto found = symbol.infer_shape({{"data", data}});
  const auto names = symbol.list_arguments();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "data") continue;
    params[names[i]] =
        nd::random::uniform({.low = -0.5, .high = 1, .shape = found.arguments[i]}).astype(dtype);
  }
  return params;
}

NDArray drawn(const Shape& shape) {
  return nd::random::uniform({.low = -1, .high = 1, .shape = shape});
}

double relative_error(const NDArray& got, const NDArray& expected) {
  return (got - expected).norm().asscalar() / expected.norm().asscalar();
}

TEST(FrozenSettings, WritingToWhatItShowsChangesNothing) {
  const Symbol net = sym::FullyConnected(sym::var("data"), {.num_hidden = 3}, "fc");
  const FrozenGraph frozen(net, drawn_params(net, {1, 4}));
  const NDArray x = drawn({5, 4});
  const NDArray before = frozen(x);
  for (const auto& [name, array] : frozen.params()) array.assign(0);
  EXPECT_TRUE(same_bits(frozen(x), before));
}

// Constants are computed once, and so exactly, whatever is set at that moment.
TEST(FrozenSettings, ConstantsDoNotKeepThePrecisionOfTheMoment) {
  const Symbol weight = sym::dot(sym::var("a"), sym::var("b"));
  const Symbol net = sym::dot(sym::var("data"), weight);
  const ArrayMap params = {{"a", drawn({256, 256})}, {"b", drawn({256, 256})}};
  const FrozenGraph exact(net, params);
  const FrozenGraph later = [&] {
    const amp::Scope rounds(bfloat16, {.emulate = true});
    return FrozenGraph(net, params);
  }();
  const NDArray x = drawn({64, 256});
  EXPECT_TRUE(same_bits(later(x), exact(x)));
}

TEST(FrozenSettings, RandomNumbersAreDrawnInEachCall) {
  const Symbol noise = sym::invoke("_random_uniform", std::vector<Symbol>(), {{"shape", "(1, 3)"}});
  const FrozenGraph noisy(sym::broadcast_add(sym::var("data"), noise), {});
  const Symbol dropout = sym::Dropout(sym::var("data"), {.p = 0.5, .mode = "always"});
  const FrozenGraph dropping(dropout, {});
  const NDArray x = nd::ones({5, 3});
  EXPECT_FALSE(same_bits(noisy(x), noisy(x)));
  const NDArray wide = nd::ones({5, 100});
  EXPECT_FALSE(same_bits(dropping(wide), dropping(wide)));
  EXPECT_THAT(dropping(wide).to_vector<float>(), Each(::testing::AnyOf(0, 2)));
  // A network with the numbers of the same seed gives the same.
  random::seed(7);
  const NDArray frozen_numbers = dropping(wide);
  random::seed(7);
  EXPECT_TRUE(same_bits(frozen_numbers, dropout.eval({{"data", wide}})[0]));
}

// Counts its calls in a state, outside of training, too.
class Counting : public op::CustomOp {
  void forward(bool /*is_train*/, const std::vector<GradReq>& req, const std::vector<NDArray>& in,
               const std::vector<NDArray>& out, const std::vector<NDArray>& aux) override {
    aux[0].assign(aux[0] + 1.0);
    assign(out[0], req[0], nd::broadcast_add(in[0], aux[0]));
  }
};

class CountingProp : public op::CustomOpProp {
  std::vector<std::string> list_auxiliary_states() const override { return {"calls"}; }
  Shapes infer_shape(const std::vector<Shape>& in) const override { return {in, {in[0]}, {{1}}}; }
  std::unique_ptr<op::CustomOp> create_operator(
      const Context& /*context*/, const std::vector<Shape>& /*shapes*/,
      const std::vector<DType>& /*types*/) const override {
    return std::make_unique<Counting>();
  }
};

[[maybe_unused]] const bool registered = [] {
  op::register_prop<CountingProp>("test_counting");
  return true;
}();

TEST(FrozenSettingsThreads, StatesAreThoseOfTheBeginningInEachCall) {
  const Symbol net = sym::Custom({sym::var("data")}, {.op_type = "test_counting"}, "count");
  const FrozenGraph frozen(net, {}, {{"count_calls", nd::full({1}, 10)}});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_THAT(frozen(nd::zeros({2})).to_vector<float>(), ElementsAre(11, 11));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  frozen.explain(std::vector<NDArray>{nd::zeros({2})}, 3);
  EXPECT_THAT(frozen(nd::zeros({2})).to_vector<float>(), ElementsAre(11, 11));
}

TEST(FrozenSettings, TypesAreKeptOrRefused) {
  const Symbol net = sym::relu(sym::FullyConnected(sym::var("data"), {.num_hidden = 3}, "fc"));
  const ArrayMap params = drawn_params(net, {1, 4}, float64);
  const FrozenGraph frozen(net, params);
  const NDArray x = drawn({5, 4}).astype(float64);
  ArrayMap all = params;
  all["data"] = x;
  EXPECT_TRUE(same_bits(frozen(x), net.eval(all)[0]));
  EXPECT_THAT(message_of([&] { frozen(x.astype(float32)); }), HasSubstr("float64"));
  EXPECT_THROW(frozen(x.astype(int32)), Error);
  // Bytes stand for float32 alone.
  EXPECT_TRUE(same_bits(quantize(frozen, {{x}})(x), frozen(x)));
}

TEST(FrozenSettings, RunsAtItsPlaceWhateverTheCurrentOneIs) {
  const Symbol net = sym::FullyConnected(sym::var("data"), {.num_hidden = 3}, "fc");
  const FrozenGraph frozen(net, drawn_params(net, {1, 4}), {}, {.context = cpu(1)});
  const NDArray x = drawn({5, 4}).as_in_context(cpu(1));
  for (const FrozenGraph& graph : {frozen, quantize(frozen, {{x}})}) {
    EXPECT_EQ(graph(x).context(), cpu(1));
    EXPECT_THAT(message_of([&] { graph(drawn({5, 4})); }), HasSubstr("at cpu(0)"));
  }
}

// Passes give their arrays names that nobody has.
TEST(FrozenSettings, NamesOfPassesAreFree) {
  const Symbol taken = sym::var("fc_weight_packed") + sym::var("fc_folded_weight") +
                       sym::var("fc_int8_weight") + sym::var("fc_folded_bias");
  const Symbol data = sym::var("data");
  const Symbol layer = sym::FullyConnected(data, {.num_hidden = 4}, "fc");
  const Symbol other = sym::FullyConnected(sym::broadcast_add(data, taken), {.num_hidden = 4}, "o");
  const Symbol net = sym::BatchNorm(layer, {}, "bn") + other;
  const Shape row = {1, 4};
  const auto found = net.infer_shape({{"data", row},
                                      {"fc_weight_packed", row},
                                      {"fc_folded_weight", row},
                                      {"fc_int8_weight", row},
                                      {"fc_folded_bias", row}});
  ArrayMap params, states;
  const auto names = net.list_arguments();
  random::seed(3);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] != "data") params[names[i]] = drawn(found.arguments[i]);
  }
  states["bn_moving_mean"] = drawn({4});
  states["bn_moving_var"] = nd::ones({4});
  const NDArray x = drawn({6, 4});
  ArrayMap all = params;
  all.insert(states.begin(), states.end());
  all["data"] = x;
  const FrozenGraph frozen(net, params, states);
  const NDArray expected = net.eval(all)[0];
  EXPECT_LT(relative_error(frozen(x), expected), 1e-5);
  EXPECT_LT(relative_error(quantize(frozen, {{x}})(x), expected), 0.03);
}

// What was right for images of the calibration's size must be for others.
TEST(FrozenSettings, BytesServeImagesOfOtherSizes) {
  for (const std::string convention : {"valid", "full"}) {
    Symbol x = sym::Convolution(sym::var("data"), {.kernel = {3, 3}, .num_filter = 8}, "conv1");
    x = sym::Pooling(sym::relu(x),
                     {.kernel = {2, 2}, .pooling_convention = convention, .stride = {2, 2}});
    const Symbol net = sym::Convolution(x, {.kernel = {1, 1}, .num_filter = 4}, "conv2");
    const FrozenGraph frozen(net, drawn_params(net, {1, 2, 12, 12}));
    const FrozenGraph small = quantize(frozen, {{drawn({16, 2, 12, 12})}});
    for (const std::int64_t height : {4, 7, 11, 12, 13}) {
      for (const std::int64_t width : {9, 12, 15}) {
        const NDArray images = drawn({3, 2, height, width});
        const NDArray expected = frozen(images);
        const NDArray got = small(images);
        ASSERT_EQ(got.shape(), expected.shape()) << convention << " " << height << " " << width;
        EXPECT_LT(relative_error(got, expected), 0.03);
      }
    }
  }
}

TEST(FrozenSettings, QuantizedTwiceIsQuantizedOnce) {
  const Symbol net = sym::FullyConnected(sym::var("data"), {.num_hidden = 3}, "fc");
  const FrozenGraph frozen(net, drawn_params(net, {1, 4}));
  const NDArray x = drawn({5, 4});
  const FrozenGraph once = quantize(frozen, {{x}});
  EXPECT_TRUE(same_bits(quantize(once, {{x}})(x), once(x)));
}

TEST(FrozenSettings, WeightsThatAreNoNumbersAreToldOf) {
  const Symbol net = sym::FullyConnected(sym::var("data"), {.num_hidden = 3}, "fc");
  for (const double wrong : {std::nan(""), HUGE_VAL}) {
    ArrayMap params = drawn_params(net, {1, 4});
    params["fc_weight"].slice(1, 2).assign(wrong);
    const FrozenGraph frozen(net, params);
    EXPECT_THAT(message_of([&] {
                  quantize(frozen, {{drawn({5, 4})}});
                }),
                HasSubstr("the weights of fc are not all finite"));
    EXPECT_NO_THROW(quantize(frozen, {{drawn({5, 4})}}, {.excluded_sym_names = {"fc"}}));
  }
}

}  // namespace
}  // namespace gluino
