#include <apps/digits/training/saved_training.h>
#include <gluino/base/error.h>
#include <gluino/base/json_text.h>
#include <gluino/optimizer/core/saved_states.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>

namespace digits {
namespace {

using gluino::check;
using gluino::str;
using Json = nlohmann::ordered_json;
using Counted = gluino::metric::EvalMetric::Counted;

static_assert(std::endian::native == std::endian::little, "numbers stand in files so");

constexpr std::string_view kMagic = "GLUINOCP";
constexpr std::uint32_t kVersion = 1;

// Behind the magic: version, sum, length.
struct Head {
  std::uint32_t version = kVersion;
  std::uint32_t sum = 0;
  std::uint64_t length = 0;
};
constexpr std::size_t kHeadBytes = kMagic.size() + sizeof(Head);

// Of the head, but for itself, and the content.
std::uint32_t sum_of(Head head, std::string_view content) {
  head.sum = 0;
  uLong sum = ::crc32_z(0, reinterpret_cast<const Bytef*>(&head), sizeof head);
  sum = ::crc32_z(sum, reinterpret_cast<const Bytef*>(content.data()), content.size());
  return static_cast<std::uint32_t>(sum);
}

Json to_json(const Counted& counted) { return {number_json(counted.sum), counted.instances}; }
Counted counted(const Json& json) {
  return {.sum = number_from(json.at(0)), .instances = json.at(1).get<std::int64_t>()};
}

Json to_json(const gluino::random::State& state) {
  return {{"seed", state.seed}, {"shuffled", state.shuffled}, {"drawn", state.drawn}};
}
gluino::random::State random_state(const Json& json) {
  return {.seed = json.at("seed").get<std::int64_t>(),
          .shuffled = json.at("shuffled").get<std::uint64_t>(),
          .drawn = json.at("drawn").get<std::vector<std::uint64_t>>()};
}

Json description(const SavedTraining& saved) {
  const TrainingState& state = saved.state;
  return {{"epoch", state.epoch},
          {"batch", state.batch},
          {"seconds", number_json(state.seconds)},
          {"accuracy", to_json(state.accuracy)},
          {"loss", to_json(state.loss)},
          {"random_at_begin", to_json(state.random_at_begin)},
          {"random", to_json(state.random)},
          {"run", saved.run}};
}

// Throws nlohmann's exceptions on a description of another form.
SavedTraining described(const Json& json) {
  SavedTraining saved;
  TrainingState& state = saved.state;
  state.epoch = json.at("epoch").get<std::int64_t>();
  state.batch = json.at("batch").get<std::int64_t>();
  state.seconds = number_from(json.at("seconds"));
  state.accuracy = counted(json.at("accuracy"));
  state.loss = counted(json.at("loss"));
  state.random_at_begin = random_state(json.at("random_at_begin"));
  state.random = random_state(json.at("random"));
  saved.run = json.at("run");
  return saved;
}

void append_sized(std::string& bytes, std::string_view part) {
  const std::uint64_t size = part.size();
  bytes.append(reinterpret_cast<const char*>(&size), sizeof size);
  bytes.append(part);
}

// Takes a part that append_sized has written from the front.
std::string_view take_sized(std::string_view& bytes, const std::string& source, const char* what) {
  std::uint64_t size = 0;
  const bool has_size = bytes.size() >= sizeof size;
  if (has_size) {
    std::memcpy(&size, bytes.data(), sizeof size);
    bytes.remove_prefix(sizeof size);
  }
  check(has_size && size <= bytes.size(), source, ": expected ", what, " of ", size,
        " bytes, found ", bytes.size());
  const std::string_view part = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return part;
}

std::string_view content_of(std::string_view bytes, const std::string& source) {
  check(!bytes.empty(), source, ": expected a checkpoint of a training, found an empty file");
  check(is_saved_training(bytes), source,
        ": expected a checkpoint of a training, found something else");
  check(bytes.size() >= kHeadBytes, source, ": expected a checkpoint of a training, found the ",
        bytes.size(), " bytes of its beginning");
  Head head;
  std::memcpy(&head, bytes.data() + kMagic.size(), sizeof head);
  check(head.version == kVersion, source, ": expected version ", kVersion,
        " of checkpoints, found ", head.version);
  const std::string_view content = bytes.substr(kHeadBytes);
  check(content.size() == head.length, source, ": expected ", head.length,
        " bytes behind the head, found ", content.size());
  const std::uint32_t sum = sum_of(head, content);
  check(sum == head.sum, source, ": expected the CRC-32 ", head.sum, ", found ", sum,
        ": bytes have changed since it was written");
  return content;
}

SavedTraining parse(std::string_view text, const std::string& source) {
  try {
    gluino::check_json_depth(text);
    return described(Json::parse(text));
  } catch (const gluino::Error& error) {
    gluino::fail(source, ": ", error.what());
  } catch (const nlohmann::json::exception& error) {
    gluino::fail(source, ": expected the description of a training, but ", error.what());
  }
}

}  // namespace

Json number_json(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
double number_from(const Json& json) {
  return json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
}

bool is_saved_training(std::string_view bytes) { return bytes.starts_with(kMagic); }

std::string with_head(std::string_view content) {
  Head head;
  head.length = content.size();
  head.sum = sum_of(head, content);
  std::string bytes(kMagic);
  bytes.append(reinterpret_cast<const char*>(&head), sizeof head);
  return bytes.append(content);
}

std::string to_bytes(const SavedTraining& saved) {
  std::string content;
  append_sized(content, description(saved).dump(-1, ' ', false, Json::error_handler_t::replace));
  append_sized(content, saved.state.optimizer);
  content += gluino::nd::save_tobuffer(saved.state.weights);
  return with_head(content);
}

SavedTraining saved_training_from(std::string_view bytes, const std::string& source) {
  std::string_view content = content_of(bytes, source);
  SavedTraining saved = parse(take_sized(content, source, "a description"), source);
  TrainingState& state = saved.state;
  check(state.epoch >= 1 && state.batch >= 0, source, ": expected a place in a training, found ",
        state.batch, " batches of epoch ", state.epoch);
  check(saved.run.is_object(), source, ": expected an object that describes the run");
  state.optimizer = take_sized(content, source, "states of an optimizer");
  gluino::optimizer::read_states(state.optimizer, source);
  state.weights = gluino::nd::load_dense_frombuffer(content, source);
  return saved;
}

}  // namespace digits
