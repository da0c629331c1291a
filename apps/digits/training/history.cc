#include <apps/digits/training/history.h>
#include <apps/digits/training/saved_training.h>

namespace digits {
namespace {

using Json = nlohmann::ordered_json;

Json result_json(const EpochResult& result) {
  return {{"epoch", result.epoch},
          {"train_accuracy", result.train_accuracy},
          {"train_loss", result.train_loss},
          {"seconds", result.seconds},
          {"samples_per_second", result.samples_per_second},
          {"confusion", result.test.confusion},
          {"loss_sum", result.test.loss_sum},
          {"network_seconds", result.test.network_seconds}};
}

EpochResult result_from(const Json& json) {
  EpochResult result;
  json.at("epoch").get_to(result.epoch);
  result.train_accuracy = number_from(json.at("train_accuracy"));
  result.train_loss = number_from(json.at("train_loss"));
  result.seconds = number_from(json.at("seconds"));
  result.samples_per_second = number_from(json.at("samples_per_second"));
  json.at("confusion").get_to(result.test.confusion);
  json.at("loss_sum").get_to(result.test.loss_sum);
  json.at("network_seconds").get_to(result.test.network_seconds);
  return result;
}

}  // namespace

bool History::add(const EpochResult& result) {
  last = result;
  training_seconds += result.seconds;
  epochs.push_back(epoch_json(result));
  if (best_epoch != 0 && result.test.accuracy() <= best_accuracy) return false;
  best_epoch = result.epoch;
  best_accuracy = result.test.accuracy();
  return true;
}

Json epoch_json(const EpochResult& result) {
  return {{"epoch", result.epoch},
          {"train_accuracy", result.train_accuracy},
          {"train_loss", result.train_loss},
          {"validation_accuracy", result.test.accuracy()},
          {"validation_loss", result.test.loss()},
          {"samples_per_second", result.samples_per_second},
          {"seconds", result.seconds}};
}

Json to_json(const History& history) {
  Json json = {{"epochs", history.epochs},
               {"best_epoch", history.best_epoch},
               {"best_accuracy", history.best_accuracy},
               {"training_seconds", history.training_seconds},
               {"seconds", history.seconds}};
  if (history.validation_accuracy) json["validation_accuracy"] = *history.validation_accuracy;
  if (history.last.epoch > 0) json["last"] = result_json(history.last);
  return json;
}

History history_from(const Json& json) {
  History history;
  history.epochs = json.at("epochs");
  json.at("best_epoch").get_to(history.best_epoch);
  json.at("best_accuracy").get_to(history.best_accuracy);
  json.at("training_seconds").get_to(history.training_seconds);
  json.at("seconds").get_to(history.seconds);
  if (json.contains("validation_accuracy")) {
    history.validation_accuracy = json["validation_accuracy"].get<double>();
  }
  if (json.contains("last")) history.last = result_from(json.at("last"));
  return history;
}

}  // namespace digits
