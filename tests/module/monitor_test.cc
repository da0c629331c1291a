// What a Monitor sees of the network, line by line. The numbers are MXNet 1.9.1's.
#include "module/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::LogLines;
using testing::message_of;
using testing::small_net;
using testing::ten_in_fours;

// A line's number, which rounding may change, with four digits.
std::string shortened(const std::string& line) {
  std::smatch parts;
  if (!std::regex_match(line, parts, std::regex("(Batch: .{38} )([-0-9.e]+)\t"))) return line;
  char number[32];
  std::snprintf(number, sizeof(number), "%.4g", std::stod(parts[2]));
  return parts[1].str() + number;
}

std::vector<std::string> lines_of(const mon::Monitor& monitor, const mod::Contexts& contexts = {}) {
  LogLines log;
  random::seed(42);
  mod::Module module(small_net(), {.context = contexts});
  auto iter = ten_in_fours();
  module.fit(iter, {.initializer = init::Xavier(), .num_epoch = 1, .monitor = monitor});
  std::vector<std::string> lines = log.take();
  std::erase_if(lines, [](const std::string& line) { return !line.starts_with("Batch"); });
  for (std::string& line : lines) line = shortened(line);
  return lines;
}

TEST(Monitor, SeesOutputsGradientsAndWeights) {
  const mon::Monitor monitor({.interval = 2, .pattern = ".*weight|.*output"});
  EXPECT_THAT(lines_of(monitor),
              ElementsAre("Batch:       1 fc1_output                     0.6725",
                          "Batch:       1 tanh1_output                   0.5258",
                          "Batch:       1 fc2_output                     0.454",
                          "Batch:       1 softmax_output                 0.5193",
                          "Batch:       1 fc2_backward_weight            0.6853",
                          "Batch:       1 fc1_backward_weight            0.9347",
                          "Batch:       1 fc1_weight                     0.5127",
                          "Batch:       1 fc2_weight                     0.5256",
                          "Batch:       3 fc1_output                     0.674",
                          "Batch:       3 tanh1_output                   0.53",
                          "Batch:       3 fc2_output                     0.4596",
                          "Batch:       3 softmax_output                 0.5199",
                          "Batch:       3 fc2_backward_weight            0.8211",
                          "Batch:       3 fc1_backward_weight            0.6582",
                          "Batch:       3 fc1_weight                     0.5125",
                          "Batch:       3 fc2_weight                     0.5244"));
}

TEST(Monitor, TakesAnEmptyStatisticAsNone) {
  using One = NDArray(const NDArray&);
  using Several = std::vector<NDArray>(const NDArray&);
  const auto lines = lines_of(mon::Monitor({.interval = 3, .pattern = "fc1_bias"}));
  EXPECT_EQ(lines.size(), 1U);
  for (const mon::StatFunction& none :
       {mon::StatFunction(std::function<One>()), mon::StatFunction(std::function<Several>()),
        mon::StatFunction(static_cast<One*>(nullptr))}) {
    EXPECT_FALSE(none.defined());
    EXPECT_EQ(lines_of(mon::Monitor({.interval = 3, .stat_func = none, .pattern = "fc1_bias"})),
              lines);
  }
}

TEST(Monitor, SortsByName) {
  const mon::Monitor monitor({.interval = 3, .pattern = "fc1", .sort = true});
  EXPECT_THAT(lines_of(monitor),
              ElementsAre("Batch:       1 fc1_backward_bias              0.4495",
                          "Batch:       1 fc1_backward_weight            0.9347",
                          "Batch:       1 fc1_bias                       0.001124",
                          "Batch:       1 fc1_output                     0.6725",
                          "Batch:       1 fc1_weight                     0.5127"));
}

TEST(Monitor, MatchesAtTheBeginningOfNames) {
  EXPECT_TRUE(lines_of(mon::Monitor({.pattern = "weight"})).empty());
  EXPECT_EQ(lines_of(mon::Monitor({.pattern = "softmax_l"})).size(), 3U);
}

TEST(Monitor, SeesEveryContext) {
  const auto lines =
      lines_of(mon::Monitor({.interval = 5, .pattern = "fc1_weight"}), {cpu(0), cpu(1)});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], lines[1]);
}

TEST(Monitor, SeesInputsWhenTold) {
  const auto names = [](bool all) {
    std::string text;
    for (const auto& line : lines_of(
             mon::Monitor({.interval = 5, .pattern = "fc1_data|tanh1_.*", .monitor_all = all}))) {
      text += line.substr(15, line.find(' ', 15) - 15) + " ";
    }
    return text;
  };
  EXPECT_THAT(names(false), Not(HasSubstr("fc1_data")));
  EXPECT_THAT(names(true), HasSubstr("fc1_data"));
}

// Where MXNet has no name for an input, it says input0; of what takes any number, arg0 and on.
TEST(Monitor, CallsInputsWhatMXNetCallsThem) {
  const Symbol act = sym::relu(sym::var("data"), "act");
  const Symbol pool = sym::Pooling(act, {.kernel = {2, 2}}, "pool");
  const Symbol net = sym::concat({pool, pool}, {}, "both");
  const Executor executor = net.simple_bind(cpu(), {{"data", {1, 1, 2, 2}}});
  std::vector<std::string> names;
  executor.set_monitor_callback(
      [&](const std::string& name, const NDArray& /*array*/) { names.push_back(name); }, true);
  executor.forward();
  EXPECT_THAT(names, ElementsAre("data", "act_input0", "act_output", "pool_data", "pool_output",
                                 "pool_workspace", "both_arg0", "both_arg1", "both_output"));
}

// An executor of one's own, and any statistic: one array or several, printed as NumPy does.
TEST(Monitor, PrintsWhatTheFunctionGives) {
  const Symbol net = sym::relu(sym::var("data"), "act");
  const Executor executor = net.simple_bind(cpu(), {{"data", {2, 2}}});
  const auto ends = [](const NDArray& array) {
    return std::vector<NDArray>{array.max(), array.reshape({-1})};
  };
  const mon::Monitor monitor({.interval = 2, .stat_func = ends, .pattern = ".*"});
  monitor.install(executor);
  executor.arg_dict().at("data").assign(nd::array({{-1, 0.5}, {0.00001, 2}}));
  monitor.tic();
  executor.forward(true);
  const auto stats = monitor.toc();
  ASSERT_EQ(stats.size(), 2U);
  EXPECT_EQ(stats[0].step, 1);
  EXPECT_EQ(stats[0].name, "act_output");
  EXPECT_EQ(stats[0].value, "2.0\t[0.e+00 5.e-01 1.e-05 2.e+00]\t");
  EXPECT_EQ(stats[1].name, "data");
  EXPECT_EQ(stats[1].value, "2.0\t[-1.e+00  5.e-01  1.e-05  2.e+00]\t");
  // The second batch is not looked at, the third is.
  for (const std::size_t expected : {0U, 2U}) {
    monitor.tic();
    executor.forward(true);
    EXPECT_EQ(monitor.toc().size(), expected);
  }

  LogLines log;
  monitor.tic();
  executor.forward(true);
  monitor.toc_print();
  EXPECT_TRUE(log.take().empty());
  monitor.tic();
  executor.forward(true);
  monitor.toc_print();
  EXPECT_EQ(log.take()[0],
            "Batch:       5 act_output                     2.0\t[0.e+00 5.e-01 1.e-05 2.e+00]\t");
}

// A callback sees what a reshaped executor computes, too.
TEST(Monitor, SeesReshapedExecutors) {
  const Executor executor =
      sym::relu(sym::var("data"), "act").simple_bind(cpu(), {{"data", {4, 2}}});
  std::vector<std::string> seen;
  executor.set_monitor_callback([&](const std::string& name, const NDArray& value) {
    seen.push_back(name + value.shape().to_string());
  });
  executor.reshape({{"data", {3, 2}}}).forward();
  EXPECT_THAT(seen, ElementsAre("act_output(3, 2)"));
}

TEST(Monitor, IsGoneWithItsLastHandle) {
  const Executor executor = sym::relu(sym::var("data")).simple_bind(cpu(), {{"data", {2}}});
  int seen = 0;
  const auto count = [&](const NDArray& array) {
    ++seen;
    return array;
  };
  {
    const mon::Monitor monitor({.interval = 1, .stat_func = count});
    monitor.install(executor);
    monitor.tic();
    executor.forward(true);
    EXPECT_EQ(seen, 1);
    monitor.tic();
  }
  executor.forward(true);
  EXPECT_EQ(seen, 1);
}

TEST(Monitor, RefusesWhatMakesNoSense) {
  EXPECT_THAT(message_of([] { mon::Monitor({.interval = 0}); }), HasSubstr("interval"));
  EXPECT_THAT(message_of([] { mon::Monitor({.pattern = "(weight"}); }),
              HasSubstr("'(weight' is no regular expression"));
  EXPECT_THAT(message_of([] { mon::Monitor().tic(); }), HasSubstr("refers to no monitor"));
}

}  // namespace
}  // namespace gluino
