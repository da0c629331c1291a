#include <gluino/base/random.h>
#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/layers/dropout.h>

#include <algorithm>
#include <span>
#include <vector>

namespace gluino {
namespace {

// The mask holds 0 for what is dropped and 1 / (1 - p) for the rest.
enum Output { kKept, kMask };

void infer(const DropoutOptions& o, Inference& s) {
  s.expect(o.p >= 0 && o.p < 1, -1, "p: expected 0 <= p < 1, got ", o.p);
  for (int i = 0; i < o.axes.ndim(); ++i) s.axis(0, o.axes[i], s.in(0).ndim(), "axes");
  s.set_out(kKept, s.in(0));
  s.set_out(kMask, s.in(0));
}

bool drops(const DropoutOptions& o, bool training) {
  return o.p > 0 && (training || o.mode == "always");
}

// Uniform numbers. Those of float16 are drawn in double, as MXNet's are.
template <class T>
void draw(const Call& call, std::span<T> out) {
  if (call.half != float16) {
    random::uniform(out, 0, 1);
    return;
  }
  const Temporary<double> drawn(static_cast<std::int64_t>(out.size()));
  random::uniform(std::span<double>(drawn.data(), out.size()), 0, 1);
  std::transform(drawn.data(), drawn.data() + out.size(), out.begin(),
                 [](double number) { return static_cast<T>(number); });
}

template <class T>
void drop(const DropoutOptions& o, const Call& call, T* mask) {
  const std::int64_t n = call.in[0].size();
  Shape drawn = call.in[0].shape;
  for (int i = 0; i < o.axes.ndim(); ++i) drawn[normalize_axis(o.axes[i], drawn.ndim())] = 1;
  const Temporary<T> together(drawn.size() == n ? 0 : drawn.size());
  T* const draws = drawn.size() == n ? mask : together.data();
  draw(call, std::span<T>(draws, static_cast<std::size_t>(drawn.size())));
  if (draws != mask) kernels::broadcast_to<T>(draws, drawn, mask, call.in[0].shape);
  const T keep = static_cast<T>(1 - o.p);
  const T scale = T(1) / keep;
  const T* x = call.in[0].as<T>();
  T* y = call.out[kKept].as<T>();
  for (std::int64_t i = 0; i < n; ++i) {
    mask[i] = mask[i] < keep ? scale : T(0);
    y[i] = x[i] * mask[i];
  }
}

void forward(const DropoutOptions& o, const Call& call) {
  const Tensor& x = call.in[0];
  dispatch_real(x.dtype, "Dropout", [&]<class T>() {
    T* mask = call.out[kMask].as<T>();
    if (drops(o, call.training)) {
      const Temporary<T> unseen(mask == nullptr ? x.size() : 0);
      drop<T>(o, call, mask == nullptr ? unseen.data() : mask);
      return;
    }
    std::copy_n(x.as<T>(), x.size(), call.out[kKept].as<T>());
    if (mask != nullptr) std::fill_n(mask, x.size(), T(1));
  });
}

void backward(const DropoutOptions& /*options*/, const GradientCall& call) {
  const Tensor& dx = call.in_grad[0];
  dispatch_real(dx.dtype, "Dropout", [&]<class T>() {
    const T* mask = call.out[kMask].as<T>();
    const T* dy = call.out_grad[0].as<T>();
    const std::int64_t n = dx.size();
    for (std::int64_t i = 0; i < n; ++i) dx.as<T>()[i] = dy[i] * mask[i];
  });
}

const auto registered =
    define_op<DropoutOptions>("Dropout")
        .outputs_in_files(2)
        .doc("In training sets elements to zero with probability p and scales the others up.")
        .inputs({"data"})
        .outputs({"output", "mask"}, 1)
        .field("p", &DropoutOptions::p, "The probability of being dropped.")
        .field("mode", &DropoutOptions::mode, "When elements are dropped.", {"training", "always"})
        .field("axes", &DropoutOptions::axes, "Along them elements are dropped together.")
        .tolerates({"cudnn_off"})
        .in_place()
        .random_if(drops)
        .passes_on_if([](const DropoutOptions& o) { return !drops(o, false); })
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::outputs)
        .derivative([](const DropoutOptions& /*options*/, const DerivativeCall& call) {
          return std::vector<NDArray>{call.out_grad[0] * call.out[kMask]};
        })
        .sample({.p = 0.4}, {{{4, 5}}})
        .sample({.p = 0.4, .axes = {1, -1}}, {{{4, 5, 3}}})
        .sample({.p = 0.4}, {{{0, 5}}})
        .sample({.p = 0.4, .axes = {0}}, {{{0, 5}}});

}  // namespace
}  // namespace gluino
