#pragma once

#include <cstdint>

namespace gluino::kernels {

/// out[c * out_step + r] = in[r * in_step + c] for r < rows and c < columns, in vectors, for float
/// and double.
template <class T>
void turn(const T* in, std::int64_t in_step, std::int64_t rows, std::int64_t columns, T* out,
          std::int64_t out_step);

}  // namespace gluino::kernels
