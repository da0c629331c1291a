#pragma once

namespace gluino::kernels {

/// Functions of one number that the C library lacks, or has for one thread only. They compute in
/// double; a float is the result rounded.

/// The x with erf(x) = y; infinite at -1 and 1, NaN beyond.
double inverse_erf(double y);
/// log |gamma(x)|.
double log_gamma(double x);
/// The derivative of log |gamma(x)|, and its derivative. NaN at 0, -1, -2, ...
double digamma_of(double x);
double trigamma_of(double x);

template <class T>
T inverse_erf(T y) {
  return static_cast<T>(inverse_erf(static_cast<double>(y)));
}
template <class T>
T log_gamma(T x) {
  return static_cast<T>(log_gamma(static_cast<double>(x)));
}
template <class T>
T digamma_of(T x) {
  return static_cast<T>(digamma_of(static_cast<double>(x)));
}
template <class T>
T trigamma_of(T x) {
  return static_cast<T>(trigamma_of(static_cast<double>(x)));
}

}  // namespace gluino::kernels
