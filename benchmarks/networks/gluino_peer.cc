#include <gluino/gluino.h>

#include <algorithm>

#include "networks/peer.h"

namespace gluino::benchmarks {
namespace {

namespace nn = gluon::nn;

void add_layer(nn::HybridSequential& net, const Layer& layer) {
  using Kind = Layer::Kind;
  switch (layer.kind) {
    case Kind::convolution:
      net.add(nn::Conv2D({.channels = layer.units,
                          .kernel_size = {layer.kernel, layer.kernel},
                          .padding = {layer.padding, layer.padding}}));
      break;
    case Kind::batch_norm:
      net.add(nn::BatchNorm());
      break;
    case Kind::relu:
      net.add(nn::Activation("relu"));
      break;
    case Kind::tanh:
      net.add(nn::Activation("tanh"));
      break;
    case Kind::max_pool:
      net.add(nn::MaxPool2D({.pool_size = {layer.kernel, layer.kernel}}));
      break;
    case Kind::flatten:
      net.add(nn::Flatten());
      break;
    case Kind::dense:
      net.add(nn::Dense({.units = layer.units}));
      break;
  }
}

nn::HybridSequential make_network(Network network) {
  nn::HybridSequential net;
  for (const Layer& layer : layers_of(network)) add_layer(net, layer);
  return net;
}

class GluinoPeer final : public Peer {
 public:
  explicit GluinoPeer(const Problem& problem, bool hybridize = false)
      : batch_size_(problem.batch_size), net_(make_network(problem.network)) {
    const Image& image = problem.image;
    for (std::size_t i = 0; i < problem.images.size(); ++i) {
      images_.push_back(
          nd::from(problem.images[i], {batch_size_, image.channels, image.height, image.width}));
      labels_.push_back(nd::from(problem.labels[i]));
    }
    random::seed(42);
    net_.initialize(init::Xavier());
    net_(images_[0]);  // finds the shapes
    net_.hybridize(hybridize);
    loss_function_.hybridize(hybridize);
    trainer_ = std::make_unique<gluon::Trainer>(
        net_.collect_params(), "sgd",
        std::map<std::string, double>{{"learning_rate", learning_rate(problem.network)}});
  }

  void set_threads(int threads) override { set_num_threads(threads); }

  void set_weights(const Weights& weights) override {
    const gluon::ParameterDict parameters = net_.collect_params();
    check(parameters.size() == weights.size(), "expected ", parameters.size(), " parameters");
    std::size_t i = 0;
    for (const gluon::Parameter& parameter : parameters) {
      parameter.set_data(nd::from(weights[i++], parameter.shape()));
    }
  }

  Weights draw_weights() {
    {
      const auto mode = autograd::train_mode();
      net_(images_[0]);  // moves the means and variances of batch norm
    }
    Weights weights;
    for (const gluon::Parameter& parameter : net_.collect_params()) {
      weights.push_back(parameter.data().to_vector<float>());
    }
    return weights;
  }

  void train_step(std::size_t batch) override {
    {
      const auto recording = autograd::record();
      loss_ = loss_function_(net_(images_[batch]), labels_[batch]);
    }
    loss_.backward();
    trainer_->step(static_cast<double>(batch_size_));
  }
  double last_loss() const override { return loss_.mean().asscalar<double>(); }

  void infer(std::size_t batch) override { outputs_ = net_(images_[batch]); }
  std::vector<float> last_outputs() const override { return outputs_.to_vector<float>(); }

  FrozenGraph freeze() { return net_.freeze(images_[0]); }
  const NDArray& images(std::size_t batch) const { return images_[batch]; }

 private:
  std::int64_t batch_size_;
  nn::HybridSequential net_;
  std::vector<NDArray> images_;
  std::vector<NDArray> labels_;
  std::unique_ptr<gluon::Trainer> trainer_;
  gluon::loss::SoftmaxCrossEntropyLoss loss_function_;
  NDArray loss_;
  NDArray outputs_;
};

// The same, but for what products are computed in.
class Bfloat16Peer final : public Peer {
 public:
  explicit Bfloat16Peer(const Problem& problem) : peer_(problem, true) {}

  void set_threads(int threads) override { peer_.set_threads(threads); }
  void set_weights(const Weights& weights) override { peer_.set_weights(weights); }
  void train_step(std::size_t batch) override {
    const amp::Scope products(bfloat16);
    peer_.train_step(batch);
  }
  double last_loss() const override { return peer_.last_loss(); }
  void infer(std::size_t batch) override {
    const amp::Scope products(bfloat16);
    peer_.infer(batch);
  }
  std::vector<float> last_outputs() const override { return peer_.last_outputs(); }

 private:
  GluinoPeer peer_;
};

// For inference alone; in bytes if it is quantized.
class FrozenPeer final : public Peer {
 public:
  explicit FrozenPeer(const Problem& problem, bool quantized = false)
      : quantized_(quantized), peer_(problem), frozen_(peer_.freeze()) {}

  void set_threads(int threads) override { peer_.set_threads(threads); }
  void set_weights(const Weights& weights) override {
    if (weights == weights_) return;  // calibrating takes longer than a round
    peer_.set_weights(weights);
    frozen_ = peer_.freeze();
    if (quantized_) frozen_ = quantize(frozen_, {{peer_.images(0)}, {peer_.images(1)}});
    weights_ = weights;
  }
  void train_step(std::size_t /*batch*/) override { fail("a frozen graph is not trained"); }
  double last_loss() const override { return 0; }
  void infer(std::size_t batch) override { outputs_ = frozen_(peer_.images(batch)); }
  std::vector<float> last_outputs() const override { return outputs_.to_vector<float>(); }

 private:
  bool quantized_;
  GluinoPeer peer_;
  FrozenGraph frozen_;
  Weights weights_;
  NDArray outputs_;
};

}  // namespace

std::unique_ptr<Peer> make_gluino(const Problem& problem) {
  return std::make_unique<GluinoPeer>(problem);
}

std::unique_ptr<Peer> make_gluino_hybridized(const Problem& problem) {
  return std::make_unique<GluinoPeer>(problem, true);
}

std::unique_ptr<Peer> make_gluino_frozen(const Problem& problem) {
  return std::make_unique<FrozenPeer>(problem);
}

std::unique_ptr<Peer> make_gluino_int8(const Problem& problem) {
  return std::make_unique<FrozenPeer>(problem, true);
}

std::unique_ptr<Peer> make_gluino_bfloat16(const Problem& problem) {
  return amp::has_bfloat16() ? std::make_unique<Bfloat16Peer>(problem) : nullptr;
}

Weights draw_weights(const Problem& problem) { return GluinoPeer(problem).draw_weights(); }

}  // namespace gluino::benchmarks
