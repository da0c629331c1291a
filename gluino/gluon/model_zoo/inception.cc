#include <gluino/gluon/model_zoo/parts-inl.h>
#include <gluino/gluon/model_zoo/plain.h>

namespace gluino::gluon::model_zoo {
namespace {

/// A convolution, batch normalization and relu.
Layer normed(nn::ConvOptions options) {
  options.use_bias = false;
  return row({conv(std::move(options)), batch_norm({.epsilon = 0.001}), relu()});
}

Layer square(int channels, int kernel, int padding = 0) {
  return normed({.channels = channels, .kernel_size = kernel, .padding = padding});
}
Layer halving(int channels) {
  return normed({.channels = channels, .kernel_size = 3, .strides = 2});
}
/// One row of pixels, or one column, whose output is as large as the input.
Layer wide(int channels, int width) {
  return normed({.channels = channels, .kernel_size = {1, width}, .padding = {0, width / 2}});
}
Layer tall(int channels, int height) {
  return normed({.channels = channels, .kernel_size = {height, 1}, .padding = {height / 2, 0}});
}
Layer average(int channels) {
  return row({avg_pool({.pool_size = 3, .strides = 1, .padding = 1}), square(channels, 1)});
}
Layer halving_pool() { return row({max_pool({.pool_size = 3, .strides = 2})}); }

Layer module_a(int pooled, const std::string& prefix) {
  return named_beside(prefix, [&] {
    return Layers{row({square(64, 1)}), row({square(48, 1), square(64, 5, 2)}),
                  row({square(64, 1), square(96, 3, 1), square(96, 3, 1)}), average(pooled)};
  });
}

Layer module_b(const std::string& prefix) {
  return named_beside(prefix, [&] {
    return Layers{row({halving(384)}), row({square(64, 1), square(96, 3, 1), halving(96)}),
                  halving_pool()};
  });
}

Layer module_c(int channels, const std::string& prefix) {
  return named_beside(prefix, [&] {
    return Layers{row({square(192, 1)}),
                  row({square(channels, 1), wide(channels, 7), tall(192, 7)}),
                  row({square(channels, 1), tall(channels, 7), wide(channels, 7), tall(channels, 7),
                       wide(192, 7)}),
                  average(192)};
  });
}

Layer module_d(const std::string& prefix) {
  return named_beside(prefix, [&] {
    return Layers{row({square(192, 1), halving(320)}),
                  row({square(192, 1), wide(192, 7), tall(192, 7), halving(192)}), halving_pool()};
  });
}

Layer fork() { return beside({row({wide(384, 3)}), row({tall(384, 3)})}); }

Layer module_e(const std::string& prefix) {
  return named_beside(prefix, [&] {
    return Layers{row({square(320, 1)}), row({row({square(384, 1)}), fork()}),
                  row({row({square(448, 1), square(384, 3, 1)}), fork()}), average(192)};
  });
}

}  // namespace

Inception3::Inception3(const ModelOptions& options) : Network("inception3", options) {
  const NameScope scope = name_scope();
  set_features(row({halving(32),
                    square(32, 3),
                    square(64, 3, 1),
                    max_pool({.pool_size = 3, .strides = 2}),
                    square(80, 1),
                    square(192, 3),
                    max_pool({.pool_size = 3, .strides = 2}),
                    module_a(32, "A1_"),
                    module_a(64, "A2_"),
                    module_a(64, "A3_"),
                    module_b("B_"),
                    module_c(128, "C1_"),
                    module_c(160, "C2_"),
                    module_c(160, "C3_"),
                    module_c(192, "C4_"),
                    module_d("D_"),
                    module_e("E1_"),
                    module_e("E2_"),
                    avg_pool({.pool_size = 8}),
                    dropout(0.5)}));
  set_output(dense({.units = options.classes}));
}

}  // namespace gluino::gluon::model_zoo
