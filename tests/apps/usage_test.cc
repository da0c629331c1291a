#include <apps/program.h>

#include <utility>

namespace digits_test {
namespace {

TEST(DigitsUsage, WrongOptionsAreToldInOneSentence) {
  const std::pair<const char*, const char*> cases[] = {
      {"train --epochs 0", "--epochs: expected a whole number from 1 to"},
      {"train --epochs 1.5", "got '1.5'"},
      {"train --batch-size -1", "--batch-size: expected a whole number from 1 to"},
      {"train --lr nan", "--lr: expected a number above 0"},
      {"train --lr 0", "got '0'"},
      {"train --lr inf", "got 'inf'"},
      {"train --momentum -0.5", "--momentum: expected a number from 0 to 1"},
      {"train --wd x", "--wd: expected a number"},
      {"train --optimizer adagradd", "unknown optimizer 'adagradd'; known: ada"},
      {"train --optimizer adam --momentum 0.9", "no option 'momentum'"},
      {"train --activation swishh", "expected one of relu"},
      {"train --init xavierr", "unknown initializer 'xavierr'"},
      {"train --init bilinear --data synthetic", "expected 4 dimensions"},
      {"train --net resnet", "--net: expected mlp or lenet or cnn or resnet20, got 'resnet'"},
      {"train --api scikit", "--api: expected gluon or gluon-eager or module or feedforward"},
      {"train --monitor .*weight", "--monitor: expected --api module or feedforward"},
      {"train --api module --monitor (", "no regular expression"},
      {"train --monitor-interval 0", "--monitor-interval: expected a whole number from 1"},
      {"train --device tpu", "--device: expected cpu or gpu"},
      {"train --device gpu --devices 64", "gpu("},
      {"train --devices 0", "--devices: expected a whole number from 1 to"},
      {"train --threads 0", "--threads: expected a whole number from 1 to 1024"},
      {"train --threads 99999999999999999999", "got '99999999999999999999'"},
      {"train --dtype int8", "--dtype: expected float32 or bfloat16, got 'int8'"},
      {"train --seed -1", "--seed: expected a whole number from 0 to"},
      {"train --schedule slow",
       "--schedule: expected constant or step or linear or poly or cosine"},
      {"train --warmup -1", "--warmup: expected a number of batches, as 200, or of epochs"},
      {"train --warmup 1.5", "got '1.5'"},
      {"train --warmup 2weeks", "got '2weeks'"},
      {"train --early-stop 0", "--early-stop: expected a whole number from 1 to"},
      {"train --validation-split 1", "--validation-split: expected a number from 0 to 0.9"},
      {"train --label-smoothing -0.1", "--label-smoothing: expected a number from 0 to 0.9"},
      {"train --non-digits 95%", "--non-digits: expected a number from 0 to 0.9"},
      {"train --recipe pancakes", "--recipe: expected best, got 'pancakes'"},
      {"train --save /nowhere/at/all/model", "no folder /nowhere/at/all"},
      {"train --save /tmp/", "found no name"},
      {"train --save .", "found no name"},
      {"train --save /tmp/..", "found no name"},
      {"train --metrics-out /tmp", "found a folder of that name"},
      {"train --save /tmp/a --metrics-out /tmp/./a.json", "--metrics-out: expected another file"},
      {"report --run /tmp --out /tmp/model.json", "expected a name that ends in .html"},
      {"train --what", "--what"},
      {"train --lr 1 --lr 2 --lr 3", "--lr: expected it once, got it 3 times"},
      {"train --epochs 3 --lr", "--lr: expected RATE behind it, got nothing"},
      {"train --json=maybe", "--json: expected true, false or nothing behind it, got 'maybe'"},
      {"explain --runs 0", "--runs: expected a whole number from 1 to"},
      {"train something", "something"},
      {"guess", "guess"},
      {"evaluate", "--model is required"},
      {"evaluate --model x --batch-size 0", "--batch-size: expected"},
      {"evaluate --robust --int8", "--robust tests the network as it is"},
      {"evaluate --model x --robust-samples 5", "--robust-samples requires --robust"},
      {"mistakes --epoch 1", "--epoch is one of a saved model"},
      {"evaluate --model x --epoch -1", "--epoch: expected a whole number from 0"},
      {"summary --net x", "--net: expected mlp or lenet"},
      {"plot-network --model x --symbol y", "excludes"},
      {"convert x.params", "OUT is required"},
  };
  for (const auto& [line, part] : cases) {
    const Result result = run(words(line));
    EXPECT_EQ(result.code, 2) << line;
    EXPECT_EQ(result.out, "") << line;
    expect_sentence(result, part);
  }
}

TEST(DigitsUsage, NamesWhatWasMeant) {
  const std::pair<const char*, const char*> cases[] = {
      {"trian", "did you mean train?"},
      {"evalute", "did you mean evaluate?"},
      {"plot_network", "did you mean plot-network?"},
      {"frob", "expected train, evaluate, summary, plot-network, explain, convert, "},
      {"train --bathc-size 7",
       "train: there is no option --bathc-size; did you mean --batch-size?"},
      {"--epochs 3 train", "--epochs is an option of train; expected it behind the command"},
      {"frob train", "there is no command 'frob'; expected train,"},
      {"train --ephocs=3", "there is no option --ephocs; did you mean --epochs?"},
      {"train --monitor_interval 3", "did you mean --monitor-interval?"},
      {"evaluate --modle x", "evaluate: there is no option --modle; did you mean --model?"},
      {"--versoin", "there is no option --versoin; did you mean --version?"},
      {"summary lenet", "expected options, which begin with --, got 'lenet'"},
  };
  for (const auto& [line, part] : cases) {
    const Result result = run(words(line));
    EXPECT_EQ(result.code, 2) << line;
    EXPECT_EQ(result.out, "") << line;
    expect_sentence(result, part);
  }
}

TEST(DigitsUsage, WithoutACommandShowsTheHelp) {
  const Result result = run({});
  EXPECT_EQ(result.code, 2);
  EXPECT_NE(result.err.find("Exit codes: 0 done"), std::string::npos);
}

TEST(DigitsUsage, HelpListsEveryOptionWithItsDefault) {
  const Result general = run({"--help"});
  EXPECT_EQ(general.code, 0);
  for (const char* command : {"train", "evaluate", "summary", "plot-network", "explain", "convert",
                              "predict", "samples", "mistakes"}) {
    EXPECT_NE(general.out.find(command), std::string::npos);
    const Result help = run({command, "--help"});
    EXPECT_EQ(help.code, 0);
    // An option's text reaches to the next option.
    std::string text;
    int options = 0;
    const auto check_option = [&] {
      if (!text.starts_with("  -") || text.find("--help") != std::string::npos) return;
      ++options;
      const bool states = text.find("default") != std::string::npos;
      EXPECT_TRUE(states) << command << ": " << text;
    };
    for (const std::string& line : lines(help.out)) {
      if (line.starts_with("  -")) {
        check_option();
        text.clear();
      }
      text += line + "\n";
    }
    check_option();
    EXPECT_GE(options, 2) << command;
  }
  const std::string train = run({"train", "--help"}).out;
  for (const char* option :
       {"--net",     "--data",       "--api",  "--monitor ",    "--monitor-interval",
        "--epochs",  "--batch-size", "--lr",   "--optimizer",   "--momentum",
        "--wd",      "--activation", "--init", "--device ",     "--devices",
        "--threads", "--seed",       "--save", "--metrics-out", "--json",
        "--quiet"}) {
    EXPECT_NE(train.find(option), std::string::npos) << option;
  }
}

TEST(DigitsUsage, TellsItsVersion) {
  const Result result = run({"--version"});
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(result.out.starts_with("digits 0.")) << result.out;
}

TEST(DigitsUsage, SummaryShowsTheLayers) {
  const Result lenet = run({"summary"});
  EXPECT_EQ(lenet.code, 0);
  // 20 * 26 + 50 * 501 + 500 * 801 + 10 * 501 parameters.
  EXPECT_NE(lenet.out.find("Total params: 431080"), std::string::npos) << lenet.out;
  EXPECT_NE(lenet.out.find("(1, 50, 8, 8)"), std::string::npos);
  const Result mlp = run({"summary", "--net", "mlp", "--activation", "sigmoid"});
  // 128 * 785 + 64 * 129 + 10 * 65.
  EXPECT_NE(mlp.out.find("Total params: 109386"), std::string::npos) << mlp.out;
}

}  // namespace
}  // namespace digits_test
