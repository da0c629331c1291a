#include <gluino/kernels/cpu/reduce.h>
#include <gluino/ops/define.h>
#include <gluino/ops/fully_connected.h>
#include <gluino/ops/product-inl.h>

namespace gluino {
namespace {

enum Input { kData, kWeight, kBias };

void infer(const FullyConnectedOptions& o, Inference& s) {
  const Shape& data = s.in(kData);
  s.expect(o.num_hidden > 0, -1, "num_hidden: expected at least 1, got ", o.num_hidden);
  s.expect(data.ndim() >= 1, kData, "expected at least 1 dimension, got ", data);
  const std::int64_t in = o.flatten ? data.size_between(1, data.ndim()) : data.back();
  s.set_in(kWeight, {o.num_hidden, in});
  if (!o.no_bias) s.set_in(kBias, {o.num_hidden});
  Shape out = {data[0], o.num_hidden};
  if (!o.flatten) {
    out = data;
    out[out.ndim() - 1] = o.num_hidden;
  }
  s.set_out(0, out);
}

// Rows of the product, features in and features out.
struct Sizes {
  std::int64_t rows, in, out;
};

Sizes sizes(const FullyConnectedOptions& o, const Shape& weight, const Shape& output) {
  const std::int64_t rows = output.size_between(0, output.ndim() - 1);
  return {rows, weight[1], o.num_hidden};
}

template <class T>
void forward_typed(const FullyConnectedOptions& o, const Call& call) {
  const auto [rows, in, out] = sizes(o, call.in[kWeight].shape, call.out[0].shape);
  const T* bias = o.no_bias ? nullptr : call.in[kBias].as<T>();
  product<T>({call.in[kData].as<T>(), rows, in, in, 1}, {call.in[kWeight].as<T>(), in, out, 1, in},
             call.out[0].as<T>(), out, {.column_bias = bias});
}

template <class T>
void backward_typed(const FullyConnectedOptions& o, const GradientCall& call) {
  const auto [rows, in, out] = sizes(o, call.in[kWeight].shape, call.out_grad[0].shape);
  const T* dy = call.out_grad[0].as<T>();
  if (call.in_grad[kData]) {
    product<T>({dy, rows, out, out, 1}, {call.in[kWeight].as<T>(), out, in, in, 1},
               call.in_grad[kData].as<T>(), in);
  }
  if (call.in_grad[kWeight]) {
    product<T>({dy, out, rows, 1, out}, {call.in[kData].as<T>(), rows, in, in, 1},
               call.in_grad[kWeight].as<T>(), in);
  }
  if (!o.no_bias && call.in_grad[kBias]) {
    kernels::sum_to_shape<T>(dy, {rows, out}, call.in_grad[kBias].as<T>(), {out});
  }
}

void forward(const FullyConnectedOptions& o, const Call& call) {
  dispatch_real(call.out[0].dtype, "FullyConnected", [&]<class T>() { forward_typed<T>(o, call); });
}

void backward(const FullyConnectedOptions& o, const GradientCall& call) {
  dispatch_real(call.out_grad[0].dtype, "FullyConnected",
                [&]<class T>() { backward_typed<T>(o, call); });
}

const auto registered =
    define_op<FullyConnectedOptions>("FullyConnected")
        .doc("y = x W^T + b for each row x of the data.")
        .inputs({"data"})
        .parameters({"weight", "bias"})
        .omits_last_if(&FullyConnectedOptions::no_bias)
        .field("num_hidden", &FullyConnectedOptions::num_hidden, "Number of outputs per row.")
        .required()
        .field("no_bias", &FullyConnectedOptions::no_bias, "Leave the bias out.")
        .field("flatten", &FullyConnectedOptions::flatten,
               "Take all axes but the first as one; else transform the last axis only.")
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs)
        .sample({.num_hidden = 5}, {{{3, 7}}, {{5, 7}}, {{5}}})
        .sample({.num_hidden = 2, .no_bias = true}, {{{4, 2, 3}}, {{2, 6}}})
        .sample({.num_hidden = 3, .flatten = false}, {{{2, 3, 4}}, {{3, 4}}, {{3}}})
        .sample({.num_hidden = 3}, {{{0, 4}}, {{3, 4}}, {{3}}})
        .sample({.num_hidden = 3}, {{{2, 0}}, {{3, 0}}, {{3}}});

}  // namespace
}  // namespace gluino
