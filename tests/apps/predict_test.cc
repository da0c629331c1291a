#include <apps/pictures/drawn.h>
#include <apps/program.h>
#include <gluino/io/pictures/image.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

namespace digits_test {
namespace {

// Digits as the library draws them, wide apart.
Picture row_of(const std::string& digits) {
  Picture row(static_cast<std::int64_t>(digits.size()) * 40 + 20, 50);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const Picture placed = on_canvas(drawn_digit(digits[i] - '0', 40), row.width, row.height,
                                     static_cast<std::int64_t>(i) * 40 + 16, 11);
    for (std::size_t p = 0; p < row.pixels.size(); ++p) row.pixels[p] |= placed.pixels[p];
  }
  return row;
}

std::string png(const Picture& picture) {
  return gluino::image::imencode(picture.array(), {.format = ".png"});
}

struct Predict : testing::Test {
  TempFolder folder;

  std::string write(const std::string& name, const std::string& bytes) const {
    gluino::write_file(folder / name, bytes);
    return folder / name;
  }
  static Result predict(const std::vector<std::string>& more, const RunOptions& options = {}) {
    std::vector<std::string> all = {"predict"};
    all.insert(all.end(), more.begin(), more.end());
    return run(all, options);
  }
};

TEST_F(Predict, ReadsADigitOfEveryFormat) {
  const Picture seven = row_of("7");
  std::string pgm =
      "P5 " + std::to_string(seven.width) + " " + std::to_string(seven.height) + " 255\n";
  pgm.append(seven.pixels.begin(), seven.pixels.end());
  const std::string jpeg = gluino::image::imencode(seven.array(), {.format = ".jpg"});
  for (const std::string& path :
       {write("a.png", png(seven)), write("a.jpg", jpeg), write("a.pgm", pgm),
        write("named.wrongly.bmp",
              png(recoloured(seven, [](double v) { return std::vector{255 - v}; })))}) {
    const Result result = predict({path});
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(lines(result.out).front(), "7") << result.out;
    EXPECT_EQ(lines(result.out).size(), 11U) << result.out;
  }
}

TEST_F(Predict, ReadsSeveralDigitsWithABoxEach) {
  const std::string path = write("postcode.png", png(row_of("90210")));
  const Result result = predict({path});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(lines(result.out).front(), "90210");
  const Json line = last_json(predict({"--json", path}));
  EXPECT_EQ(line["file"], path);
  EXPECT_EQ(line["text"], "90210");
  ASSERT_EQ(line["digits"].size(), 5U);
  int right = 0;
  for (const Json& digit : line["digits"]) {
    EXPECT_EQ(digit["probabilities"].size(), 10U);
    EXPECT_EQ(digit["probabilities"][digit["digit"].get<std::size_t>()], digit["probability"]);
    double sum = 0;
    for (const Json& each : digit["probabilities"]) sum += each.get<double>();
    EXPECT_NEAR(sum, 1, 1e-6);
    ASSERT_EQ(digit["box"].size(), 4U);
    EXPECT_GE(digit["box"][0].get<int>(), right);
    right = digit["box"][0].get<int>() + digit["box"][2].get<int>();
    EXPECT_LE(right, 220);
  }
}

TEST_F(Predict, AnswersNoDigitOnABlankPage) {
  const std::string path = write("blank.png", png(Picture(100, 80, 1, 255)));
  const Result result = predict({path});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "no digit\n");
  const Json line = last_json(predict({path, "--json"}));
  EXPECT_EQ(line, (Json{{"file", path}, {"text", ""}, {"digits", Json::array()}}));
}

TEST_F(Predict, AnswersTheOthersWhereAFileCannotBeRead) {
  const std::string good = write("good.png", png(row_of("3")));
  const std::string bad = write("bad.png", "no picture");
  const std::string missing = folder / "missing.png";
  const std::vector<std::string> all = {bad, good, missing, good};
  const Result result = predict(all);
  EXPECT_EQ(result.code, 3);
  const std::vector<std::string> errors = lines(result.err);
  ASSERT_EQ(errors.size(), 2U) << result.err;
  EXPECT_EQ(errors[0].find("digits: " + bad + ": expected a PNG, JPEG, PGM or BMP"), 0U);
  EXPECT_EQ(errors[1].find("digits: " + missing + ": cannot be read: No such file"), 0U);
  const std::string answer = good + ": 3";
  const auto out = lines(result.out);
  EXPECT_EQ(std::count(out.begin(), out.end(), answer), 2);

  std::vector<std::string> with_json = all;
  with_json.emplace_back("--json");
  const Result json = predict(with_json);
  EXPECT_EQ(json.code, 3);
  const auto objects = lines(json.out);
  ASSERT_EQ(objects.size(), 4U) << json.out;
  for (std::size_t i = 0; i < 4; ++i) {
    const Json line = Json::parse(objects[i]);
    EXPECT_EQ(line["file"], all[i]);
    EXPECT_EQ(line.contains("error"), i % 2 == 0);
    if (i % 2 == 1) {
      EXPECT_EQ(line["text"], "3");
    }
  }
}

TEST_F(Predict, ReadsStandardInput) {
  const std::string path = write("a.png", png(row_of("7")));
  const std::string command = std::string(DIGITS_PROGRAM) + " predict --json - < " + path;
  const Result result = run({"-c", command}, {.program = "/bin/sh"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(last_json(result)["text"], "7");
  EXPECT_EQ(last_json(result)["file"], "-");
  const Result piped =
      run({"-c", "cat " + path + " | " + DIGITS_PROGRAM + " predict -"}, {.program = "/bin/sh"});
  EXPECT_EQ(lines(piped.out).front(), "7");
  const Result nothing =
      run({"-c", std::string(DIGITS_PROGRAM) + " predict - < /dev/null"}, {.program = "/bin/sh"});
  EXPECT_EQ(nothing.code, 3);
  expect_sentence(nothing, "standard input: expected a picture, found no bytes");
}

TEST_F(Predict, ShowsTheLikeliestClasses) {
  const std::string path = write("a.png", png(row_of("8")));
  const auto three = lines(predict({path, "--top", "3"}).out);
  ASSERT_EQ(three.size(), 4U);
  EXPECT_EQ(three[1].find("  8 "), 0U) << three[1];
  double before = 1;
  for (std::size_t i = 1; i < 4; ++i) {
    const double share = std::stod(three[i].substr(4));
    EXPECT_LE(share, before);
    before = share;
  }
  EXPECT_EQ(predict({path, "--top", "0"}).out, "8\n");
  EXPECT_EQ(lines(predict({path, "--top", "99"}).out).size(), 11U);
}

TEST_F(Predict, TellsWrongUse) {
  EXPECT_EQ(predict({}).code, 2);
  expect_sentence(predict({}), "IMAGE is required");
  EXPECT_EQ(predict({"x", "--top", "-1"}).code, 2);
  const Result model = predict({"--model", folder / "none", "x.png"});
  EXPECT_EQ(model.code, 4);
  expect_sentence(model, "none");
}

TEST_F(Predict, ReadsTheSameForAnyNumberOfThreads) {
  const std::string path = write("a.png", png(row_of("5678")));
  EXPECT_EQ(predict({path, "--json", "--threads", "1"}).out,
            predict({path, "--json", "--threads", "2"}).out);
}

TEST_F(Predict, EvaluateRobustTellsTheAccuracyOfEachKind) {
  const SmallMnist mnist(10, 30);
  const Result result =
      run(words("evaluate --robust --robust-samples 12 --json --data", {mnist.folder.path()}));
  EXPECT_EQ(result.code, 0) << result.err;
  const Json json = last_json(result);
  std::set<std::string> kinds;
  for (const Json& each : json["robust"]) {
    kinds.insert(each["kind"].get<std::string>());
    EXPECT_EQ(each["pictures"], 12);
    EXPECT_LE(each["right"].get<int>() + each["refused"].get<int>(), 12);
    EXPECT_DOUBLE_EQ(each["accuracy"].get<double>(), each["right"].get<double>() / 12);
    EXPECT_NE(result.out.find(each["kind"].get<std::string>()), std::string::npos);
  }
  EXPECT_GE(kinds.size(), 11U);
  EXPECT_TRUE(kinds.contains("photographed"));
  const Result again = run(words("evaluate --robust --robust-samples 12 --threads 1 --json --data",
                                 {mnist.folder.path()}));
  EXPECT_EQ(again.out, result.out);
}

}  // namespace
}  // namespace digits_test
