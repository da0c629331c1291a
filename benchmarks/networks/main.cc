// Measures how fast the tutorials' networks and a deeper one are trained and asked, eagerly and as
// compiled graphs, beside libtorch where the build found it:
//
//     network_benchmarks [--only TEXT] [file for the results as JSON]
//
// With --only the cases whose names contain the text: "VGG", "LeNet training".

#include <gluino/base/error.h>
#include <gluino/base/file.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <span>
#include <string>
#include <thread>

#include "kernels/peak.h"
#include "networks/report.h"

namespace gluino::benchmarks {
namespace {

struct Arguments {
  std::string only;
  std::string json_path;
};

Arguments parse(std::span<char*> words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string word = words[i];
    if (word == "--only" && i + 1 < words.size()) {
      arguments.only = words[++i];
    } else {
      check(!word.starts_with("-") && arguments.json_path.empty(), "unknown argument ", word);
      arguments.json_path = word;
    }
  }
  return arguments;
}

void run(const Arguments& arguments) {
  Report report;
#ifdef GLUINO_BENCHMARK_TORCH
  report.other = describe_torch();
#endif
  report.peak = peak_gflops();
  std::printf("Fused multiply-adds on one core: %.1f GFLOP/s.\n%s.\n\n", report.peak,
              report.other.empty() ? "Built without libtorch" : report.other.c_str());
  MeasureOptions options;
  if (std::thread::hardware_concurrency() > 1) options.threads.push_back(2);

  // A step of the deep network takes as long as a round of the others.
  MeasureOptions deep = options;
  deep.check_steps = 8;
  deep.rounds = 3;

  std::printf("%s", table_head().c_str());
  const Case uses[] = {{.training = true}, {.training = false}, {.batch_size = 1}};
  for (const Case& use : uses) {
    for (const Network network : {Network::lenet, Network::mlp, Network::vgg}) {
      Case what = use;
      what.network = network;
      // A batch of 100 would take the deep network's training most of the three minutes.
      if (network == Network::vgg && what.training) what.batch_size = 32;
      if (what.name().find(arguments.only) == std::string::npos) continue;
      report.measurements.push_back(measure(what, network == Network::vgg ? deep : options));
      // The processor's clock changes in the course of a run: the fastest seen is the peak.
      report.peak = std::max(report.peak, peak_gflops());
      std::printf("%s", table_rows(report.measurements.back(), report.peak).c_str());
      std::fflush(stdout);
    }
  }
  std::printf(
      "\nMedians of %d rounds (VGG: %d) that took turns; ratio: to libtorch's better rate.\n",
      options.rounds, deep.rounds);
  for (const Measurement& measurement : report.measurements) {
    if (!measurement.what.training) continue;
    std::printf("%s: %s loss fell from %.3f to %.3f.\n", measurement.what.name().c_str(),
                report.other.empty() ? "the" : "in both libraries, from the same weights, the",
                measurement.first_loss, measurement.last_loss);
  }
  if (!arguments.json_path.empty()) write_file(arguments.json_path, to_json(report));
}

}  // namespace
}  // namespace gluino::benchmarks

int main(int argc, char** argv) {
  try {
    gluino::benchmarks::run(
        gluino::benchmarks::parse(std::span(argv, static_cast<std::size_t>(argc)).subspan(1)));
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "network_benchmarks: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
