#include <apps/program.h>

#include <utility>

namespace digits_test {
namespace {

// Interrupts a program and expects it to leave no half files.
void expect_interrupted(Program& program, const std::string& what) {
  const auto begin = std::chrono::steady_clock::now();
  program.interrupt();
  const Result result = program.wait();
  EXPECT_EQ(result.code, 130) << what << ": " << result.err;
  EXPECT_NE(result.err.find("digits: interrupted"), std::string::npos) << what;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5)) << what;
}

// No model, which looks as if it were finished; that a checkpoint goes on is tested with those.
TEST(DigitsInterrupt, TrainingStopsAndSavesACheckpoint) {
  const SmallMnist mnist;
  for (const auto& [net, api] : {std::pair("mlp", "gluon-eager"), std::pair("lenet", "gluon"),
                                 std::pair("mlp", "module"), std::pair("mlp", "feedforward")}) {
    const TempFolder out;
    Program program(words("train --epochs 1000000",
                          {"--net", net, "--api", api, "--data", mnist.folder.path(), "--save",
                           out / "model", "--metrics-out", out / "metrics.jsonl"}));
    ASSERT_TRUE(program.says("epoch 1/"));
    expect_interrupted(program, api);
    EXPECT_FALSE(exists(out / "model.params"));
    EXPECT_FALSE(exists(out / "model.json"));
    EXPECT_TRUE(exists(out / "model-000001.checkpoint"));
    EXPECT_EQ(out.count(), 2U);
    for (const std::string& line : lines(read(out / "metrics.jsonl"))) {
      EXPECT_TRUE(Json::parse(line).is_object());
    }
  }
}

TEST(DigitsInterrupt, TrainingThatIsNotToBeSavedStops) {
  const SmallMnist mnist;
  Program program(words("train --net mlp --epochs 1000000 --data", {mnist.folder.path()}));
  ASSERT_TRUE(program.says("epoch 1/"));
  expect_interrupted(program, "training");
}

TEST(DigitsInterrupt, DrawingDigitsStops) {
  const TempFolder out;
  Program program(words("train --data synthetic", {"--save", out / "model"}));
  ASSERT_TRUE(program.handles_interrupts());
  expect_interrupted(program, "drawing");
  EXPECT_EQ(out.count(), 0U);
}

TEST(DigitsInterrupt, EvaluationStops) {
  const SmallMnist mnist;
  const TempFolder out;
  ASSERT_EQ(
      run({"train", "--epochs", "1", "--data", mnist.folder.path(), "--save", out / "model"}).code,
      0);
  Program program(
      words("evaluate --data synthetic --batch-size 1 --threads 1", {"--model", out / "model"}));
  ASSERT_TRUE(program.says("test digits"));
  expect_interrupted(program, "evaluation");
}

TEST(DigitsInterrupt, MeasuringStepsStops) {
  Program program(words("explain --net resnet20 --runs 10000"));
  ASSERT_TRUE(program.handles_interrupts());
  expect_interrupted(program, "explain");
}

}  // namespace
}  // namespace digits_test
