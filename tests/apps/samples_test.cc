#include <apps/program.h>
#include <gluino/io/pictures/image.h>
#include <gluino/io/readers/idx.h>
#include <gluino/ndarray/ndarray.h>

namespace digits_test {
namespace {

gluino::NDArray picture(const std::string& path) {
  return gluino::image::imdecode(read(path), {.flag = 0});
}

TEST(DigitsSamples, DrawsTheDigitsThatTheSeedChooses) {
  const SmallMnist data;
  const TempFolder out;
  const auto draw = [&](const std::string& name, const std::string& options) {
    const Result result =
        run(words("samples " + options, {"--data", data.folder.path(), "--out", out / name}));
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_NE(result.out.find("wrote " + (out / name)), std::string::npos) << result.out;
    return read(out / name);
  };
  const std::string ten = draw("ten.png", "");
  EXPECT_EQ(draw("again.png", ""), ten) << "the same bytes";
  EXPECT_NE(draw("other.png", "--seed 7"), ten);
  EXPECT_NE(draw("test.png", "--part test"), ten);
  // A row of ten digits, each of 28 pixels that are 4 wide.
  const auto row = picture(out / "ten.png").shape();
  EXPECT_GE(row[1], 10 * 28 * 4);
  EXPECT_GE(row[0], 28 * 4);
  draw("two_rows.png", "--count 12 --columns 6 --scale 2");
  const auto rows = picture(out / "two_rows.png").shape();
  EXPECT_LT(rows[1], row[1]);
  EXPECT_GE(rows[0], 2 * 28 * 2);
}

TEST(DigitsSamples, DrawsOneClassOnRequest) {
  const SmallMnist data;
  const TempFolder out;
  const Result result = run(words("samples --label 3 --count 10000",
                                  {"--data", data.folder.path(), "--out", out / "3.png"}));
  ASSERT_EQ(result.code, 0) << result.err;
  const auto labels = gluino::io::read_idx(data.folder / SmallMnist::labels_name(true)).data;
  const auto count = std::count(labels.begin(), labels.end(), 3);
  EXPECT_NE(result.out.find(": " + std::to_string(count) + " digits"), std::string::npos)
      << result.out;
  const Result none =
      run(words("samples --label 77", {"--data", data.folder.path(), "--out", out / "x.png"}));
  EXPECT_EQ(none.code, 3);
  expect_sentence(none, "expected images of class '77', found none; the classes are 0 to 9");
  EXPECT_FALSE(exists(out / "x.png"));
}

TEST(DigitsSamples, WrongUseIsTold) {
  const TempFolder out;
  for (const auto& [options, part] :
       std::vector<std::pair<std::string, std::string>>{{"--count 0", "from 1 to 10000"},
                                                        {"--columns x", "whole number"},
                                                        {"--part all", "train or test"},
                                                        {"--out a.jpg", "ends in .png"}}) {
    const Result result = run(words("samples --data synthetic " + options));
    EXPECT_EQ(result.code, 2) << options;
    expect_sentence(result, part);
  }
  const Result nowhere = run({"samples", "--data", "synthetic", "--out", out / "no/such/x.png"});
  EXPECT_EQ(nowhere.code, 2);
  expect_sentence(nowhere, "no folder");
}

// A network that has seen little makes mistakes on both parts.
struct Untrained {
  Untrained() {
    const Result result = run(words("train --net mlp --epochs 1 --batch-size 200 --quiet --save",
                                    {folder / "m", "--data", data.folder.path()}));
    EXPECT_EQ(result.code, 0) << result.err;
  }
  SmallMnist data;
  TempFolder folder;
};

TEST(DigitsMistakes, DrawsThoseThatItTakesForOthers) {
  const Untrained model;
  const TempFolder out;
  const auto mistakes = [&](const std::string& options) {
    const Result result = run(
        words("mistakes --json " + options, {"--model", model.folder / "m", "--data",
                                             model.data.folder.path(), "--out", out / "m.png"}));
    EXPECT_EQ(result.code, 0) << result.err;
    return last_json(result);
  };
  const Json json = mistakes("--part both --count 8");
  ASSERT_EQ(json["parts"].size(), 2U);
  EXPECT_EQ(json["file"], out / "m.png");
  EXPECT_EQ(json["parts"][0]["samples"], 200);
  EXPECT_EQ(json["parts"][1]["samples"], 60);
  const Json& test = json["parts"][1];
  // What evaluate counts.
  const Json evaluated = last_json(run(words(
      "evaluate --json", {"--model", model.folder / "m", "--data", model.data.folder.path()})));
  EXPECT_EQ(test["wrong"], evaluated["wrong"]);
  const auto labels = gluino::io::read_idx(model.data.folder / SmallMnist::labels_name(false)).data;
  double before = 1;
  for (const Json& each : test["mistakes"]) {
    EXPECT_EQ(each["label"].get<int>(), labels[each["index"].get<std::size_t>()]);
    EXPECT_NE(each["label"], each["digit"]);
    EXPECT_LE(each["probability"].get<double>(), before) << "the surest first";
    before = each["probability"].get<double>();
  }
  const auto shape = picture(out / "m.png").shape();
  EXPECT_GE(shape[1], 8 * 28 * 4);
  EXPECT_GE(shape[0], 2 * 28 * 4) << "a row for each part";
  const std::string bytes = read(out / "m.png");
  mistakes("--part both --count 8 --threads 1");
  EXPECT_EQ(read(out / "m.png"), bytes);
  EXPECT_EQ(mistakes("")["parts"].size(), 1U);
}

TEST(DigitsMistakes, WrongUseIsTold) {
  const TempFolder out;
  gluino::write_file(out / "m.json", "{}");
  gluino::write_file(out / "m.params", "");
  const Result broken =
      run({"mistakes", "--model", out / "m", "--data", "synthetic", "--out", out / "x.png"});
  EXPECT_EQ(broken.code, 4);
  expect_sentence(broken, "m.json");
  EXPECT_FALSE(exists(out / "x.png"));
}

}  // namespace
}  // namespace digits_test
