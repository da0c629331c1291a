#include <apps/digits/console/console.h>
#include <apps/digits/training/report.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace digits {
namespace {

std::string padded(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string share(double value) { return std::isnan(value) ? "-" : gluino::fixed(value, 4); }

}  // namespace

std::string accuracy_line(const Evaluation& evaluation) {
  return gluino::str("test accuracy ", gluino::fixed(evaluation.accuracy(), 4), " (",
                     evaluation.wrong(), " of ", evaluation.samples(), " wrong)");
}

std::string confusion_table(const Evaluation& evaluation) {
  std::size_t width = 4;
  for (const auto& row : evaluation.confusion) {
    for (const std::int64_t count : row) width = std::max(width, std::to_string(count).size() + 1);
  }
  const std::size_t counts = width * kClasses;
  std::string table = "digit |" + padded("taken for", counts) + " | precision  recall\n      |";
  for (int digit = 0; digit < kClasses; ++digit) table += padded(std::to_string(digit), width);
  table += " |\n------+" + std::string(counts + 1, '-') + "+------------------";
  for (int digit = 0; digit < kClasses; ++digit) {
    table += "\n    " + std::to_string(digit) + " |";
    for (const std::int64_t count : evaluation.confusion[static_cast<std::size_t>(digit)]) {
      // Zeros would hide the mistakes.
      table += padded(count == 0 ? "." : std::to_string(count), width);
    }
    table += " |" + padded(share(evaluation.precision(digit)), 10) +
             padded(share(evaluation.recall(digit)), 8);
  }
  return table;
}

nlohmann::ordered_json to_json(const Evaluation& evaluation) {
  nlohmann::ordered_json classes = nlohmann::ordered_json::array();
  for (int digit = 0; digit < kClasses; ++digit) {
    classes.push_back({{"class", std::to_string(digit)},
                       {"samples", evaluation.actual(digit)},
                       {"precision", evaluation.precision(digit)},
                       {"recall", evaluation.recall(digit)}});
  }
  return {{"test_accuracy", evaluation.accuracy()},
          {"test_loss", evaluation.loss()},
          {"samples", evaluation.samples()},
          {"wrong", evaluation.wrong()},
          {"classes", classes},
          {"confusion_matrix", evaluation.confusion}};
}

}  // namespace digits
