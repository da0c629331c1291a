// Measures how fast the tutorials' networks are trained and asked, eagerly and as compiled graphs,
// beside libtorch where the build found it:
//
//     network_benchmarks [file for the results as JSON]

#include <gluino/base/file.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>

#include "kernels/peak.h"
#include "networks/report.h"

namespace gluino::benchmarks {
namespace {

void run(const char* json_path) {
  Report report;
#ifdef GLUINO_BENCHMARK_TORCH
  report.other = describe_torch();
#endif
  report.peak = peak_gflops();
  std::printf("Fused multiply-adds on one core: %.1f GFLOP/s.\n%s.\n\n", report.peak,
              report.other.empty() ? "Built without libtorch" : report.other.c_str());
  MeasureOptions options;
  if (std::thread::hardware_concurrency() > 1) options.threads.push_back(2);

  std::printf("%s", table_head().c_str());
  const Case uses[] = {{.training = true}, {.training = false}, {.batch_size = 1}};
  for (Case what : uses) {
    for (const Network network : {Network::lenet, Network::mlp}) {
      what.network = network;
      report.measurements.push_back(measure(what, options));
      // The processor's clock changes in the course of a run: the fastest seen is the peak.
      report.peak = std::max(report.peak, peak_gflops());
      std::printf("%s", table_rows(report.measurements.back(), report.peak).c_str());
      std::fflush(stdout);
    }
  }
  std::printf("\nMedians of %d rounds that took turns; ratio: to libtorch's better rate.\n",
              options.rounds);
  for (const Measurement& measurement : report.measurements) {
    if (!measurement.what.training) continue;
    std::printf("%s: %s loss fell from %.3f to %.3f.\n", measurement.what.name().c_str(),
                report.other.empty() ? "the" : "in both libraries, from the same weights, the",
                measurement.first_loss, measurement.last_loss);
  }
  if (json_path != nullptr) write_file(json_path, to_json(report));
}

}  // namespace
}  // namespace gluino::benchmarks

int main(int argc, char** argv) {
  try {
    gluino::benchmarks::run(argc > 1 ? argv[1] : nullptr);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "network_benchmarks: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
