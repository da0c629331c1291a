#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/updates/group_adagrad.h>
#include <gluino/ops/updates/update_definition-inl.h>

#include <algorithm>
#include <cmath>

namespace gluino {
namespace {

using namespace update_definition;

void infer(const GroupAdagradUpdateOptions& /*options*/, Inference& s) {
  const Shape& weight = s.in(0);
  s.expect(weight.ndim() >= 1, 0, "expected rows, got ", weight);
  Shape history = Shape::filled(weight.ndim(), 1);
  history[0] = weight[0];
  s.set_in(1, weight);
  s.set_in(2, history);
  s.set_out(0, weight);
}

template <class T>
void update_rows(const GroupAdagradUpdateOptions& o, std::int64_t rows, std::int64_t width, T* w,
                 const T* grad, T* history) {
  const double bound = o.clip_gradient < 0 ? HUGE_VAL : o.clip_gradient;
  const auto gradient = [&](std::int64_t i) {
    return std::clamp(o.rescale_grad * grad[i], -bound, bound);
  };
  parallel_for(rows, kernels::row_grain(width, kernels::kMathGrain),
               [&](std::int64_t row, std::int64_t end) {
                 for (; row < end; ++row) {
                   double sum = 0;
                   for (std::int64_t i = row * width; i < (row + 1) * width; ++i) {
                     sum += gradient(i) * gradient(i);
                   }
                   history[row] += static_cast<T>(sum / static_cast<double>(width));
                   const double rate = o.lr / std::sqrt(double{history[row]} + o.epsilon);
                   for (std::int64_t i = row * width; i < (row + 1) * width; ++i) {
                     w[i] -= static_cast<T>(rate * gradient(i));
                   }
                 }
               });
}

const auto registered =
    define_op<GroupAdagradUpdateOptions>("_contrib_group_adagrad_update")
        .doc("One step of AdaGrad (Duchi et al., 2011) with one rate for each row.")
        .in_place()
        .inputs({"weight", "grad"})
        .states({"history"})
        .field("lr", &GroupAdagradUpdateOptions::lr, "Learning rate.")
        .required()
        .field("rescale_grad", &GroupAdagradUpdateOptions::rescale_grad,
               "Gradients are multiplied by it.")
        .field("clip_gradient", &GroupAdagradUpdateOptions::clip_gradient,
               "Bound of each element; below 0: none.")
        .field("epsilon", &GroupAdagradUpdateOptions::epsilon, "Added to the sum of squares.")
        .infer(infer)
        .forward(updating([](const GroupAdagradUpdateOptions& o, const Call& call) {
          const Tensor& weight = call.in[0];
          if (weight.size() == 0) return;
          dispatch_real(weight.dtype, "group_adagrad_update", [&]<class T>() {
            update_rows(o, weight.shape[0], weight.size() / weight.shape[0], weight.as<T>(),
                        call.in[1].as<T>(), call.in[2].as<T>());
          });
        }))
        .sample({}, {{{3, 4}}, {{3, 4}}, {{3, 1}, {Fill::Kind::uniform, 0.5, 2}}})
        .sample({.rescale_grad = 0.5, .clip_gradient = 0.25, .epsilon = 0.1},
                {{{3, 2, 2}}, {{3, 2, 2}}, {{3, 1, 1}, {Fill::Kind::uniform, 0.5, 2}}});

}  // namespace

void nd::group_adagrad_update(const NDArray& weight, const NDArray& grad, const NDArray& history,
                              const GroupAdagradUpdateOptions& options) {
  run("_contrib_group_adagrad_update", options, {weight, grad, history});
}

}  // namespace gluino
