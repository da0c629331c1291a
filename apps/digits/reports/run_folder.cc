#include <apps/digits/console/failure.h>
#include <apps/digits/models/checkpoint.h>
#include <apps/digits/models/model_file.h>
#include <apps/digits/reports/run_folder.h>
#include <gluino/base/file.h>
#include <gluino/base/text.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>
#include <set>
#include <string_view>
#include <system_error>

namespace digits::reports {
namespace {

namespace fs = std::filesystem;
using gluino::str;
using Json = nlohmann::ordered_json;

// Far more than a million epochs need, and than a form of settings holds.
constexpr std::uint64_t kMostMetrics = std::uint64_t{256} << 20;
constexpr std::uint64_t kMostSettings = std::uint64_t{1} << 20;

[[noreturn]] void refuse(Exit code, const std::string& message) { throw Failure(code, message); }

// Prefixes of the models that lie in a folder, in the order of their names.
std::vector<std::string> models_in(const std::string& folder) {
  constexpr const char* kSymbol = "-symbol.json";
  std::set<std::string> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    const bool is_graph = name.ends_with(kSymbol);
    const std::string ending = is_graph ? kSymbol : ".json";
    if (!name.ends_with(ending)) continue;
    const std::string prefix = folder + "/" + name.substr(0, name.size() - ending.size());
    const bool is_found = is_graph ? is_checkpoint(prefix) : fs::exists(prefix + ".params", error);
    if (is_found) found.insert(prefix);
  }
  // Where both are there, the last network stands for the run, not the best that came on the way.
  std::erase_if(found, [&](const std::string& prefix) {
    constexpr std::string_view kBest = "-best";
    return prefix.ends_with(kBest) &&
           found.contains(prefix.substr(0, prefix.size() - kBest.size()));
  });
  return {found.begin(), found.end()};
}

std::string find_model(const std::string& folder, const std::string& name) {
  if (!name.empty()) return folder + "/" + name;
  const std::vector<std::string> found = models_in(folder);
  if (std::find(found.begin(), found.end(), model_prefix(folder)) != found.end()) {
    return model_prefix(folder);
  }
  if (found.empty()) {
    refuse(Exit::wrong_use, folder +
                                ": expected the model of a run, as digits train --run makes "
                                "it, found none");
  }
  if (found.size() > 1) {
    refuse(Exit::wrong_use, str(folder, ": expected one model, found ", gluino::join(found),
                                "; --model names one of them"));
  }
  return found.front();
}

double number(const Json& line, const char* field) {
  const auto found = line.find(field);
  if (found == line.end() || !found->is_number()) return std::numeric_limits<double>::quiet_NaN();
  return found->get<double>();
}

std::vector<EpochMetrics> read_metrics(const std::string& path) {
  const std::string text =
      failing_with(Exit::data_unusable, [&] { return gluino::read_file(path, kMostMetrics); });
  // A training that went on elsewhere tells some epochs again.
  std::map<std::int64_t, EpochMetrics> epochs;
  std::int64_t count = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const Json line = Json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                  text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    begin = end + 1;
    ++count;
    const bool is_epoch =
        line.is_object() && line.contains("epoch") && line["epoch"].is_number_integer();
    if (!is_epoch) {
      if (end == text.size()) break;  // cut off when the training was
      refuse(Exit::data_unusable, str(path, ": expected line ", count,
                                      " to be a JSON object with an epoch, found something else"));
    }
    const auto epoch = line["epoch"].get<std::int64_t>();
    epochs[epoch] = {epoch,
                     number(line, "train_accuracy"),
                     number(line, "train_loss"),
                     number(line, "validation_accuracy"),
                     number(line, "validation_loss"),
                     number(line, "seconds")};
  }
  if (epochs.empty()) {
    refuse(Exit::data_unusable, path + ": expected a line for each epoch, found none");
  }
  std::vector<EpochMetrics> result;
  result.reserve(epochs.size());
  for (const auto& [number, epoch] : epochs) result.push_back(epoch);
  return result;
}

std::vector<std::pair<std::string, std::string>> read_settings(const std::string& path) {
  const Json json = Json::parse(
      failing_with(Exit::data_unusable, [&] { return gluino::read_file(path, kMostSettings); }),
      nullptr, false);
  if (!json.is_object()) {
    refuse(Exit::data_unusable, path + ": expected a JSON object, found something else");
  }
  std::vector<std::pair<std::string, std::string>> settings;
  for (const auto& [name, value] : json.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    // Options that were not given decide nothing.
    if (value.is_null() || text.empty()) continue;
    settings.emplace_back(name.starts_with("--") ? name.substr(2) : name, text);
  }
  return settings;
}

}  // namespace

std::string model_prefix(const std::string& folder) { return folder + "/model"; }
std::string metrics_path(const std::string& folder) { return folder + "/metrics.jsonl"; }
std::string settings_path(const std::string& folder) { return folder + "/settings.json"; }

void make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error && fs::is_directory(path)) return;
  refuse(Exit::wrong_use, str(path, ": expected a folder, or a place for one, found ",
                              error ? error.message() : "a file of that name"));
}

void write_settings(const std::string& folder, const Json& settings) {
  gluino::write_file(settings_path(folder),
                     settings.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

RunFolder read_run(const std::string& folder, const std::string& model) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    refuse(Exit::wrong_use, folder + ": expected the folder of a run, found " +
                                (fs::exists(folder, error) ? "a file" : "none"));
  }
  RunFolder run{.model = find_model(folder, model), .epochs = {}, .settings = {}};
  if (fs::exists(metrics_path(folder), error)) run.epochs = read_metrics(metrics_path(folder));
  if (fs::exists(settings_path(folder), error)) {
    run.settings = read_settings(settings_path(folder));
  }
  return run;
}

}  // namespace digits::reports
