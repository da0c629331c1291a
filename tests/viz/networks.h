#pragma once

#include <gluino/graph/sym.h>
#include <gluino/graph/symbol/naming.h>

/// Networks of which it is known what MXNet 1.9.1 makes.
namespace gluino::testing {

inline Symbol mlp() {
  Symbol x = sym::FullyConnected(sym::var("data"), {.num_hidden = 128}, "fc1");
  x = sym::Activation(x, {.act_type = "relu"}, "relu1");
  x = sym::FullyConnected(x, {.num_hidden = 64}, "fc2");
  x = sym::Activation(x, {.act_type = "relu"}, "relu2");
  x = sym::FullyConnected(x, {.num_hidden = 10}, "fc3");
  return sym::SoftmaxOutput(x, {}, "softmax");
}

inline Symbol lenet() {
  const PoolingOptions pool = {.kernel = {2, 2}, .pool_type = "max", .stride = {2, 2}};
  Symbol x = sym::Convolution(sym::var("data"), {.kernel = {5, 5}, .num_filter = 20}, "conv1");
  x = sym::Activation(x, {.act_type = "tanh"}, "tanh1");
  x = sym::Pooling(x, pool, "pool1");
  x = sym::Convolution(x, {.kernel = {5, 5}, .num_filter = 50}, "conv2");
  x = sym::Activation(x, {.act_type = "tanh"}, "tanh2");
  x = sym::Pooling(x, pool, "pool2");
  x = sym::flatten(x, "flatten0");
  x = sym::FullyConnected(x, {.num_hidden = 500}, "fc1");
  x = sym::Activation(x, {.act_type = "tanh"}, "tanh3");
  x = sym::FullyConnected(x, {.num_hidden = 10}, "fc2");
  return sym::SoftmaxOutput(x, {}, "softmax");
}

/// Normalised layers, a sum, a node with two outputs, a name that is too long, two outputs.
inline Symbol branches() {
  Symbol a = sym::Convolution(sym::var("data"),
                              {.kernel = {3, 3}, .pad = {1, 1}, .num_filter = 8, .no_bias = true},
                              "conv_a");
  a = sym::Activation(sym::BatchNorm(a, {}, "bn_a"), {.act_type = "relu"}, "relu_a");
  Symbol b = sym::Convolution(
      a, {.kernel = {3, 3}, .stride = {1, 1}, .pad = {1, 1}, .num_filter = 8, .num_group = 2},
      "conv_b");
  b = sym::BatchNorm(b, {.fix_gamma = false}, "bn_b");
  const Symbol sum = sym::elemwise_add(a, b, "sum");
  const Symbol split = sym::SliceChannel(sum, {.num_outputs = 2}, "split");
  Symbol x = sym::concat(std::vector<Symbol>{split[0], split[1], sum}, {}, "join");
  x = sym::Pooling(x, {.kernel = {1, 1}, .pool_type = "avg", .global_pool = true}, "pool");
  x = sym::flatten(x, "flat");
  x = sym::FullyConnected(x, {.num_hidden = 10, .no_bias = true},
                          "a_layer_with_a_name_so_long_that_the_column_cuts_it_off");
  return sym::Group({sym::softmax(x, {}, "out"), sum});
}

}  // namespace gluino::testing
