#pragma once

#include <cstdint>

/// Numbers as one of -t, 0 and t, two bits each, as MXNet's gradient compression "2bit" has them;
/// the fourth value, which MXNet has no use for, is NaN.
namespace gluino::kernels {

/// How many bytes `n` numbers take: four in each.
std::int64_t bytes_of_two_bits(std::int64_t n);

/// Adds `numbers` to `residuals`, and takes off what it writes to `bytes` for each: t where the
/// residual is at least t, -t where it is at most -t, else 0. What is
/// no finite number arrives as NaN, and leaves 0.
void pack_two_bits(const float* numbers, float* residuals, std::int64_t n, float t,
                   std::uint8_t* bytes);
/// The numbers again.
void unpack_two_bits(const std::uint8_t* bytes, std::int64_t n, float t, float* numbers);

}  // namespace gluino::kernels
