#pragma once

#include <string>
#include <vector>

#include "networks/measure.h"

namespace gluino::benchmarks {

/// All that a run found out.
struct Report {
  /// GFLOP/s of fused multiply-adds on one core; see peak_gflops.
  double peak = 0;
  /// What our vector code ran on: "AVX-512".
  std::string instructions;
  /// Who the other library is; empty without one.
  std::string other;
  std::vector<Measurement> measurements;
};

/// The table's lines for one measurement, one per number of threads, and its head.
std::string table_head();
std::string table_rows(const Measurement& measurement, double peak);

/// The whole, every round included.
std::string to_json(const Report& report);

}  // namespace gluino::benchmarks
