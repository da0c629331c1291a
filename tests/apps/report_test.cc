#include <apps/digits/reports/digit_pictures.h>
#include <apps/digits/reports/html.h>
#include <apps/digits/reports/judgement.h>
#include <apps/digits/reports/report_page.h>
#include <apps/program.h>
#include <gluino/gluon/data/dataset.h>
#include <gluino/ndarray/creation.h>

#include <cmath>
#include <regex>

namespace digits_test {
namespace {

using digits::reports::Judgement;
using digits::reports::Judgements;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Nothing is fetched or run: no address but those of names of formats, no script, no handler.
void expect_self_contained(const std::string& html) {
  std::string plain = std::regex_replace(html, std::regex("http://www\\.w3\\.org/2000/svg"), "");
  for (const char* part : {"http:", "https:", "//www", "<script", "<link", "<iframe", "@import",
                           "url(", "javascript:", " onload", " onclick"}) {
    EXPECT_FALSE(has(plain, part)) << part;
  }
  static const std::regex source("src=\"([^\"]{0,22})");
  for (std::sregex_iterator i(plain.begin(), plain.end(), source), end; i != end; ++i) {
    EXPECT_EQ((*i)[1].str(), "data:image/png;base64,");
  }
  // Every element that is opened is closed.
  for (const char* name :
       {"section", "figure", "table", "svg", "div", "dl", "tr", "text", "main"}) {
    const auto opened =
        count(html, std::string("<") + name + " ") + count(html, std::string("<") + name + ">");
    EXPECT_EQ(opened, count(html, std::string("</") + name + ">")) << name;
  }
}

// A short training into a folder of its own.
struct TrainedRun {
  explicit TrainedRun(const std::string& options = "--net lenet") {
    const Result result =
        run(words("train --epochs 3 --quiet --batch-size 20 " + options,
                  {"--run", folder.path() + "/deep/run", "--data", data.folder.path()}));
    EXPECT_EQ(result.code, 0) << result.err;
  }
  std::string path() const { return folder.path() + "/deep/run"; }
  Result report(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"report", "--run", path(), "--data", data.folder.path()};
    all.insert(all.end(), more.begin(), more.end());
    return run(all);
  }
  SmallMnist data;
  TempFolder folder;
};

TEST(DigitsReport, TellsOfARun) {
  const TrainedRun trained;
  for (const char* file : {"/model.params", "/model.json", "/metrics.jsonl", "/settings.json"}) {
    EXPECT_TRUE(exists(trained.path() + file)) << file;
  }
  const Result result = trained.report();
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(has(result.out, "wrote " + trained.path() + "/report.html"));
  const std::string html = read(trained.path() + "/report.html");
  EXPECT_TRUE(html.starts_with("<!DOCTYPE html>"));
  for (const char* part :
       {"Settings", "Learning curves", "Confusion matrix", "Class by class", "Mistakes",
        "First layer", "Calibration", "lenet with tanh", "431,080", "calibration error",
        "<dt>net</dt><dd>lenet</dd>", "<dt>batch-size</dt><dd>20</dd>",
        "prefers-color-scheme: dark", "@media print", "highest learning rate"}) {
    EXPECT_TRUE(has(html, part)) << part;
  }
  expect_self_contained(html);
  EXPECT_EQ(count(html, "width=\"60\""), 20U) << "LeNet's first filters";
  // What evaluate says.
  const Json evaluated = last_json(run({"evaluate", "--json", "--model", trained.path() + "/model",
                                        "--data", trained.data.folder.path()}));
  const auto wrong = evaluated["wrong"].get<std::size_t>();
  EXPECT_TRUE(has(html, "<strong>" + std::to_string(wrong) + "</strong><span>mistakes"));
  EXPECT_EQ(count(html, "figcaption>") / 2, std::min<std::size_t>(wrong, 60));
  // The same bytes again, and elsewhere.
  ASSERT_EQ(trained.report({"--out", trained.folder / "other.html", "--threads", "1"}).code, 0);
  EXPECT_EQ(read(trained.folder / "other.html"), html);
}

TEST(DigitsReport, TakesOtherFoldersWithAModelAndMetrics) {
  const TrainedRun trained("--net mlp");
  namespace fs = std::filesystem;
  fs::rename(trained.path() + "/model.params", trained.path() + "/mine.params");
  fs::rename(trained.path() + "/model.json", trained.path() + "/mine.json");
  fs::remove(trained.path() + "/settings.json");
  ASSERT_EQ(trained.report().code, 0);
  const std::string html = read(trained.path() + "/report.html");
  EXPECT_TRUE(has(html, "<dt>net</dt><dd>mlp</dd>")) << "what the model's file tells";
  EXPECT_EQ(count(html, "width=\"60\""), 64U) << "units as filters";
  fs::copy(trained.path() + "/mine.params", trained.path() + "/other.params");
  fs::copy(trained.path() + "/mine.json", trained.path() + "/other.json");
  const Result two = trained.report();
  EXPECT_EQ(two.code, 2);
  expect_sentence(two, "expected one model");
  EXPECT_EQ(trained.report({"--model", "mine"}).code, 0);
  fs::remove(trained.path() + "/metrics.jsonl");
  ASSERT_EQ(trained.report({"--model", "mine"}).code, 0);
  EXPECT_TRUE(has(read(trained.path() + "/report.html"), "This run has no metrics.jsonl."));
}

TEST(DigitsReport, PassesOverALineThatWasCutOff) {
  const TrainedRun trained("--net mlp");
  const std::string metrics = trained.path() + "/metrics.jsonl";
  const std::string whole = read(metrics);
  ASSERT_EQ(trained.report().code, 0);
  const std::string html = read(trained.path() + "/report.html");
  gluino::write_file(metrics, whole + whole.substr(0, whole.find('\n') / 2));
  EXPECT_EQ(trained.report().code, 0);
  EXPECT_EQ(read(trained.path() + "/report.html"), html);
  // Epochs that are told again, by a training that was taken up, count once.
  gluino::write_file(metrics, whole + whole.substr(whole.find('\n') + 1));
  EXPECT_EQ(trained.report().code, 0);
  EXPECT_EQ(read(trained.path() + "/report.html"), html);
}

TEST(DigitsReport, WrongUseIsTold) {
  const TrainedRun trained("--net mlp");
  const auto refuses = [&](int code, const std::string& part,
                           const std::vector<std::string>& more = {}) {
    const Result result = trained.report(more);
    EXPECT_EQ(result.code, code);
    expect_sentence(result, part);
    EXPECT_FALSE(exists(trained.path() + "/report.html"));
  };
  const std::string metrics = trained.path() + "/metrics.jsonl";
  const std::string whole = read(metrics);
  for (const char* text : {"", "{\"epoch\": 1"}) {
    gluino::write_file(metrics, text);
    refuses(3, "expected a line for each epoch, found none");
  }
  for (const char* text :
       {"[]\n", "{}\n{\"epoch\": 1}\n", "{\"epoch\": \"x\"}\n", "\n\n", "\xff\xfe\n"}) {
    gluino::write_file(metrics, text);
    refuses(3, "expected line 1 to be a JSON object with an epoch");
  }
  gluino::write_file(metrics, whole);
  gluino::write_file(trained.path() + "/settings.json", "[1]");
  refuses(3, "settings.json: expected a JSON object");
  std::filesystem::remove(trained.path() + "/settings.json");
  refuses(4, "none.json", {"--model", "none"});
  refuses(2, "no folder", {"--out", trained.path() + "/no/such.html"});
  gluino::write_file(trained.path() + "/model.params", "broken");
  refuses(4, "model.params");
  std::filesystem::remove(trained.path() + "/model.params");
  refuses(2, "expected the model of a run");
  const TempFolder out;
  gluino::write_file(out / "file", "");
  for (const std::string& path : {out / "missing", out / "file"}) {
    const Result result = run({"report", "--run", path});
    EXPECT_EQ(result.code, 2);
    expect_sentence(result, "expected the folder of a run");
  }
  const Result train = run({"train", "--run", out / "file", "--data", "synthetic"});
  EXPECT_EQ(train.code, 2);
  expect_sentence(train, "expected a folder, or a place for one");
}

// Numbers that were not any are null in the file.
TEST(DigitsReport, ShowsWhatIsNoNumberAsAGap) {
  const TrainedRun trained("--net mlp");
  gluino::write_file(trained.path() + "/metrics.jsonl",
                     "{\"epoch\": 1, \"train_loss\": null}\n"
                     "{\"epoch\": 9223372036854775807, \"train_loss\": 1e400}\n{\"epoch\": 3}\n");
  const Result result = trained.report();
  EXPECT_TRUE(result.code == 0 || result.code == 3) << result.err;
  gluino::write_file(trained.path() + "/metrics.jsonl", "{\"epoch\": 1, \"train_loss\": null}\n");
  ASSERT_EQ(trained.report().code, 0);
  EXPECT_FALSE(has(read(trained.path() + "/report.html"), "\"nan"));
}

Judgements judgements_of(const std::vector<std::vector<double>>& rows) {
  Judgements judgements;
  judgements.classes = 3;
  for (const auto& row : rows) {
    judgements.all.push_back({judgements.samples(), int(row[0]), int(row[1]), row[2]});
  }
  return judgements;
}

TEST(Judgements, FiguresAreThoseOfTheirDefinitions) {
  const Judgements judged = judgements_of(
      {{0, 0, 0.9}, {0, 1, 0.6}, {1, 1, 0.8}, {1, 1, 0.7}, {0, 1, 0.95}, {1, 0, 0.95}});
  EXPECT_EQ(judged.wrong(), 3);
  EXPECT_DOUBLE_EQ(judged.accuracy(), 0.5);
  EXPECT_EQ(judged.confusion(),
            (std::vector<std::vector<std::int64_t>>{{1, 2, 0}, {1, 2, 0}, {0, 0, 0}}));
  const auto figures = judged.by_class();
  EXPECT_DOUBLE_EQ(figures[0].precision, 0.5);
  EXPECT_DOUBLE_EQ(figures[0].recall, 1.0 / 3);
  EXPECT_DOUBLE_EQ(figures[0].f1, 0.4);
  EXPECT_DOUBLE_EQ(figures[1].precision, 0.5);
  EXPECT_TRUE(std::isnan(figures[2].recall));
  const auto mistakes = judged.mistakes();
  ASSERT_EQ(mistakes.size(), 3U);
  EXPECT_EQ(mistakes[0].index, 4) << "the surest first, then in their order";
  EXPECT_EQ(mistakes[1].index, 5);
  EXPECT_EQ(mistakes[2].index, 1);
}

TEST(Judgements, CalibrationComparesSurenessAndTruth) {
  // Ten of which it is 0.75 sure, and all are right: off by a quarter.
  EXPECT_NEAR(
      digits::reports::calibration(judgements_of(std::vector(10, std::vector<double>{1, 1, 0.75})))
          .error,
      0.25, 1e-12);
  // Of four with 0.75 three are right: not off at all.
  const auto exact = digits::reports::calibration(
      judgements_of({{1, 1, 0.75}, {2, 2, 0.75}, {0, 0, 0.75}, {0, 1, 0.75}}));
  EXPECT_NEAR(exact.error, 0, 1e-12);
  EXPECT_EQ(exact.bins[7].samples, 4);
  EXPECT_DOUBLE_EQ(exact.bins[7].accuracy, 0.75);
  // Two bins weigh as many samples as they have; 1 lies in the last.
  const auto both =
      digits::reports::calibration(judgements_of({{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 1, 0.45}}));
  EXPECT_NEAR(both.error, 0.25 * 0.45, 1e-12);
  EXPECT_EQ(both.bins[9].samples, 3);
}

TEST(ReportPage, NamesAreOnlyText) {
  const std::string name = "<script>alert(\"1\")</script>&'";
  digits::reports::Report report{
      .run = {.model = "m", .epochs = {}, .settings = {}},
      .images = gluino::gluon::data::ArrayDataset(gluino::nd::zeros({1, 28, 28, 1}, gluino::uint8)),
      .judgements = judgements_of({{0, 0, 0.9}})};
  report.description = report.source = name;
  report.run.settings.emplace_back(name, name);
  report.class_names = {name, "b", "c"};
  const std::string html = report_page(report);
  expect_self_contained(html);
  EXPECT_TRUE(has(html, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;"));
}

TEST(ReportPage, PicturesHoldTheirPixels) {
  const std::string figure = digits::reports::figure("Man", 5, "a<b");
  EXPECT_TRUE(has(figure, "src=\"data:image/png;base64,TWFu\"")) << figure;
  EXPECT_TRUE(has(digits::reports::figure("Ma", 5, ""), "base64,TWE=\""));
  EXPECT_TRUE(has(figure, "alt=\"a&lt;b\""));
}

}  // namespace
}  // namespace digits_test
