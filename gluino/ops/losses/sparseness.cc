#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/losses/sparseness.h>

#include <algorithm>
#include <cstring>

namespace gluino {
namespace {

enum Input { kData, kMovingAverage };
enum Output { kSame, kAverage };

void infer(const KLSparseRegOptions& o, Inference& s) {
  const auto expect_part = [&](double value, const char* name) {
    s.expect(value >= 0 && value <= 1, -1, name, ": expected a number from 0 to 1, got ", value);
  };
  expect_part(o.sparseness_target, "sparseness_target");
  expect_part(o.momentum, "momentum");
  s.expect_ndim(kData, 2, "(N, units)");
  const Shape units = {s.in(kData)[1]};
  s.set_in(kMovingAverage, units);
  s.set_out(kSame, s.in(kData));
  s.set_out(kAverage, units);
}

// Of a batch without rows there is no mean to follow.
template <class T>
void follow(const KLSparseRegOptions& o, const Tensor& data, T* average) {
  const std::int64_t rows = data.shape[0], units = data.shape[1];
  if (rows == 0) return;
  parallel_for(units, kernels::row_grain(rows, kernels::kCopyGrain),
               [&](std::int64_t unit, std::int64_t end) {
                 for (; unit < end; ++unit) {
                   double sum = 0;
                   for (std::int64_t row = 0; row < rows; ++row) {
                     sum += static_cast<double>(data.as<T>()[row * units + unit]);
                   }
                   const double mean = sum / static_cast<double>(rows);
                   average[unit] = static_cast<T>(o.momentum * static_cast<double>(average[unit]) +
                                                  (1 - o.momentum) * mean);
                 }
               });
}

void forward(const KLSparseRegOptions& o, const Call& call) {
  const Tensor& x = call.in[kData];
  dispatch_real(x.dtype, "IdentityAttachKLSparseReg", [&]<class T>() {
    T* const average = call.in[kMovingAverage].as<T>();
    if (call.training) follow(o, x, average);
    if (call.out[kAverage]) std::copy_n(average, x.shape[1], call.out[kAverage].as<T>());
  });
  const auto bytes = static_cast<std::size_t>(x.size()) * size_of(x.dtype);
  if (bytes > 0 && call.out[kSame].data != x.data) {
    std::memcpy(call.out[kSame].data, x.data, bytes);
  }
}

void backward(const KLSparseRegOptions& o, const GradientCall& call) {
  const Tensor& dx = call.in_grad[kData];
  if (!dx) return;
  const std::int64_t units = dx.shape[1];
  dispatch_real(dx.dtype, "IdentityAttachKLSparseReg", [&]<class T>() {
    const T* const average = call.out[kAverage].as<T>();
    const T* const dy = call.out_grad[kSame].as<T>();
    const auto slope_of = [&](std::int64_t unit) {
      const auto active = static_cast<double>(average[unit]);
      const double target = o.sparseness_target;
      return o.penalty * ((1 - target) / (1 - active) - target / active);
    };
    parallel_for(dx.size(), kernels::kCopyGrain, [&](std::int64_t i, std::int64_t end) {
      for (; i < end; ++i) {
        dx.as<T>()[i] = static_cast<T>(static_cast<double>(dy[i]) + slope_of(i % units));
      }
    });
  });
}

constexpr Fill kActive{Fill::Kind::uniform, 0.2, 0.8};

const auto registered =
    define_op<KLSparseRegOptions>("IdentityAttachKLSparseReg")
        .doc("The data; the gradient has a penalty added for units that are active too often.")
        .input_attribute(kMovingAverage, "__init__", "[\"zero\", {}]")
        .inputs({"data"})
        .row_wise()
        .states({"moving_avg"})
        .outputs({"output", "average"}, 1)
        .outputs_in_files(1)
        .in_place()
        .passes_on()
        .field("sparseness_target", &KLSparseRegOptions::sparseness_target,
               "How active a unit is to be on average.")
        .field("penalty", &KLSparseRegOptions::penalty, "What the penalty is multiplied by.")
        .field("momentum", &KLSparseRegOptions::momentum, "How much of the moving average stays.")
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::outputs)
        .instead("a penalty that is added to the loss")
        .sample({}, {{{4, 3}, kActive}, {{3}, kActive}})
        .sample({.sparseness_target = 0.3, .penalty = 0.5, .momentum = 0.6},
                {{{5, 2}, kActive}, {{2}, kActive}})
        .sample({}, {{{0, 3}, kActive}, {{3}, kActive}});

}  // namespace
}  // namespace gluino
