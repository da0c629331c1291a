#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/kernels/cpu/normalization/softmax.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/layers/softmax.h>

#include <limits>
#include <optional>
#include <vector>

namespace gluino {
namespace {

kernels::SoftmaxShape split_at_axis(const SoftmaxOptions& o, const Shape& shape) {
  const int axis = normalize_axis(o.axis, shape.ndim());
  return {.outer = shape.size_between(0, axis),
          .n = shape[axis],
          .inner = shape.size_between(axis + 1, shape.ndim())};
}

enum Input { kData, kLength };

void infer(const SoftmaxOptions& o, Inference& s) {
  const Shape& data = s.in(kData);
  const int axis = s.axis(kData, o.axis, data.ndim());
  s.expect(!o.temperature || *o.temperature > 0 || *o.temperature < 0, -1,
           "temperature: expected a number other than 0, got ", o.temperature.value_or(1));
  s.expect(!o.dtype || is_floating(*o.dtype), -1, "dtype: expected one of real numbers, got ",
           o.dtype.value_or(float32));
  s.set_out(0, data);
  if (!o.use_length) return;
  Shape rest = data;
  rest.erase(axis);
  // MXNet takes one number, or an array that has no axes, for the length of a row alone.
  if (rest.empty() && s.in(kLength) != rest) rest.push_back(1);
  s.set_in(kLength, rest);
}

// Of a call with lengths: which elements of rows count.
class Lengths {
 public:
  Lengths(const Tensor& length, const kernels::SoftmaxShape& shape)
      : shape_(shape), lengths_(length.size()) {
    kernels::convert(length.data, length.dtype, lengths_.data(), int64, length.size());
  }

  // to = from where it counts, else `behind`; from may be to.
  template <class T>
  void mask(const T* from, T* to, T behind) const {
    const auto [outer, n, inner] = shape_;
    parallel_for(outer * n, kernels::row_grain(inner, kernels::kCopyGrain),
                 [&, n = n, inner = inner](std::int64_t row, std::int64_t end) {
                   for (; row < end; ++row) {
                     for (std::int64_t i = 0; i < inner; ++i) {
                       const bool counts = row % n < lengths_.data()[row / n * inner + i];
                       to[row * inner + i] = counts ? from[row * inner + i] : behind;
                     }
                   }
                 });
  }

 private:
  kernels::SoftmaxShape shape_;
  Temporary<std::int64_t> lengths_;
};

// The elements as T: those of the tensor, or in `room`, which is then made for them.
template <class T>
T* elements_as(const Tensor& tensor, bool copied, std::optional<Temporary<T>>& room) {
  if (tensor.dtype == dtype_of<T>()) return tensor.as<T>();
  room.emplace(tensor.size());
  if (copied)
    kernels::convert(tensor.data, tensor.dtype, room->data(), dtype_of<T>(), tensor.size());
  return room->data();
}

// Both are float32 or float64.
DType wider(DType a, DType b) { return a == float64 ? a : b; }

template <class T>
void negate(const T* from, T* to, std::int64_t size) {
  parallel_for(size, kernels::kCopyGrain, [=](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) to[i] = -from[i];
  });
}

template <class T, class Run>
void forward(const SoftmaxOptions& o, const Call& call, Run run) {
  const Tensor &x = call.in[kData], &y = call.out[0];
  const kernels::SoftmaxShape shape = split_at_axis(o, x.shape);
  std::optional<Temporary<T>> in_room, out_room;
  const T* from = elements_as<T>(x, true, in_room);
  T* to = elements_as<T>(y, false, out_room);
  double temperature = o.temperature.value_or(1);
  // The largest leads: below 0 that is the largest of -x.
  if (temperature < 0) {
    negate(from, to, x.size());
    from = to;
    temperature = -temperature;
  }
  if (o.use_length) {
    const Lengths lengths(call.in[kLength], shape);
    lengths.mask(from, to, -std::numeric_limits<T>::infinity());
    run(static_cast<const T*>(to), to, shape, temperature);
    lengths.mask(to, to, T(0));
  } else {
    run(from, to, shape, temperature);
  }
  if (out_room) kernels::convert(to, dtype_of<T>(), y.data, y.dtype, y.size());
}

template <class T, class Gradient>
void backward(const SoftmaxOptions& o, const GradientCall& call, Gradient gradient) {
  const Tensor &y = call.out[0], &dx = call.in_grad[kData];
  if (!dx) return;
  const kernels::SoftmaxShape shape = split_at_axis(o, y.shape);
  std::optional<Temporary<T>> head_room, room;
  const T* heads = elements_as<T>(call.out_grad[0], true, head_room);
  T* to = elements_as<T>(dx, false, room);
  if (o.use_length) {
    Lengths(call.in[kLength], shape).mask(heads, to, T(0));
    heads = to;
  }
  std::optional<Temporary<T>> y_room;
  gradient(static_cast<const T*>(elements_as<T>(y, true, y_room)), heads, to, shape,
           o.temperature.value_or(1));
  if (room) kernels::convert(to, dtype_of<T>(), dx.data, dx.dtype, dx.size());
}

template <class Forward, class Backward, class Derivative>
OpDefinition<SoftmaxOptions> define_softmax(const char* name, const char* doc, Forward run,
                                            Backward gradient, Derivative derivative) {
  auto definition = define_op<SoftmaxOptions>(name);
  definition.doc(doc)
      .inputs({"data"})
      .row_wise_if([](const SoftmaxOptions& o, const Shape& data) {
        return normalize_axis(o.axis, data.ndim()) != 0 && !o.use_length;
      })
      .field("axis", &SoftmaxOptions::axis, "The axis that is normalised.")
      .field("temperature", &SoftmaxOptions::temperature, "Inputs are divided by it first.")
      .field("dtype", &SoftmaxOptions::dtype, "The type of the result; None: that of the data.")
      .infer_types([](const SoftmaxOptions& o, auto /*in*/, auto out) {
        if (o.dtype) out[0] = o.dtype;
      })
      .in_place()
      .infer(infer)
      .forward([=](const SoftmaxOptions& o, const Call& call) {
        dispatch_real(wider(call.in[kData].dtype, call.out[0].dtype), name,
                      [&]<class T>() { forward<T>(o, call, run); });
      })
      .backward(
          [=](const SoftmaxOptions& o, const GradientCall& call) {
            dispatch_real(wider(call.out[0].dtype, call.in_grad[kData].dtype), name,
                          [&]<class T>() { backward<T>(o, call, gradient); });
          },
          Op::inputs | Op::outputs)
      .reads_by([](const SoftmaxOptions& o) {
        return o.use_length ? Op::inputs | Op::outputs : unsigned{Op::outputs};
      })
      .derivative([=](const SoftmaxOptions& o, const DerivativeCall& call) {
        const NDArray& y = call.out[0];
        const Shape axis = {normalize_axis(o.axis, y.ndim())};
        NDArray dx = derivative(y, call.out_grad[0], axis);
        if (o.temperature) dx = dx / *o.temperature;
        std::vector<NDArray> gradients(call.in.size());
        gradients[kData] = dx.astype(call.in[kData].dtype(), false);
        return gradients;
      })
      .sample({}, {{{3, 10}}})
      .sample({.axis = 1, .temperature = 2.0}, {{{2, 3, 4}}})
      .sample({}, {{{0, 10}}})
      .sample({}, {{{3, 0}}});
  return definition;
}

const auto softmax =
    define_softmax(
        "softmax", "exp(x) / sum(exp(x)) along an axis.",
        [](auto* x, auto* y, const auto& shape, double t) { kernels::softmax(x, y, shape, t); },
        [](auto* y, auto* dy, auto* dx, const auto& shape, double t) {
          kernels::softmax_gradient(y, dy, dx, shape, t);
        },
        [](const NDArray& y, const NDArray& dy, const Shape& axis) {
          return y * (dy - (y * dy).sum(axis, true));
        })
        .parameters({"length"})
        .reads_places({kLength})
        .omits_last_when([](const SoftmaxOptions& o) { return !o.use_length; })
        .field("use_length", &SoftmaxOptions::use_length,
               "Only the first elements along the axis count, as many as the input length says.")
        .sample({.use_length = true}, {{{4, 5}}, {{4}, {Fill::Kind::integers, 0, 6}}})
        .sample({.axis = 1, .temperature = 0.5, .use_length = true},
                {{{2, 3, 2}}, {{2, 2}, {Fill::Kind::integers, 0, 4}}})
        .sample({.temperature = -2, .use_length = true},
                {{{4, 5}}, {{4}, {Fill::Kind::integers, 0, 6}}});

// -x first, so that the largest of it leads.
const auto softmin = define_softmax(
                         "softmin", "softmax(-x) along an axis.",
                         []<class T>(const T* x, T* y, const auto& shape, double t) {
                           negate(x, y, shape.outer * shape.n * shape.inner);
                           kernels::softmax<T>(y, y, shape, t);
                         },
                         [](auto* y, auto* dy, auto* dx, const auto& shape, double t) {
                           kernels::softmax_gradient(y, dy, dx, shape, -t);
                         },
                         [](const NDArray& y, const NDArray& dy, const Shape& axis) {
                           return y * ((y * dy).sum(axis, true) - dy);
                         })
                         .nameless()
                         .tolerates("use_length", {"False", "0", "None"});

const auto log_softmax =
    define_softmax(
        "log_softmax", "log(softmax(x)) along an axis.",
        [](auto* x, auto* y, const auto& shape, double t) { kernels::log_softmax(x, y, shape, t); },
        [](auto* y, auto* dy, auto* dx, const auto& shape, double t) {
          kernels::log_softmax_gradient(y, dy, dx, shape, t);
        },
        [](const NDArray& y, const NDArray& dy, const Shape& axis) {
          return dy - ops::exp(y) * dy.sum(axis, true);
        })
        .tolerates("use_length", {"False", "0", "None"});

}  // namespace
}  // namespace gluino
