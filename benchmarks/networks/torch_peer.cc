// Knows libtorch and nothing of Gluino; compiled as C++17, which libtorch 1.13 is written in.
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <torch/torch.h>
#include <torch/version.h>

#include <cstdint>
#include <filesystem>
#include <stdexcept>

#include "networks/peer.h"

namespace gluino::benchmarks {
namespace {

torch::Tensor tensor_of(const std::vector<float>& values, at::IntArrayRef shape) {
  auto* data = const_cast<float*>(values.data());  // only read: clone() makes the tensor
  return torch::from_blob(data, shape, torch::kFloat32).clone();
}

void add_layer(torch::nn::Sequential& net, const Layer& layer) {
  namespace nn = torch::nn;
  using Kind = Layer::Kind;
  switch (layer.kind) {
    case Kind::convolution:
      net->push_back(nn::Conv2d(
          nn::Conv2dOptions(layer.in.channels, layer.units, layer.kernel).padding(layer.padding)));
      break;
    case Kind::batch_norm:
      net->push_back(nn::BatchNorm2d(layer.in.channels));
      break;
    case Kind::relu:
      net->push_back(nn::ReLU());
      break;
    case Kind::tanh:
      net->push_back(nn::Tanh());
      break;
    case Kind::max_pool:
      net->push_back(nn::MaxPool2d(layer.kernel));
      break;
    case Kind::flatten:
      net->push_back(nn::Flatten());
      break;
    case Kind::dense:
      net->push_back(nn::Linear(layer.in.size(), layer.units));
      break;
  }
}

torch::nn::Sequential make_network(Network network) {
  torch::nn::Sequential net;
  for (const Layer& layer : layers_of(network)) add_layer(net, layer);
  return net;
}

// What Weights hold, in their order: each layer's parameters, then what it keeps beside.
std::vector<torch::Tensor> state_of(const torch::nn::Sequential& net) {
  std::vector<torch::Tensor> state;
  for (const auto& layer : net->children()) {
    for (const torch::Tensor& parameter : layer->parameters()) state.push_back(parameter);
    for (const torch::Tensor& buffer : layer->buffers()) {
      if (buffer.is_floating_point()) state.push_back(buffer);  // and not the count of batches
    }
  }
  return state;
}

class TorchPeer final : public Peer {
 public:
  explicit TorchPeer(const Problem& problem)
      : net_(make_network(problem.network)),
        optimizer_(net_->parameters(), learning_rate(problem.network)) {
    const Image& image = problem.image;
    for (std::size_t i = 0; i < problem.images.size(); ++i) {
      images_.push_back(tensor_of(problem.images[i],
                                  {problem.batch_size, image.channels, image.height, image.width}));
      labels_.push_back(tensor_of(problem.labels[i], {problem.batch_size}).to(torch::kInt64));
    }
  }

  void set_threads(int threads) override {
    at::set_num_threads(threads);
    // OpenBLAS built with threads of its own does not listen to the line above.
    using SetThreads = void (*)(int);
    void* symbol = dlsym(RTLD_DEFAULT, "openblas_set_num_threads");
    if (symbol != nullptr) reinterpret_cast<SetThreads>(symbol)(threads);
  }

  void set_weights(const Weights& weights) override {
    const torch::NoGradGuard guard;
    const std::vector<torch::Tensor> state = state_of(net_);
    if (state.size() != weights.size()) throw std::logic_error("the networks differ");
    for (std::size_t i = 0; i < weights.size(); ++i) {
      state[i].copy_(tensor_of(weights[i], state[i].sizes()));
    }
  }

  void train_step(std::size_t batch) override {
    if (!net_->is_training()) net_->train();
    optimizer_.zero_grad();
    loss_ = torch::nn::functional::cross_entropy(net_->forward(images_[batch]), labels_[batch]);
    loss_.backward();
    optimizer_.step();
  }
  double last_loss() const override { return loss_.item<double>(); }

  void infer(std::size_t batch) override {
    const c10::InferenceMode guard;
    if (net_->is_training()) net_->eval();
    outputs_ = net_->forward(images_[batch]);
  }
  std::vector<float> last_outputs() const override {
    const auto* data = outputs_.data_ptr<float>();
    return {data, data + outputs_.numel()};
  }

 private:
  torch::nn::Sequential net_;
  torch::optim::SGD optimizer_;
  std::vector<torch::Tensor> images_;
  std::vector<torch::Tensor> labels_;
  torch::Tensor loss_;
  torch::Tensor outputs_;
};

}  // namespace

std::unique_ptr<Peer> make_torch(const Problem& problem) {
  return std::make_unique<TorchPeer>(problem);
}

std::string describe_torch() {
  std::string text = "libtorch " TORCH_VERSION;
  Dl_info info;
  void* sgemm = dlsym(RTLD_DEFAULT, "sgemm_");
  if (sgemm != nullptr && dladdr(sgemm, &info) != 0) {
    std::error_code ignored;  // the name as it is where links cannot be followed
    const auto file = std::filesystem::canonical(info.dli_fname, ignored);
    text += ", matrix products by " + (ignored ? std::string(info.dli_fname) : file.string());
    if (dlsym(RTLD_DEFAULT, "openblas_set_num_threads") == nullptr) {
      text += " (not OpenBLAS: with Debian's package libopenblas0-pthread it may be faster)";
    }
  }
  return text;
}

}  // namespace gluino::benchmarks
