// Checkpoints in files. The fixtures are written from the layout that MXNet documents, byte by
// byte.
#include <gluino/base/file.h>

#include "module/support.h"

namespace gluino {
namespace {

using mod::Module;
using testing::expect_near;
using testing::expect_same_bits;
using ::testing::HasSubstr;
using testing::LogLines;
using testing::message_of;
using testing::net_with_states;
using testing::small_net;
using testing::TemporaryFolder;
using testing::ten_in_fours;

template <class T>
void put(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

struct Entry {
  std::string key;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

// A list of dense float32 arrays as MXNet 1.x writes it.
std::string params_bytes(const std::vector<Entry>& entries) {
  std::string bytes;
  put(bytes, std::uint64_t{0x112});
  put(bytes, std::uint64_t{0});
  put(bytes, std::uint64_t{entries.size()});
  for (const Entry& entry : entries) {
    put(bytes, std::uint32_t{0xF993FAC9});
    put(bytes, std::int32_t{0});  // dense
    put(bytes, static_cast<std::int32_t>(entry.shape.size()));
    for (const std::int64_t size : entry.shape) put(bytes, size);
    put(bytes, std::int32_t{1});  // cpu
    put(bytes, std::int32_t{0});
    put(bytes, std::int32_t{0});  // float32
    for (const float value : entry.values) put(bytes, value);
  }
  put(bytes, std::uint64_t{entries.size()});
  for (const Entry& entry : entries) {
    put(bytes, std::uint64_t{entry.key.size()});
    bytes += entry.key;
  }
  return bytes;
}

const char* const kSymbol = R"({
  "nodes": [
    {"op": "null", "name": "data", "inputs": []},
    {"op": "null", "name": "fc_weight", "attrs": {"num_hidden": "2"}, "inputs": []},
    {"op": "null", "name": "fc_bias", "attrs": {"num_hidden": "2"}, "inputs": []},
    {"op": "FullyConnected", "name": "fc", "attrs": {"num_hidden": "2"},
     "inputs": [[0, 0, 0], [1, 0, 0], [2, 0, 0]]},
    {"op": "null", "name": "softmax_label", "inputs": []},
    {"op": "SoftmaxOutput", "name": "softmax", "inputs": [[3, 0, 0], [4, 0, 0]]}
  ],
  "arg_nodes": [0, 1, 2, 4],
  "node_row_ptr": [0, 1, 2, 3, 4, 5, 6],
  "heads": [[5, 0, 0]],
  "attrs": {"mxnet_version": ["int", 10901]}
})";

const std::vector<Entry> kParams = {{"arg:fc_weight", {2, 3}, {1, 0, 0, 0, 2, 0}},
                                    {"arg:fc_bias", {2}, {0.5F, -0.5F}}};

Module loaded(const std::string& prefix, int epoch) {
  Module module = Module::load(prefix, epoch);
  module.bind({{"data", {1, 3}}}, {}, {.for_training = false});
  return module;
}

class CheckpointFiles : public ::testing::Test {
 protected:
  void write(const std::vector<Entry>& entries) const {
    write_file(prefix() + "-symbol.json", kSymbol);
    write_file(prefix() + "-0003.params", params_bytes(entries));
  }
  std::string prefix() const { return folder_.path("net"); }
  std::string params() const { return prefix() + "-0003.params"; }

  LogLines log_;
  TemporaryFolder folder_;
};

TEST_F(CheckpointFiles, OfMxnetAreRead) {
  write(kParams);
  Module module = loaded(prefix(), 3);
  // Logits 1.5 and 1.5.
  expect_near(module.predict(nd::array({{1, 1, 7}})), {0.5, 0.5});
  expect_near(module.predict(nd::array({{2, 1, 7}})), {0.73105858, 0.26894142});
  const auto [symbol, arg_params, aux_params] = model::load_checkpoint(prefix(), 3);
  EXPECT_EQ(symbol.list_arguments().size(), 4U);
  EXPECT_EQ(arg_params.at("fc_bias").to_vector<float>(), (std::vector<float>{0.5F, -0.5F}));
  EXPECT_TRUE(aux_params.empty());
}

TEST_F(CheckpointFiles, AreWrittenAsMxnetsLayoutSays) {
  const ArrayMap arg = {{"fc_bias", nd::array({0.5, -0.5})}};
  const ArrayMap aux = {{"bn_moving_mean", nd::array({{3, 4}})}};
  model::save_checkpoint(prefix(), 12, small_net(), arg, aux);
  EXPECT_EQ(
      read_file(prefix() + "-0012.params"),
      params_bytes({{"arg:fc_bias", {2}, {0.5F, -0.5F}}, {"aux:bn_moving_mean", {1, 2}, {3, 4}}}));
  EXPECT_THAT(log_.take(),
              ::testing::ElementsAre("Saved checkpoint to \"" + prefix() + "-0012.params\""));
  EXPECT_EQ(sym::load(prefix() + "-symbol.json").tojson(), small_net().tojson());
}

TEST_F(CheckpointFiles, MistakesNameTheFileAndTheParameter) {
  EXPECT_THAT(message_of([&] { Module::load(prefix(), 3); }), HasSubstr("net-symbol.json"));
  write_file(prefix() + "-symbol.json", kSymbol);
  EXPECT_THAT(message_of([&] { Module::load(prefix(), 3); }), HasSubstr("net-0003.params"));
  EXPECT_THAT(message_of([&] { Module::load(prefix(), -1); }), HasSubstr("epoch"));

  write({kParams[0]});
  EXPECT_THAT(message_of([&] { loaded(prefix(), 3); }),
              HasSubstr(params() + ": has no parameter fc_bias"));
  write({kParams[0], kParams[1], {"arg:fc9_bias", {1}, {1}}});
  EXPECT_THAT(message_of([&] { loaded(prefix(), 3); }),
              HasSubstr(params() + ": holds the parameter fc9_bias"));
  write({kParams[0], kParams[1], {"aux:mean", {1}, {1}}});
  EXPECT_THAT(message_of([&] { loaded(prefix(), 3); }), HasSubstr(params() + ": holds"));
  write({kParams[0], {"arg:fc_bias", {3}, {1, 2, 3}}});
  EXPECT_THAT(message_of([&] { loaded(prefix(), 3); }),
              HasSubstr(params() + ": parameter fc_bias: expected shape (2,), found (3,)"));
  write({kParams[0], {"fc_bias", {2}, {1, 2}}});
  EXPECT_THAT(message_of([&] { Module::load(prefix(), 3); }),
              HasSubstr(params() + ": expected names that begin with arg: or aux:, found "
                                   "'fc_bias'"));
}

TEST_F(CheckpointFiles, CutOffAnywhereAreRefused) {
  write(kParams);
  const std::string whole = read_file(params());
  for (std::size_t size = 0; size < whole.size(); size += 3) {
    write_file(params(), std::string_view(whole).substr(0, size));
    EXPECT_THAT(message_of([&] { Module::load(prefix(), 3); }), HasSubstr(params())) << size;
  }
}

TEST_F(CheckpointFiles, WithoutArraysAreEmpty) {
  write_file(params(), params_bytes({}));
  EXPECT_TRUE(model::load_params(prefix(), 3).arg_params.empty());
  EXPECT_THAT(log_.take(), ::testing::ElementsAre("Params file '" + params() + "' is empty"));
}

TEST_F(CheckpointFiles, BringBackParametersAndStates) {
  random::seed(42);
  Module module(net_with_states());
  auto iter = ten_in_fours();
  module.fit(iter, {.epoch_end_callback = callback::do_checkpoint(prefix()),
                    .optimizer_params = {{"learning_rate", 0.1}},
                    .num_epoch = 2});
  Module other = Module::load(prefix(), 2);
  EXPECT_TRUE(other.params_initialized());
  expect_same_bits(other.get_params().arg_params, module.get_params().arg_params);
  other.bind(iter.provide_data(), iter.provide_label());
  expect_same_bits(other.get_params().aux_params, module.get_params().aux_params);
  EXPECT_NE(module.get_params().aux_params.at("bn_moving_mean").to_vector<float>()[0], 0);
  EXPECT_EQ(other.predict(iter).to_vector<float>(), module.predict(iter).to_vector<float>());

  // The parameters of another epoch, into a module that runs.
  other.load_params(prefix() + "-0001.params");
  EXPECT_NE(other.predict(iter).to_vector<float>(), module.predict(iter).to_vector<float>());
  other.load_params(prefix() + "-0002.params");
  EXPECT_EQ(other.predict(iter).to_vector<float>(), module.predict(iter).to_vector<float>());
  other.save_params(prefix() + ".params");
  EXPECT_EQ(read_file(prefix() + ".params"), read_file(prefix() + "-0002.params"));
}

TEST_F(CheckpointFiles, OfOptimizersThatAreNoneAreRefused) {
  write(kParams);
  write_file(prefix() + "-0003.states", "nothing of the kind");
  Module module = Module::load(prefix(), 3, {.load_optimizer_states = true});
  module.bind({{"data", {1, 3}}}, {{"softmax_label", {1}}});
  EXPECT_THAT(message_of([&] { module.init_optimizer(); }), HasSubstr("net-0003.states: "));
  EXPECT_FALSE(module.optimizer_initialized());
}

}  // namespace
}  // namespace gluino
