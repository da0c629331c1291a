#pragma once

#include <apps/digits/reports/judgement.h>
#include <apps/digits/reports/run_folder.h>
#include <gluino/gluon/data/dataset.h>
#include <gluino/ndarray/ndarray.h>

#include <cstdint>
#include <string>
#include <vector>

namespace digits::reports {

/// What a report tells.
struct Report {
  /// "lenet with tanh, trained on mnist"
  std::string description{};
  std::int64_t parameters = 0;
  RunFolder run{};
  /// Where the test images are from: "mnist".
  std::string source{};
  gluino::gluon::data::Dataset images;
  Judgements judgements;
  std::vector<std::string> class_names{};
  std::vector<gluino::NDArray> filters{};
  /// How many mistakes are shown.
  std::size_t most_mistakes = 60;
};

/// One HTML file that needs no other: charts are SVG within, pictures are data. The same report
/// gives the same bytes.
std::string report_page(const Report& report);

}  // namespace digits::reports
