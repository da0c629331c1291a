// Operators written by users, in their three ways of running.
#include <gluino/gluon/nn/nn.h>
#include <gluino/graph/sym.h>
#include <gmock/gmock.h>

#include <stdexcept>

#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using testing::same_bits;

// y = factor * x^2; keeps x from the forward, so backward must meet the same object.
class Square : public op::CustomOp {
 public:
  explicit Square(double factor) : factor_(factor) {}
  void forward(bool is_train, const std::vector<GradReq>& req, const std::vector<NDArray>& in,
               const std::vector<NDArray>& out, const std::vector<NDArray>& aux) override {
    if (is_train) kept_ = in[0].copy();
    assign(out[0], req[0], in[0] * in[0] * factor_);
    if (!aux.empty() && is_train) aux[0].assign(aux[0] + 1.0);
  }
  void backward(const std::vector<GradReq>& req, const std::vector<NDArray>& out_grad,
                const std::vector<NDArray>& /*in*/, const std::vector<NDArray>& /*out*/,
                const std::vector<NDArray>& in_grad, const std::vector<NDArray>& /*aux*/) override {
    assign(in_grad[0], req[0], out_grad[0] * kept_ * (2 * factor_));
  }

 private:
  double factor_;
  NDArray kept_;
};

class SquareProp : public op::CustomOpProp {
 public:
  explicit SquareProp(const Attributes& attributes)
      : factor_(attributes.contains("factor") ? std::stod(attributes.at("factor")) : 1) {}
  std::vector<std::string> list_auxiliary_states() const override { return {"calls"}; }
  Shapes infer_shape(const std::vector<Shape>& in) const override { return {in, {in[0]}, {{1}}}; }
  std::unique_ptr<op::CustomOp> create_operator(
      const Context& /*context*/, const std::vector<Shape>& /*shapes*/,
      const std::vector<DType>& /*types*/) const override {
    return std::make_unique<Square>(factor_);
  }

 private:
  double factor_;
};

// MXNet's example: softmax with the gradient of the cross entropy, given no head gradient.
class Softmax : public op::CustomOp {
 public:
  void forward(bool /*is_train*/, const std::vector<GradReq>& req, const std::vector<NDArray>& in,
               const std::vector<NDArray>& out, const std::vector<NDArray>& /*aux*/) override {
    assign(out[0], req[0], nd::softmax(in[0]));
  }
  void backward(const std::vector<GradReq>& req, const std::vector<NDArray>& out_grad,
                const std::vector<NDArray>& in, const std::vector<NDArray>& out,
                const std::vector<NDArray>& in_grad, const std::vector<NDArray>& /*aux*/) override {
    EXPECT_TRUE(out_grad.empty());
    const auto classes = out[0].shape()[1];
    assign(in_grad[0], req[0], out[0] - nd::one_hot(in[1], {.depth = classes}));
  }
};

class SoftmaxProp : public op::CustomOpProp {
 public:
  SoftmaxProp() : CustomOpProp(false) {}
  std::vector<std::string> list_arguments() const override { return {"data", "label"}; }
  Shapes infer_shape(const std::vector<Shape>& in) const override {
    return {{in[0], {in[0][0]}}, {in[0]}, {}};
  }
  std::unique_ptr<op::CustomOp> create_operator(
      const Context& /*context*/, const std::vector<Shape>& /*shapes*/,
      const std::vector<DType>& /*types*/) const override {
    return std::make_unique<Softmax>();
  }
};

class Failing : public op::CustomOp {
  void forward(bool /*is_train*/, const std::vector<GradReq>& /*req*/,
               const std::vector<NDArray>& /*in*/, const std::vector<NDArray>& /*out*/,
               const std::vector<NDArray>& /*aux*/) override {
    throw std::runtime_error("out of ink");
  }
};

class FailingProp : public op::CustomOpProp {
  std::unique_ptr<op::CustomOp> create_operator(
      const Context& /*context*/, const std::vector<Shape>& /*shapes*/,
      const std::vector<DType>& /*types*/) const override {
    return std::make_unique<Failing>();
  }
};

// A source: it has no arguments, and says itself what it gives.
class Sevens : public op::CustomOp {
  void forward(bool /*is_train*/, const std::vector<GradReq>& /*req*/,
               const std::vector<NDArray>& /*in*/, const std::vector<NDArray>& out,
               const std::vector<NDArray>& /*aux*/) override {
    out[0].assign(out[0] + 7.0);
  }
};

class SevensProp : public op::CustomOpProp {
 public:
  explicit SevensProp(const Attributes& attributes) : silent_(attributes.contains("silent")) {}
  std::vector<std::string> list_arguments() const override { return {}; }
  Shapes infer_shape(const std::vector<Shape>& in) const override {
    return silent_ ? CustomOpProp::infer_shape(in) : Shapes{{}, {{2}}, {}};
  }
  Types infer_type(const std::vector<DType>& /*in*/) const override { return {{}, {int32}, {}}; }
  std::unique_ptr<op::CustomOp> create_operator(
      const Context& /*context*/, const std::vector<Shape>& /*shapes*/,
      const std::vector<DType>& /*types*/) const override {
    return std::make_unique<Sevens>();
  }

 private:
  bool silent_;
};

// The same with a state, which nothing but infer_shape tells the shape of.
class CountedSevensProp : public SevensProp {
 public:
  using SevensProp::SevensProp;
  std::vector<std::string> list_auxiliary_states() const override { return {"count"}; }
  Shapes infer_shape(const std::vector<Shape>& /*in*/) const override { return {{}, {{2}}, {{3}}}; }
  Types infer_type(const std::vector<DType>& /*in*/) const override {
    return {{}, {int32}, {int64}};
  }
};

[[maybe_unused]] const bool registered = [] {
  op::register_prop<SquareProp>("test_square");
  op::register_prop<SoftmaxProp>("test_softmax");
  op::register_prop<FailingProp>("test_failing");
  op::register_prop<SevensProp>("test_sevens");
  op::register_prop<CountedSevensProp>("test_counted_sevens");
  return true;
}();

const CustomOptions kSquare = {.op_type = "test_square", .attributes = {{"factor", "3"}}};

TEST(Custom, EagerWithGradientAndState) {
  const NDArray x = nd::array({1, -2});
  const NDArray calls = nd::zeros({1});
  x.attach_grad();
  NDArray y, z;
  {
    const auto recording = autograd::record();
    y = nd::Custom({x, calls}, kSquare);
    z = nd::Custom({y, calls}, kSquare);  // another object: each keeps its own input
  }
  EXPECT_THAT(y.to_vector<float>(), ElementsAre(3, 12));
  z.backward();
  EXPECT_THAT(x.grad().to_vector<float>(), ElementsAre(6 * 3 * 6, 6 * 12 * -12));
  EXPECT_EQ(calls.asscalar(), 2);
}

TEST(Custom, BoundSymbol) {
  const Symbol y = sym::Custom({sym::var("x")}, kSquare, "sq");
  EXPECT_THAT(y.list_arguments(), ElementsAre("x"));
  EXPECT_THAT(y.list_auxiliary_states(), ElementsAre("sq_calls"));
  EXPECT_THAT(y.list_outputs(), ElementsAre("sq_output"));
  const Executor executor = sym::load_json(y.tojson()).simple_bind(cpu(), {{"x", {2}}});
  executor.forward(true, {{"x", nd::array({1, -2})}});
  EXPECT_THAT(executor.outputs()[0].to_vector<float>(), ElementsAre(3, 12));
  executor.backward();
  EXPECT_THAT(executor.grad_arrays()[0].to_vector<float>(), ElementsAre(6, -12));
  EXPECT_EQ(executor.aux_arrays()[0].asscalar(), 1);
}

TEST(Custom, WithoutArguments) {
  const std::vector<NDArray> none;
  EXPECT_THAT(nd::Custom(none, {.op_type = "test_sevens"}).to_vector<int>(), ElementsAre(7, 7));
  const Symbol net = sym::Custom(std::vector<Symbol>{}, {.op_type = "test_sevens"}, "source");
  EXPECT_TRUE(net.list_arguments().empty());
  const Executor executor = sym::load_json(net.tojson()).simple_bind(cpu(), {});
  executor.forward();
  EXPECT_EQ(executor.outputs()[0].dtype(), int32);
  EXPECT_THAT(executor.outputs()[0].to_vector<int>(), ElementsAre(7, 7));
  EXPECT_THAT(message_of([&] {
                nd::Custom(none, {.op_type = "test_sevens", .attributes = {{"silent", "1"}}});
              }),
              HasSubstr("has to override infer_shape"));
}

TEST(Custom, WithStatesAlone) {
  const Symbol net = sym::Custom(std::vector<Symbol>{}, {.op_type = "test_counted_sevens"}, "n");
  EXPECT_TRUE(net.list_arguments().empty());
  EXPECT_THAT(net.list_auxiliary_states(), ElementsAre("n_count"));
  const Executor executor = net.simple_bind(cpu(), {});
  executor.forward();
  EXPECT_THAT(executor.outputs()[0].to_vector<int>(), ElementsAre(7, 7));
  EXPECT_EQ(executor.aux_arrays()[0].shape(), (Shape{3}));
  EXPECT_EQ(executor.aux_arrays()[0].dtype(), int64);
}

TEST(Custom, UnderHybridize) {
  const NDArray calls = nd::zeros({1});
  gluon::nn::HybridLambda net([&](const NDArray& x) { return nd::Custom({x, calls}, kSquare); });
  net.hybridize();
  const NDArray x = nd::array({1, -2});
  for (int i = 0; i < 3; ++i) {
    x.attach_grad();
    NDArray y;
    {
      const auto recording = autograd::record();
      y = net(x);
    }
    y.backward();
    EXPECT_THAT(x.grad().to_vector<float>(), ElementsAre(6, -12));
  }
  EXPECT_EQ(calls.asscalar(), 3);
}

TEST(Custom, ALossAsInMXNetsTutorial) {
  const Symbol net = sym::Custom({sym::var("data")}, {.op_type = "test_softmax"}, "softmax");
  EXPECT_THAT(net.list_arguments(), ElementsAre("data", "softmax_label"));
  const Executor executor = net.simple_bind(cpu(), {{"data", {2, 3}}});
  const NDArray x = nd::array({{1, 2, 3}, {0, 0, 1}});
  const NDArray label = nd::array({2, 0});
  executor.forward(true, {{"data", x}, {"softmax_label", label}});
  executor.backward();
  const Executor own =
      sym::SoftmaxOutput(sym::var("data"), {}, "softmax").simple_bind(cpu(), {{"data", {2, 3}}});
  own.forward(true, {{"data", x}, {"softmax_label", label}});
  own.backward();
  EXPECT_TRUE(same_bits(executor.outputs()[0], own.outputs()[0]));
  EXPECT_TRUE(same_bits(executor.grad_arrays()[0], own.grad_arrays()[0]));
  EXPECT_THAT(executor.grad_arrays()[1].to_vector<float>(), ElementsAre(0, 0));
}

TEST(Custom, ErrorsArriveAtTheCaller) {
  const NDArray x = nd::ones({2});
  EXPECT_THROW(nd::Custom({x}, {.op_type = "test_failing"}), std::runtime_error);
  const Executor executor =
      sym::Custom({sym::var("x")}, {.op_type = "test_failing"}).simple_bind(cpu(), {{"x", {1}}});
  EXPECT_THROW(executor.forward(), std::runtime_error);
  EXPECT_THAT(message_of([&] { nd::Custom({x}, {.op_type = "test_unheard"}); }),
              HasSubstr("unknown custom operator 'test_unheard'"));
  EXPECT_THAT(message_of([&] {
                nd::Custom({x}, {.op_type = "test_softmax", .attributes = {{"a", "b"}}});
              }),
              HasSubstr("takes no attributes"));
  EXPECT_THAT(message_of([] { op::register_prop<FailingProp>("test_failing"); }),
              HasSubstr("registered already"));
}

}  // namespace
}  // namespace gluino
