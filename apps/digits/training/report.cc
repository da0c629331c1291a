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

std::string confusion_table(const Evaluation& evaluation, const std::vector<std::string>& classes) {
  // Beside more, no line would fit on a screen.
  const bool has_counts = evaluation.classes() <= 30;
  std::size_t width = 4;
  std::size_t label = 5;
  for (const std::string& name : classes) {
    width = std::max(width, name.size() + 1);
    label = std::max(label, name.size());
  }
  for (const auto& row : evaluation.confusion) {
    for (const std::int64_t count : row) width = std::max(width, std::to_string(count).size() + 1);
  }
  const std::size_t counts = has_counts ? width * evaluation.confusion.size() : 0;
  std::string table = padded(shows_digits({.classes = classes}) ? "digit" : "class", label) + " |" +
                      padded(has_counts ? "taken for" : "", counts) + " | precision  recall\n" +
                      padded("", label) + " |";
  if (has_counts) {
    for (const std::string& name : classes) table += padded(name, width);
  }
  table += " |\n" + std::string(label + 1, '-') + "+" + std::string(counts + 1, '-') +
           "+------------------";
  for (int digit = 0; digit < evaluation.classes(); ++digit) {
    const auto place = static_cast<std::size_t>(digit);
    table += gluino::str("\n", padded(classes.at(place), label), " |");
    if (has_counts) {
      for (const std::int64_t count : evaluation.confusion[place]) {
        // Zeros would hide the mistakes.
        table += padded(count == 0 ? "." : std::to_string(count), width);
      }
    }
    table += " |" + padded(share(evaluation.precision(digit)), 10) +
             padded(share(evaluation.recall(digit)), 8);
  }
  return table;
}

nlohmann::ordered_json to_json(const Evaluation& evaluation,
                               const std::vector<std::string>& classes) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (int digit = 0; digit < evaluation.classes(); ++digit) {
    list.push_back({{"class", classes.at(static_cast<std::size_t>(digit))},
                    {"samples", evaluation.actual(digit)},
                    {"precision", evaluation.precision(digit)},
                    {"recall", evaluation.recall(digit)}});
  }
  return {{"test_accuracy", evaluation.accuracy()},
          {"test_loss", evaluation.loss()},
          {"samples", evaluation.samples()},
          {"wrong", evaluation.wrong()},
          {"classes", list},
          {"confusion_matrix", evaluation.confusion}};
}

}  // namespace digits
