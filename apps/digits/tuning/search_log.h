#pragma once

#include <apps/digits/tuning/asha.h>
#include <apps/digits/tuning/settings.h>

#include <optional>
#include <string>
#include <vector>

namespace digits::tuning {

/// What a training said after its last epoch.
struct Scores {
  double accuracy = 0;
  double loss = 0;
  bool operator==(const Scores&) const = default;
};

/// How a training ended: with scores, or without and then for a reason.
struct Outcome {
  std::optional<Scores> scores{};
  std::string reason{};
  double seconds = 0;
};

/// A training began, or, with an outcome, ended.
struct Event {
  Job job;
  std::optional<Outcome> outcome{};
  /// Of the log, from 1; 0: it is not in there yet.
  std::size_t line = 0;
};

/// The log of a search, FOLDER/search.jsonl: a JSON object a line, first the settings, then what
/// happened, in order. It can be read while it grows, and a search that was killed goes on from it.
/// Only one process at a time has it.
class SearchLog {
 public:
  /// Begins a log, and the folder if need be. Throws Failure when there is a search already.
  static SearchLog begin(const std::string& folder, const Settings& settings);
  /// Goes on with a log. A last line that was not written to its end is cut off. Throws Failure
  /// when there is none, it cannot be read, or another process has it.
  static SearchLog resume(const std::string& folder);

  SearchLog(SearchLog&& other) noexcept;
  SearchLog& operator=(SearchLog&&) = delete;
  ~SearchLog();

  const std::string& path() const { return path_; }
  const Settings& settings() const { return settings_; }
  /// What happened before the log was resumed.
  const std::vector<Event>& history() const { return history_; }

  /// Brings a line to the disk, as change_trials does. Throws Failure when that is full.
  void add(const Event& event, const Values& values);
  void change_trials(std::int64_t trials);

 private:
  void add(const nlohmann::ordered_json& line);
  void add_settings();
  explicit SearchLog(const std::string& folder);
  void read();
  void read_line(std::size_t number, const std::string& line);

  std::string path_;
  int descriptor_ = -1;
  Settings settings_;
  std::vector<Event> history_;
};

}  // namespace digits::tuning
