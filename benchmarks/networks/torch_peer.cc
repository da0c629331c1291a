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

torch::nn::Sequential make_network(Network network) {
  namespace nn = torch::nn;
  if (network == Network::mlp) {
    return nn::Sequential(nn::Flatten(), nn::Linear(784, 128), nn::ReLU(), nn::Linear(128, 64),
                          nn::ReLU(), nn::Linear(64, 10));
  }
  return nn::Sequential(nn::Conv2d(1, 20, 5), nn::Tanh(), nn::MaxPool2d(2), nn::Conv2d(20, 50, 5),
                        nn::Tanh(), nn::MaxPool2d(2), nn::Flatten(), nn::Linear(800, 500),
                        nn::Tanh(), nn::Linear(500, 10));
}

class TorchPeer final : public Peer {
 public:
  explicit TorchPeer(const Problem& problem)
      : net_(make_network(problem.network)), optimizer_(net_->parameters(), kLearningRate) {
    for (std::size_t i = 0; i < problem.images.size(); ++i) {
      images_.push_back(tensor_of(problem.images[i], {problem.batch_size, 1, 28, 28}));
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
    const auto parameters = net_->parameters();
    if (parameters.size() != weights.size()) throw std::logic_error("the networks differ");
    for (std::size_t i = 0; i < weights.size(); ++i) {
      parameters[i].copy_(tensor_of(weights[i], parameters[i].sizes()));
    }
  }

  void train_step(std::size_t batch) override {
    optimizer_.zero_grad();
    loss_ = torch::nn::functional::cross_entropy(net_->forward(images_[batch]), labels_[batch]);
    loss_.backward();
    optimizer_.step();
  }
  double last_loss() const override { return loss_.item<double>(); }

  void infer(std::size_t batch) override {
    const c10::InferenceMode guard;
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
