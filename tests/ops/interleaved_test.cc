// The products of attention in place, against the same by slices and batch_dot.
#include <cmath>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::filled;
using testing::message_of;

void expect_near(const NDArray& got, const NDArray& expected) {
  ASSERT_EQ(got.shape(), expected.shape());
  const auto x = got.to_vector<double>();
  const auto y = expected.to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], y[i], 1e-12) << i;
}

constexpr std::int64_t kWords = 5, kSentences = 2, kHeads = 3, kDepth = 4;

// A part of a projection as (sentences * heads, words, depth).
NDArray part_of(const NDArray& projection, std::int64_t parts, std::int64_t part) {
  const std::int64_t words = projection.shape()[0];
  const NDArray apart =
      nd::reshape(projection, {.shape = {words, kSentences, kHeads, parts, kDepth}});
  const NDArray one = nd::slice_axis(apart, {.axis = 3, .begin = part, .end = part + 1});
  return nd::reshape(nd::transpose(one, {.axes = {1, 2, 0, 3, 4}}),
                     {.shape = {kSentences * kHeads, words, kDepth}});
}

NDArray together(const NDArray& heads) {
  const std::int64_t words = heads.shape()[1];
  const NDArray apart = nd::reshape(heads, {.shape = {kSentences, kHeads, words, kDepth}});
  return nd::reshape(nd::transpose(apart, {.axes = {2, 0, 1, 3}}),
                     {.shape = {words, kSentences, kHeads * kDepth}});
}

TEST(Interleaved, AttentionToOneself) {
  const NDArray x = filled({{kWords, kSentences, kHeads * 3 * kDepth}}, float64, 1);
  const NDArray scores = nd::interleaved_matmul_selfatt_qk(x, {.heads = kHeads});
  expect_near(scores, nd::batch_dot(part_of(x, 3, 0), part_of(x, 3, 1), {.transpose_b = true}) /
                          std::sqrt(double{kDepth}));
  expect_near(nd::interleaved_matmul_selfatt_valatt(x, scores, {.heads = kHeads}),
              together(nd::batch_dot(scores, part_of(x, 3, 2))));
}

TEST(Interleaved, AttentionToOthers) {
  const NDArray q = filled({{7, kSentences, kHeads * kDepth}}, float64, 2);
  const NDArray kv = filled({{kWords, kSentences, kHeads * 2 * kDepth}}, float64, 3);
  const NDArray scores = nd::interleaved_matmul_encdec_qk(q, kv, {.heads = kHeads});
  expect_near(scores, nd::batch_dot(part_of(q, 1, 0), part_of(kv, 2, 0), {.transpose_b = true}) /
                          std::sqrt(double{kDepth}));
  expect_near(nd::interleaved_matmul_encdec_valatt(kv, scores, {.heads = kHeads}),
              together(nd::batch_dot(scores, part_of(kv, 2, 1))));
}

TEST(Interleaved, RefusesWhatDoesNotFit) {
  EXPECT_EQ(
      message_of([] {
        nd::interleaved_matmul_selfatt_qk(nd::ones({2, 1, 8}), {.heads = 2});
      }),
      "[_contrib_interleaved_matmul_selfatt_qk] queries_keys_values: expected a multiple of 3 "
      "times 2 heads along axis 2, got (2, 1, 8)");
  EXPECT_EQ(
      message_of([] {
        nd::interleaved_matmul_encdec_valatt(nd::ones({2, 1, 8}), nd::ones({2, 3, 3}),
                                             {.heads = 2});
      }),
      "[_contrib_interleaved_matmul_encdec_valatt] attention: expected (2, words, 2) to match "
      "(2, 1, 8), got (2, 3, 3)");
}

}  // namespace
}  // namespace gluino
