#include <apps/tuning/support.h>

#include <utility>

namespace digits_test {
namespace {

TEST(DigitsTuneUse, WhatIsWrongIsToldBeforeATrialBegins) {
  const TempFolder out;
  const std::pair<const char*, const char*> cases[] = {
      {"", "expected parameters to try"},
      {"--param lr", "expected NAME=VALUES"},
      {"--param l-r=0.1", "no option --l-r; did you mean lr?"},
      {"--param batchsize=int:1..9", "did you mean batch-size?"},
      {"--param batch_size=int:1..9", "did you mean batch-size?"},
      {"--param frob=1,2", "no option --frob\n"},
      {"--param lr=log:0.1..1 --param lr=0.1", "lr: expected it once"},
      {"--param lr=lgo:0.1..1", "did you mean log?"},
      {"--param lr=-1,0.1", "--lr: expected a number above 0"},
      {"--param net=mlp,lenett", "--net: expected"},
      {"--param batch-size=real:1..9", "--batch-size: expected a whole number"},
      {"--param batch-size=int:0..9", "--batch-size: expected a whole number"},
      {"--param validation-split=0", "validation-split: expected a share above 0"},
      {"--param validation-split=real:0..0.3", "validation-split: expected a share above 0"},
      {"--param threads=1,2", "see --parallel"},
      {"--param save=a,b", "--save keeps that"},
      {"--param resume=true", "its own --resume"},
      {"--param finetune=x", "fine-tuning"},
      {"--param help=1", "no option --help"},
      {"--param epochs=1,2 --method asha", "asha itself"},
      {"--param epochs=1,2 --epochs 3", "epochs: expected it once"},
      {"--param data=x --data y", "data: expected it once"},
      {"--param lr=0.1 --method best", "expected random or grid or asha"},
      {"--param lr=0.1 --metric accuracy", "validation_accuracy"},
      {"--param lr=0.1 --trials 0", "whole number from 1"},
      {"--param lr=0.1 --parallel 0", "whole number from 1"},
      {"--param lr=0.1 --eta 1", "whole number from 2"},
      {"--param lr=0.1 --epochs 1.5", "whole number from 1"},
      {"--param lr=log:0.1..1/1000 --param wd=real:0..1/1000 --method grid", "at most 100000"},
      {"--resume", "expected a search to go on with"},
      {"none.toml", "none.toml"},
      {"--param lr=0.1 --nets 3", "there is no option --nets"},
  };
  for (const auto& [options, part] : cases) {
    const Result result = run(words(std::string("tune ") + options, {"--out", out / "search"}));
    EXPECT_EQ(result.code, 2) << options << ": " << result.err;
    expect_sentence(result, part);
    EXPECT_FALSE(exists(out / "search" + "/trials")) << options;
  }
}

TEST(DigitsTuneUse, ALogThatWasChangedIsTold) {
  const SmallMnist mnist;
  const TempFolder out;
  ASSERT_EQ(run({"tune", "--method", "asha", "--param", "net=mlp", "--epochs", "1", "--data",
                 mnist.folder.path(), "--out", out.path()})
                .code,
            0);
  const std::string log = read(out / "search.jsonl");
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"\"eta\":3", "\"eta\":0", "search.jsonl:1: eta: expected a whole number from 2"},
      {"\"eta\":3", "\"eta\":1", "search.jsonl:1: eta: expected a whole number from 2"},
      {"validation_accuracy", "validation_accurady", "search.jsonl:1: metric: expected"},
      {"\"seed\"", "\"seee\"", "search.jsonl:1: expected a line of a search, but: key 'seed'"},
  };
  for (const auto& [before, after, part] : cases) {
    std::string changed = log;
    changed.replace(changed.find(before), std::string(before).size(), after);
    gluino::write_file(out / "search.jsonl", changed);
    const Result result = run({"tune", "--resume", "--out", out.path()});
    EXPECT_EQ(result.code, 2) << after;
    expect_sentence(result, part);
  }
}

TEST(DigitsTuneUse, FilesAreToldByLine) {
  const TempFolder out;
  const std::pair<const char*, const char*> cases[] = {
      {"epochs = 3\nlr = 0.1\n", ":2: there is no setting 'lr'"},
      {"\nepoch = 3\n", ":2: there is no setting 'epoch'; expected"},
      {"epochs = \"3\"\n", ":1: epochs: expected a whole number from 1"},
      {"seed = 1\n\nepochs = 0\n", ":3: epochs: expected a whole number from 1"},
      {"epochs = 1.0\n", ":1: epochs: expected a whole number"},
      {"method = \"best\"\n", ":1: method: expected random or grid or asha"},
      {"method = 1\n", ":1: method: expected random or grid or asha"},
      {"parameters = 3\n", ":1: parameters: expected a table"},
      {"[parameters]\nlr = \"lgo:0.1..1\"\n", ":2: lr: there is no range 'lgo'"},
      {"[parameters]\n\nlr = []\n", ":3: lr: expected at least one value"},
      {"[parameters]\nlr = [0.1,\n  0.1]\n", ":2: lr: expected each value once"},
      {"[parameters]\nbatch-size = [0x10, 16]\n", ":2: batch-size: expected each value once"},
      {"[parameters]\nlr = [0.1,\n  [0.2]]\n", ":3: lr: expected a text"},
      {"[parameters]\nlr = {low = 1}\n", ":2: lr: expected a text"},
      {"[parameters]\nlr = 2020-01-01\n", ":2: lr: expected a text"},
      {"seed = 1\nseed = 2\n", ":2: expected TOML"},
      {"[parameters]\nlr = \"0.1\n", ":2: expected TOML"},
      {"lr ; 3\n", ":1: expected TOML"},
      {"\xff\xfe", ":1: expected TOML"},
  };
  for (const auto& [text, part] : cases) {
    gluino::write_file(out / "space.toml", text);
    const Result result = run({"tune", out / "space.toml", "--out", out / "search"});
    EXPECT_EQ(result.code, 2) << text << ": " << result.err;
    expect_sentence(result, std::string("space.toml") + part);
  }
  const Result folder = run({"tune", out.path(), "--out", out / "search"});
  EXPECT_EQ(folder.code, 2);
  expect_sentence(folder, out.path());
}

TEST(DigitsTuneUse, AFolderHoldsOneSearch) {
  const SmallMnist mnist;
  const TempFolder out;
  ASSERT_EQ(run(small_search(mnist, out.path(), "--trials 1 --epochs 1")).code, 0);
  const std::string log = read(out / "search.jsonl");
  const Result again = run(small_search(mnist, out.path(), "--trials 1 --epochs 1"));
  EXPECT_EQ(again.code, 2);
  expect_sentence(again, "--resume goes on with it");
  for (const char* other : {"--epochs 2", "--seed 7", "--method grid", "--metric validation_loss",
                            "--param momentum=0.5"}) {
    const Result changed = run(words(std::string("tune --resume ") + other, {"--out", out.path()}));
    EXPECT_EQ(changed.code, 2) << other;
    expect_sentence(changed, "the search there began with");
  }
  EXPECT_EQ(read(out / "search.jsonl"), log);
}

TEST(DigitsTuneUse, UnusableDigitsAreToldOnce) {
  const SmallMnist mnist;
  const TempFolder out;
  const std::string labels = mnist.folder / SmallMnist::labels_name(true);
  const std::string good = read(labels);
  for (const std::string& damaged : {good.substr(0, 100), std::string()}) {
    gluino::write_file(labels, damaged);
    const Result result = run(small_search(mnist, out / "search", "--trials 4 --epochs 1"));
    EXPECT_EQ(result.code, 3);
    expect_sentence(result, labels);
    EXPECT_FALSE(exists(out / "search")) << "so that another try begins anew";
  }
  gluino::write_file(labels, good);
  ASSERT_EQ(run(small_search(mnist, out / "search", "--trials 2 --epochs 1")).code, 0);
  std::filesystem::remove(labels);
  EXPECT_EQ(run({"tune", "--resume", "--out", out / "search"}).code, 0) << "nothing is left to do";
  const Result more = run({"tune", "--resume", "--trials", "4", "--out", out / "search"});
  EXPECT_EQ(more.code, 3);
  expect_sentence(more, SmallMnist::labels_name(true));
}

TEST(DigitsTuneUse, DigitsAreFoundFromAnotherFolder) {
  const SmallMnist mnist;
  const TempFolder out;
  const std::string here = std::filesystem::relative(mnist.folder.path()).string();
  ASSERT_EQ(run({"tune", "--param", "net=mlp", "--param", "lr=log:0.01..1", "--epochs", "1",
                 "--trials", "1", "--data", here, "--out", out.path()})
                .code,
            0);
  const Result more =
      run({"tune", "--resume", "--trials", "2", "--out", out.path()}, {.folder = out.path()});
  EXPECT_EQ(more.code, 0) << more.err;
  EXPECT_EQ(count_of(log_of(out.path()), "finished"), 2);
  EXPECT_EQ(run({"tune", "--resume", "--out", out.path(), "--data", here}).code, 0);
}

TEST(DigitsTuneUse, WhatFailedIsTrainedAgainWhenAskedFor) {
  const SmallMnist mnist;
  for (const char* method : {"random", "asha"}) {
    const TempFolder out;
    const Result whole = run(small_search(
        mnist, out.path(), std::string("--trials 4 --epochs 3 --parallel 1 --method ") + method));
    ASSERT_EQ(whole.code, 0) << whole.err;
    // As if a trial had failed.
    std::string log;
    for (Json event : log_of(out.path())) {
      if (event.at("event") == "finished" && event.at("trial") == 2) {
        event["event"] = "failed";
        event["reason"] = "out of memory";
      }
      log += event.dump() + "\n";
    }
    gluino::write_file(out / "search.jsonl", log);
    if (method == std::string("random")) {
      const Result resumed = run({"tune", "--resume", "--out", out.path()});
      EXPECT_EQ(resumed.code, 0) << resumed.err;
      EXPECT_NE(resumed.out.find("1 trial of 4 failed"), std::string::npos) << resumed.out;
      EXPECT_NE(resumed.out.find("--resume --retry"), std::string::npos) << resumed.out;
      EXPECT_EQ(read(out / "search.jsonl"), log);
    }
    for (const bool retry : {true, false, true}) {
      auto line = words("tune --resume --out", {out.path()});
      if (retry) line.emplace_back("--retry");
      const Result again = run(line);
      ASSERT_EQ(again.code, 0) << again.err;
      EXPECT_EQ(table_of(again.out), table_of(whole.out)) << method;
    }
  }
  const Result alone = run({"tune", "--retry", "--param", "net=mlp"});
  EXPECT_EQ(alone.code, 2);
  expect_sentence(alone, "--resume");
}

TEST(DigitsTuneUse, PlacesThatCannotBeWrittenAreTold) {
  const TempFolder out;
  gluino::write_file(out / "file", "");
  const Result result = run({"tune", "--param", "net=mlp", "--out", out / "file"});
  EXPECT_EQ(result.code, 2);
  expect_sentence(result, out / "file");
}

TEST(DigitsTuneUse, ADiskThatIsFullEndsTheSearch) {
  const SmallMnist mnist;
  const TempFolder out;
  const Result result =
      run(small_search(mnist, out.path(), "--trials 9 --epochs 1"), {.max_file_bytes = 1000});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("expected to write the log"), std::string::npos) << result.err;
  const Result resumed = run({"tune", "--resume", "--quiet", "--out", out.path()});
  EXPECT_EQ(resumed.code, 0) << resumed.err;
}

}  // namespace
}  // namespace digits_test
