#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::message_of;

// What MXNet 1.9.1 knows an operator by: its other names, and what the automatic names of its nodes
// begin with, made in Python by the operator or function that stands for it.
struct Names {
  std::vector<std::string> aliases;
  std::string hint;
  std::vector<std::string> options;
};

// By the name in files, as mxnet/names.json has them, which tests/oracle/renew_names.py renews.
std::map<std::string, Names> mxnets() {
  std::map<std::string, Names> names;
  for (const nlohmann::json& entry : nlohmann::json::parse(std::ifstream(MXNET_NAMES))) {
    names[entry.at("name")] = {entry.at("aliases"), entry.at("hint"), entry.at("options")};
  }
  return names;
}

// Operators that MXNet 1.9.1 does not have; some are of MXNet 2.
const std::set<std::string> kOwn = {"_image_random_crop",
                                    "_image_random_resized_crop",
                                    "_npi_argsort",
                                    "_npi_fill_diagonal",
                                    "_random_binomial",
                                    "_sample_binomial",
                                    "adagrad_update",
                                    "adadelta_update",
                                    "adamax_update",
                                    "_linalg_solve",
                                    "digamma",
                                    "_arctan2",
                                    "_copysign",
                                    "_fmax",
                                    "_fmin",
                                    "_ldexp",
                                    "_floor_divide",
                                    "_logaddexp",
                                    "round_half_to_even",
                                    "_adabelief_update",
                                    "_mp_adabelief_update",
                                    "_multi_adabelief_update",
                                    "_multi_mp_adabelief_update",
                                    "_multi_lans_update",
                                    "_multi_mp_lans_update",
                                    "log_sigmoid",
                                    "mish",
                                    "_npi_bitwise_left_shift",
                                    "_npi_bitwise_left_shift_scalar",
                                    "_npi_rbitwise_left_shift_scalar",
                                    "_npi_bitwise_right_shift",
                                    "_npi_bitwise_right_shift_scalar",
                                    "_npi_rbitwise_right_shift_scalar",
                                    "_npi_gcd",
                                    "_npi_gcd_scalar",
                                    "_npi_det",
                                    "_npi_slogdet",
                                    "_npi_cross",
                                    "_npi_kron",
                                    "_npi_floor_divide",
                                    "_npi_floor_divide_scalar",
                                    "_npi_rfloor_divide_scalar",
                                    "_npi_fmax",
                                    "_npi_fmax_scalar",
                                    "_npi_fmin",
                                    "_npi_fmin_scalar",
                                    "_npi_logaddexp",
                                    "_npi_logaddexp_scalar",
                                    "_npi_triu",
                                    "_npi_rollaxis",
                                    "_npi_repeats",
                                    "_npi_qr",
                                    "_npi_advanced_indexing",
                                    "_npi_advanced_indexing_multiple",
                                    "_npi_fmod",
                                    "_npi_fmod_scalar",
                                    "_npi_interp",
                                    "_npi_laplace",
                                    "_npi_logical_and",
                                    "_npi_logical_and_scalar",
                                    "_npi_logical_or",
                                    "_npi_logical_or_scalar",
                                    "_npi_logical_xor",
                                    "_npi_logical_xor_scalar",
                                    "_npi_lstsq",
                                    "_npi_matrix_rank",
                                    "_npi_matrix_rank_none_tol",
                                    "_npi_rfmod_scalar",
                                    "_npi_tri",
                                    "_npi_tril_indices",
                                    "_npx_index_add",
                                    "_npx_index_update",
                                    "masked_log_softmax",
                                    "masked_softmax"};

// Other names that MXNet 2 gave to operators of 1.9.1.
const std::set<std::string> kNewAliases = {"_sample_categorical", "sample_categorical"};

TEST(Names, AreThoseOfMxnet) {
  auto known = mxnets();
  for (const Op* op : Op::all()) {
    SCOPED_TRACE(op->name);
    if (kOwn.contains(op->name) || op->name.starts_with("_fused")) continue;
    ASSERT_TRUE(known.contains(op->name)) << "not in the file of MXNet's names";
    auto aliases = op->aliases;
    // The file leaves out the names that MXNet's NumPy and sparse arrays have for their own use.
    std::erase_if(aliases, [](const std::string& alias) {
      return alias.starts_with("_np") || alias.starts_with("_sparse_") ||
             kNewAliases.contains(alias);
    });
    std::sort(aliases.begin(), aliases.end());
    EXPECT_EQ(aliases, known[op->name].aliases);
    EXPECT_EQ(op->hint, known[op->name].hint);
    known.erase(op->name);
  }
  for (const auto& [name, names] : known) ADD_FAILURE() << name << " is no operator any more";
}

// Whose options MXNet lists otherwise than it reads them: loops and branches, whose graphs count as
// options there, _linspace, which is listed with the options of _arange, and _npi_concatenate,
// listed with those of Concat.
const std::set<std::string> kListedOtherwise = {"_cond", "_foreach", "_while_loop", "_linspace",
                                                "_npi_concatenate"};

// A call by position means the same: options stand where MXNet's do, ours alone behind them.
TEST(Names, OptionsByPositionAreThoseOfMxnet) {
  const auto known = mxnets();
  for (const Op* op : Op::all()) {
    SCOPED_TRACE(op->name);
    const auto found = known.find(op->name);
    if (found == known.end() || kListedOtherwise.contains(op->name)) continue;
    std::vector<std::string> theirs = found->second.options;
    std::erase(theirs, "num_args");
    std::vector<std::string> ours = op->positions;
    const auto is_theirs = [&](const std::string& name) {
      return std::ranges::find(theirs, name) != theirs.end();
    };
    ASSERT_TRUE(std::ranges::is_partitioned(ours, is_theirs));
    std::erase_if(ours, [&](const std::string& name) { return !is_theirs(name); });
    ASSERT_LE(ours.size(), theirs.size());
    theirs.resize(ours.size());
    EXPECT_EQ(ours, theirs);
  }
}

TEST(Names, AnAliasCallsTheOperator) {
  for (const Op* op : Op::all()) {
    for (const std::string& alias : op->aliases) EXPECT_EQ(&Op::get(alias), op) << alias;
  }
}

// As many as the running sum node_row_ptr of a file counts.
TEST(Names, OutputsInFilesAreCountedAsByMxnet) {
  const auto count = [](const char* name, const Attributes& attributes) {
    const Op& op = Op::get(name);
    return op.num_outputs_in_files(op.parse_options(attributes).get());
  };
  EXPECT_EQ(count("BatchNorm", {}), 3);
  EXPECT_EQ(count("Dropout", {}), 2);
  EXPECT_EQ(count("Pooling", {{"kernel", "(2, 2)"}}), 2);
  EXPECT_EQ(count("Pooling", {{"kernel", "(2, 2)"}, {"pool_type", "avg"}}), 1);
  EXPECT_EQ(count("Pooling", {{"global_pool", "True"}}), 1);
  EXPECT_EQ(count("SliceChannel", {{"num_outputs", "4"}}), 4);
  EXPECT_EQ(count("LayerNorm", {}), 3);
  EXPECT_EQ(count("InstanceNorm", {}), 3);
  EXPECT_EQ(count("L2Normalization", {}), 2);
  EXPECT_EQ(count("LRN", {{"nsize", "3"}}), 2);
  EXPECT_EQ(count("softmax_cross_entropy", {}), 1);
  EXPECT_EQ(count("SoftmaxOutput", {}), 1);
}

TEST(Names, AttributesThatMeanNothingHereAreTolerated) {
  const Op& op = Op::get("Convolution");
  const Attributes needed = {{"kernel", "(3, 3)"}, {"num_filter", "2"}};
  Attributes attributes = needed;
  attributes.insert({{"workspace", "512"}, {"cudnn_tune", "off"}, {"layout", "None"}});
  EXPECT_EQ(op.format_options(op.parse_options(attributes).get()), needed);
  attributes["cudnn_tune"] = "fastest";
  EXPECT_EQ(op.format_options(op.parse_options(attributes).get()), needed);
}

}  // namespace
}  // namespace gluino
