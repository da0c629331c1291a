// What an operator gives is an array of its own, eager and compiled; only reshape the method,
// slices, T of a row and detach share memory, as in MXNet.
#include <gluino/graph/run/cached_op.h>
#include <gluino/graph/sym.h>
#include <gmock/gmock.h>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::describe;
using ::testing::HasSubstr;
using testing::inputs_of;
using testing::message_of;
using testing::same_bits;
using Values = std::vector<double>;

Values values(const NDArray& array) { return array.to_vector<double>(); }

void expect_apart(const std::vector<NDArray>& inputs, const std::vector<NDArray>& outputs,
                  const char* way) {
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      EXPECT_NE(outputs[o].storage(), inputs[i].storage())
          << way << ", output " << o << ", input " << i;
    }
    for (std::size_t p = 0; p < o; ++p) EXPECT_NE(outputs[o].storage(), outputs[p].storage());
  }
  std::vector<NDArray> before;
  for (const NDArray& input : inputs) before.push_back(input.copy());
  for (const NDArray& output : outputs) output.assign(1);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_TRUE(same_bits(inputs[i], before[i])) << way << ", input " << i;
  }
}

TEST(NewArrays, AreWhatEveryOperatorGives) {
  for (const Op* op : Op::all()) {
    for (const Sample& sample : op->samples) {
      SCOPED_TRACE(describe(*op, sample));
      if (op->name == "Custom") continue;
      for (const bool recording : {false, true}) {
        const auto inputs = inputs_of(sample, float32);
        const autograd::Scope scope = recording ? autograd::record() : autograd::pause();
        if (recording && !inputs.empty()) inputs[0].attach_grad();
        const auto outputs = apply_all(*op, sample.options.get(), inputs);
        const autograd::Scope changing = autograd::pause();
        expect_apart(inputs, outputs, recording ? "recorded" : "eager");
      }
      if (sample.inputs.empty() || op->name == "_copyto") continue;
      const auto inputs = inputs_of(sample, float32);
      std::vector<Symbol> variables;
      for (std::size_t i = 0; i < inputs.size(); ++i) variables.push_back(sym::var(str("x", i)));
      expect_apart(inputs, CachedOp(apply(*op, sample.options.get(), variables))(inputs),
                   "compiled");
    }
  }
}

TEST(NewArrays, LayersGiveThem) {
  const NDArray x = nd::array({{1, 2}, {3, 4}});
  for (const bool hybridized : {false, true}) {
    gluon::nn::HybridSequential net;
    net.add(gluon::nn::Flatten());
    net.hybridize(hybridized);
    net(x).assign(9);
    gluon::nn::Flatten flatten;
    flatten.hybridize(hybridized);
    flatten(x).assign(9);
    gluon::nn::Dropout dropout({.rate = 0.5});
    dropout.hybridize(hybridized);
    dropout(x).assign(9);
    EXPECT_EQ(values(x), (Values{1, 2, 3, 4}));
  }
}

TEST(NewArrays, MethodsThatShareSaySo) {
  const NDArray x = nd::array({{1, 2}, {3, 4}});
  x.reshape({4})[0] = 5;
  x.slice(1, 2).detach() = nd::array({{6, 7}});
  x[1].T()[1] = 8;
  EXPECT_EQ(values(x), (Values{5, 2, 6, 8}));
  for (const NDArray& copy : {x.flatten(), x.expand_dims(0), x.squeeze(), x.copy(), x.T(),
                              x.astype(float32), x.transpose({0, 1})}) {
    copy.assign(0);
  }
  EXPECT_EQ(values(x), (Values{5, 2, 6, 8}));
}

TEST(Rows, AreWrittenByAssignment) {
  const NDArray x = nd::zeros({3, 2});
  const NDArray y = nd::array({1, 2});
  x[0] = y;
  x[-1] = 7;
  x.slice(1, 2) = nd::array({5}).astype(float64);
  EXPECT_EQ(values(x), (Values{1, 2, 5, 5, 7, 7}));
  x[1] = x[0];
  EXPECT_EQ(values(x), (Values{1, 2, 1, 2, 7, 7}));
  NDArray row = x[2];
  row = y;  // a variable refers to another array; x stays
  EXPECT_TRUE(row.same_as(y));
  EXPECT_EQ(values(x), (Values{1, 2, 1, 2, 7, 7}));
  EXPECT_THAT(message_of([&] { x[0] = nd::zeros({3}); }), HasSubstr("cannot broadcast"));
  x.attach_grad();
  const auto recording = autograd::record();
  EXPECT_THAT(message_of([&] { x[0] = y; }), HasSubstr("cannot be changed in place"));
}

TEST(Out, MayBeGivenToEveryCallByName) {
  const NDArray x = nd::array({1, 4});
  const NDArray out = nd::zeros({2});
  const auto result = nd::invoke("sqrt", {x}, {}, {out});
  EXPECT_TRUE(result[0].same_as(out));
  EXPECT_EQ(values(out), (Values{1, 2}));
  EXPECT_EQ(values(x), (Values{1, 4}));
  EXPECT_THAT(message_of([&] { nd::invoke("sqrt", {x}, {}, {nd::zeros({3})}); }),
              HasSubstr("out: expected"));
  EXPECT_THAT(message_of([&] {
                nd::invoke("sqrt", {x}, {}, {out, out});
              }),
              HasSubstr("expected 1 arrays, got 2"));
  EXPECT_THAT(message_of([&] { nd::invoke("sqrt", {x}, {}, {nd::zeros({2}, float32, cpu(1))}); }),
              HasSubstr("cpu(1)"));
}

TEST(Out, AnUpdateChangesItsWeightOnlyWhereThatIsTheOutput) {
  int updates = 0;
  for (const Op* op : Op::all()) {
    if (!op->name.ends_with("_update") || op->name == "_npx_index_update") continue;
    SCOPED_TRACE(op->name);
    ASSERT_FALSE(op->samples.empty());
    const auto inputs = inputs_of(op->samples[0], float32);
    const auto again = inputs_of(op->samples[0], float32);
    const NDArray before = inputs[0].copy();
    Attributes options = op->format_options(op->samples[0].options.get());
    if (op->takes_attribute("lr")) options["lr"] = "0.1";
    const auto result = nd::invoke(op->name, inputs, options);
    EXPECT_TRUE(same_bits(inputs[0], before));
    EXPECT_FALSE(same_bits(result[0], before));
    nd::invoke(op->name, again, options, {again[0]});
    EXPECT_TRUE(same_bits(again[0], result[0]));
    inputs[0].attach_grad();
    const auto recording = autograd::record();
    EXPECT_THAT(message_of([&] { nd::invoke(op->name, inputs, options, {inputs[0]}); }),
                HasSubstr("cannot be changed in place"));
    nd::invoke(op->name, inputs, options);
    EXPECT_TRUE(same_bits(inputs[0], before));
    ++updates;
  }
  EXPECT_GE(updates, 12);
}

}  // namespace
}  // namespace gluino
