#include <child_process.h>
#include <gluino/base/error.h>
#include <gluino/graph/sym.h>
#include <gluino/graph/symbol/checkpoint_files.h>
#include <gluino/ndarray/creation.h>
#include <gtest/gtest.h>
#include <kill_at.h>

#include <filesystem>

namespace gluino {
namespace {

namespace fs = std::filesystem;

class CheckpointFilesTest : public testing::Test {
 protected:
  static fs::path new_folder() {
    std::string name = (fs::temp_directory_path() / "gluino-checkpoint-XXXXXX").string();
    check(::mkdtemp(name.data()) != nullptr, "no temporary folder");
    return name;
  }
  ~CheckpointFilesTest() override { fs::remove_all(folder_); }

  // Both networks have parameters of the same names and shapes.
  void save(const std::string& act_type, double value) const {
    const Symbol fc = sym::FullyConnected(sym::var("x"), {.num_hidden = 2, .no_bias = true}, "fc");
    const Symbol symbol = sym::Activation(fc, {.act_type = act_type}, "act");
    graph::CheckpointFiles files{.symbols = {{symbol_file_, symbol}},
                                 .params_file = params_file_,
                                 .arrays = {{"arg:fc_weight", nd::full({2, 3}, value)}}};
    if (!states_file_.empty()) files.others.emplace_back(states_file_, act_type);
    graph::write_checkpoint(files);
  }

  fs::path folder_ = new_folder();
  std::string symbol_file_ = (folder_ / "net-symbol.json").string();
  std::string params_file_ = (folder_ / "net-0001.params").string();
  std::string states_file_ = (folder_ / "net-0001.states").string();
};

TEST_F(CheckpointFilesTest, NoNetworkIsLoadedWithTheParametersOfAnother) {
  int ends = 0;
  for (int step = 0; ends == 0; ++step) {
    save("tanh", 1);
    const ChildProcess child([&] {
      steps_before_kill = step;
      save("relu", 2);
      return true;
    });
    if (!child.was_killed()) ++ends;
    try {
      const bool is_new = sym::load(symbol_file_).tojson().find("relu") != std::string::npos;
      const double value = nd::load(params_file_).at(0).second.to_vector<double>()[0];
      EXPECT_EQ(value, is_new ? 2 : 1) << "step " << step;
      EXPECT_TRUE(!fs::exists(states_file_) || (fs::file_size(states_file_) == 4)) << step;
      EXPECT_TRUE(is_new || child.was_killed());
    } catch (const Error& error) {
      EXPECT_TRUE(child.was_killed()) << error.what();
    }
  }
}

// The graph is the same after every epoch: then it is the parameters' rename that counts, and
// something can always be loaded.
TEST_F(CheckpointFilesTest, TheSameNetworkCanAlwaysBeLoaded) {
  states_file_ = "";
  bool killed = true;
  for (int step = 0; killed; ++step) {
    save("tanh", 1);
    const ChildProcess child([&] {
      steps_before_kill = step;
      save("tanh", 2);
      return true;
    });
    killed = child.was_killed();
    EXPECT_TRUE(sym::load(symbol_file_).defined());
    const double value = nd::load(params_file_).at(0).second.to_vector<double>()[0];
    EXPECT_TRUE(value == 2 || (killed && value == 1)) << "step " << step;
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 2);
}

}  // namespace
}  // namespace gluino
