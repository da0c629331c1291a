// save_parameters and load_parameters, of every layer, wherever it stands.
#include <gluino/gluon/symbol_block.h>
#include <gluino/graph/sym.h>
#include <gluino/ops/elementwise/copies.h>

#include <functional>

#include "gluon/support.h"

namespace gluino {
namespace {

namespace nn = gluon::nn;
using ::testing::HasSubstr;
using testing::message_of;
using testing::pattern;
using testing::TemporaryFile;

using BlockPtr = std::shared_ptr<gluon::Block>;
using Contexts = std::vector<Context>;

// A user's block with a parameter of its own beside a child.
class Scaled : public gluon::Block {
 public:
  explicit Scaled(BlockPtr inner) {
    register_child("inner", std::move(inner));
    scale_ = parameter("scale", {.shape = {1}, .init = "ones"});
  }
  NDArray forward(const NDArray& x) override {
    return nd::broadcast_mul((*children()[0].second)(x), scale_.data(x.context()));
  }

 private:
  gluon::Parameter scale_;
};

// A user's block with nothing but parameters.
class Affine : public gluon::Block {
 public:
  Affine() {
    factor_ = parameter("factor", {.shape = {1}, .init = "ones"});
    offset_ = parameter("offset", {.shape = {1}, .init = "zeros"});
  }
  NDArray forward(const NDArray& x) override {
    const NDArray y = nd::broadcast_mul(x, factor_.data(x.context()));
    return nd::broadcast_add(y, offset_.data(x.context()));
  }

 private:
  gluon::Parameter factor_;
  gluon::Parameter offset_;
};

template <class Layer, class... Options>
std::function<BlockPtr()> made(const Options&... options) {
  return [=] { return std::make_shared<Layer>(options...); };
}

// Every layer, made anew at each call, so that each has a prefix of its own.
std::map<std::string, std::function<BlockPtr()>> layers() {
  const auto twice = [](const NDArray& x) { return x * 2; };
  return {
      {"Dense", made<nn::Dense>(nn::DenseOptions{.units = 3})},
      {"Dense without bias", made<nn::Dense>(nn::DenseOptions{.units = 3, .use_bias = false})},
      {"Dense, activated", made<nn::Dense>(nn::DenseOptions{.units = 3, .activation = "relu"})},
      {"Conv2D", made<nn::Conv2D>(nn::Conv2DOptions{.channels = 2, .kernel_size = {3, 3}})},
      {"Conv2D, activated", made<nn::Conv2D>(nn::Conv2DOptions{
                                .channels = 2, .kernel_size = {1, 1}, .activation = "tanh"})},
      {"Conv2D without bias", made<nn::Conv2D>(nn::Conv2DOptions{
                                  .channels = 2, .kernel_size = {3, 3}, .use_bias = false})},
      {"BatchNorm", made<nn::BatchNorm>()},
      {"BatchNorm, fixed",
       made<nn::BatchNorm>(nn::BatchNormLayerOptions{.center = false, .scale = false})},
      {"Activation", made<nn::Activation>("relu")},
      {"Dropout", made<nn::Dropout>(0.5)},
      {"Flatten", made<nn::Flatten>()},
      {"MaxPool2D", made<nn::MaxPool2D>()},
      {"AvgPool2D", made<nn::AvgPool2D>()},
      {"GlobalMaxPool2D", made<nn::GlobalMaxPool2D>()},
      {"GlobalAvgPool2D", made<nn::GlobalAvgPool2D>()},
      {"Lambda", made<nn::Lambda>(twice)},
      {"HybridLambda", made<nn::HybridLambda>(twice)},
      {"Sequential", made<nn::Sequential>()},
      {"HybridSequential", made<nn::HybridSequential>()},
      {"a user's", made<Affine>()},
  };
}

BlockPtr in_sequence(BlockPtr block) {
  auto net = std::make_shared<nn::Sequential>();
  net->add(std::move(block));
  return net;
}

// What a layer may stand in.
std::map<std::string, std::function<BlockPtr(BlockPtr)>> places() {
  return {
      {"alone", [](BlockPtr block) { return block; }},
      {"in a container", in_sequence},
      {"in a container in a container",
       [](BlockPtr block) { return in_sequence(in_sequence(std::move(block))); }},
      {"in a user's block",
       [](BlockPtr block) { return std::make_shared<Scaled>(std::move(block)); }},
  };
}

// A net in training on these contexts, each parameter with values of its own.
void fill(gluon::Block& net, const Contexts& contexts) {
  net.initialize(init::Xavier(), contexts);
  for (const Context& context : contexts) {
    net(pattern({2, 3, 6, 6}, 0).astype(float32).as_in_context(context));
  }
  int k = 0;
  for (const auto& [name, parameter] : net.structural_params()) {
    parameter.set_data(pattern(parameter.shape(), ++k));
  }
}

void expect_same(const gluon::Block& loaded, const gluon::Block& saved, DType dtype,
                 const Contexts& contexts) {
  const auto expected = saved.structural_params();
  const auto found = loaded.structural_params();
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].first, expected[i].first);
    EXPECT_EQ(found[i].second.dtype(), dtype);
    EXPECT_EQ(found[i].second.list_ctx(), contexts);
    for (const NDArray& copy : found[i].second.list_data()) {
      EXPECT_TRUE(ops::same_bits(copy, expected[i].second.data())) << expected[i].first;
    }
  }
}

TEST(BlockFiles, EveryLayerLoadsWhereverItStands) {
  const TemporaryFile file;
  for (const auto& [layer, make] : layers()) {
    for (const auto& [place, put] : places()) {
      for (const DType dtype : {float32, float64, float16}) {
        for (const Contexts& contexts : {Contexts{cpu(0)}, Contexts{cpu(0), cpu(1)}}) {
          SCOPED_TRACE(str(layer, " ", place, ", ", dtype, ", contexts: ", contexts.size()));
          const BlockPtr saved = put(make());
          fill(*saved, contexts);
          saved->cast(dtype);
          saved->save_parameters(file.path());

          const BlockPtr fresh = put(make());
          fresh->cast(dtype);
          fresh->load_parameters(file.path(), {.ctx = contexts});
          expect_same(*fresh, *saved, dtype, contexts);

          const BlockPtr waiting = put(make());
          waiting->cast(dtype);
          waiting->initialize(init::One(), contexts);
          waiting->load_parameters(file.path());
          expect_same(*waiting, *saved, dtype, contexts);

          const BlockPtr trained = put(make());
          fill(*trained, contexts);
          trained->cast(dtype);
          trained->collect_params().zero_grad();
          trained->load_parameters(file.path());
          expect_same(*trained, *saved, dtype, contexts);
        }
      }
    }
  }
}

TEST(BlockFiles, OfLossesAreEmpty) {
  const TemporaryFile file;
  for (gluon::loss::Loss* loss : std::initializer_list<gluon::loss::Loss*>{
           new gluon::loss::L2Loss(), new gluon::loss::SoftmaxCrossEntropyLoss()}) {
    const std::unique_ptr<gluon::loss::Loss> owner(loss);
    loss->save_parameters(file.path());
    loss->load_parameters(file.path());
    EXPECT_TRUE(nd::load(file.path()).empty());
  }
}

// The names in files older than structural ones: a parameter's own, whole or without the prefix of
// the block that was saved; in files that export wrote, behind its kind.
TEST(BlockFiles, OldNamesAreRead) {
  const TemporaryFile file;
  for (const auto& [layer, make] : layers()) {
    for (const auto& [place, put] : places()) {
      SCOPED_TRACE(layer + " " + place);
      const BlockPtr net = put(make());
      fill(*net, {cpu()});
      const std::string prefix = net->prefix();
      const auto with_names = [&](const auto& name_of) {
        nd::NamedArrays arrays;
        for (const auto& [name, parameter] : net->structural_params()) {
          arrays.emplace_back(name_of(parameter), parameter.data().copy());
        }
        return arrays;
      };
      const auto whole = with_names([](const gluon::Parameter& p) { return p.name(); });
      const auto bare = with_names([&](const gluon::Parameter& p) {
        return p.name().starts_with(prefix) ? p.name().substr(prefix.size()) : p.name();
      });
      const auto exported = with_names([](const gluon::Parameter& p) {
        return (p.grad_req() == GradReq::null ? "aux:" : "arg:") + p.name();
      });
      for (const nd::NamedArrays& arrays : {whole, bare, exported}) {
        nd::save(file.path(), arrays);
        for (const auto& [name, parameter] : net->structural_params()) {
          parameter.set_data(nd::zeros(parameter.shape()));
        }
        net->load_parameters(file.path());
        for (std::size_t i = 0; i < arrays.size(); ++i) {
          EXPECT_TRUE(ops::same_bits(net->structural_params()[i].second.data(), arrays[i].second))
              << arrays[i].first;
        }
      }
    }
  }
}

TEST(BlockFiles, OfASingleLayerMayLackOrHoldMore) {
  const TemporaryFile file;
  const NDArray weight = pattern({3, 2}, 1);
  const auto dense = [] { return nn::Dense({.units = 3, .in_units = 2, .prefix = "fc_"}); };
  nd::save(file.path(), nd::NamedArrays{{"weight", weight}});
  auto lacking = dense();
  lacking.initialize();
  EXPECT_THAT(message_of([&] { lacking.load_parameters(file.path()); }),
              HasSubstr("has no parameter bias that the Dense needs"));
  lacking.load_parameters(file.path(), {.allow_missing = true});
  EXPECT_TRUE(ops::same_bits(lacking.weight().data(), weight));

  nd::save(
      file.path(),
      nd::NamedArrays{{"weight", weight}, {"bias", pattern({3}, 2)}, {"gamma", pattern({3}, 3)}});
  auto more = dense();
  EXPECT_THAT(message_of([&] { more.load_parameters(file.path()); }),
              HasSubstr("holds gamma, which the Dense does not have"));
  EXPECT_FALSE(more.weight().is_initialized());
  more.load_parameters(file.path(), {.ignore_extra = true});
  EXPECT_TRUE(ops::same_bits(more.bias().data(), pattern({3}, 2)));
}

TEST(BlockFiles, ASymbolsNamesMayHoldDots) {
  const TemporaryFile file;
  const NDArray weight = pattern({3, 2}, 1);
  nd::save(file.path(), nd::NamedArrays{{"arg:layer1.0.weight", weight}});
  gluon::SymbolBlock block(sym::dot(sym::var("data"), sym::var("layer1.0.weight")), {"data"});
  block.load_parameters(file.path());
  EXPECT_TRUE(ops::same_bits(block.params()["layer1.0.weight"].data(), weight));
}

// MXNet writes a parameter that stands at several places once, if asked to.
TEST(BlockFiles, ASharedParameterMayBeThereOnce) {
  const TemporaryFile file;
  nd::save(file.path(),
           nd::NamedArrays{{"0.weight", pattern({2, 2}, 1)}, {"0.bias", pattern({2}, 2)}});
  const auto layer = std::make_shared<nn::Dense>(nn::DenseOptions{.units = 2});
  nn::HybridSequential net;
  net.add(layer);
  net.add(layer);
  net.load_parameters(file.path());
  EXPECT_TRUE(ops::same_bits(layer->weight().data(), pattern({2, 2}, 1)));
}

TEST(BlockFiles, ValuesAreRoundedButNotMadeOthers) {
  const TemporaryFile file;
  const auto save = [&](double value) {
    nd::save(file.path(), nd::NamedArrays{{"weight", nd::full({1, 1}, value, float64)}});
  };
  nn::Dense layer({.units = 1, .use_bias = false, .in_units = 1});
  layer.initialize(init::One());
  save(0.1);
  layer.load_parameters(file.path());
  EXPECT_EQ(layer.weight().data().asscalar(), 0.1F);
  save(1e300);
  EXPECT_THAT(message_of([&] { layer.load_parameters(file.path()); }),
              HasSubstr("parameter weight: the value 1e+300 does not fit into float32"));
  EXPECT_EQ(layer.weight().data().asscalar(), 0.1F);
  save(INFINITY);
  layer.load_parameters(file.path());
  EXPECT_EQ(layer.weight().data().asscalar(), INFINITY);
}

TEST(BlockFiles, AnotherPlaceThanTheParametersIsRefused) {
  const TemporaryFile file;
  nn::Dense layer({.units = 2, .in_units = 2});
  layer.initialize(init::One());
  layer.save_parameters(file.path());
  EXPECT_THAT(message_of([&] { layer.load_parameters(file.path(), {.ctx = {cpu(1)}}); }),
              HasSubstr("was initialized on other contexts than ctx says"));
  layer.collect_params().reset_ctx({cpu(1), cpu(0)});
  layer.load_parameters(file.path(), {.ctx = {cpu(0), cpu(1)}});
  EXPECT_EQ(layer.weight().list_ctx(), (Contexts{cpu(1), cpu(0)}));
}

}  // namespace
}  // namespace gluino
