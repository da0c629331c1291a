#include <apps/program.h>
#include <gluino/io/pictures/image.h>
#include <gluino/ndarray/creation.h>

#include <functional>

namespace digits_test {
namespace {

namespace fs = std::filesystem;
using gluino::NDArray;

// Digits in a mirror: nobody has taught the model those.
NDArray mirrored(int digit, std::uint64_t number) {
  std::vector<std::uint8_t> pixels(784);
  while (gluino::io::draw_digit(11, number++, std::span<std::uint8_t, 784>(pixels)) != digit) {
  }
  for (std::size_t row = 0; row < 28; ++row) {
    std::reverse(pixels.begin() + static_cast<std::ptrdiff_t>(28 * row),
                 pixels.begin() + static_cast<std::ptrdiff_t>(28 * row + 28));
  }
  return gluino::nd::from(pixels, {28, 28, 1});
}

void write_picture(const std::string& folder, const std::string& name, const NDArray& picture) {
  fs::create_directories(folder);
  gluino::write_file(folder + "/" + name, gluino::image::imencode(picture, {.format = ".png"}));
}

class DigitsFinetune : public testing::Test {
 protected:
  DigitsFinetune() {
    for (std::uint64_t i = 0; i < 8; ++i) {
      for (const int digit : {2, 7}) {
        write_picture(corrections / std::to_string(digit), std::to_string(i) + ".png",
                      mirrored(digit, 1000 * i));
      }
    }
  }
  Result finetune(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> line = {"train",  "--finetune", corrections.path(),
                                     "--json", "--data",     mnist.folder.path()};
    line.insert(line.end(), more.begin(), more.end());
    return run(line);
  }

  SmallMnist mnist{1500, 300};
  TempFolder corrections;
  TempFolder out;
};

using DigitsFinetuneLong = DigitsFinetune;

TEST_F(DigitsFinetuneLong, LearnsCorrectionsAndKeepsWhatItKnew) {
  const Result result = finetune({"--save", out / "better"});
  ASSERT_EQ(result.code, 0) << result.err;
  const Json json = last_json(result);
  EXPECT_EQ(json.at("corrections"), 16);
  EXPECT_LT(json.at("corrections_right_before").get<int>(), 9);
  EXPECT_GE(json.at("corrections_right").get<int>(), 14);
  EXPECT_GT(json.at("test_accuracy").get<double>(),
            json.at("test_accuracy_before").get<double>() - 0.02);
  const Result tested =
      run({"evaluate", "--model", out / "better", "--data", mnist.folder.path(), "--json"});
  ASSERT_EQ(tested.code, 0) << tested.err;
  EXPECT_EQ(last_json(tested).at("test_accuracy"), json.at("test_accuracy"));

  // From there on, with a model of one's own.
  const Result again = finetune({"--model", out / "better", "--epochs", "1"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(last_json(again).at("corrections_right_before"), json.at("corrections_right"));
}

TEST_F(DigitsFinetune, ARateThatIsFarTooHighSavesNothing) {
  const Result result = finetune({"--lr", "1e6", "--epochs", "2", "--save", out / "wild"});
  EXPECT_EQ(result.code, 1);
  expect_sentence(result, "is not a number any more");
  EXPECT_FALSE(exists(out / "wild.params"));
}

TEST_F(DigitsFinetune, SameBitsForAnyNumberOfThreads) {
  std::string expected;
  for (const char* threads : {"1", "3"}) {
    const std::string model = out / threads;
    ASSERT_EQ(finetune({"--epochs", "1", "--threads", threads, "--save", model}).code, 0);
    if (expected.empty()) expected = read(model + ".params");
    EXPECT_TRUE(read(model + ".params") == expected) << threads;
  }
}

// A photograph, or what a drawing program saves: dark on light, of any size.
TEST_F(DigitsFinetune, FindsTheDigitInOtherPictures) {
  const NDArray large = gluino::image::imresize(mirrored(7, 5), 200, 200);
  std::vector<std::uint8_t> pixels = large.to_vector<std::uint8_t>();
  for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
  write_picture(corrections / "7", "large.png", gluino::nd::from(pixels, {200, 200, 1}));
  const Result result = finetune({"--epochs", "1"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(last_json(result).at("corrections"), 17);
}

TEST_F(DigitsFinetune, WhatCannotBeLearntFromIsTold) {
  using Damage = std::function<void(const TempFolder&)>;
  const NDArray blank = gluino::nd::from(std::vector<std::uint8_t>(10'000, 200), {100, 100, 1});
  const std::pair<Damage, const char*> cases[] = {
      {[](const TempFolder& folder) { fs::create_directory(folder / "seven"); },
       "expected folders named as the classes 0 to 9"},
      {[](const TempFolder& folder) { gluino::write_file(folder / "7" + "/b.png", "no picture"); },
       "b.png"},
      {[&](const TempFolder& folder) { write_picture(folder / "7", "blank.png", blank); },
       "blank.png: expected a picture of a digit"},
      {[](const TempFolder& folder) {
         for (const char* digit : {"2", "7"}) fs::remove_all(folder / digit);
       },
       "expected pictures in folders named as the classes 0 to 9"},
      {[](const TempFolder& folder) { fs::remove_all(folder.path()); }, "No such file"},
  };
  for (const auto& [damage, part] : cases) {
    TempFolder folder;
    write_picture(folder / "7", "a.png", mirrored(7, 1));
    write_picture(folder / "2", "a.png", mirrored(2, 1));
    damage(folder);
    const Result result = run({"train", "--finetune", folder.path(), "--data", mnist.folder.path(),
                               "--save", out / "model"});
    EXPECT_EQ(result.code, 3) << part;
    expect_sentence(result, part);
  }
  EXPECT_EQ(out.count(), 0U);
}

TEST_F(DigitsFinetune, OptionsThatMakeAnotherNetworkDoNotGoWithIt) {
  for (const char* option : {"--net cnn", "--recipe best", "--api module", "--early-stop 2"}) {
    const Result result = finetune(words(option));
    EXPECT_EQ(result.code, 2) << option;
    expect_sentence(result, "excludes");
  }
  const Result alone = run({"train", "--model", "x", "--data", mnist.folder.path()});
  EXPECT_EQ(alone.code, 2);
  expect_sentence(alone, "--model requires --finetune");
}

}  // namespace
}  // namespace digits_test
