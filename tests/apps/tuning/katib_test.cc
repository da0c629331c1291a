#include <apps/tuning/support.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

// What Katib's collector for standard output makes of what `digits train` prints.
namespace digits_test {
namespace {

const std::string kManifests = PROJECT_SOURCE "/deploy/kubernetes/";

// Katib's documented rule, unless an experiment has another: of every line that contains one of the
// metrics' names, each match is a name and a value.
std::map<std::string, std::vector<double>> collect(const std::string& output,
                                                   const std::set<std::string>& metrics) {
  const std::regex rule(R"(([\w|-]+)\s*=\s*([+-]?\d*(\.\d+)?([Ee][+-]?\d+)?))");
  std::map<std::string, std::vector<double>> found;
  for (const std::string& line : lines(output)) {
    for (std::sregex_iterator match(line.begin(), line.end(), rule), end; match != end; ++match) {
      if (metrics.contains((*match)[1])) found[(*match)[1]].push_back(std::stod((*match)[2]));
    }
  }
  return found;
}

// The items of the list below `key:` in a manifest that is written with a line for each.
std::vector<std::string> list_below(const std::string& manifest, const std::string& key) {
  std::vector<std::string> items;
  std::size_t depth = 0;
  for (const std::string& line : lines(manifest)) {
    const std::size_t indentation = std::min(line.find_first_not_of(' '), line.size());
    const std::string text = line.substr(indentation);
    if (depth != 0 && (indentation <= depth || !text.starts_with("- "))) break;
    if (depth != 0) items.push_back(text.substr(2));
    if (text == key + ":") depth = indentation;
  }
  return items;
}

std::string value_of(const std::string& manifest, const std::string& key) {
  std::smatch match;
  EXPECT_TRUE(std::regex_search(manifest, match, std::regex(key + ": (.*)"))) << key;
  return match[1];
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

TEST(DigitsKatib, TheExperimentsMetricsAreFoundInTheOutputOfItsTrials) {
  const SmallMnist mnist;
  const TempFolder out;
  const std::string manifest = read(kManifests + "experiment.yaml");
  auto metrics = list_below(manifest, "additionalMetricNames");
  ASSERT_EQ(metrics.size(), 2U);
  const std::string objective = value_of(manifest, "objectiveMetricName");
  metrics.push_back(objective);

  // As Katib starts a trial: each of its parameters in its place.
  ASSERT_EQ(list_below(manifest, "command"), std::vector<std::string>{"digits"});
  auto arguments = list_below(manifest, "args");
  for (std::string& argument : arguments) {
    argument = replaced(argument, "${trialParameters.lr}", "0.05");
    argument = replaced(argument, "${trialParameters.net}", "mlp");
    argument = replaced(argument, "${trialParameters.batchSize}", "32");
    EXPECT_EQ(argument.find('$'), std::string::npos) << argument;
  }
  const std::size_t epochs = 5;
  arguments.insert(arguments.end(),
                   {"--data", mnist.folder.path(), "--metrics-out", out / "metrics.jsonl"});
  const Result result = run(arguments);
  ASSERT_EQ(result.code, 0) << result.err;

  const auto found = collect(result.out, {metrics.begin(), metrics.end()});
  const std::map<std::string, std::string> names = {{"Validation-accuracy", "validation_accuracy"},
                                                    {"Validation-loss", "validation_loss"},
                                                    {"Train-accuracy", "train_accuracy"}};
  const auto rows = lines(read(out / "metrics.jsonl"));
  for (const std::string& metric : metrics) {
    ASSERT_TRUE(found.contains(metric)) << metric << " in:\n" << result.out;
    ASSERT_EQ(found.at(metric).size(), epochs) << metric;
    for (std::size_t i = 0; i < epochs; ++i) {
      EXPECT_NEAR(found.at(metric)[i], Json::parse(rows[i]).at(names.at(metric)).get<double>(),
                  1e-6);
    }
  }
}

// The tutorial's form of the log.
TEST(DigitsKatib, TheLogHasTheFormOfMxnets) {
  const SmallMnist mnist;
  const Result result =
      run(words("train --net mlp --epochs 2 --log mxnet", {"--data", mnist.folder.path()}));
  ASSERT_EQ(result.code, 0) << result.err;
  std::vector<std::string> told;
  for (const std::string& line : lines(result.out)) {
    if (line.starts_with("Epoch")) told.push_back(line);
  }
  ASSERT_EQ(told.size(), 10U);
  const char* forms[] = {"Train-accuracy=[01]\\.\\d{6}", "Train-loss=\\d+\\.\\d{6}",
                         "Time cost=\\d+\\.\\d{3}", "Validation-accuracy=[01]\\.\\d{6}",
                         "Validation-loss=\\d+\\.\\d{6}"};
  for (std::size_t i = 0; i < told.size(); ++i) {
    EXPECT_TRUE(std::regex_match(
        told[i], std::regex("Epoch\\[" + std::to_string(i / 5) + "\\] " + forms[i % 5])))
        << told[i];
  }
}

// The Job's arguments, with its volume's place a folder here. A pod that comes after another goes
// on.
TEST(DigitsKatib, TheTrainingJobGoesOnWhereItStopped) {
  const SmallMnist mnist;
  const TempFolder out;
  auto arguments = list_below(read(kManifests + "train.yaml"), "args");
  for (std::string& argument : arguments) argument = replaced(argument, "/training", out.path());
  arguments.insert(arguments.end(), {"--data", mnist.folder.path(), "--checkpoint-every", "1"});
  arguments.erase(std::remove(arguments.begin(), arguments.end(), "--checkpoint-every=1min"),
                  arguments.end());
  Program first(arguments);
  ASSERT_TRUE(first.says("epoch 2/"));
  first.send(SIGKILL);
  first.wait();
  const Result second = run(arguments);
  ASSERT_EQ(second.code, 0) << second.err;
  EXPECT_NE(second.out.find("going on from"), std::string::npos) << second.out;
  EXPECT_TRUE(exists(out / "lenet.params"));
}

// The launchers' lines of the jobs of several processes, as far as they start something here.
TEST(DigitsKatib, TheJobsOfSeveralProcessesTrain) {
  const SmallMnist mnist;
  const TempFolder out;
  for (const char* name : {"processes.yaml", "processes-experiment.yaml"}) {
    const std::string manifest = read(kManifests + name);
    EXPECT_EQ(list_below(manifest, "command"), std::vector<std::string>{"mpirun"});
    auto arguments = list_below(manifest, "args");
    for (std::string& argument : arguments) {
      std::erase(argument, '"');
      argument = replaced(argument, "/training", out.path());
      argument = replaced(argument, "${trialParameters.lr}", "0.05");
      argument = replaced(argument, "${trialParameters.batchSize}", "32");
      if (argument == "digits") argument = DIGITS_PROGRAM;
      if (argument.starts_with("--epochs")) argument = "--epochs=1";
    }
    arguments.insert(arguments.begin(), "--oversubscribe");
    arguments.insert(arguments.end(), {"--data", mnist.folder.path()});
    const Result result = run(arguments, {.program = "/usr/bin/mpirun",
                                          .environment = {{"OMPI_ALLOW_RUN_AS_ROOT", "1"},
                                                          {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
                                                          {"GLUINO_NUM_THREADS", "1"},
                                                          {"MXNET_HOME", out.path()},
                                                          {"ASAN_OPTIONS", "detect_leaks=0"}}});
    ASSERT_EQ(result.code, 0) << name << '\n' << result.err;
    if (name == std::string("processes.yaml")) {
      EXPECT_TRUE(exists(out / "lenet.params"));
    } else {
      // Once: the collector sees worker 0's.
      EXPECT_EQ(collect(result.out, {"Validation-accuracy"}).at("Validation-accuracy").size(), 1U);
    }
  }
}

TEST(DigitsKatib, TheExperimentTriesWhatTrainingTakes) {
  const std::string manifest = read(kManifests + "experiment.yaml");
  for (const std::string& net : list_below(manifest, "list")) {
    for (const char* lr : {"0.001", "1"}) {
      for (const char* batch : {"32", "256"}) {
        EXPECT_NE(manifest.find(std::string("\"") + lr + "\""), std::string::npos);
        EXPECT_NE(manifest.find(std::string("\"") + batch + "\""), std::string::npos);
        const SmallMnist mnist(64, 10);
        EXPECT_EQ(run({"train", "--net", net, "--lr", lr, "--batch-size", batch, "--epochs", "1",
                       "--data", mnist.folder.path()})
                      .code,
                  0)
            << net << " " << lr << " " << batch;
      }
    }
  }
}

}  // namespace
}  // namespace digits_test
