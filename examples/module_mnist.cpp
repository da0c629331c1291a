// Hand-written digits with symbols and modules, as the MXNet tutorial teaches it: a network is
// described as a symbol, and a Module trains it. A perceptron of three layers and LeNet. Expect a
// test accuracy of about 0.97 and 0.99 after 10 epochs; the program fails at 0.96 and 0.98 or
// below.
//
//     module_mnist [folder with MNIST's files] [epochs] [seed]

#include <gluino/gluino.h>

#include <cstdlib>
#include <iostream>
#include <string>

namespace mx = gluino;

namespace {

constexpr int kBatchSize = 100;

mx::Symbol make_mlp() {
  const auto data = mx::sym::flatten(mx::sym::var("data"));
  const auto fc1 = mx::sym::FullyConnected(data, {.num_hidden = 128});
  const auto act1 = mx::sym::Activation(fc1, {.act_type = "relu"});
  const auto fc2 = mx::sym::FullyConnected(act1, {.num_hidden = 64});
  const auto act2 = mx::sym::Activation(fc2, {.act_type = "relu"});
  const auto fc3 = mx::sym::FullyConnected(act2, {.num_hidden = 10});
  return mx::sym::SoftmaxOutput(fc3, {}, "softmax");
}

mx::Symbol conv_pool(const mx::Symbol& input, int filters) {
  const auto conv = mx::sym::Convolution(input, {.kernel = {5, 5}, .num_filter = filters});
  const auto tanh = mx::sym::Activation(conv, {.act_type = "tanh"});
  return mx::sym::Pooling(tanh, {.kernel = {2, 2}, .pool_type = "max", .stride = {2, 2}});
}

mx::Symbol make_lenet() {
  const auto features = conv_pool(conv_pool(mx::sym::var("data"), 20), 50);
  const auto fc1 = mx::sym::FullyConnected(mx::sym::flatten(features), {.num_hidden = 500});
  const auto tanh = mx::sym::Activation(fc1, {.act_type = "tanh"});
  const auto fc2 = mx::sym::FullyConnected(tanh, {.num_hidden = 10});
  return mx::sym::SoftmaxOutput(fc2, {}, "softmax");
}

// Trains the network and gives its accuracy on the test images.
double train_and_test(const mx::Symbol& network, const mx::test_utils::MnistArrays& mnist,
                      const mx::Context& context, int epochs) {
  mx::io::NDArrayIter train_iter(mnist.train_data, mnist.train_label,
                                 {.batch_size = kBatchSize, .shuffle = true});
  mx::io::NDArrayIter val_iter(mnist.test_data, mnist.test_label, {.batch_size = kBatchSize});

  mx::mod::Module module(network, {.context = context});
  module.fit(train_iter, {.eval_data = val_iter,
                          .eval_metric = "acc",
                          .batch_end_callback = mx::callback::Speedometer(kBatchSize, 100),
                          .optimizer = "sgd",
                          .optimizer_params = {{"learning_rate", 0.1}},
                          .num_epoch = epochs});

  mx::io::NDArrayIter test_iter(mnist.test_data, {.batch_size = kBatchSize});
  const auto probabilities = module.predict(test_iter);
  std::cout << "Probabilities of the ten digits for each test image: " << probabilities.shape()
            << "\n";

  mx::metric::Accuracy accuracy;
  module.score(val_iter, accuracy);
  std::cout << accuracy << "\n";
  return accuracy.get().second;
}

int run(const std::string& folder, int epochs, int seed) {
  mx::random::seed(seed);
  const auto context = mx::num_gpus() > 0 ? mx::gpu(0) : mx::cpu(0);
  const auto mnist = mx::test_utils::get_mnist(folder);

  std::cout << "A perceptron of three layers\n";
  const double mlp_accuracy = train_and_test(make_mlp(), mnist, context, epochs);
  std::cout << "\nLeNet\n";
  const double lenet_accuracy = train_and_test(make_lenet(), mnist, context, epochs);

  // A short run shows that all works, and no more: the weights begin within 0.01 of zero and need
  // hundreds of batches to leave it.
  const bool good = epochs < 10 || (mlp_accuracy > 0.96 && lenet_accuracy > 0.98);
  if (!good) std::cerr << "module_mnist: the accuracy is lower than this tutorial should give\n";
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc > 1 ? argv[1] : "", argc > 2 ? std::stoi(argv[2]) : 10,
               argc > 3 ? std::stoi(argv[3]) : 42);
  } catch (const std::exception& error) {
    std::cerr << "module_mnist: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
