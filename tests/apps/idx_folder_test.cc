#include <apps/digits/data/idx_folder.h>
#include <apps/digits/models/images.h>
#include <apps/program.h>
#include <gluino/io/readers/gzip.h>
#include <zlib.h>

#include <cstdlib>
#include <functional>
#include <optional>

namespace digits_test {
namespace {

namespace fs = std::filesystem;

// Which images are drawn: of class c, a bright column c / classes of the way across.
struct Drawn {
  std::int64_t rows = 16;
  std::int64_t columns = 18;
  int classes = 4;
  int first_label = 0;
  std::int64_t count = 80;
};

struct Names {
  std::string train = "train";
  std::string test = "t10k";
};

void write_part(const TempFolder& folder, const std::string& part, const Drawn& drawn) {
  const auto count = static_cast<std::size_t>(drawn.count);
  const auto pixels = static_cast<std::size_t>(drawn.rows * drawn.columns);
  gluino::io::IdxArray images{.dtype = gluino::uint8,
                              .shape = {drawn.count, drawn.rows, drawn.columns},
                              .data = std::vector<std::uint8_t>(count * pixels)};
  gluino::io::IdxArray labels{
      .dtype = gluino::uint8, .shape = {drawn.count}, .data = std::vector<std::uint8_t>(count)};
  for (std::size_t i = 0; i < count; ++i) {
    const int number = static_cast<int>(i) % drawn.classes;
    labels.data[i] = static_cast<std::uint8_t>(number + drawn.first_label);
    const std::int64_t column = number * drawn.columns / drawn.classes;
    for (std::int64_t row = 0; row < drawn.rows; ++row) {
      images.data[i * pixels + static_cast<std::size_t>(row * drawn.columns + column)] = 255;
    }
  }
  gluino::io::write_idx(folder / (part + "-images-idx3-ubyte"), images);
  gluino::io::write_idx(folder / (part + "-labels-idx1-ubyte"), labels);
}

void write_set(const TempFolder& folder, const Drawn& drawn, const Names& names = {}) {
  write_part(folder, names.train, drawn);
  Drawn test = drawn;
  test.count = drawn.classes * std::int64_t{3};
  write_part(folder, names.test, test);
}

Result train(const std::string& data, const std::vector<std::string>& more = {}) {
  std::vector<std::string> line = {"train", "--net",   "mlp",    "--epochs", "20", "--batch-size",
                                   "10",    "--quiet", "--json", "--data",   data};
  line.insert(line.end(), more.begin(), more.end());
  return run(line);
}

TEST(DigitsIdxFolder, AnySizeAndNumberOfClassesIsLearntAndTested) {
  const Drawn sets[] = {{},
                        {.rows = 9, .columns = 31, .classes = 2},
                        {.rows = 28, .columns = 28, .classes = 7, .count = 70},
                        {.rows = 28, .columns = 28, .classes = 26, .first_label = 1, .count = 260},
                        {.rows = 5, .columns = 60, .classes = 47, .count = 470}};
  for (const Drawn& drawn : sets) {
    SCOPED_TRACE(drawn.classes);
    const TempFolder folder;
    const TempFolder out;
    write_set(folder, drawn);
    const Result trained = train(folder.path(), {"--save", out / "model"});
    ASSERT_EQ(trained.code, 0) << trained.err;
    EXPECT_EQ(last_json(trained).at("test_accuracy"), 1.0);
    const Json model = Json::parse(read(out / "model.json"));
    EXPECT_EQ(model.at("input").at("shape"), (Json{1, drawn.rows, drawn.columns}));
    ASSERT_EQ(model.at("classes").size(), static_cast<std::size_t>(drawn.classes));
    EXPECT_EQ(model.at("classes").front(), std::to_string(drawn.first_label));
    EXPECT_EQ(model.at("classes").back(), std::to_string(drawn.first_label + drawn.classes - 1));

    const Result tested =
        run({"evaluate", "--model", out / "model", "--data", folder.path(), "--json"});
    ASSERT_EQ(tested.code, 0) << tested.err;
    EXPECT_EQ(last_json(tested).at("test_accuracy"), 1.0);
    EXPECT_EQ(last_json(tested).at("classes").size(), static_cast<std::size_t>(drawn.classes));
    EXPECT_EQ(run({"plot-network", "--model", out / "model", "--shapes"}).code, 0);
    EXPECT_EQ(run({"convert", out / "model", out / "graph"}).code, 0);
  }
}

TEST(DigitsIdxFolder, SaysWhichClassesItFound) {
  const TempFolder folder;
  write_set(folder, {.rows = 20, .columns = 20, .classes = 26, .first_label = 1, .count = 260});
  const Result result = run({"train", "--net", "mlp", "--epochs", "1", "--data", folder.path()});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("260 training and 78 test images of 20x20, 26 classes: 1 to 26"),
            std::string::npos)
      << result.out;
}

TEST(DigitsIdxFolder, EveryApiAndNetworkTakesOtherImages) {
  const TempFolder folder;
  write_set(folder, {.rows = 20, .columns = 24, .classes = 3, .count = 30});
  for (const char* options :
       {"--net lenet --api module", "--net cnn --api gluon-eager", "--net resnet20",
        "--net mlp --api feedforward", "--net cnn --augment --label-smoothing 0.1"}) {
    const Result result = run(words(std::string("train --epochs 1 --batch-size 10 ") + options,
                                    {"--data", folder.path()}));
    EXPECT_EQ(result.code, 0) << options << ": " << result.err;
  }
}

TEST(DigitsIdxFolder, KnowsTheNamesThatCirculate) {
  const Names names[] = {{"train", "t10k"},
                         {"train", "test"},
                         {"emnist-letters-train", "emnist-letters-test"},
                         {"my_set_train", "my_set_t10k"}};
  for (const Names& each : names) {
    const TempFolder folder;
    write_set(folder, {}, each);
    EXPECT_EQ(train(folder.path()).code, 0) << each.train;
  }
}

TEST(DigitsIdxFolder, OneOfSeveralSetsIsNamed) {
  const TempFolder folder;
  write_set(folder, {.classes = 3}, {"emnist-letters-train", "emnist-letters-test"});
  write_set(folder, {.classes = 5, .count = 100}, {"emnist-digits-train", "emnist-digits-test"});
  const Result both = train(folder.path());
  EXPECT_EQ(both.code, 3);
  expect_sentence(both, "found emnist-digits, emnist-letters; name one as");
  const TempFolder out;
  const Result one = train(folder / "emnist-digits", {"--save", out / "model"});
  ASSERT_EQ(one.code, 0) << one.err;
  EXPECT_EQ(Json::parse(read(out / "model.json")).at("classes").size(), 5U);
}

TEST(DigitsIdxFolder, AModelTellsWhatItsDataSetIsCalled) {
  const TempFolder folder;
  const auto named = [&](const std::string& data) {
    const Result result = train(data, {"--save", folder / "model"});
    EXPECT_EQ(result.code, 0) << result.err;
    const auto name = Json::parse(read(folder / "model.json")).at("training").at("dataset");
    EXPECT_EQ(last_json(result).at("dataset"), name);
    return name.get<std::string>();
  };
  // 28x28 and ten classes, like MNIST, as torchvision lays it out.
  fs::create_directories(folder / "FashionMNIST/raw");
  const Drawn clothes{.rows = 28, .columns = 28, .classes = 10, .count = 100};
  write_part(folder, "FashionMNIST/raw/train", clothes);
  write_part(folder, "FashionMNIST/raw/t10k", clothes);
  EXPECT_EQ(named(folder / "FashionMNIST/raw"), "FashionMNIST");
  EXPECT_EQ(named(folder / "FashionMNIST/raw/"), "FashionMNIST");
  EXPECT_EQ(named(folder / "FashionMNIST/raw/../raw/."), "FashionMNIST");
  fs::rename(folder / "FashionMNIST/raw", folder / "Fa\xff");
  EXPECT_EQ(named(folder / "Fa\xff"), "Fa\xef\xbf\xbd");
  write_part(folder, "emnist-digits-train", clothes);
  write_part(folder, "emnist-digits-test", clothes);
  EXPECT_EQ(named(folder.path()), "emnist-digits");
  EXPECT_EQ(named(folder / "emnist-digits"), "emnist-digits");
  const Result scored =
      run({"evaluate", "--model", folder / "model", "--data", folder.path(), "--json"});
  EXPECT_EQ(last_json(scored).at("dataset"), "emnist-digits");
}

TEST(DigitsIdxFolder, MnistIsKnownByWhatItsFilesHold) {
  const char* real = std::getenv("GLUINO_MNIST");
  if (real == nullptr) GTEST_SKIP() << "GLUINO_MNIST names no folder";
  const TempFolder folder;
  EXPECT_EQ(digits::name_of_idx(real), "mnist");
  for (const auto& entry : fs::directory_iterator(real)) {
    fs::copy_file(entry.path(), folder / entry.path().filename().string());
  }
  EXPECT_EQ(digits::name_of_idx(folder.path()), "mnist");
  // Unpacked.
  const std::string plain = folder / "t10k-images-idx3-ubyte";
  const std::string images = gluino::io::read_gzip(plain + ".gz", 1 << 23);
  gluino::write_file(plain, images);
  fs::remove(plain + ".gz");
  EXPECT_EQ(digits::name_of_idx(folder.path()), "mnist");
  // Packed in another way.
  const std::string packed = plain + ".gz";
  fs::remove(packed);
  gzFile file = gzopen(packed.c_str(), "wb1");
  gzwrite(file, images.data(), static_cast<unsigned>(images.size()));
  gzclose(file);
  EXPECT_EQ(digits::name_of_idx(folder.path()), "mnist");
  // MNIST's labels with other images, as corrupted MNISTs have.
  fs::remove(packed);
  std::string other = images;
  other.back() = 1;
  gluino::write_file(plain, other);
  EXPECT_EQ(digits::name_of_idx(folder.path()), fs::path(folder.path()).filename());
}

TEST(DigitsIdxFolder, FilesThatDoNotFitAreTold) {
  using Damage = std::function<void(const TempFolder&)>;
  const auto rewrite = [](const std::string& part, const Drawn& drawn) -> Damage {
    return [=](const TempFolder& folder) { write_part(folder, part, drawn); };
  };
  const std::pair<Damage, const char*> cases[] = {
      {rewrite("t10k", {.columns = 17}), "expected images of 16x17"},
      {rewrite("t10k", {.classes = 5}), "expected the labels 0 to 3, found 4 at place 4"},
      {rewrite("train", {.classes = 1}), "at least two classes"},
      {rewrite("train", {.count = 0}), "expected at least one training"},
      {[](const TempFolder& folder) {
         write_part(folder, "other", {.count = 79});
         fs::rename(folder / "other-labels-idx1-ubyte", folder / "train-labels-idx1-ubyte");
         fs::remove(folder / "other-images-idx3-ubyte");
       },
       "expected 80 labels, one for each image"},
      {[](const TempFolder& folder) { fs::remove(folder / "t10k-labels-idx1-ubyte"); },
       "lacks t10k-labels"},
      {[](const TempFolder& folder) {
         gluino::io::write_idx(folder / "train-images-idx3-ubyte",
                               {.dtype = gluino::uint8,
                                .shape = {80, 16},
                                .data = std::vector<std::uint8_t>(80 * 16)});
       },
       "(count, rows, columns)"},
  };
  for (const auto& [damage, part] : cases) {
    const TempFolder folder;
    write_set(folder, {});
    damage(folder);
    const Result result = train(folder.path());
    EXPECT_EQ(result.code, 3) << part;
    expect_sentence(result, part);
  }
}

TEST(DigitsIdxFolder, AModelIsToldOfOtherImagesAndClasses) {
  const TempFolder folder;
  const TempFolder out;
  write_set(folder, {});
  ASSERT_EQ(train(folder.path(), {"--save", out / "model"}).code, 0);
  const SmallMnist mnist;
  const Result size = run({"evaluate", "--model", out / "model", "--data", mnist.folder.path()});
  EXPECT_EQ(size.code, 3);
  expect_sentence(size, "expected images of 16x18, found shape (60, 28, 28)");
  const TempFolder more;
  write_set(more, {.classes = 6});
  const Result classes = run({"evaluate", "--model", out / "model", "--data", more.path()});
  EXPECT_EQ(classes.code, 3);
  expect_sentence(classes, "expected the labels 0 to 3, found 4");
  const Result drawn = run({"evaluate", "--model", out / "model", "--data", "synthetic"});
  EXPECT_EQ(drawn.code, 3);
  expect_sentence(drawn, "SyntheticDigits are images of 28x28");
}

TEST(DigitsIdxFolder, ImagesThatAreTooSmallForANetworkAreTold) {
  const TempFolder folder;
  write_set(folder, {.rows = 12});
  const Result result = run({"train", "--net", "lenet", "--data", folder.path()});
  EXPECT_EQ(result.code, 2);
  expect_sentence(result, "lenet: expected images of at least 16x16, got 12x18");
}

TEST(DigitsIdxFolder, ClassesInWords) {
  using Kind = digits::ImageKind;
  EXPECT_EQ(digits::class_list(Kind{}), "0 to 9");
  EXPECT_EQ(digits::class_list(Kind{.classes = {"3", "7"}}), "3, 7");
  EXPECT_EQ(digits::class_list(Kind{.classes = {"1", "2", "4"}}), "1, 2, 4");
  EXPECT_EQ(digits::class_list(Kind{.classes = {"cat", "dog"}}), "cat, dog");
  EXPECT_EQ(digits::class_list(Kind{.classes = {"", "1", "2"}}), ", 1, 2");
}

}  // namespace
}  // namespace digits_test
