#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino::ops {

/// The discrete Fourier transform of each row of real numbers, (..., d), as complex numbers whose
/// real and imaginary parts take turns, (..., 2 d): sum over j of x[j] exp(-2 pi i j k / d).
template <Operand A>
A fft(const A& data, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("_contrib_fft");
  return call(op, NoOptions{}, {data}, name);
}

/// The real part of the inverse transform of rows of complex numbers as fft gives them, (..., 2 d),
/// not divided by d: (..., d).
template <Operand A>
A ifft(const A& data, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("_contrib_ifft");
  return call(op, NoOptions{}, {data}, name);
}

}  // namespace gluino::ops
