#include <apps/digits/reports/digit_pictures.h>
#include <apps/digits/reports/html.h>
#include <apps/digits/reports/report_page.h>
#include <gluino/base/text.h>
#include <gluino/viz/chart.h>
#include <gluino/viz/utf8.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string_view>

namespace digits::reports {

/// The page's style; part of the program.
std::string_view report_css();

namespace {

namespace viz = gluino::viz;
using gluino::str;

constexpr int kMistakeWidth = 84;
constexpr int kFilterWidth = 60;
constexpr std::size_t kMostCells = 20;

std::string percent(double share, int digits = 2) {
  return std::isnan(share) ? "–" : gluino::fixed(100 * share, digits) + " %";
}

std::string share(double value) { return std::isnan(value) ? "–" : gluino::fixed(value, 4); }

// 431080 as "431,080".
std::string grouped(std::int64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string drawn(const viz::Drawing& drawing) {
  return "<div class=\"chart\">" + viz::to_svg(drawing) + "</div>\n";
}

std::string tile(const std::string& value, const std::string& name) {
  return str("<div><strong>", value, "</strong><span>", name, "</span></div>\n");
}

std::string head(const Report& report, const Calibration& sureness) {
  const Judgements& judged = report.judgements;
  return str("<header>\n<h1>", viz::escaped(report.description), "</h1>\n",
             paragraph(str("Tested on ", grouped(judged.samples()), " images of ", report.source,
                           " that it was not trained on.")),
             "<div class=\"tiles\">\n", tile(percent(judged.accuracy()), "right"),
             tile(grouped(judged.wrong()), "mistakes"), tile(share(judged.loss), "mean loss"),
             tile(percent(sureness.error), "calibration error"),
             tile(grouped(report.parameters), "parameters"), "</div>\n</header>\n");
}

std::string settings(const Report& report) {
  if (report.run.settings.empty()) return "";
  return section("Settings", list_of_pairs(report.run.settings));
}

viz::Series series(const char* name, const std::vector<EpochMetrics>& epochs,
                   double EpochMetrics::*value) {
  viz::Series result{name, {}, {}};
  for (const EpochMetrics& epoch : epochs) {
    result.x.push_back(static_cast<double>(epoch.epoch));
    result.y.push_back(epoch.*value);
  }
  return result;
}

std::string curves(const Report& report) {
  const auto& epochs = report.run.epochs;
  if (epochs.empty()) {
    return section("Learning curves", paragraph("This run has no metrics.jsonl."));
  }
  const viz::LineChart accuracy{
      .title = "Accuracy",
      .x = {"epoch"},
      .series = {series("training", epochs, &EpochMetrics::train_accuracy),
                 series("validation", epochs, &EpochMetrics::validation_accuracy)},
      .width = 560,
      .height = 340};
  const viz::LineChart loss{
      .title = "Loss",
      .x = {"epoch"},
      .y = {"", viz::Scale::logarithmic},
      .series = {series("training", epochs, &EpochMetrics::train_loss),
                 series("validation", epochs, &EpochMetrics::validation_loss)},
      .width = 560,
      .height = 340};
  double seconds = 0;
  for (const EpochMetrics& epoch : epochs) seconds += std::isnan(epoch.seconds) ? 0 : epoch.seconds;
  return section("Learning curves",
                 str(paragraph(str(epochs.size() == 1 ? "One epoch" : str(epochs.size(), " epochs"),
                                   ", ", gluino::fixed(seconds, 1), " seconds of training.")),
                     "<div class=\"row\">", drawn(draw(accuracy)), drawn(draw(loss)), "</div>\n"));
}

std::string confusion(const Report& report) {
  viz::HeatMap map{.x_title = "taken for",
                   .y_title = "is",
                   .columns = report.class_names,
                   .rows = report.class_names,
                   .has_log_shades = true};
  for (const auto& row : report.judgements.confusion()) {
    map.values.emplace_back(row.begin(), row.end());
  }
  if (map.rows.size() > kMostCells) map.cell = 24;
  return section("Confusion matrix", drawn(draw(map)));
}

std::string classes(const Report& report) {
  std::vector<std::vector<std::string>> rows = {{"class", "images", "precision", "recall", "F1"}};
  const auto figures = report.judgements.by_class();
  for (std::size_t i = 0; i < figures.size(); ++i) {
    rows.push_back({report.class_names[i], grouped(figures[i].samples), share(figures[i].precision),
                    share(figures[i].recall), share(figures[i].f1)});
  }
  return section("Class by class", table(rows));
}

std::string mistakes(const Report& report) {
  const std::vector<Judgement> wrong = report.judgements.mistakes();
  if (wrong.empty()) return section("Mistakes", paragraph("There are none."));
  const std::size_t shown = std::min(wrong.size(), report.most_mistakes);
  std::string html =
      paragraph(shown < wrong.size()
                    ? str("The ", shown, " of ", grouped(std::ssize(wrong)),
                          " of which the network was surest, with the probability that it gave.")
                    : "All of them, with the probability that the network gave; the surest first.");
  html += "<div class=\"grid\">\n";
  for (std::size_t i = 0; i < shown; ++i) {
    const Judgement& each = wrong[i];
    const auto name = [&](int number) {
      return report.class_names[static_cast<std::size_t>(number)];
    };
    html += figure(png_of(report.images.get(each.index)[0]), kMistakeWidth,
                   str(name(each.label), " taken for ", name(each.predicted), ", ",
                       percent(each.probability, 0)));
  }
  return section("Mistakes", html + "</div>\n");
}

std::string filters(const Report& report) {
  if (report.filters.empty()) return "";
  std::string html = paragraph(
      "What the first layer looks for: white adds to a filter's answer, black takes from it.");
  html += "<div class=\"grid\">\n";
  for (const gluino::NDArray& filter : report.filters) {
    html += figure(png_of_shades(filter), kFilterWidth, "");
  }
  return section("First layer", html + "</div>\n");
}

std::string calibrated(const Calibration& sureness) {
  viz::Series reliability{"right ones", {}, {}};
  viz::BarChart counts;
  counts.title = "How often it is that sure";
  counts.x_title = "probability in %";
  counts.y = {"images", viz::Scale::logarithmic};
  counts.bars.resize(1);
  counts.width = 560;
  counts.height = 340;
  for (std::size_t i = 0; i < sureness.bins.size(); ++i) {
    const Calibration::Bin& bin = sureness.bins[i];
    counts.names.push_back(str(10 * i, "–", 10 * (i + 1)));
    counts.bars[0].values.push_back(static_cast<double>(bin.samples));
    if (bin.samples == 0) continue;
    reliability.x.push_back(bin.probability);
    reliability.y.push_back(bin.accuracy);
  }
  const viz::LineChart chart{.title = "How often it is right then",
                             .x = {"probability", viz::Scale::linear, 0, 1},
                             .y = {"share of right ones", viz::Scale::linear, 0, 1},
                             .series = {reliability},
                             .has_diagonal = true,
                             .width = 560,
                             .height = 340};
  return section(
      "Calibration",
      str(paragraph(str("Of the images for which it is 90 % sure, 90 % should be right: the points "
                        "should lie on the diagonal. They are off by ",
                        percent(sureness.error), " on average (the expected calibration error).")),
          "<div class=\"row\">", drawn(draw(chart)), drawn(draw(counts)), "</div>\n"));
}

}  // namespace

std::string report_page(const Report& report) {
  const Calibration sureness = calibration(report.judgements);
  return page(report.description, report_css(),
              str(head(report, sureness), curves(report), "<div class=\"pair\">\n",
                  confusion(report), classes(report), "</div>\n", mistakes(report), filters(report),
                  calibrated(sureness), settings(report)));
}

}  // namespace digits::reports
