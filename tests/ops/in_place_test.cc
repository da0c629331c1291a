#include <gmock/gmock.h>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::describe;
using ::testing::HasSubstr;
using testing::heads_for;
using testing::inputs_of;
using testing::message_of;
using testing::run;
using testing::same_bits;

std::vector<Tensor> tensors(const std::vector<NDArray>& arrays) {
  std::vector<Tensor> result;
  for (const NDArray& array : arrays)
    result.push_back({array.data(), array.shape(), array.dtype()});
  return result;
}

bool same_form(const NDArray& a, const NDArray& b) {
  return a.bytes() == b.bytes() && a.dtype() == b.dtype();
}

// All outputs of a forward, hidden ones too; output 0 over input 0 if `over`.
std::vector<NDArray> forward(const Op& op, const void* options, const std::vector<NDArray>& in,
                             const std::vector<NDArray>& like, bool over) {
  std::vector<NDArray> out;
  for (const NDArray& array : like) out.push_back(nd::zeros(array.shape(), array.dtype()));
  if (over) out[0] = in[0].view(out[0].shape());
  if (op.random) random::seed(5);
  op.kernels_for(Device::cpu).forward(options, {tensors(in), tensors(out), true});
  return out;
}

std::vector<NDArray> copies_of(const std::vector<NDArray>& arrays) {
  std::vector<NDArray> copies;
  for (const NDArray& array : arrays) copies.push_back(array.copy());
  return copies;
}

// The gradients of all inputs that are no states; that of input 0 over that of output 0 if `over`.
std::vector<NDArray> backward(const Op& op, const void* options, const std::vector<NDArray>& in,
                              const std::vector<NDArray>& out, const std::vector<NDArray>& heads,
                              bool over) {
  std::vector<NDArray> out_grads = copies_of(heads);
  std::vector<NDArray> in_grads;
  for (const NDArray& array : in) in_grads.push_back(nd::zeros(array.shape(), array.dtype()));
  if (over) in_grads[0] = out_grads[0].view(in[0].shape());
  auto head_tensors = tensors(out_grads);
  // Hidden outputs have no gradient.
  for (std::size_t i = out_grads.size(); i < out.size(); ++i) {
    head_tensors.push_back({nullptr, out[i].shape(), out[i].dtype()});
  }
  auto wanted = tensors(in_grads);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!op.passes_gradient_to(options, static_cast<int>(i))) wanted[i].data = nullptr;
  }
  op.kernels_for(Device::cpu)
      .backward(options, {head_tensors, tensors(in), tensors(out), wanted, true});
  return in_grads;
}

void expect_same(const std::vector<NDArray>& a, const std::vector<NDArray>& b, const char* what) {
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(same_bits(a[i], b[i])) << what << " " << i;
}

void check_sample(const Op& op, const Sample& sample, DType dtype) {
  SCOPED_TRACE(str(describe(op, sample), " in ", dtype));
  const void* options = sample.options.get();
  const auto inputs = inputs_of(sample, dtype);
  std::vector<NDArray> like(static_cast<std::size_t>(num_outputs(op, options)));
  {
    const autograd::Scope scope = autograd::record();
    invoke(op, options, copies_of(inputs), like);
  }
  const bool fits = same_form(like[0], inputs[0]);
  const auto apart_in = copies_of(inputs);
  const auto apart = forward(op, options, apart_in, like, false);
  if (fits) {
    const auto over_in = copies_of(inputs);
    const auto over = forward(op, options, over_in, like, true);
    expect_same(over, apart, "output");
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      EXPECT_TRUE(same_bits(over_in[i], apart_in[i])) << "input " << i;
    }
  }
  if (!op.has_gradient() || !fits) return;
  std::vector<NDArray> visible = apart;
  visible.resize(static_cast<std::size_t>(num_visible_outputs(op, options)));
  const auto heads = heads_for(visible);
  expect_same(backward(op, options, inputs, apart, heads, true),
              backward(op, options, inputs, apart, heads, false), "gradient");
}

TEST(InPlace, OperatorsThatSaySoGiveTheSameBits) {
  for (const Op* op : Op::all()) {
    if (!op->in_place) continue;
    EXPECT_FALSE(op->samples.empty()) << op->name;
    for (const Sample& sample : op->samples) {
      for (const DType dtype : {float32, float16}) check_sample(*op, sample, dtype);
    }
  }
}

TEST(InPlace, InvokeRefusesAnOutputOverAnInputThatIsStillRead) {
  const NDArray x = nd::array({{1, 2}, {3, 4}});
  const auto call = [](const char* name, const std::vector<NDArray>& in, NDArray out) {
    const Op& op = Op::get(name);
    const auto options = op.parse_options({});
    invoke(op, options.get(), in, std::span(&out, 1));
  };
  EXPECT_EQ(message_of([&] { call("transpose", {x}, x); }),
            "[transpose] out 0 shares memory with input 0, which is read while it is written; use "
            "another");
  EXPECT_THAT(message_of([&] { call("add_n", {x.copy(), x}, x); }), HasSubstr("input 1"));
  const NDArray rows = nd::array({1, 2, 3});
  EXPECT_THAT(message_of([&] { call("exp", {rows.slice(0, 2)}, rows.slice(1, 3)); }),
              HasSubstr("shares memory with input 0"));
  call("square", {x}, x);
  EXPECT_EQ(x.to_vector<double>(), (std::vector<double>{1, 4, 9, 16}));
  x += x;
  EXPECT_EQ(x.to_vector<double>(), (std::vector<double>{2, 8, 18, 32}));
}

}  // namespace
}  // namespace gluino
