#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "ops/support.h"

// That mxnet/numbers.json has a case of every operator that MXNet 1.9.1 has, too, and at least two
// values of every option that both have.
namespace gluino {
namespace {

using nlohmann::json;
using Reasons = std::map<std::string, std::string>;

const Reasons kWithoutCases = {
    {"Custom", "users' code: graph/custom_test.cc"},
    {"_cond", "graphs: graph/control_flow_test.cc"},
    {"_copyto", "between places: registry_test.cc"},
    {"_foreach", "graphs: graph/control_flow_test.cc"},
    {"_while_loop", "graphs: graph/control_flow_test.cc"},
    {"_set_value", "it writes to out alone: assign_test.cc"},
};

// By "operator.option".
const Reasons kNotVaried = {
    {"RNN.lstm_state_clip_nan", "MXNet's RNN clips on GPUs alone: rnn_options_test.cc"},
    {"RNN.lstm_state_clip_min", "MXNet's RNN clips on GPUs alone: rnn_options_test.cc"},
    {"RNN.lstm_state_clip_max", "MXNet's RNN clips on GPUs alone: rnn_options_test.cc"},
    {"RNN.use_sequence_length", "MXNet heeds it on GPUs alone: rnn_options_test.cc"},
    {"SequenceReverse.axis", "MXNet takes 0 alone"},
    {"_contrib_BatchNormWithReLU.axis", "MXNet takes 1 alone"},
    {"_contrib_SyncBatchNorm.output_mean_var", "MXNet does not write them"},
    {"_contrib_SyncBatchNorm.ndev", "others would be waited for"},
    {"_contrib_SparseEmbedding.sparse_grad", "MXNet refuses it"},
    {"_contrib_boolean_mask.axis", "MXNet takes 0 alone"},
    {"_np_max.initial", "MXNet refuses it"},
    {"_np_min.initial", "MXNet refuses it"},
    {"_np_prod.initial", "MXNet refuses it"},
    {"_np_sum.initial", "MXNet refuses it"},
    {"_npi_mean.initial", "MXNet refuses it"},
    {"_np_reshape.order", "MXNet takes C alone"},
    {"_npx_reshape.order", "MXNet takes C alone"},
    {"_contrib_requantize.out_type", "MXNet takes int8 alone"},
    {"_npi_arange.repeat", "MXNet takes 1 alone"},
    {"_npi_dsplit.axis", "the third, whatever it says"},
    {"_npi_dsplit.squeeze_axis", "MXNet splits another axis"},
    {"_npi_insert_scalar.start", "of _npi_insert_slice"},
    {"_npi_insert_scalar.step", "of _npi_insert_slice"},
    {"_npi_insert_scalar.stop", "of _npi_insert_slice"},
    {"_npi_insert_slice.int_ind", "of _npi_insert_scalar"},
    {"_npi_insert_slice.val", "MXNet refuses it"},
    {"_npi_insert_tensor.int_ind", "of _npi_insert_scalar"},
    {"_npi_insert_tensor.start", "of _npi_insert_slice"},
    {"_npi_insert_tensor.step", "of _npi_insert_slice"},
    {"_npi_insert_tensor.stop", "of _npi_insert_slice"},
    {"_npi_insert_tensor.val", "MXNet refuses it"},
    {"_npi_lcm_scalar.is_int", "MXNet takes whole numbers alone"},
    {"_npi_pad.reflect_type", "even alone"},
    {"_square_sum.exclude", "MXNet leaves it out: sparse_test.cc"},
    {"all_finite.init_output", "what was found before stands in out: updates_test.cc"},
    {"multi_all_finite.init_output", "what was found before stands in out: updates_test.cc"},
};

json read(const char* path) { return json::parse(std::ifstream(path)); }

// By operator, the options of its cases as text.
std::map<std::string, std::vector<Attributes>> cases() {
  std::map<std::string, std::vector<Attributes>> found;
  for (const json& each : read(MXNET_NUMBERS)) {
    const Op& op = Op::get(each.at("op").get<std::string>());
    found[op.name].push_back(each.at("attributes").get<Attributes>());
  }
  return found;
}

TEST(MxnetCoverage, EveryOperatorHasACase) {
  const auto found = cases();
  Reasons missing;
  for (const json& entry : read(MXNET_NAMES)) {
    const std::string name = entry.at("name");
    if (Op::find(name) != nullptr && !found.contains(Op::get(name).name)) missing[name];
  }
  for (const auto& [name, none] : missing) EXPECT_TRUE(kWithoutCases.contains(name)) << name;
  for (const auto& [name, reason] : kWithoutCases) EXPECT_TRUE(missing.contains(name)) << name;
}

// The values of an option over some cases; those that say nothing have the default.
std::set<std::string> values_of(const Field& field, const std::vector<Attributes>& cases) {
  std::set<std::string> values;
  for (const Attributes& each : cases) {
    const auto given = each.find(field.name);
    values.insert(given == each.end() ? field.default_value : given->second);
  }
  return values;
}

TEST(MxnetCoverage, EveryOptionIsVaried) {
  const auto found = cases();
  std::set<std::string> unneeded;
  for (const auto& [option, reason] : kNotVaried) unneeded.insert(option);
  for (const json& entry : read(MXNET_NAMES)) {
    const Op* const op = Op::find(entry.at("name").get<std::string>());
    if (op == nullptr || !found.contains(op->name)) continue;
    const auto theirs = entry.at("options").get<std::set<std::string>>();
    for (const Field& field : op->fields) {
      if (!theirs.contains(field.name) || field.choices.size() == 1) continue;
      if (values_of(field, found.at(op->name)).size() > 1) continue;
      const std::string option = op->name + "." + field.name;
      EXPECT_TRUE(kNotVaried.contains(option)) << option;
      unneeded.erase(option);
    }
  }
  EXPECT_EQ(unneeded, std::set<std::string>());
}

}  // namespace
}  // namespace gluino
