#include <apps/digits/console/failure.h>
#include <apps/digits/tuning/search_log.h>
#include <fcntl.h>
#include <gluino/base/file.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace digits::tuning {
namespace {

using gluino::str;
using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::uint64_t kMostLogBytes = std::uint64_t{1} << 30;

std::string path_in(const std::string& folder) { return folder + "/search.jsonl"; }

// Whether a first line was written whole.
bool holds_a_search(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error) &&
         gluino::read_file(path, kMostLogBytes).find('\n') != std::string::npos;
}

Json to_json(const Event& event) {
  const char* what = !event.outcome ? "started" : event.outcome->scores ? "finished" : "failed";
  Json line = {{"event", what}, {"trial", event.job.trial}, {"epochs", event.job.epochs}};
  if (!event.outcome) return line;
  if (event.outcome->scores) {
    line["validation_accuracy"] = event.outcome->scores->accuracy;
    line["validation_loss"] = event.outcome->scores->loss;
  } else {
    line["reason"] = event.outcome->reason;
  }
  line["seconds"] = event.outcome->seconds;
  return line;
}

Event event_from_json(const Json& line) {
  Event event{.job = {.trial = line.at("trial"), .epochs = line.at("epochs")}};
  const auto what = line.at("event").get<std::string>();
  if (what == "started") return event;
  event.outcome.emplace().seconds = line.at("seconds");
  if (what == "finished") {
    event.outcome->scores = {.accuracy = line.at("validation_accuracy"),
                             .loss = line.at("validation_loss")};
  } else {
    gluino::check(what == "failed", "expected started, finished or failed, found ", what);
    event.outcome->reason = line.at("reason");
  }
  return event;
}

}  // namespace

SearchLog::SearchLog(const std::string& folder) : path_(path_in(folder)) {
  constexpr mode_t kEverybodysMask = 0666;
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, kEverybodysMask);
  if (descriptor_ < 0) {
    throw Failure(Exit::wrong_use,
                  str(path_, ": expected to write the log there, but ", std::strerror(errno)));
  }
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor_);
    throw Failure(Exit::wrong_use, str(folder, ": another search is running there"));
  }
}

SearchLog::SearchLog(SearchLog&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      settings_(std::move(other.settings_)),
      history_(std::move(other.history_)) {}

SearchLog::~SearchLog() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

SearchLog SearchLog::begin(const std::string& folder, const Settings& settings) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw Failure(Exit::wrong_use,
                  str(folder, ": expected to make a folder there, but ", error.message()));
  }
  SearchLog log(folder);
  if (holds_a_search(log.path_)) {
    throw Failure(Exit::wrong_use, str(folder,
                                       ": expected no search there yet, found one; "
                                       "--resume goes on with it, --out names another"
                                       " folder"));
  }
  if (::ftruncate(log.descriptor_, 0) != 0) {
    throw Failure(Exit::failed, str(log.path_, ": ", std::strerror(errno)));
  }
  log.settings_ = settings;
  log.add_settings();
  return log;
}

SearchLog SearchLog::resume(const std::string& folder) {
  if (!holds_a_search(path_in(folder))) {
    throw Failure(Exit::wrong_use,
                  str(folder,
                      ": expected a search to go on with, found none; without --resume a "
                      "new one begins"));
  }
  SearchLog log(folder);
  log.read();
  return log;
}

void SearchLog::read() {
  const std::string text = gluino::read_file(path_, kMostLogBytes);
  const std::size_t whole = text.rfind('\n') + 1;
  if (whole < text.size() && ::ftruncate(descriptor_, static_cast<off_t>(whole)) != 0) {
    throw Failure(Exit::failed, str(path_, ": ", std::strerror(errno)));
  }
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < whole;) {
    const std::size_t end = text.find('\n', begin);
    read_line(++number, text.substr(begin, end - begin));
    begin = end + 1;
  }
}

void SearchLog::read_line(std::size_t number, const std::string& line) {
  try {
    const Json json = Json::parse(line);
    // The first line has the settings, and one further down when they were changed.
    if (number > 1 && json.at("event") != "search") {
      history_.push_back(event_from_json(json));
      history_.back().line = number;
      return;
    }
    gluino::check(json.at("event") == "search" && json.at("version") == kVersion,
                  "expected the settings of a search of version ", kVersion);
    settings_ = settings_from_json(json);
  } catch (const Json::exception& error) {
    // A sentence of the library begins with its number: "[json.exception.parse_error.101] ".
    const std::string text = error.what();
    const std::size_t begin = text.find("] ");
    throw Failure(Exit::wrong_use, str(path_, ":", number, ": expected a line of a search, but: ",
                                       text.substr(begin == std::string::npos ? 0 : begin + 2)));
  } catch (const std::exception& error) {
    throw Failure(Exit::wrong_use, str(path_, ":", number, ": ", error.what()));
  }
}

void SearchLog::add(const Event& event, const Values& values) {
  Json line = to_json(event);
  Json named = Json::object();
  for (std::size_t i = 0; i < values.size(); ++i) named[settings_.space[i].name] = values[i];
  line["values"] = named;
  add(line);
}

void SearchLog::change_trials(std::int64_t trials) {
  settings_.trials = trials;
  add_settings();
}

void SearchLog::add_settings() {
  Json line = {{"event", "search"}, {"version", kVersion}};
  line.update(tuning::to_json(settings_));
  add(line);
}

void SearchLog::add(const Json& line) {
  // What a program prints need not be UTF-8.
  const std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(descriptor_, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      throw Failure(Exit::failed,
                    str(path_, ": expected to write the log, but ", std::strerror(errno)));
    }
    done += static_cast<std::size_t>(count);
  }
  ::fsync(descriptor_);
}

}  // namespace digits::tuning
