#pragma once

#include <apps/digits/console/console.h>
#include <apps/digits/tuning/asha.h>
#include <apps/digits/tuning/ranking.h>
#include <apps/digits/tuning/search_log.h>
#include <apps/digits/tuning/trial_process.h>

#include <memory>
#include <string>
#include <vector>

namespace digits::tuning {

struct SearchOptions {
  /// Holds what the trials print and measure, beside the log.
  std::string folder;
  /// How many trials run at once.
  int parallel = 1;
  /// Threads for each.
  int threads = 1;
  /// Whether trainings that failed before the log was resumed run again.
  bool retry = false;
  /// What every trial is told besides.
  std::vector<std::string> arguments{};
  /// The file of the program `digits`.
  std::string program = "/proc/self/exe";
};

/// Runs the trials of a log's settings that it has not seen yet, each as a process of `digits
/// train`.
class Search {
 public:
  Search(SearchLog& log, const SearchOptions& options, Console& console);

  /// Throws Failure on Ctrl-C and SIGTERM; the trials that run are ended then.
  void run();
  /// Whether nothing is left to be trained.
  bool is_done() const { return asha_.running().empty() && !asha_.next(); }
  /// All of the search, what happened before it was resumed included.
  std::vector<Trial> trials() const { return trials_; }

 private:
  struct Running {
    Job job;
    std::unique_ptr<TrialProcess> process;
  };
  void replay();
  void begin(const Job& job);
  void launch(const Job& job);
  void stop_if_asked();
  /// Whether one of those that run ended.
  bool collect();
  void end(const Job& job, int code, double seconds);
  void note(const Job& job, const Outcome& outcome);
  void say(const Job& job, const Outcome& outcome);
  Outcome outcome_of(const Job& job, int code) const;
  std::string file_of(const Job& job, const char* ending) const;
  Trial& trial(const Job& job) { return trials_[static_cast<std::size_t>(job.trial - 1)]; }

  SearchLog& log_;
  SearchOptions options_;
  Console& console_;
  std::vector<Trial> trials_;
  Asha asha_;
  std::vector<Running> running_;
  std::int64_t ended_ = 0;
};

}  // namespace digits::tuning
