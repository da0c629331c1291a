#include <apps/digits/tuning/ranking.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

namespace digits::tuning {
namespace {

constexpr int kScoreDigits = 4;

std::string quoted(const std::string& text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+.,:/@%";
  if (text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string result = "'";
  for (const char c : text) c == '\'' ? result += "'\\''" : result += c;
  result += '\'';
  return result;
}

std::vector<std::string> heading(const Space& space) {
  std::vector<std::string> cells = {"rank", "trial", "accuracy", "loss"};
  if (!has_parameter(space, "epochs")) cells.emplace_back("epochs");
  for (const Parameter& parameter : space) {
    if (!parameter.is_fixed()) cells.push_back(parameter.name);
  }
  return cells;
}

std::vector<std::string> row(const Trial& trial, std::size_t rank, const Space& space) {
  std::vector<std::string> cells = {"-", std::to_string(trial.number), "failed", "-"};
  if (trial.scores) {
    cells = {std::to_string(rank), std::to_string(trial.number),
             gluino::fixed(trial.scores->accuracy, kScoreDigits),
             gluino::fixed(trial.scores->loss, kScoreDigits)};
  }
  if (!has_parameter(space, "epochs"))
    cells.push_back(trial.scores ? std::to_string(trial.epochs) : "-");
  for (std::size_t i = 0; i < space.size(); ++i) {
    if (!space[i].is_fixed()) cells.push_back(trial.values[i]);
  }
  return cells;
}

// The columns flush right, two blanks between them.
std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::string text;
  for (const auto& cells : rows) {
    if (!text.empty()) text += '\n';
    for (std::size_t i = 0; i < cells.size(); ++i) {
      std::size_t width = 0;
      for (const auto& other : rows) width = std::max(width, other[i].size());
      text.append((i == 0 ? 0 : 2) + width - cells[i].size(), ' ').append(cells[i]);
    }
  }
  return text;
}

}  // namespace

double cost(const Settings& settings, const Scores& scores) {
  return settings.metric == "validation_loss" ? scores.loss : -scores.accuracy;
}

void update(Trial& trial, const Job& job, const Outcome& outcome, const Settings& settings) {
  if (!outcome.scores) {
    trial.reason = outcome.reason;
    return;
  }
  if (trial.scores && cost(settings, *trial.scores) <= cost(settings, *outcome.scores)) return;
  trial.scores = outcome.scores;
  trial.epochs = job.epochs;
}

std::vector<Trial> ranked(std::vector<Trial> trials, const Settings& settings) {
  std::erase_if(trials, [](const Trial& trial) { return !trial.was_tried(); });
  const auto place = [&](const Trial& trial) {
    return std::tuple(!trial.scores, trial.scores ? cost(settings, *trial.scores) : 0,
                      trial.number);
  };
  std::sort(trials.begin(), trials.end(),
            [&](const Trial& a, const Trial& b) { return place(a) < place(b); });
  return trials;
}

std::string table(const std::vector<Trial>& ranked, const Settings& settings) {
  std::vector<std::vector<std::string>> rows = {heading(settings.space)};
  for (const Trial& trial : ranked) rows.push_back(row(trial, rows.size(), settings.space));
  return aligned(rows);
}

std::string command_line(const Trial& trial, const Settings& settings) {
  std::string line = "digits train";
  for (std::size_t i = 0; i < trial.values.size(); ++i) {
    line += ' ';
    line += quoted(gluino::str("--", settings.space[i].name, "=", trial.values[i]));
  }
  return has_parameter(settings.space, "epochs") ? line
                                                 : gluino::str(line, " --epochs=", trial.epochs);
}

std::string describe(const Values& values, const Space& space) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!space[i].is_fixed()) parts.push_back(space[i].name + "=" + values[i]);
  }
  return gluino::join(parts, " ");
}

}  // namespace digits::tuning
