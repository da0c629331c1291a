#include "networks/report.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace gluino::benchmarks {
namespace {

template <class... Values>
std::string format(const char* pattern, Values... values) {
  char text[256];
  std::snprintf(text, sizeof(text), pattern, values...);
  return text;
}

// What Gluino's are called in the table.
std::string label(const std::string& library) {
  return library == "gluino" ? "eager" : library.substr(std::string("gluino ").size());
}

double gflops(const Case& what, const Rate& rate) { return 1e-3 * what.mflop() * rate.median(); }

}  // namespace

std::string table_head() {
  return format("%-27s %-10s %7s %10s %9s %7s %18s %6s\n", "", "", "threads", "samples/s",
                "GFLOP/s", "% peak", "libtorch (threads)", "ratio");
}

std::string table_rows(const Measurement& measurement, double peak) {
  std::string text;
  const double best = measurement.best_of("libtorch");
  for (const Rate& rate : measurement.rates) {
    if (rate.library == "libtorch") continue;
    const double speed = gflops(measurement.what, rate);
    text += format("%-27s %-10s %7d %10.0f %9.1f %7.1f", measurement.what.name().c_str(),
                   label(rate.library).c_str(), rate.threads, rate.median(), speed,
                   100 * speed / peak / rate.threads);
    for (const Rate& other : measurement.rates) {
      if (other.library == "libtorch" && other.threads == rate.threads) {
        text += format(" %14.0f (%d) %6.2f", other.median(), other.threads, rate.median() / best);
      }
    }
    text += '\n';
  }
  return text;
}

std::string to_json(const Report& report) {
  nlohmann::ordered_json document = {
      {"peak_gflops", report.peak}, {"instructions", report.instructions}, {"other", report.other}};
  for (const Measurement& measurement : report.measurements) {
    nlohmann::ordered_json entry = {{"name", measurement.what.name()},
                                    {"network", to_string(measurement.what.network)},
                                    {"training", measurement.what.training},
                                    {"batch_size", measurement.what.batch_size},
                                    {"mflop_per_sample", measurement.what.mflop()}};
    if (measurement.what.training) {
      entry["check_losses"] = {measurement.first_loss, measurement.last_loss};
    }
    for (const Rate& rate : measurement.rates) {
      const double speed = gflops(measurement.what, rate);
      entry["rates"].push_back({{"library", rate.library},
                                {"threads", rate.threads},
                                {"samples_per_second", rate.median()},
                                {"gflops", speed},
                                {"percent_of_peak", 100 * speed / report.peak / rate.threads},
                                {"rounds", rate.rounds}});
    }
    if (const double best = measurement.best_of("libtorch"); best > 0) {
      entry["ratio"] = measurement.best_of("gluino") / best;
      entry["ratio_hybridized"] = measurement.best_of("gluino hybridized") / best;
      if (!measurement.what.training) {
        entry["ratio_frozen"] = measurement.best_of("gluino frozen") / best;
      }
    }
    if (const double rounded = measurement.best_of("gluino bfloat16"); rounded > 0) {
      entry["ratio_bfloat16_to_float32"] = rounded / measurement.best_of("gluino hybridized");
    }
    if (const double bytes = measurement.best_of("gluino int8"); bytes > 0) {
      entry["ratio_int8_to_float32"] = bytes / measurement.best_of("gluino frozen");
    }
    document["networks"].push_back(std::move(entry));
  }
  return document.dump(2) + "\n";
}

}  // namespace gluino::benchmarks
