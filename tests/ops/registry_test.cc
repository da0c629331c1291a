#include <gmock/gmock.h>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::describe;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::inputs_of;
using testing::message_of;
using testing::same_bits;
using ::testing::StartsWith;

TEST(Registry, EveryOperatorAndOptionIsDocumented) {
  for (const Op* op : Op::all()) {
    EXPECT_FALSE(op->doc.empty()) << op->name;
    EXPECT_TRUE(op->infer) << op->name;
    EXPECT_TRUE(op->kernels_for(Device::cpu).forward) << op->name;
    for (const Field& field : op->fields) {
      EXPECT_FALSE(field.doc.empty()) << op->name << " " << field.name;
    }
  }
}

TEST(Registry, DefaultsReadBackAsThemselves) {
  for (const Op* op : Op::all()) {
    for (const Field& field : op->fields) {
      const auto options = op->default_options();
      field.read(options.get(), field.default_value);
      EXPECT_EQ(field.write(options.get()), field.default_value) << op->name << " " << field.name;
    }
  }
}

TEST(Registry, OptionsOfSamplesSurviveAsText) {
  for (const Op* op : Op::all()) {
    for (const Sample& sample : op->samples) {
      const Attributes text = op->format_options(sample.options.get());
      EXPECT_EQ(op->format_options(op->parse_options(text).get()), text) << describe(*op, sample);
    }
  }
}

TEST(Registry, CallsByNameGiveTheBitsOfTypedCalls) {
  for (const Op* op : Op::all()) {
    // Only a compiled graph calls these.
    if (op->name.starts_with("_fused")) continue;
    for (const Sample& sample : op->samples) {
      SCOPED_TRACE(describe(*op, sample));
      random::seed(3);
      const auto typed = apply_all(*op, sample.options.get(), inputs_of(sample, float32));
      random::seed(3);
      const auto named = nd::invoke(op->name, inputs_of(sample, float32),
                                    op->format_options(sample.options.get()));
      ASSERT_EQ(typed.size(), named.size());
      for (std::size_t i = 0; i < typed.size(); ++i) {
        EXPECT_TRUE(same_bits(typed[i], named[i]));
      }
    }
  }
}

TEST(Registry, OperatorsOfCompiledGraphsRefuseCallsWithoutTheirOptions) {
  for (const Op* op : Op::all()) {
    if (!op->name.starts_with("_fused")) continue;
    for (const Sample& sample : op->samples) {
      SCOPED_TRACE(describe(*op, sample));
      const auto call = [&] { nd::invoke(op->name, inputs_of(sample, float32), {}); };
      const bool has_defaults =
          op->name == "_fused_batch_norm_activation" || op->name == "_fused_softmax_cross_entropy";
      if (has_defaults) {
        EXPECT_NO_THROW(call());
      } else {
        EXPECT_THROW(call(), Error);
      }
    }
  }
}

NDArray ones(const Shape& shape) { return nd::ones(shape); }

TEST(RegistryErrors, NameWhatIsKnown) {
  EXPECT_EQ(message_of([] { Op::get("Convolutoin"); }),
            "there is no operator \"Convolutoin\"; did you mean Convolution?");
  EXPECT_EQ(message_of([] { Op::get("something else"); }),
            "there is no operator \"something else\"");
  EXPECT_THAT(
      message_of([] {
        nd::invoke("Pooling", {ones({1, 1, 2, 2})}, {{"krnel", "(2, 2)"}});
      }),
      StartsWith("[Pooling] has no option \"krnel\"; its options are: kernel, pool_type, "));
  EXPECT_THAT(message_of([] {
                nd::invoke("Pooling", {ones({1, 1, 2, 2})}, {{"krnel", "(2, 2)"}});
              }),
              EndsWith("; did you mean kernel?"));
  EXPECT_EQ(message_of([] {
              nd::invoke("relu", {ones({1})}, {{"a", "b"}});
            }),
            "[relu] has no option \"a\"; its options are: none");
  EXPECT_EQ(message_of([] {
              nd::invoke("FullyConnected", {ones({1, 2}), ones({1, 2})});
            }),
            "[FullyConnected] needs the option \"num_hidden\": Number of outputs per row.");
  EXPECT_EQ(message_of([] { nd::Activation(ones({2}), {.act_type = "rellu"}); }),
            "[Activation] act_type: expected one of relu, sigmoid, tanh, softrelu, softsign, "
            "log_sigmoid, mish, got "
            "\"rellu\"");
}

TEST(RegistryErrors, NameTheOptionWithAWrongValue) {
  const auto with = [](const char* op, const char* option, const char* value) {
    return message_of([&] { Op::get(op).parse_options({{option, value}}); });
  };
  EXPECT_EQ(with("Dropout", "p", "half"), "[Dropout] p: expected a number, got \"half\"");
  EXPECT_EQ(with("BatchNorm", "axis", "1.5"),
            "[BatchNorm] axis: expected a whole number, got \"1.5\"");
  EXPECT_EQ(with("BatchNorm", "axis", "99999999999999999999"),
            "[BatchNorm] axis: expected a whole number, got \"99999999999999999999\"");
  EXPECT_EQ(with("BatchNorm", "axis", "+-1"),
            "[BatchNorm] axis: expected a whole number, got \"+-1\"");
  EXPECT_EQ(with("BatchNorm", "fix_gamma", "yes"),
            "[BatchNorm] fix_gamma: expected True or False, got \"yes\"");
  EXPECT_EQ(with("Pooling", "kernel", "(2, x)"),
            "[Pooling] kernel: expected a tuple like \"(2, 3)\", got \"(2, x)\"");
  EXPECT_EQ(with("slice", "begin", "(1, 2"), "[slice] begin: expected a tuple, got \"(1, 2\"");
  EXPECT_THAT(with("Cast", "dtype", "float33"), StartsWith("[Cast] dtype: "));
}

TEST(RegistryErrors, NameTheInput) {
  const NDArray w = ones({20, 1, 5, 5});
  const ConvolutionOptions conv = {.kernel = {5, 5}, .num_filter = 20};
  EXPECT_EQ(message_of([&] {
              nd::Convolution(ones({100, 784}), w, ones({20}), conv);
            }),
            "[Convolution] data: expected 4 dimensions (N, C, H, W), got (100, 784)");
  EXPECT_EQ(message_of([&] {
              nd::Convolution(ones({2, 3, 9, 9}), w, ones({20}), conv);
            }),
            "[Convolution] weight: expected shape (20, 3, 5, 5), got (20, 1, 5, 5)");
  EXPECT_EQ(message_of([&] {
              nd::Convolution(ones({2, 1, 4, 9}), w, ones({20}), conv);
            }),
            "[Convolution] data: the kernel (5, 5) (dilated to 5) is larger than the padded image "
            "of (2, 1, 4, 9)");
  EXPECT_EQ(message_of([] { nd::invoke("dot", {ones({2})}); }),
            "[dot] expected 2 inputs (lhs, rhs), got 1");
  EXPECT_EQ(message_of([] { nd::concat(std::vector<NDArray>{}); }),
            "[Concat] expected at least one input");
  EXPECT_EQ(message_of([] {
              nd::dot(ones({2, 3}), ones({2, 3}));
            }),
            "[dot] rhs: expected 3 along axis 0 to match lhs (2, 3), got (2, 3)");
  EXPECT_EQ(message_of([] {
              ones({2, 3}) + ones({2, 4});
            }),
            "[broadcast_add] shapes (2, 3) and (2, 4) cannot be broadcast together: sizes 3 and 4");
  EXPECT_EQ(message_of([] { ones({2}) + nd::ones({2}, float64); }),
            "[broadcast_add] rhs: expected float32 as the first input, got float64; convert with "
            "astype");
  EXPECT_EQ(message_of([] { ones({2}) + nd::ones({2}, float32, cpu(1)); }),
            "[broadcast_add] input 1 is on cpu(1), input 0 on cpu(0); use as_in_context");
  EXPECT_EQ(message_of([] { ones({2}) + NDArray(); }),
            "[broadcast_add] input 1 refers to no array");
  EXPECT_EQ(message_of([] {
              nd::softmax(ones({2, 3}), {.axis = 2});
            }),
            "[softmax] data: axis 2 is out of range for 2 dimensions");
  EXPECT_THAT(message_of([] { nd::exp(nd::ones({2}, int32)); }), HasSubstr("[exp] computes in"));
  EXPECT_THAT(message_of([] { nd::one_hot(ones({2}), {.depth = 1LL << 60}); }),
              HasSubstr("cannot allocate"));
}

TEST(RegistryErrors, NameTheLayer) {
  const gluon::nn::Conv2D conv({.channels = 2, .kernel_size = {3, 3}, .prefix = "conv1_"});
  conv.initialize();
  auto copy = conv;
  EXPECT_EQ(message_of([&] {
              copy(ones({100, 784}));
            }),
            "[Convolution conv1] data: expected 4 dimensions (N, C, H, W), got (100, 784)");
  EXPECT_EQ(message_of([&] {
              ones({100}).reshape({7, -1});
            }).substr(0, 50),
            "[Reshape] cannot reshape (100,) to codes (7, -1): ");
}

TEST(Registry, HasWhatTheHeadersDeclare) {
  const NDArray x = nd::array({{0.5, 1}, {2, 4}});
  const NDArray i = nd::array({0, 1});
  const NDArray image = nd::ones({1, 2, 4, 4});
  const NDArray c = nd::ones({2});
  using F = NDArray (*)(const NDArray&, NodeName);
  for (F f : {F(nd::relu),       F(nd::sigmoid), F(nd::tanh),  F(nd::softsign), F(nd::softrelu),
              F(nd::exp),        F(nd::log),     F(nd::log1p), F(nd::expm1),    F(nd::sqrt),
              F(nd::rsqrt),      F(nd::square),  F(nd::abs),   F(nd::sign),     F(nd::negative),
              F(nd::reciprocal), F(nd::sin),     F(nd::cos),   F(nd::erf),      F(nd::floor),
              F(nd::ceil),       F(nd::round),   F(nd::rint),  F(nd::trunc)}) {
    EXPECT_EQ(f(x, {}).shape(), x.shape());
  }
  for (const NDArray& y : {x + x,
                           x - x,
                           x * x,
                           x / x,
                           x + 1,
                           x - 1,
                           x * 2,
                           x / 2,
                           1 + x,
                           1 - x,
                           2 * x,
                           1 / x,
                           x == x,
                           x != x,
                           x > x,
                           x >= x,
                           x<x, x <= x, x == 1, x != 1, x> 1,
                           x >= 1,
                           x < 1,
                           x <= 1,
                           -x,
                           nd::broadcast_add(x, x),
                           nd::broadcast_sub(x, x),
                           nd::broadcast_mul(x, x),
                           nd::broadcast_div(x, x),
                           nd::maximum(x, x),
                           nd::minimum(x, x),
                           nd::power(x, x),
                           nd::modulo(x, x),
                           nd::maximum(x, 1),
                           nd::minimum(x, 1),
                           nd::power(x, 2),
                           nd::power(2, x),
                           nd::modulo(x, 2),
                           nd::Activation(x, {.act_type = "tanh"}),
                           nd::softmax(x),
                           nd::log_softmax(x),
                           nd::Dropout(x),
                           nd::cast(x, {.dtype = float32}),
                           nd::copyto(x, {}),
                           nd::transpose(x),
                           nd::swapaxes(x, {.dim1 = 0, .dim2 = 1}),
                           nd::dot(x, x),
                           nd::reshape(x, {.shape = {2, 2}}),
                           nd::flatten(x),
                           nd::broadcast_to(x, {.shape = {2, 2}}),
                           nd::take(x, i),
                           nd::one_hot(i, {.depth = 2}),
                           nd::moveaxis(x, 0, 1),
                           nd::slice(x, {.begin = {0}, .end = {2}}),
                           nd::slice_axis(x, {.axis = 0, .begin = 0}),
                           nd::random::uniform({.shape = {2, 2}}),
                           nd::random::normal({.shape = {2, 2}}),
                           nd::FullyConnected(x, x, c, {.num_hidden = 2}),
                           nd::FullyConnected(x, x, {.num_hidden = 2}),
                           nd::stack(std::vector<NDArray>{c, c}),
                           nd::SoftmaxOutput(x, i),
                           nd::SoftmaxActivation(x),
                           nd::clip(x, {.a_min = 0, .a_max = 1}),
                           nd::smooth_l1(x),
                           nd::where(x, x, x),
                           nd::zeros_like(x),
                           nd::ones_like(x),
                           nd::LeakyReLU(x),
                           nd::LeakyReLU(x, c, {.act_type = "prelu"}),
                           nd::LayerNorm(x, c, c),
                           nd::L2Normalization(x),
                           nd::Embedding(i, x, {.input_dim = 2, .output_dim = 2}),
                           nd::tile(c, {.reps = {2, 1}}),
                           nd::LinearRegressionOutput(x, x),
                           nd::LogisticRegressionOutput(x, x),
                           nd::MAERegressionOutput(x, x),
                           nd::MakeLoss(x),
                           nd::make_loss(x),
                           nd::BlockGrad(x),
                           nd::stop_gradient(x),
                           nd::identity(x),
                           nd::add_n(std::vector<NDArray>{x, x}),
                           nd::ElementWiseSum(std::vector<NDArray>{x})}) {
    EXPECT_EQ(y.shape(), x.shape());
  }
  for (const NDArray& y : {nd::sum(x), nd::mean(x), nd::prod(x), nd::max(x), nd::min(x),
                           nd::argmax(x), nd::argmin(x), nd::norm(x)}) {
    EXPECT_EQ(y.shape(), Shape({1}));
  }
  EXPECT_EQ(nd::SliceChannel(x, {.num_outputs = 2})[1].shape(), Shape({2, 1}));
  EXPECT_EQ(nd::split(x, {.num_outputs = 2}).size(), 2U);
  EXPECT_EQ(nd::softmax_cross_entropy(x, i).shape(), Shape({1}));
  EXPECT_EQ(nd::repeat(c, {.repeats = 2}).shape(), Shape({4}));
  EXPECT_EQ(nd::Pad(x, {.pad_width = {0, 0, 1, 1}}).shape(), Shape({2, 4}));
  EXPECT_EQ(nd::InstanceNorm(image, c, c).shape(), image.shape());
  EXPECT_EQ(nd::LRN(image, {.nsize = 3}).shape(), image.shape());
  EXPECT_EQ(nd::UpSampling(image, {.scale = 2}).shape(), Shape({1, 2, 8, 8}));
  const NDArray upward = nd::ones({2, 3, 2, 2});
  EXPECT_EQ(nd::Deconvolution(image, upward, {.kernel = {2, 2}, .num_filter = 3}).shape(),
            Shape({1, 3, 5, 5}));
  EXPECT_EQ(
      nd::Deconvolution(image, upward, nd::ones({3}), {.kernel = {2, 2}, .num_filter = 3}).shape(),
      Shape({1, 3, 5, 5}));
  EXPECT_EQ(nd::pick(x, i).shape(), Shape({2}));
  EXPECT_EQ(nd::concat(std::vector<NDArray>{x, x}).shape(), Shape({2, 4}));
  EXPECT_EQ(nd::expand_dims(x, {.axis = 0}).shape(), Shape({1, 2, 2}));
  EXPECT_EQ(nd::squeeze(nd::expand_dims(x, {.axis = 0})).shape(), x.shape());
  EXPECT_EQ(nd::BatchNorm(image, c, c, c, c).shape(), image.shape());
  EXPECT_EQ(nd::Pooling(image, {.kernel = {2, 2}}).shape(), Shape({1, 2, 3, 3}));
  const NDArray w = nd::ones({2, 2, 3, 3});
  const ConvolutionOptions conv = {.kernel = {3, 3}, .num_filter = 2};
  EXPECT_EQ(nd::Convolution(image, w, c, conv).shape(), Shape({1, 2, 2, 2}));
  EXPECT_EQ(nd::Convolution(image, w, conv).shape(), Shape({1, 2, 2, 2}));
  const NDArray weight = c.copy();
  nd::sgd_update(weight, c, {});
  nd::sgd_mom_update(weight, c, c.copy(), {});
  nd::adam_update(weight, c, c.copy(), c.copy(), {});
  EXPECT_LT(weight.to_vector<float>()[0], 1);
}

}  // namespace
}  // namespace gluino
