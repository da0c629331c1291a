#pragma once

#include <cstdint>

namespace gluino::kernels {

/// x seen as (outer, n, inner): the middle axis is the one that softmax normalises.
struct SoftmaxShape {
  std::int64_t outer = 1;
  std::int64_t n = 1;
  std::int64_t inner = 1;
};

/// y_i = e^(x_i / t) / sum_j e^(x_j / t), computed from x minus its maximum. T is float or double;
/// y may be x.
template <class T>
void softmax(const T* x, T* y, const SoftmaxShape& shape, double temperature = 1);

/// y_i = x_i / t - log(sum_j e^(x_j / t)).
template <class T>
void log_softmax(const T* x, T* y, const SoftmaxShape& shape, double temperature = 1);

/// dx_i = y_i (dy_i - sum_j dy_j y_j) / t, where y = softmax(x). dx may be dy.
template <class T>
void softmax_gradient(const T* y, const T* dy, T* dx, const SoftmaxShape& shape,
                      double temperature = 1);

/// dx_i = (dy_i - e^(y_i) sum_j dy_j) / t, where y = log_softmax(x). dx may be dy.
template <class T>
void log_softmax_gradient(const T* y, const T* dy, T* dx, const SoftmaxShape& shape,
                          double temperature = 1);

/// For each of `rows` rows of `classes` numbers: probabilities = softmax(x) and
/// loss = -log(probabilities[label]), computed without rounding small probabilities to zero.
/// `labels` holds class numbers as T; one that is out of range is clipped into it, as `pick` does.
/// Either output may be null.
template <class T>
void softmax_cross_entropy(const T* x, const T* labels, T* probabilities, T* loss,
                           std::int64_t rows, std::int64_t classes);

/// dx = (probabilities - onehot(label)) * dloss[row].
template <class T>
void softmax_cross_entropy_gradient(const T* probabilities, const T* labels, const T* dloss, T* dx,
                                    std::int64_t rows, std::int64_t classes);

}  // namespace gluino::kernels
