// Measures how fast the tutorials' networks and a deeper one are trained and asked, eagerly and as
// compiled graphs, beside libtorch where the build found it:
//
//     network_benchmarks [--only TEXT] [--avx2] [file for the results as JSON]
//
// With --only the cases whose names contain the text: "VGG", "LeNet training". With --avx2 both
// libraries, and what libtorch multiplies with, are kept from larger instruction sets.

#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/kernels/cpu/support/instruction_set.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "kernels/peak.h"
#include "networks/report.h"

namespace gluino::benchmarks {
namespace {

struct Arguments {
  std::string only;
  bool avx2 = false;
  std::string json_path;
};

Arguments parse(std::span<char*> words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string word = words[i];
    if (word == "--only" && i + 1 < words.size()) {
      arguments.only = words[++i];
    } else if (word == "--avx2") {
      arguments.avx2 = true;
    } else {
      check(!word.starts_with("-") && arguments.json_path.empty(), "unknown argument ", word);
      arguments.json_path = word;
    }
  }
  return arguments;
}

// Libraries look at the environment when they are loaded; so the program begins anew. Returns the
// second time.
void restrict_to_avx2(char** argv) {
  constexpr std::pair<const char*, const char*> kVariables[] = {{"GLUINO_MAX_ISA", "avx2"},
                                                                {"ONEDNN_MAX_CPU_ISA", "AVX2"},
                                                                {"DNNL_MAX_CPU_ISA", "AVX2"},
                                                                {"OPENBLAS_CORETYPE", "Haswell"},
                                                                {"ATEN_CPU_CAPABILITY", "avx2"}};
  bool done = true;
  for (const auto& [name, value] : kVariables) {
    const char* now = std::getenv(name);
    if (now != nullptr && std::string_view(now) == value) continue;
    done = false;
    check(::setenv(name, value, 1) == 0, "cannot set ", name);
  }
  if (done) return;
  ::execv("/proc/self/exe", argv);
  fail("cannot start again with AVX2 alone: ", std::strerror(errno));
}

void run(const Arguments& arguments) {
  Report report;
#ifdef GLUINO_BENCHMARK_TORCH
  report.other = describe_torch();
#endif
  report.peak = peak_gflops();
  report.instructions = kernels::instruction_set();
  std::printf("Fused multiply-adds on one core: %.1f GFLOP/s, %s%s.\n%s.\n\n", report.peak,
              report.instructions.c_str(), arguments.avx2 ? " (libtorch kept to AVX2, too)" : "",
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
    const auto arguments =
        gluino::benchmarks::parse(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
    if (arguments.avx2) gluino::benchmarks::restrict_to_avx2(argv);
    gluino::benchmarks::run(arguments);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "network_benchmarks: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
