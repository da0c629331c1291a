#include <apps/digits/commands/train_settings.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/console/paths.h>
#include <apps/digits/training/digit_data.h>

#include <optional>

namespace digits {
namespace {

using Json = nlohmann::ordered_json;

// Whether a training can go on with another value.
enum class Change { refused, allowed };

// Every option that a resumed training takes from its checkpoint. Those that only say what is
// printed, or how many threads compute, are not among them.
template <class Options, class Visit>
void each_setting(Options& options, const Visit& visit) {
  visit("--recipe", options.recipe, Change::refused);
  visit("--net", options.network.net, Change::refused);
  visit("--activation", options.network.activation, Change::refused);
  // Whether they are the same digits, their sums tell.
  visit("--data", options.data, Change::allowed);
  visit("--epochs", options.training.epochs, Change::allowed);
  visit("--batch-size", options.training.batch_size, Change::refused);
  visit("--lr", options.optimizer.lr, Change::refused);
  visit("--optimizer", options.optimizer.name, Change::refused);
  visit("--momentum", options.optimizer.momentum, Change::refused);
  visit("--wd", options.optimizer.wd, Change::refused);
  visit("--schedule", options.optimizer.schedule.name, Change::refused);
  visit("--warmup", options.optimizer.schedule.warm_up, Change::refused);
  visit("--augment", options.augment, Change::refused);
  visit("--non-digits", options.non_digits, Change::refused);
  visit("--label-smoothing", options.training.loss.label_smoothing, Change::refused);
  visit("--validation-split", options.validation_split, Change::refused);
  visit("--early-stop", options.early_stop, Change::allowed);
  visit("--init", options.init, Change::refused);
  visit("--api", options.api, Change::refused);
  visit("--monitor", options.monitor, Change::allowed);
  visit("--monitor-interval", options.monitor_interval, Change::allowed);
  visit("--device", options.device, Change::refused);
  visit("--devices", options.devices, Change::refused);
  visit("--shards", options.shards, Change::refused);
  visit("--dtype", options.dtype, Change::refused);
  visit("--seed", options.seed, Change::refused);
  visit("--checkpoint-every", options.checkpoint_every, Change::allowed);
  visit("--keep", options.keep, Change::allowed);
  visit("--metrics-out", options.metrics_out, Change::allowed);
}

template <class T>
Json to_json(const T& value) {
  return value;
}
template <class T>
Json to_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <class T>
void from_json(const Json& json, T& value) {
  json.get_to(value);
}
template <class T>
void from_json(const Json& json, std::optional<T>& value) {
  value = json.is_null() ? std::nullopt : std::optional<T>(json.get<T>());
}

std::string shown(const Json& value) {
  if (value.is_null() || value == Json("")) return "none";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

Json settings_json(const TrainCommandOptions& options) {
  Json json = Json::object();
  each_setting(options, [&](const char* name, const auto& value, Change /*change*/) {
    json[name] = to_json(value);
  });
  // The same places from wherever the training goes on.
  json["--data"] = absolute_data(options.data);
  json["--metrics-out"] = absolute_path(options.metrics_out);
  return json;
}

void adopt_settings(const Json& saved, const std::string& source, const CLI::App& app,
                    TrainCommandOptions& options) {
  each_setting(options, [&](const char* name, auto& value, Change change) {
    // An option that is younger than the checkpoint.
    const auto before = saved.find(name);
    if (before == saved.end()) return;
    if (app.get_option(name)->count() == 0) {
      from_json(*before, value);
    } else if (change == Change::refused && to_json(value) != *before) {
      throw Failure(Exit::wrong_use,
                    gluino::str(name, ": expected ", shown(*before), ", as ", source,
                                " was trained with, or nothing; got ", shown(to_json(value))));
    }
  });
}

}  // namespace digits
