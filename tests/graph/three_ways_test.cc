// Every operator runs as an eager call, as a bound symbol and as a traced graph, with the same
// bits.
#include <gluino/graph/run/cached_op.h>
#include <gluino/graph/run/tracer.h>
#include <gluino/graph/sym.h>
#include <gluino/ops/core/types.h>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::describe;
using testing::gradients;
using testing::heads_for;
using testing::inputs_of;
using testing::run;
using testing::same_bits;

struct Results {
  std::vector<NDArray> outputs, gradients;
};

// The operator as a symbol of variables x0, x1, ..., run forward and, with heads, backward.
Results run_bound(const Op& op, const Sample& sample, const std::vector<NDArray>& inputs,
                  const std::vector<NDArray>& heads) {
  std::vector<Symbol> variables;
  ArrayMap args, grads, aux;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string name = str("x", i);
    variables.push_back(sym::var(name));
    const bool state = op.is_state(sample.options.get(), static_cast<int>(i));
    (state ? aux : args)[name] = inputs[i].copy();
    if (!state && op.has_gradient()) grads[name] = NDArray(inputs[i].shape(), inputs[i].dtype());
  }
  const Symbol symbol = apply(op, sample.options.get(), variables);
  const Executor executor = symbol.bind(cpu(), args, grads, GradReq::write, aux);
  if (op.random) random::seed(5);
  Results result;
  result.outputs = executor.forward(true);
  if (!op.has_gradient()) return result;
  executor.backward(heads);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto found = executor.grad_dict().find(str("x", i));
    result.gradients.push_back(found == executor.grad_dict().end() ? NDArray() : found->second);
  }
  return result;
}

// What hybridize() does: the call is traced once, then the graph is called like an operator.
Results run_traced(const Op& op, const Sample& sample, const std::vector<NDArray>& inputs,
                   const std::vector<NDArray>& heads) {
  Symbol symbol;
  {
    Tracer tracer;
    std::vector<NDArray> stand_ins;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      stand_ins.push_back(tracer.add_input(inputs[i], str("x", i)));
    }
    auto outputs = apply_all(op, sample.options.get(), stand_ins);
    stand_ins.clear();
    symbol = tracer.finish(std::move(outputs), [](const NDArray&) { return std::nullopt; }).symbol;
  }
  std::vector<NDArray> arrays;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    arrays.push_back(inputs[i].copy());
    if (!op.is_state(sample.options.get(), static_cast<int>(i))) arrays.back().attach_grad();
  }
  if (op.random) random::seed(5);
  Results result;
  {
    const autograd::Scope scope = autograd::record();
    result.outputs = CachedOp(symbol)(arrays);
  }
  if (!op.has_gradient()) return result;
  autograd::backward(result.outputs, heads);
  for (const NDArray& array : arrays) result.gradients.push_back(array.grad());
  return result;
}

class ThreeWays : public ::testing::TestWithParam<DType> {};

TEST_P(ThreeWays, GiveTheSameBits) {
  int compared = 0;
  for (const Op* op : Op::all()) {
    for (const Sample& sample : op->samples) {
      // A graph runs at one place, and there is nothing to bind without inputs.
      if (sample.inputs.empty() || op->name == "_copyto") continue;
      SCOPED_TRACE(describe(*op, sample));
      const auto inputs = inputs_of(sample, GetParam());
      std::vector<NDArray> copies;
      for (const NDArray& input : inputs) copies.push_back(input.copy());
      const auto eager = run(*op, sample.options.get(), copies);
      const auto heads = heads_for(eager);
      const Results bound = run_bound(*op, sample, inputs, heads);
      const Results traced = run_traced(*op, sample, inputs, heads);
      ASSERT_EQ(eager.size(), bound.outputs.size());
      ASSERT_EQ(eager.size(), traced.outputs.size());
      for (std::size_t i = 0; i < eager.size(); ++i) {
        EXPECT_TRUE(same_bits(eager[i], bound.outputs[i])) << "output " << i;
        EXPECT_TRUE(same_bits(eager[i], traced.outputs[i])) << "output " << i << ", traced";
      }
      if (!op->has_gradient()) continue;
      const auto expected = gradients(*op, sample.options.get(), inputs, heads);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        if (!expected[i].defined()) continue;
        EXPECT_TRUE(same_bits(expected[i], bound.gradients[i])) << "gradient " << i;
        EXPECT_TRUE(same_bits(expected[i], traced.gradients[i])) << "gradient " << i << ", traced";
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 100);
}

// Whole numbers have no gradients: what is compared is forward.
class BoundForward : public ::testing::TestWithParam<DType> {};

TEST_P(BoundForward, GivesEagersBits) {
  int compared = 0;
  for (const Op* op : Op::all()) {
    for (const Sample& sample : op->samples) {
      const void* options = sample.options.get();
      if (sample.inputs.empty() || op->name == "_copyto" || op->name.starts_with("_fused"))
        continue;
      if (op->random && !is_floating(GetParam())) continue;  // two calls are two draws
      if (!takes(types_of(*op, options), GetParam())) continue;
      if (op->subgraphs && !is_floating(GetParam())) continue;  // as their operators
      SCOPED_TRACE(describe(*op, sample));
      const auto inputs = inputs_of(sample, GetParam());
      std::vector<Symbol> variables;
      ArrayMap args;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        variables.push_back(sym::var(str("x", i)));
        args[str("x", i)] = inputs[i];
      }
      const Symbol symbol = apply(*op, options, variables);
      // Truths in the place of indices would pick as many elements as are true.
      if (GetParam() == boolean && op->name.starts_with("_npi_advanced_indexing")) {
        EXPECT_THROW(symbol.bind(cpu(), args), Error);
        EXPECT_THROW(apply_all(*op, options, inputs), Error);
        continue;
      }
      const Executor executor = symbol.bind(cpu(), args);
      const auto bound = executor.forward(false);
      const auto eager = apply_all(*op, options, inputs);
      ASSERT_EQ(eager.size(), bound.size());
      for (std::size_t i = 0; i < eager.size(); ++i) {
        EXPECT_TRUE(same_bits(eager[i], bound[i])) << "output " << i;
      }
      ++compared;
    }
  }
  EXPECT_GT(compared, 50);
}

INSTANTIATE_TEST_SUITE_P(Types, BoundForward, ::testing::Values(uint8, int8, int32, int64, boolean),
                         [](const auto& param) { return to_string(param.param); });

INSTANTIATE_TEST_SUITE_P(Types, ThreeWays, ::testing::Values(float32, float64, float16, bfloat16),
                         [](const auto& param) { return to_string(param.param); });

}  // namespace
}  // namespace gluino
