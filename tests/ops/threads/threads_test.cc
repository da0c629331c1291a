#include "ops/support.h"

namespace gluino {
namespace {

using testing::describe;
using testing::gradients;
using testing::heads_for;
using testing::inputs_of;
using testing::run;
using testing::same_bits;

// The outputs and the gradients of one run.
std::vector<NDArray> everything(const Op& op, const Sample& sample, DType dtype) {
  const auto inputs = inputs_of(sample, dtype);
  auto results = run(op, sample.options.get(), inputs);
  if (op.has_gradient()) {
    const auto grads =
        gradients(op, sample.options.get(), inputs_of(sample, dtype), heads_for(results));
    results.insert(results.end(), grads.begin(), grads.end());
  }
  // States and updated weights are results too.
  results.insert(results.end(), inputs.begin(), inputs.end());
  return results;
}

void expect_same_for_any_threads(const Op& op, const Sample& sample, DType dtype) {
  SCOPED_TRACE(describe(op, sample));
  set_num_threads(1);
  const auto expected = everything(op, sample, dtype);
  for (int threads = 2; threads <= 4; ++threads) {
    set_num_threads(threads);
    const auto got = everything(op, sample, dtype);
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (!expected[i].defined()) continue;
      EXPECT_TRUE(same_bits(got[i], expected[i]))
          << "result " << i << ", " << threads << " threads";
    }
  }
  set_num_threads(0);
}

TEST(OperatorThreads, EverySampleHasTheSameBitsForAnyNumber) {
  for (const Op* op : Op::all()) {
    for (const Sample& sample : op->samples) {
      expect_same_for_any_threads(*op, sample, float32);
      expect_same_for_any_threads(*op, sample, float64);
    }
  }
}

struct Large {
  const char* op;
  Attributes options;
  std::vector<SampleInput> inputs;
};

// The layers of the tutorials' networks, and shapes large enough to be split in every kernel.
const std::vector<Large> kLarge = {
    {"Convolution",
     {{"kernel", "(5, 5)"}, {"num_filter", "20"}},
     {{{33, 1, 28, 28}}, {{20, 1, 5, 5}}, {{20}}}},
    {"Convolution",
     {{"kernel", "(5, 5)"}, {"num_filter", "50"}},
     {{{33, 20, 12, 12}}, {{50, 20, 5, 5}}, {{50}}}},
    {"Pooling", {{"kernel", "(2, 2)"}, {"stride", "(2, 2)"}}, {{{33, 20, 24, 24}}}},
    {"Pooling",
     {{"kernel", "(3, 3)"}, {"stride", "(2, 2)"}, {"pool_type", "avg"}},
     {{{17, 20, 24, 24}}}},
    {"FullyConnected", {{"num_hidden", "500"}}, {{{37, 800}}, {{500, 800}}, {{500}}}},
    {"FullyConnected", {{"num_hidden", "10"}}, {{{100, 500}}, {{10, 500}}, {{10}}}},
    {"FullyConnected", {{"num_hidden", "128"}}, {{{100, 784}}, {{128, 784}}, {{128}}}},
    {"Activation", {{"act_type", "tanh"}}, {{{33, 20, 24, 24}}}},
    {"Activation", {{"act_type", "relu"}}, {{{100, 1281}}}},
    {"BatchNorm",
     {{"fix_gamma", "False"}},
     {{{33, 20, 12, 12}}, {{20}}, {{20}}, {{20}}, {{20}, {Fill::Kind::uniform, 0.5, 2}}}},
    {"log_softmax", {}, {{{1003, 10}}}},
    {"RNN",
     {{"mode", "lstm"}, {"state_size", "128"}, {"num_layers", "1"}, {"bidirectional", "True"}},
     {{{5, 33, 64}}, {{198656}}, {{2, 33, 128}}, {{2, 33, 128}}}},
    {"_linalg_trmm", {}, {{{3, 150, 150}}, {{3, 150, 77}}}},
    {"_contrib_interleaved_matmul_selfatt_qk", {{"heads", "4"}}, {{{64, 4, 768}}}},
    {"CTCLoss", {}, {{{60, 33, 30}}, {{33, 10}, {Fill::Kind::integers, 1, 30}}}},
    {"softmax", {{"axis", "1"}}, {{{33, 20, 144}}}},
    {"Dropout", {{"p", "0.3"}}, {{{100, 1281}}}},
    {"sum", {}, {{{333, 1001}}}},
    {"sum", {{"axis", "(0,)"}}, {{{333, 1001}}}},
    {"mean", {{"axis", "(1,)"}}, {{{333, 1001}}}},
    {"norm", {}, {{{333, 1001}}}},
    {"max", {{"axis", "(0,)"}}, {{{333, 1001}, {Fill::Kind::distinct, -2, 2}}}},
    {"broadcast_mul", {}, {{{333, 1, 301}}, {{7, 1}}}},
    {"broadcast_add", {}, {{{333, 1001}}, {{1001}}}},
    {"dot", {}, {{{211, 307}}, {{307, 101}}}},
    {"transpose", {{"axes", "(0, 2, 1)"}}, {{{33, 144, 201}}}},
    {"Concat", {}, {{{333, 301}}, {{333, 500}}}},
};

TEST(OperatorThreads, LargeArraysHaveTheSameBitsForAnyNumber) {
  for (const Large& large : kLarge) {
    const Op& op = Op::get(large.op);
    expect_same_for_any_threads(op, {op.parse_options(large.options), large.inputs}, float32);
  }
}

}  // namespace
}  // namespace gluino
