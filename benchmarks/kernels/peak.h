#pragma once

namespace gluino::benchmarks {

/// The rate of fused multiply-adds in float that one core reaches with all operands in registers,
/// in GFLOP/s (a multiply-add counts 2), measured anew in this process.
double peak_gflops();

}  // namespace gluino::benchmarks
