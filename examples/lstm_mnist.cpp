// Hand-written digits read as sequences: an LSTM goes over the 28 rows of an image from top to
// bottom, and what it holds at the end says which digit it was. Expect a validation accuracy of
// about 0.97 after 3 epochs; the program fails below 0.95.
//
//     lstm_mnist [folder with MNIST's files] [epochs] [seed]

#include <gluino/gluino.h>

#include <cstdlib>
#include <iostream>
#include <string>

namespace mx = gluino;
namespace autograd = mx::autograd;
namespace data = mx::gluon::data;
namespace nn = mx::gluon::nn;
namespace rnn = mx::gluon::rnn;

namespace {

constexpr int kBatchSize = 100;

// Images (N, 1, 28, 28) as sequences (28, N, 28) of rows; of the last state, ten scores.
class RowReader : public mx::gluon::HybridBlock {
 public:
  mx::NDArray forward(const mx::NDArray& images) override {
    const mx::NDArray rows =
        mx::nd::swapaxes(mx::nd::squeeze(images, {.axis = {1}}), {.dim1 = 0, .dim2 = 1});
    const auto [outputs, states] = lstm(rows, {});
    return scores(mx::nd::squeeze(states[0], {.axis = {0}}));
  }

 private:
  mx::gluon::Child<rnn::LSTM> lstm = child<rnn::LSTM>("lstm", {.hidden_size = 64});
  mx::gluon::Child<nn::Dense> scores = child<nn::Dense>("scores", {.units = 10});
};

double validate(RowReader& net, const data::DataLoader& loader) {
  mx::metric::Accuracy accuracy;
  for (const auto& [images, digits] : loader) accuracy.update(digits, net(images));
  return accuracy.get().second;
}

int run(const std::string& folder, int epochs, int seed) {
  mx::random::seed(seed);
  const data::vision::transforms::ToTensor to_tensor;
  const auto train_data =
      data::vision::MNIST({.root = folder, .train = true}).transform_first(to_tensor);
  const auto val_data =
      data::vision::MNIST({.root = folder, .train = false}).transform_first(to_tensor);
  const data::DataLoader train_loader(train_data, {.batch_size = kBatchSize, .shuffle = true});
  const data::DataLoader val_loader(val_data, {.batch_size = kBatchSize});

  RowReader net;
  net.initialize(mx::init::Xavier());
  net.hybridize();
  mx::gluon::Trainer trainer(net.collect_params(), "adam", {{"learning_rate", 0.003}});
  mx::gluon::loss::SoftmaxCrossEntropyLoss loss_function;
  double accuracy = 0;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    mx::metric::Loss mean_loss;
    for (const auto& [images, digits] : train_loader) {
      const auto recording = autograd::record();
      const mx::NDArray loss = loss_function(net(images), digits);
      loss.backward();
      trainer.step(kBatchSize);
      mean_loss.update(digits, loss);
    }
    accuracy = validate(net, val_loader);
    std::cout << "After epoch " << epoch << ": loss = " << mean_loss.get().second
              << ", validation accuracy = " << accuracy << std::endl;
  }
  // What 3 epochs give; a shorter run is only asked to have learnt something.
  const bool good = accuracy > (epochs >= 3 ? 0.95 : 0.5);
  if (!good) std::cerr << "lstm_mnist: the accuracy is lower than this program should give\n";
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc > 1 ? argv[1] : "", argc > 2 ? std::stoi(argv[2]) : 3,
               argc > 3 ? std::stoi(argv[3]) : 42);
  } catch (const std::exception& error) {
    std::cerr << "lstm_mnist: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
