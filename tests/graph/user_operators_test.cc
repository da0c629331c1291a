// Passes treat operators by what their definitions say: here are a user's, which they cannot know
// by name, each with a twin that says nothing of itself.
#include <gluino/graph/int8/quantize.h>
#include <gluino/graph/passes/passes.h>
#include <gluino/graph/sym.h>
#include <gluino/ops/core/define.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "graph/support.h"
#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::message_of;

void same_shape(const NoOptions& /*options*/, Inference& s) { s.set_out(0, s.in(0)); }

// y = f(x), dx = dy * slope(y).
template <float (*f)(float), float (*slope)(float)>
OpDefinition<NoOptions> define_function(const char* name) {
  return define_op(name)
      .inputs({"data"})
      .infer(same_shape)
      .forward([](const NoOptions& /*options*/, const Call& call) {
        const float* x = call.in[0].as<float>();
        std::transform(x, x + call.in[0].size(), call.out[0].as<float>(), f);
      })
      .backward(
          [](const NoOptions& /*options*/, const GradientCall& call) {
            const float* y = call.out[0].as<float>();
            const float* dy = call.out_grad[0].as<float>();
            for (std::int64_t i = 0; i < call.in_grad[0].size(); ++i) {
              call.in_grad[0].as<float>()[i] = dy[i] * slope(y[i]);
            }
          },
          Op::outputs);
}

float ramp(float x) { return x > 0 ? x : 0; }
float ramp_slope(float y) { return y > 0 ? 1.F : 0.F; }
float opposite(float x) { return -x; }
float opposite_slope(float /*y*/) { return -1; }
float halved(float x) { return x / 2; }
float halved_slope(float /*y*/) { return 0.5; }
float same(float x) { return x; }
float same_slope(float /*y*/) { return 1; }

[[maybe_unused]] const bool defined = [] {
  define_function<ramp, ramp_slope>("users_ramp").activation("relu");
  define_function<ramp, ramp_slope>("users_silent_ramp");
  define_function<opposite, opposite_slope>("users_opposite").factor([](const NoOptions&) {
    return -1.0;
  });
  define_function<halved, halved_slope>("users_half").elementwise().factor([](const NoOptions&) {
    return 0.5;
  });
  define_function<halved, halved_slope>("users_silent_half");
  define_function<same, same_slope>("users_same").passes_on();
  define_function<same, same_slope>("users_silent_same");
  for (const bool says : {true, false}) {
    auto rows = define_op(says ? "users_rows" : "users_silent_rows");
    rows.inputs({"data"})
        .view()
        .infer(+[](const NoOptions& /*options*/, Inference& s) {
          s.set_out(0, {s.in(0)[0], s.in(0).size_between(1, s.in(0).ndim())});
        })
        .forward([](const NoOptions& /*options*/, const Call& call) {
          std::copy_n(call.in[0].as<float>(), call.in[0].size(), call.out[0].as<float>());
        });
    if (says) rows.flattens_if([](const NoOptions&) { return true; });
  }
  define_op("users_steep")
      .inputs({"data"})
      .infer(same_shape)
      .forward([](const NoOptions& /*options*/, const Call& call) {
        std::copy_n(call.in[0].as<float>(), call.in[0].size(), call.out[0].as<float>());
      })
      .backward([](const NoOptions&, const GradientCall&) { fail("no slope"); }, Op::nothing)
      .derivative([](const NoOptions&, const DerivativeCall&) -> std::vector<NDArray> {
        fail("no slope of a slope");
      });
  return true;
}();

Symbol call(const char* name, const Symbol& x) {
  static const NoOptions none;
  return apply(Op::get<NoOptions>(name), &none, std::vector<Symbol>{x});
}

std::vector<std::string> operators(const Symbol& symbol) {
  std::vector<std::string> names;
  for (const auto& item : IndexedGraph(symbol.entries()).items) {
    if (!item.node->is_variable()) names.push_back(item.node->op->name);
  }
  return names;
}

// What all passes make of a graph.
std::vector<std::string> after_passes(Symbol symbol, const Shapes& shapes) {
  for (const graph::Pass& pass : graph::passes()) {
    const auto types = graph::infer_entries(IndexedGraph(symbol.entries()), shapes, {});
    symbol = pass.run(graph::PassGraph(symbol, types));
  }
  return operators(symbol);
}

Symbol filters(const Symbol& x, const char* name) {
  return sym::Convolution(x, {.kernel = {3, 3}, .pad = {1, 1}, .num_filter = 8}, name);
}

// Results and gradients of a step are those of the graph as written.
void expect_same_step(const Symbol& net, const Shapes& shapes) {
  const auto step = [&] {
    const Executor executor = net.simple_bind(cpu(), shapes);
    random::seed(3);
    for (const NDArray& array : executor.arg_arrays()) {
      nd::random::uniform({.low = -0.5, .high = 0.5, .shape = array.shape()}).copyto(array);
    }
    if (executor.arg_dict().contains("label")) executor.arg_dict().at("label").assign(1);
    executor.forward(true);
    executor.backward({nd::ones(executor.outputs()[0].shape())});
    std::vector<NDArray> results = {executor.outputs()[0].copy()};
    for (const NDArray& array : executor.grad_arrays()) results.push_back(array.copy());
    return results;
  };
  const auto fused = step();
  const testing::WithoutPasses as_written;
  const auto plain = step();
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const auto got = fused[i].to_vector<double>();
    const auto expected = plain[i].to_vector<double>();
    for (std::size_t k = 0; k < expected.size(); ++k) {
      ASSERT_NEAR(got[k], expected[k], 1e-4 * (1 + std::abs(expected[k]))) << i << ", " << k;
    }
  }
}

TEST(UserOperators, AnActivationIsTakenByTheLayerBeforeIt) {
  const Shapes images = {{"x", {32, 3, 12, 12}}};
  const Symbol x = sym::var("x");
  const auto pooled = [&](const char* ramp_name) {
    const Symbol conv = sym::Convolution(x, {.kernel = {3, 3}, .num_filter = 8});
    return sym::Pooling(call(ramp_name, conv), {.kernel = {2, 2}, .stride = {2, 2}});
  };
  EXPECT_THAT(after_passes(pooled("users_ramp"), images),
              ElementsAre("_fused_convolution_pooling"));
  EXPECT_THAT(after_passes(pooled("users_silent_ramp"), images), Contains("users_silent_ramp"));
  const Symbol layer = sym::FullyConnected(x, {.num_hidden = 5});
  EXPECT_THAT(after_passes(call("users_ramp", layer), {{"x", {3, 4}}}),
              ElementsAre("_fused_fully_connected_activation"));
  EXPECT_THAT(after_passes(call("users_ramp", sym::BatchNorm(x)), {{"x", {3, 2, 4}}}),
              ElementsAre("_fused_batch_norm_activation"));
  expect_same_step(pooled("users_ramp"), images);
}

TEST(UserOperators, AnElementwiseOneLeavesImagesInStrips) {
  const Shapes shapes = {{"x", {31, 3, 12, 12}}};
  const auto net = [](const char* name) {
    return sym::sum(filters(call(name, filters(sym::var("x"), "first")), "second"));
  };
  EXPECT_THAT(after_passes(net("users_half"), shapes),
              ElementsAre("_fused_convolution", "users_half", "_fused_convolution", "sum"));
  EXPECT_THAT(after_passes(net("users_silent_half"), shapes),
              ElementsAre("Convolution", "users_silent_half", "Convolution", "sum"));
  expect_same_step(net("users_half"), shapes);
}

TEST(UserOperators, AFactorOfMinusOneEndsTheLossOfRows) {
  const Shapes shapes = {{"x", {3, 4}}, {"label", {3}}};
  const Symbol picked = sym::pick(sym::log_softmax(sym::var("x")), sym::var("label"));
  EXPECT_THAT(after_passes(call("users_opposite", picked), shapes),
              ElementsAre("_fused_softmax_cross_entropy"));
  EXPECT_THAT(after_passes(call("users_half", picked), shapes),
              ElementsAre("log_softmax", "pick", "users_half"));
  EXPECT_THAT(after_passes(picked * -1.0, shapes), ElementsAre("_fused_softmax_cross_entropy"));
  EXPECT_THAT(after_passes(picked * -2.0, shapes),
              ElementsAre("log_softmax", "pick", "_mul_scalar"));
  expect_same_step(call("users_opposite", picked), shapes);
}

ArrayMap weights_of(const Symbol& net, const Shape& data) {
  ArrayMap params;
  const auto found = net.infer_shape({{"data", data}});
  const auto names = net.list_arguments();
  random::seed(5);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "data") continue;
    params[names[i]] = nd::random::uniform({.low = -0.3, .high = 0.3, .shape = found.arguments[i]});
  }
  return params;
}

TEST(UserOperators, WhatPassesItsDataOnIsGoneFromFrozenGraphs) {
  for (const char* name : {"users_same", "users_silent_same"}) {
    const Symbol net =
        sym::relu(call(name, sym::FullyConnected(sym::var("data"), {.num_hidden = 5})));
    const FrozenGraph frozen(net, weights_of(net, {3, 4}));
    EXPECT_EQ(operators(frozen.symbol()).size(), std::string(name) == "users_same" ? 2U : 3U);
  }
}

TEST(UserOperators, BytesGoThroughWhatFlattens) {
  const Shape data = {4, 3, 8, 8};
  const auto net = [](const auto& flatten) {
    const Symbol features = sym::relu(filters(sym::var("data"), "conv"));
    return sym::FullyConnected(flatten(features), {.num_hidden = 5}, "fc");
  };
  const auto quantized = [&](const Symbol& symbol) {
    const NDArray images = nd::random::uniform({.low = 0, .high = 1, .shape = data});
    return operators(quantize(FrozenGraph(symbol, weights_of(symbol, data)), {{images}}).symbol());
  };
  const auto rows = [](const char* name) { return [=](const Symbol& x) { return call(name, x); }; };
  const auto reshaped = [](const Symbol& x) { return sym::reshape(x, {.shape = {0, -1}}); };
  for (const Symbol& flat : {net(rows("users_rows")), net(reshaped)}) {
    EXPECT_THAT(quantized(flat), ElementsAre("_fused_int8_quantize", "_fused_int8_convolution",
                                             "_fused_int8_fully_connected"));
  }
  EXPECT_THAT(quantized(net(rows("users_silent_rows"))), Contains("users_silent_rows"));
}

TEST(UserOperators, ErrorsOfGradientsNameThem) {
  const Op& steep = Op::get<NoOptions>("users_steep");
  const NoOptions none;
  NDArray x = nd::ones({2});
  x.attach_grad();
  const auto recorded = [&] {
    const auto recording = autograd::record();
    return apply(steep, &none, std::vector<NDArray>{x});
  };
  EXPECT_EQ(message_of([&] { recorded().backward(); }), "[users_steep] no slope");
  EXPECT_EQ(message_of([&] { autograd::grad({recorded()}, {x}, {}, {.create_graph = true}); }),
            "[users_steep] no slope of a slope");
  const Executor executor = apply(steep, &none, std::vector<Symbol>{sym::var("x")}, "hill")
                                .simple_bind(cpu(), {{"x", {2}}});
  executor.forward(true);
  EXPECT_EQ(message_of([&] { executor.backward({nd::ones({2})}); }), "[users_steep hill] no slope");
}

}  // namespace
}  // namespace gluino
