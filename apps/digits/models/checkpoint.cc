#include <apps/digits/console/failure.h>
#include <apps/digits/models/checkpoint.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/graph/symbol/checkpoint_files.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>

namespace digits {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kParams = ".params";
// Of an epoch's number.
constexpr std::size_t kLeastDigits = 4;

// The number in "-0001.params"; nothing for other texts.
std::optional<int> epoch_of(std::string_view text) {
  if (!text.starts_with('-') || !text.ends_with(kParams)) return std::nullopt;
  text = text.substr(1, text.size() - 1 - kParams.size());
  int epoch = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), epoch);
  const bool whole = result.ec == std::errc() && result.ptr == text.data() + text.size();
  if (!whole || text.size() < kLeastDigits || text.starts_with('-')) return std::nullopt;
  return epoch;
}

}  // namespace

std::string symbol_path(const std::string& prefix) { return prefix + "-symbol.json"; }

std::string checkpoint_path(const std::string& prefix, int epoch) {
  return prefix + '-' + gluino::zero_padded(epoch, kLeastDigits) + std::string(kParams);
}

bool is_checkpoint(const std::string& prefix) {
  std::error_code error;
  return fs::exists(symbol_path(prefix), error);
}

int find_epoch(const std::string& prefix, const std::optional<int>& epoch) {
  if (epoch) return *epoch;
  const fs::path path(prefix);
  const std::string stem = path.filename().string();
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  int last = -1;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(stem)) continue;
    last = std::max(last, epoch_of(std::string_view(name).substr(stem.size())).value_or(-1));
  }
  gluino::check(last >= 0, symbol_path(prefix), ": expected the parameters beside it (",
                checkpoint_path(prefix, 1), " or of another epoch), found none");
  return last;
}

void refuse_epoch(const std::string& path, const std::optional<int>& epoch) {
  if (!epoch) return;
  throw Failure(Exit::wrong_use,
                gluino::str("--epoch ", *epoch, ": expected a network with PREFIX-symbol.json, of ",
                            "whose epochs there are files, found ", path));
}

void save_checkpoint(const std::string& prefix, int epoch, const gluino::Symbol& symbol,
                     const gluino::nd::NamedArrays& arrays) {
  gluino::graph::write_checkpoint({.symbols = {{symbol_path(prefix), symbol}},
                                   .params_file = checkpoint_path(prefix, epoch),
                                   .arrays = arrays});
}

gluino::Symbol without_softmax(const gluino::Symbol& symbol) {
  const gluino::Node& last = *symbol.entries().at(0).node;
  const bool ends_so = symbol.num_outputs() == 1 && !last.is_variable() &&
                       (last.op->name == "SoftmaxOutput" || last.op->name == "softmax");
  return ends_so ? symbol.get_children()[0] : symbol;
}

}  // namespace digits
