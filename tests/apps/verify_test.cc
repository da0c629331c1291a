#include <apps/program.h>
#include <gluino/io/pictures/image.h>
#include <gluino/io/records/recordio.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/params.h>
#include <gluino/viz/chart.h>

#include <utility>

namespace digits_test {
namespace {

namespace nd = gluino::nd;

// A file of each kind that the programs write.
class DigitsVerify : public testing::Test {
 protected:
  static void SetUpTestSuite() { files = new Files; }
  static void TearDownTestSuite() { delete std::exchange(files, nullptr); }

  struct Files {
    Files() {
      const std::string prefix = out / "model";
      EXPECT_EQ(run(words("train --net mlp --epochs 1 --checkpoint-every 100 --data",
                          {mnist.folder.path(), "--save", prefix, "--metrics-out",
                           out / "metrics.jsonl", "--tensorboard", out.path()}))
                    .code,
                0);
      EXPECT_EQ(run({"convert", prefix, out / "other"}).code, 0);
      EXPECT_EQ(run({"convert", prefix, out / "net.onnx"}).code, 0);
      EXPECT_EQ(run({"report", "--run", out.path(), "--model", "model", "--data",
                     mnist.folder.path(), "--out", out / "report.html"})
                    .code,
                0);
      EXPECT_EQ(run({"plot-network", "--net", "mlp", "--output", out / "mlp.dot"}).code, 0);
      gluino::viz::save_drawing(out / "chart.svg", gluino::viz::draw(gluino::viz::LineChart{
                                                       .title = "loss & \u2265 0",
                                                       .series = {{"a", {1, 2, 3}, {1, 2, 3}}}}));
      nd::save(out / "arrays.npz", nd::NamedArrays{{"a", nd::ones({3, 4})}});
      nd::save(out / "arrays.params", nd::NamedArrays{{"a", nd::ones({3, 4})}});
      gluino::recordio::MXIndexedRecordIO records(out / "some.idx", out / "some.rec", "w");
      for (int i = 0; i < 5; ++i) records.write_idx(i, std::string(100, 'x'));
      records.close();
      gluino::write_file(
          out / "grid.png",
          gluino::image::imencode(nd::zeros({6, 9, 3}, gluino::uint8), {.format = ".png"}));
    }
    SmallMnist mnist;
    TempFolder out;
  };
  static Files* files;

  static std::string path(const std::string& name) { return files->out / name; }
  // Its name has the time in it.
  static std::string events() {
    for (const auto& entry : std::filesystem::directory_iterator(files->out.path())) {
      const std::string name = entry.path().filename();
      if (name.find("tfevents") != std::string::npos) return name;
    }
    return "no events";
  }
};

DigitsVerify::Files* DigitsVerify::files = nullptr;

TEST_F(DigitsVerify, SaysWhatEachFileIs) {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {path("model.json"), "a model with its parameters: mlp with relu"},
      {path("model.params"), "a model with its parameters: mlp with relu"},
      {path("model"), "a model with its parameters: mlp with relu"},
      {path("model-best.params"), "a model with its parameters"},
      {path("model-000001.checkpoint"), "a checkpoint of a training: finished after epoch 1"},
      {path("metrics.jsonl"), "1 line of JSON"},
      {path("other-symbol.json"), "a graph with the inputs data"},
      {path("other-0000.params"), "6 arrays of 109386 elements"},
      {path("arrays.npz"), "1 array of 12 elements"},
      {path("arrays.params"), "1 array of 12 elements"},
      {path("some.rec"), "5 records"},
      {path("net.onnx"), "an ONNX file of a network: 6 arrays of 109386 elements"},
      {path("some.idx"), "an index of 5 records"},
      {path("grid.png"), "a picture of 9x6 pixels"},
      {path(events()), "14 records of events for TensorBoard"},
      {path("report.html"), "a page of HTML with "},
      {path("mlp.dot"), "a drawing for Graphviz"},
      {path("chart.svg"), "an SVG drawing"},
      {files->mnist.folder / "train-images-idx3-ubyte", "an IDX file of uint8 (200, 28, 28)"}};
  std::vector<std::string> line = {"verify"};
  for (const auto& [file, what] : expected) line.push_back(file);
  const Result result = run(line);
  EXPECT_EQ(result.code, 0) << result.err;
  const std::vector<std::string> found = lines(result.out);
  ASSERT_EQ(found.size(), expected.size()) << result.out;
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].find(expected[i].first + ": " + expected[i].second), 0U) << found[i];
  }
}

// Cut off anywhere, or emptied.
TEST_F(DigitsVerify, RefusesWhatIsNotWhole) {
  const std::vector<std::pair<std::string, int>> kinds = {
      {"model.json", 4}, {"model.params", 4},  {"model-000001.checkpoint", 4},
      {"arrays.npz", 4}, {"arrays.params", 4}, {"other-symbol.json", 4},
      {"net.onnx", 4},   {"metrics.jsonl", 3}, {"some.rec", 3},
      {"grid.png", 3},   {"report.html", 3},   {"mlp.dot", 3},
      {"chart.svg", 3},  {events(), 3}};
  for (const auto& [name, code] : kinds) {
    const TempFolder mine;
    // With what stands beside it.
    for (const auto& entry : std::filesystem::directory_iterator(files->out.path())) {
      std::filesystem::copy(entry.path(), mine.path());
    }
    const std::string whole = read(mine / name);
    for (const double part : {0.1, 0.5, 0.97}) {
      const auto size = static_cast<std::size_t>(static_cast<double>(whole.size()) * part);
      gluino::write_file(mine / name, whole.substr(0, size));
      const Result result = run({"verify", path("grid.png"), mine / name});
      EXPECT_EQ(result.code, code) << name << " cut at " << size << ": " << result.out;
      expect_sentence(result, mine / name);
      EXPECT_EQ(lines(result.out).size(), 1U);
    }
    if (name == "metrics.jsonl") continue;
    gluino::write_file(mine / name, "");
    EXPECT_EQ(run({"verify", mine / name}).code, code) << name;
  }
}

TEST_F(DigitsVerify, TellsOfEachBrokenFile) {
  const TempFolder mine;
  gluino::write_file(mine / "a.checkpoint", "GLUINOCP");
  gluino::write_file(mine / "b.png", "no picture");
  gluino::write_file(mine / "c.txt", "text");
  const Result result = run({"verify", mine / "a.checkpoint", path("some.rec"), mine / "b.png",
                             mine / "c.txt", mine / "missing.rec"});
  EXPECT_EQ(result.code, 4);
  EXPECT_EQ(lines(result.out).size(), 1U);
  const std::vector<std::string> told = lines(result.err);
  ASSERT_EQ(told.size(), 4U) << result.err;
  for (const std::string& line : told) EXPECT_TRUE(line.starts_with("digits: " + mine.path()));
  EXPECT_EQ(run({"verify", mine / "missing.rec"}).code, 3);
  EXPECT_EQ(run({"verify", mine / "missing.params"}).code, 4);
  EXPECT_EQ(run({"verify"}).code, 2);
}

// A checkpoint has a sum over all of its bytes.
TEST_F(DigitsVerify, FindsAFlippedBitAnywhereInACheckpoint) {
  const TempFolder mine;
  const std::string whole = read(path("model-000001.checkpoint"));
  for (int i = 0; i < 40; ++i) {
    std::string damaged = whole;
    const std::size_t at = whole.size() * static_cast<std::size_t>(i) / 40;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (i % 8)));
    gluino::write_file(mine / "it.checkpoint", damaged);
    EXPECT_EQ(run({"verify", mine / "it.checkpoint"}).code, 4) << "byte " << at;
  }
}

TEST_F(DigitsVerify, FindsAFlippedBitAnywhereInEventsAndPictures) {
  const TempFolder mine;
  for (const std::string& name : {events(), std::string("grid.png")}) {
    const std::string whole = read(path(name));
    for (int i = 0; i < 20; ++i) {
      std::string damaged = whole;
      const std::size_t at = whole.size() * static_cast<std::size_t>(i) / 20;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << (i % 8)));
      gluino::write_file(mine / name, damaged);
      const Result result = run({"verify", mine / name});
      EXPECT_EQ(result.code, 3) << name << ", byte " << at << ": " << result.out;
    }
  }
}

TEST_F(DigitsVerify, LooksIntoPagesAndDrawings) {
  const TempFolder mine;
  const std::string page = read(path("report.html"));
  const std::string drawing = read(path("chart.svg"));
  const auto with = [](std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  const std::pair<std::string, std::string> pages[] = {
      {with(page, "</section>", "</sction>"), "expected </section>"},
      {with(page, "<section>", "<sec\xfftion>"), "UTF-8"},
      {with(page, "lang=\"en\"", "lang=\"en"), "expected"},
      {with(page, "base64,iVBORw0KGgo", "base64,iVBORw0KGgp"), "picture 1"},
      {with(page, "base64,iVBORw0KGgo", "base64,iVBOR\u00e40KGgo"), "picture 1: expected base64"},
      {page + "<p>", "expected nothing behind the last element"},
  };
  for (const auto& [text, part] : pages) {
    gluino::write_file(mine / "page.html", text);
    const Result result = run({"verify", mine / "page.html"});
    EXPECT_EQ(result.code, 3) << part;
    expect_sentence(result, part);
  }
  const std::pair<std::string, std::string> drawings[] = {
      {with(drawing, "&amp;", "&"), "expected a character's name"},
      {with(drawing, "</title>", "<title>"), "expected </title>"},
      {with(drawing, "<svg", "<gvs"), "expected </gvs>"},
      {"<a></a>", "expected an SVG drawing"},
      {" ", "expected an element"},
      {with(drawing, "=\"", "="), "expected a quoted value"},
  };
  for (const auto& [text, part] : drawings) {
    gluino::write_file(mine / "drawing.svg", text);
    const Result result = run({"verify", mine / "drawing.svg"});
    EXPECT_EQ(result.code, 3) << part;
    expect_sentence(result, part);
  }
}

// Whatever JSON it is: what stands beside parameters has to describe them.
TEST_F(DigitsVerify, ADescriptionBesideParametersIsCheckedAsSuch) {
  const TempFolder mine;
  std::filesystem::copy(path("model.params"), mine.path());
  for (const char* text : {"{}", "[1, 2]", "{\"format\": \"gluino digits model\"}"}) {
    gluino::write_file(mine / "model.json", text);
    const Result result = run({"verify", mine / "model.json"});
    EXPECT_EQ(result.code, 4) << text;
    expect_sentence(result, "model.json: expected");
  }
  Json other = Json::parse(read(path("model.json")));
  other["params_checksum"] = "fnv1a64:0123456789abcdef";
  gluino::write_file(mine / "model.json", other.dump());
  EXPECT_EQ(run({"verify", mine / "model.json"}).code, 4);
  gluino::write_file(mine / "alone.json", "{}");
  EXPECT_EQ(run({"verify", mine / "alone.json"}).code, 0);
}

}  // namespace
}  // namespace digits_test
