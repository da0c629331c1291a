#include <apps/program.h>

#include <functional>

namespace digits_test {
namespace {

namespace fs = std::filesystem;

// Training on a damaged folder must end with code 3 and a sentence with `part`, and write nothing.
void expect_unusable(const std::string& name, const std::function<void(const TempFolder&)>& damage,
                     const std::string& file, const std::string& part) {
  SCOPED_TRACE(name);
  const SmallMnist mnist(20, 10);
  damage(mnist.folder);
  const TempFolder out;
  const Result result = run({"train", "--net", "mlp", "--data", mnist.folder.path(), "--save",
                             out / "model", "--metrics-out", out / "metrics.jsonl"});
  EXPECT_EQ(result.code, 3);
  expect_sentence(result, part);
  expect_sentence(result, file);
  EXPECT_EQ(out.count(), 0U);
}

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

void replace(const std::string& path, const std::function<std::string(std::string)>& change) {
  gluino::write_file(path, change(read(path)));
}

TEST(DigitsData, DamagedFilesAreTold) {
  const std::string images = SmallMnist::images_name(true);
  const std::string labels = SmallMnist::labels_name(true);
  expect_unusable(
      "missing", [&](const auto& folder) { fs::remove(folder / images); }, images, "lacks");
  expect_unusable(
      "one of four",
      [&](const auto& folder) {
        for (const bool train : {true, false}) fs::remove(folder / SmallMnist::labels_name(train));
        fs::remove(folder / SmallMnist::images_name(false));
      },
      SmallMnist::images_name(false), "lacks");
  expect_unusable(
      "truncated",
      [&](const auto& folder) {
        replace(folder / images, [](auto text) { return text.substr(0, text.size() - 1); });
      },
      images, "expected");
  expect_unusable(
      "empty", [&](const auto& folder) { gluino::write_file(folder / images, ""); }, images,
      "expected");
  expect_unusable(
      "longer",
      [&](const auto& folder) { replace(folder / labels, [](auto text) { return text + "x"; }); },
      labels, "expected");
  expect_unusable(
      "wrong type",
      [&](const auto& folder) {
        gluino::io::write_idx(
            folder / labels,
            {.dtype = gluino::int8, .shape = {20}, .data = std::vector<std::uint8_t>(20)});
      },
      labels, "int8");
  expect_unusable(
      "wrong size",
      [&](const auto& folder) {
        gluino::io::write_idx(folder / images, {.dtype = gluino::uint8,
                                                .shape = {20, 14, 14},
                                                .data = std::vector<std::uint8_t>(20 * 196)});
      },
      images, "(20, 14, 14)");
  expect_unusable(
      "huge claim",
      [&](const auto& folder) {
        gluino::write_file(folder / labels, bytes({0, 0, 8, 1, 0x7F, 0xFF, 0xFF, 0xFF, 1}));
      },
      labels, "expected");
  expect_unusable(
      "no IDX", [&](const auto& folder) { gluino::write_file(folder / images, "hello, world"); },
      images, "expected");
  expect_unusable(
      "corrupt gzip",
      [&](const auto& folder) {
        gluino::write_file(folder / images, bytes({0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3}));
      },
      images, "expected");
  expect_unusable(
      "label above 9",
      [&](const auto& folder) {
        replace(folder / labels, [](auto text) {
          text.back() = 10;
          return text;
        });
      },
      labels, "10");
  expect_unusable(
      "counts differ",
      [&](const auto& folder) {
        gluino::io::write_idx(
            folder / labels,
            {.dtype = gluino::uint8, .shape = {19}, .data = std::vector<std::uint8_t>(19)});
      },
      labels, "19");
}

TEST(DigitsData, NoDigitsAtAllAreUnusable) {
  const SmallMnist mnist(0, 10);
  const Result result = run({"train", "--data", mnist.folder.path()});
  EXPECT_EQ(result.code, 3);
  expect_sentence(result, "expected at least one training digit");
}

TEST(DigitsData, AFolderThatIsNotThere) {
  const Result result = run({"train", "--data", "/nowhere/at/all"});
  EXPECT_EQ(result.code, 3);
  expect_sentence(result, "/nowhere/at/all");
}

class DigitsWithoutNetwork : public testing::Test {
 protected:
  // No mirror can be reached through this proxy.
  RunOptions options() const {
    return {.environment = {{"MXNET_HOME", home.path()},
                            {"https_proxy", "http://127.0.0.1:1"},
                            {"http_proxy", "http://127.0.0.1:1"},
                            {"all_proxy", "http://127.0.0.1:1"},
                            {"no_proxy", ""},
                            {"MXNET_GLUON_REPO", ""}}};
  }
  TempFolder home;
};

TEST_F(DigitsWithoutNetwork, MnistCannotBeHad) {
  const Result result = run({"train", "--data", "mnist"}, options());
  EXPECT_EQ(result.code, 3);
  expect_sentence(result, "train-images-idx3-ubyte");
}

TEST_F(DigitsWithoutNetwork, SyntheticDigitsTakeItsPlaceAndAreNamed) {
  const SmallMnist mnist;
  const TempFolder out;
  ASSERT_EQ(run({"train", "--net", "mlp", "--epochs", "1", "--data", mnist.folder.path(), "--save",
                 out / "model"})
                .code,
            0);
  const Result result = run({"evaluate", "--model", out / "model", "--json"}, options());
  EXPECT_EQ(result.code, 0) << result.err;
  expect_sentence(result, "SyntheticDigits take the place of MNIST");
  EXPECT_EQ(last_json(result).at("dataset"), "synthetic");
  EXPECT_EQ(last_json(result).at("samples"), 10000);
}

}  // namespace
}  // namespace digits_test
