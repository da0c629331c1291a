#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/linalg/khatri_rao.h>

#include <algorithm>
#include <vector>

namespace gluino {
namespace {

void infer(const NoOptions& /*options*/, Inference& s) {
  std::int64_t rows = 1;
  for (int i = 0; i < s.num_inputs(); ++i) {
    s.expect_ndim(i, 2, "(rows, columns)");
    s.expect(s.in(i)[1] == s.in(0)[1], i, "expected ", s.in(0)[1],
             " columns as the first has, got ", s.in(i));
    const bool fits = !__builtin_mul_overflow(rows, s.in(i)[0], &rows);
    s.expect(fits, i, "there would be more rows than can be counted");
  }
  s.set_out(0, {rows, s.in(0)[1]});
}

void forward(const NoOptions& /*options*/, const Call& call) {
  const Tensor& out = call.out[0];
  const std::int64_t columns = out.shape[1];
  dispatch_real(out.dtype, "khatri_rao", [&]<class T>() {
    parallel_for(out.shape[0], kernels::row_grain(columns, kernels::kCopyGrain),
                 [&](std::int64_t row, std::int64_t end) {
                   for (; row < end; ++row) {
                     T* y = out.as<T>() + row * columns;
                     std::fill_n(y, columns, T(1));
                     std::int64_t rest = row;
                     for (auto each = call.in.rbegin(); each != call.in.rend(); ++each) {
                       const T* x = each->template as<T>() + rest % each->shape[0] * columns;
                       rest /= each->shape[0];
                       for (std::int64_t j = 0; j < columns; ++j) y[j] *= x[j];
                     }
                   }
                 });
  });
}

// The gradient of one matrix: of each of its elements the sum over the rows that it is part of, of
// what comes in times the elements of the others.
template <class T>
void add_gradient(const GradientCall& call, std::size_t which) {
  const Tensor& dy = call.out_grad[0];
  const std::int64_t columns = dy.shape[1];
  T* const dx = call.in_grad[which].as<T>();
  std::fill_n(dx, call.in_grad[which].size(), T(0));
  std::vector<T> product(static_cast<std::size_t>(columns));
  for (std::int64_t row = 0; row < dy.shape[0]; ++row) {
    std::copy_n(dy.as<T>() + row * columns, columns, product.begin());
    std::int64_t rest = row;
    T* to = dx;
    for (std::size_t i = call.in.size(); i-- > 0;) {
      const std::int64_t place = rest % call.in[i].shape[0] * columns;
      rest /= call.in[i].shape[0];
      if (i == which) {
        to = dx + place;
        continue;
      }
      const T* const x = call.in[i].as<T>() + place;
      for (std::size_t j = 0; j < product.size(); ++j) product[j] *= x[j];
    }
    for (std::size_t j = 0; j < product.size(); ++j) to[j] += product[j];
  }
}

void backward(const NoOptions& /*options*/, const GradientCall& call) {
  dispatch_real(call.out_grad[0].dtype, "khatri_rao", [&]<class T>() {
    for (std::size_t i = 0; i < call.in_grad.size(); ++i) {
      if (call.in_grad[i]) add_gradient<T>(call, i);
    }
  });
}

// The same by operators: with an axis for the rows of each matrix, and one for the columns.
std::vector<NDArray> derivative_of(const NoOptions& /*options*/, const DerivativeCall& call) {
  const auto count = static_cast<int>(call.in.size());
  Shape apart;
  for (const NDArray& in : call.in) apart.push_back(in.shape()[0]);
  apart.push_back(call.in[0].shape()[1]);
  std::vector<NDArray> gradients(call.in.size());
  for (int i = 0; i < count; ++i) {
    if (!call.wanted[static_cast<std::size_t>(i)]) continue;
    NDArray gradient = derivative::reshaped(call.out_grad[0], apart);
    Shape others;
    for (int other = 0; other < count; ++other) {
      if (other == i) continue;
      others.push_back(other);
      Shape alone = Shape::filled(count + 1, 1);
      alone[other] = apart[other];
      alone[count] = apart[count];
      const NDArray& in = call.in[static_cast<std::size_t>(other)];
      gradient = gradient * derivative::reshaped(in, alone);
    }
    if (!others.empty()) gradient = gradient.sum(others);
    gradients[static_cast<std::size_t>(i)] =
        derivative::reshaped(gradient, call.in[static_cast<std::size_t>(i)].shape());
  }
  return gradients;
}

const auto registered = define_op("khatri_rao")
                            .doc("Column by column, all products of an element of each matrix.")
                            .variadic("arg")
                            .infer(infer)
                            .forward(forward)
                            .backward(backward, Op::inputs)
                            .derivative(derivative_of)
                            .sample({}, {{{2, 3}}, {{4, 3}}})
                            .sample({}, {{{2, 2}}, {{3, 2}}, {{1, 2}}})
                            .sample({}, {{{3, 2}}})
                            .sample({}, {{{0, 3}}, {{4, 3}}});

}  // namespace
}  // namespace gluino
