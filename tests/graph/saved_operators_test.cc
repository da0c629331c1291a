// Every operator's graph as a file: complete for MXNet, and the same when it is read again. What
// MXNet itself makes of these files tests/oracle/compare_with_mxnet.py finds out.
#include <gluino/graph/run/tracer.h>
#include <gluino/graph/sym.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::describe;
using ::testing::HasSubstr;
using testing::inputs_of;
using testing::message_of;

Symbol as_symbol(const Op& op, const Sample& sample) {
  std::vector<Symbol> variables;
  for (std::size_t i = 0; i < sample.inputs.size(); ++i) variables.push_back(sym::var(str("x", i)));
  return apply(op, sample.options.get(), variables);
}

Symbol as_traced(const Op& op, const Sample& sample) {
  Tracer tracer;
  std::vector<NDArray> inputs;
  for (const NDArray& input : inputs_of(sample, float32)) {
    inputs.push_back(tracer.add_input(input, str("x", inputs.size())));
  }
  auto outputs = apply_all(op, sample.options.get(), inputs);
  inputs.clear();
  return tracer.finish(std::move(outputs), [](const NDArray&) { return std::nullopt; }).symbol;
}

const Node& last_node(const Symbol& symbol) { return *symbol.entries()[0].node; }

template <class F>
void for_samples(F f) {
  for (const Op* op : Op::all()) {
    for (const Sample& sample : op->samples) {
      if (sample.inputs.empty() || op->name == "Custom") continue;
      SCOPED_TRACE(describe(*op, sample));
      f(*op, sample);
    }
  }
}

TEST(SavedOperators, ReadBackAsTheyWere) {
  int compared = 0;
  for_samples([&](const Op& op, const Sample& sample) {
    if (op.name.starts_with("_fused")) return;
    const auto compare = [&](const Symbol& symbol) {
      const Symbol read = sym::load_json(symbol.tojson());
      EXPECT_EQ(read.tojson(), symbol.tojson());
      const Node& node = last_node(read);
      EXPECT_EQ(node.op, &op);
      EXPECT_EQ(op.format_options(node.options.get()), op.format_options(sample.options.get()));
      ++compared;
    };
    compare(as_symbol(op, sample));
    // A traced graph stays at one place.
    if (op.name != "_copyto") compare(as_traced(op, sample));
  });
  EXPECT_GT(compared, 200);
}

// MXNet counts the inputs where their number is free, and for UpSampling.
TEST(SavedOperators, SayHowManyInputsThereAre) {
  std::set<std::string> counted;
  for_samples([&](const Op& op, const Sample& sample) {
    // The options of some say it themselves.
    if ((!op.variadic || op.inputs_by) && op.name != "UpSampling") return;
    const std::string count = std::to_string(sample.inputs.size());
    for (const Symbol& symbol : {as_symbol(op, sample), as_traced(op, sample)}) {
      EXPECT_EQ(last_node(symbol).attrs.at("num_args"), count);
    }
    const Symbol by_name =
        sym::invoke(op.name, std::vector<Symbol>(sample.inputs.size(), sym::var("x")),
                    op.format_options(sample.options.get()));
    EXPECT_EQ(last_node(by_name).attrs.at("num_args"), count);
    counted.insert(op.name);
  });
  EXPECT_THAT(counted, ::testing::IsSupersetOf({"Concat", "UpSampling", "add_n", "stack"}));
}

// A file of an earlier version without the number gets it.
TEST(SavedOperators, GetTheNumberOfInputsWhenRead) {
  const Symbol up = sym::UpSampling(sym::var("x"), {.scale = 2}, "up");
  std::string json = up.tojson();
  const std::string number = "\n        \"num_args\": \"1\", ";
  ASSERT_THAT(json, HasSubstr(number));
  json.erase(json.find(number), number.size());
  EXPECT_EQ(sym::load_json(json).tojson(), up.tojson());
}

// Options that MXNet takes for granted otherwise, or wants to be told.
TEST(SavedOperators, SayWhatMxnetWouldNotKnow) {
  int with_rates = 0;
  for (const Op* op : Op::all()) {
    const auto options = op->default_options();
    const bool has_rate = std::any_of(op->fields.begin(), op->fields.end(),
                                      [](const Field& field) { return field.name == "lr"; });
    if (has_rate) {
      EXPECT_TRUE(op->format_options(options.get()).contains("lr")) << op->name;
      ++with_rates;
    }
  }
  EXPECT_GE(with_rates, 8);
  for (const char* name : {"rmsprop_update", "rmspropalex_update"}) {
    const Op& op = Op::get(name);
    const auto field = std::find_if(op.fields.begin(), op.fields.end(),
                                    [](const Field& f) { return f.name == "gamma1"; });
    EXPECT_EQ(field->default_value, "0.95") << name;
  }
  const Symbol activation = sym::softrelu(sym::var("x"));
  const Node& softrelu = last_node(activation);
  EXPECT_EQ(softrelu.op->name, "Activation");
  EXPECT_EQ(softrelu.attrs.at("act_type"), "softrelu");
}

TEST(SavedOperators, OnesOfCompiledGraphsAreRefused) {
  int refused = 0;
  for_samples([&](const Op& op, const Sample& sample) {
    if (!op.name.starts_with("_fused")) return;
    EXPECT_THAT(message_of([&] { as_symbol(op, sample).tojson(); }),
                HasSubstr("only compiled graphs have"));
    ++refused;
  });
  EXPECT_GT(refused, 5);
}

}  // namespace
}  // namespace gluino
