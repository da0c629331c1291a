#include <apps/digits/tuning/picture.h>
#include <gluino/viz/chart.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace digits::tuning {
namespace {

namespace viz = gluino::viz;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

viz::ParallelAxis axis_of(const Parameter& parameter) {
  const bool is_log = parameter.kind == Kind::log || parameter.kind == Kind::log_whole;
  return {.title = parameter.name,
          .scale = is_log ? viz::Scale::logarithmic : viz::Scale::linear,
          .categories = parameter.choices};
}

// Where on the axis of its parameter a value stands.
double place_of(const std::string& value, const Parameter& parameter) {
  const auto& choices = parameter.choices;
  if (parameter.kind == Kind::choice) {
    return static_cast<double>(std::find(choices.begin(), choices.end(), value) - choices.begin());
  }
  double number = kNone;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

viz::ParallelLine line_of(const Trial& trial, const Settings& settings) {
  viz::ParallelLine line{.values = {}, .result = kNone};
  for (std::size_t i = 0; i < settings.space.size(); ++i) {
    if (!settings.space[i].is_fixed()) {
      line.values.push_back(place_of(trial.values[i], settings.space[i]));
    }
  }
  if (trial.scores) {
    line.result =
        settings.metric == "validation_loss" ? trial.scores->loss : trial.scores->accuracy;
  }
  return line;
}

}  // namespace

bool save_pictures(const std::string& folder, const std::vector<Trial>& ranked,
                   const Settings& settings) {
  viz::ParallelChart chart;
  chart.title = std::to_string(ranked.size()) + " trials, " + settings.method;
  chart.result_title = settings.metric;
  chart.is_higher_better = settings.metric != "validation_loss";
  for (const Parameter& parameter : settings.space) {
    if (!parameter.is_fixed()) chart.axes.push_back(axis_of(parameter));
  }
  if (chart.axes.empty()) return false;
  for (const Trial& trial : ranked) chart.lines.push_back(line_of(trial, settings));
  const viz::Drawing drawing = viz::draw(chart);
  for (const char* ending : {".svg", ".png"}) {
    viz::save_drawing(folder + "/trials" + ending, drawing);
  }
  return true;
}

}  // namespace digits::tuning
