#include <apps/tuning/support.h>

#include <regex>
#include <set>
#include <utility>

namespace digits_test {
namespace {

TEST(DigitsTune, SearchesAndSaysHowTheBestIsTrained) {
  const SmallMnist mnist;
  const TempFolder out;
  const Result result = run(small_search(mnist, out.path(), "--trials 5 --epochs 2 --seed 3"));
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  const auto table = table_of(result.out);
  ASSERT_EQ(table.size(), 7U) << result.out;
  EXPECT_TRUE(std::regex_match(table[0],
                               std::regex("rank +trial +accuracy +loss +epochs +lr +batch-size")));
  double before = 1;
  for (std::size_t i = 1; i <= 5; ++i) {
    std::smatch cells;
    ASSERT_TRUE(std::regex_match(
        table[i], cells,
        std::regex(" *(\\d) +\\d +([01]\\.\\d{4}) +\\d+\\.\\d{4} +2 +[0-9.e-]+ +\\d+")))
        << table[i];
    EXPECT_EQ(std::stoul(cells[1]), i);
    EXPECT_LE(std::stod(cells[2]), before) << "the best first";
    before = std::stod(cells[2]);
  }
  EXPECT_TRUE(table[6].starts_with("digits train --net=mlp --lr=")) << table[6];
  EXPECT_TRUE(exists(out / "trials.svg"));
  EXPECT_TRUE(read(out / "trials.png").starts_with("\x89PNG"));
}

TEST(DigitsTune, TheCommandLineTrainsTheBestAgain) {
  const SmallMnist mnist;
  const TempFolder out;
  const Result search = run(small_search(mnist, out.path(), "--trials 3 --epochs 2 --json"));
  ASSERT_EQ(search.code, 0) << search.err;
  const Json best = last_json(search);
  EXPECT_EQ(best.at("trials"), 3);
  EXPECT_EQ(best.at("failed"), 0);
  EXPECT_EQ(best.at("epochs"), 2);
  auto line = words(best.at("command").get<std::string>());
  ASSERT_EQ(line.front(), "digits");
  line.erase(line.begin());
  line.insert(line.end(), {"--metrics-out", out / "again.jsonl"});
  // The search set digits aside; the command at the end does not.
  line.insert(line.end(), {"--validation-split", "0.1"});
  ASSERT_EQ(run(line).code, 0);
  const Json again = Json::parse(lines(read(out / "again.jsonl")).back());
  EXPECT_EQ(again.at("validation_accuracy"), best.at("validation_accuracy"));
  EXPECT_EQ(again.at("validation_loss"), best.at("validation_loss"));
}

TEST(DigitsTune, TheSameSeedGivesTheSameForAnyNumberAtOnce) {
  const SmallMnist mnist;
  for (const char* method : {"random", "grid"}) {
    std::vector<std::string> expected;
    for (const char* parallel : {"1", "2", "64"}) {
      const TempFolder out;
      const Result result =
          run(small_search(mnist, out.path(),
                           std::string("--trials 6 --epochs 1 --seed 9 --method ") + method +
                               " --parallel " + parallel));
      ASSERT_EQ(result.code, 0) << result.err;
      if (expected.empty()) expected = table_of(result.out);
      EXPECT_EQ(table_of(result.out), expected) << method << " " << parallel;
    }
  }
}

TEST(DigitsTune, AnotherSeedTriesOthers) {
  const SmallMnist mnist;
  std::set<std::string> values;
  for (const char* seed : {"1", "2"}) {
    const TempFolder out;
    ASSERT_EQ(
        run(small_search(mnist, out.path(), std::string("--trials 1 --epochs 1 --seed ") + seed))
            .code,
        0);
    values.insert(log_of(out.path())[1].at("values").dump());
  }
  EXPECT_EQ(values.size(), 2U);
}

TEST(DigitsTune, AshaTrainsManyShortlyAndTheBestLonger) {
  const SmallMnist mnist;
  const TempFolder out;
  const Result result = run(
      small_search(mnist, out.path(), "--method asha --trials 9 --epochs 9 --parallel 1 --json"));
  ASSERT_EQ(result.code, 0) << result.err;
  std::map<int, int> trainings;
  for (const Json& event : log_of(out.path())) {
    if (event.at("event") == "finished") ++trainings[event.at("epochs").get<int>()];
  }
  EXPECT_EQ(trainings[1], 9);
  EXPECT_GE(trainings[3], 3);
  EXPECT_GE(trainings[9], 1);
  EXPECT_LT(trainings[9], 4);
  EXPECT_GE(last_json(result).at("epochs"), 1);
}

TEST(DigitsTune, TheBestMayBeFoundByTheLoss) {
  const SmallMnist mnist;
  const TempFolder out;
  const Result result =
      run(small_search(mnist, out.path(), "--trials 5 --epochs 1 --metric validation_loss --json"));
  ASSERT_EQ(result.code, 0) << result.err;
  double least = 1e9;
  for (const Json& event : log_of(out.path())) {
    if (event.at("event") == "finished") {
      least = std::min(least, event.at("validation_loss").get<double>());
    }
  }
  EXPECT_EQ(last_json(result).at("validation_loss"), least);
}

// AdaGrad has no momentum, which training refuses.
TEST(DigitsTune, ATrialThatFailsIsToldAndTheSearchGoesOn) {
  const SmallMnist mnist;
  const TempFolder out;
  const Result result =
      run(words("tune --method grid --epochs 1 --param net=mlp --param momentum=0.5 "
                "--param optimizer=adagrad,sgd,nag --json",
                {"--data", mnist.folder.path(), "--out", out.path()}));
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.err.find("trial 1 (optimizer=adagrad, 1 epoch): failed: "), std::string::npos)
      << result.err;
  EXPECT_EQ(lines(result.err).size(), 1U);
  EXPECT_NE(result.out.find("1 trial of 3 failed"), std::string::npos) << result.out;
  EXPECT_TRUE(std::regex_search(result.out, std::regex("- +1 +failed +- +- +adagrad")))
      << result.out;
  EXPECT_EQ(last_json(result).at("failed"), 1);
  const auto events = log_of(out.path());
  EXPECT_EQ(count_of(events, "failed"), 1);
  EXPECT_EQ(count_of(events, "finished"), 2);
}

TEST(DigitsTune, WhenAllFailTheSearchDoes) {
  const SmallMnist mnist;
  const TempFolder out;
  const Result result =
      run(words("tune --epochs 1 --param net=mlp --param optimizer=adagrad "
                "--param momentum=0.5,0.6",
                {"--data", mnist.folder.path(), "--out", out.path()}));
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("all of 2 failed, the first so: "), std::string::npos) << result.err;
}

// The scores are those of the weights that such a training keeps.
TEST(DigitsTune, TrainingsThatStopEarlyCountByTheirBestEpoch) {
  const SmallMnist mnist;
  const TempFolder out;
  const Result result =
      run(small_search(mnist, out.path(), "--trials 2 --epochs 30 --param early-stop=2 --json"));
  ASSERT_EQ(result.code, 0) << result.err;
  for (const Json& event : log_of(out.path())) {
    if (event.at("event") != "finished") continue;
    double most = 0;
    const std::string file = "/trials/000" + event.at("trial").dump() + "-30.jsonl";
    for (const std::string& line : lines(read(out.path() + file))) {
      most = std::max(most, Json::parse(line).at("validation_accuracy").get<double>());
    }
    EXPECT_EQ(event.at("validation_accuracy"), most);
  }
}

// No trial looks at the test digits: with others there, the search is the same.
TEST(DigitsTune, TheTestDigitsPlayNoPart) {
  std::vector<std::string> expected;
  const SmallMnist mnist;
  for (const int labels : {0, 1}) {
    const std::string name = mnist.folder / SmallMnist::labels_name(false);
    auto test = gluino::io::read_idx(name);
    for (auto& label : test.data) label = static_cast<std::uint8_t>((label + labels) % 10);
    gluino::io::write_idx(name, test);
    const TempFolder out;
    const Result result = run(small_search(mnist, out.path(), "--trials 3 --epochs 2"));
    ASSERT_EQ(result.code, 0) << result.err;
    if (expected.empty()) expected = table_of(result.out);
    EXPECT_EQ(table_of(result.out), expected);
  }
}

TEST(DigitsTune, QuietLeavesTheCommandLine) {
  const SmallMnist mnist;
  const TempFolder out;
  const Result result = run(small_search(mnist, out.path(), "--trials 2 --epochs 1 --quiet"));
  ASSERT_EQ(result.code, 0) << result.err;
  ASSERT_EQ(lines(result.out).size(), 1U) << result.out;
  EXPECT_TRUE(result.out.starts_with("digits train "));
}

TEST(DigitsTune, EpochsAndSeedsOfTrainingAreParametersToo) {
  const SmallMnist mnist;
  const TempFolder out;
  const Result result =
      run(words("tune --method grid --param net=mlp --param epochs=1,3 --param seed=1,2",
                {"--data", mnist.folder.path(), "--out", out.path()}));
  ASSERT_EQ(result.code, 0) << result.err;
  const auto table = table_of(result.out);
  EXPECT_TRUE(std::regex_match(table[0], std::regex("rank +trial +accuracy +loss +epochs +seed")));
  EXPECT_EQ(table.size(), 6U);
  EXPECT_TRUE(std::regex_search(table.back(), std::regex("--epochs=[13] --seed=[12]")));
}

TEST(DigitsTune, ReadsItsSpaceFromAFile) {
  const SmallMnist mnist;
  const TempFolder out;
  gluino::write_file(out / "space.toml",
                     "method = \"grid\"\nepochs = 1\n\n[parameters]\nnet = \"mlp\"\n"
                     "lr = [0.01, 0.1]\nbatch-size = \"int:20..40/2\"\ndata = '" +
                         mnist.folder.path() + "'\n");
  const Result result = run({"tune", out / "space.toml", "--out", out / "search", "--param",
                             "batch-size=20,50,100", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(last_json(result).at("trials"), 6) << "the command line has the last word";
  EXPECT_EQ(last_json(result).at("epochs"), 1);
  EXPECT_EQ(log_of(out / "search")[0].at("parameters")[1].at("choices"),
            Json::parse("[\"0.01\", \"0.1\"]"));
}

}  // namespace
}  // namespace digits_test
