#include <apps/digits/console/failure.h>
#include <apps/digits/console/interrupt.h>
#include <apps/digits/tuning/search.h>
#include <gluino/base/file.h>
#include <gluino/base/text.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>

namespace digits::tuning {
namespace {

using gluino::str;

constexpr auto kPause = std::chrono::milliseconds(5);
constexpr auto kSignalDelay = std::chrono::milliseconds(200);
constexpr std::uint64_t kMostOutput = std::uint64_t{1} << 30;

std::vector<Trial> proposed(const Settings& settings) {
  std::vector<Trial> trials;
  for (Values& values : propose(settings)) {
    trials.push_back({.number = std::ssize(trials) + 1, .values = std::move(values)});
  }
  return trials;
}

// The last line that says something; empty when there is none.
std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of("\n\r ");
  if (end == std::string::npos) return "";
  return text.substr(text.find_last_of("\n\r", end) + 1, end - text.find_last_of("\n\r", end));
}

std::string read_if_there(const std::string& path) {
  try {
    return gluino::read_file(path, kMostOutput);
  } catch (const gluino::Error&) {
    return "";
  }
}

// What the network that training leaves behind scored: after the last epoch, or, where training
// stopped early, after the most accurate one, whose weights were kept.
Scores scores_of(const std::string& metrics, bool is_best_kept) {
  std::optional<Scores> kept;
  std::istringstream lines(metrics);
  for (std::string line; std::getline(lines, line);) {
    const auto epoch = nlohmann::json::parse(line);
    const Scores scores{.accuracy = epoch.at("validation_accuracy"),
                        .loss = epoch.at("validation_loss")};
    gluino::check(std::isfinite(scores.accuracy) && std::isfinite(scores.loss),
                  "they are no numbers");
    if (!kept || !is_best_kept || scores.accuracy > kept->accuracy) kept = scores;
  }
  gluino::check(kept.has_value(), "there are none");
  return *kept;
}

}  // namespace

Search::Search(SearchLog& log, const SearchOptions& options, Console& console)
    : log_(log),
      options_(options),
      console_(console),
      trials_(proposed(log.settings())),
      asha_({.rungs = rungs(log.settings()),
             .eta = log.settings().eta,
             .trials = std::ssize(trials_)}) {
  std::error_code error;
  std::filesystem::create_directories(options_.folder + "/trials", error);
  if (error) throw Failure(Exit::wrong_use, str(options_.folder, "/trials: ", error.message()));
  replay();
}

// A training that was run again has several ends in the log, of which the last one counts. What the
// search began because of the others stays begun.
void Search::replay() {
  const std::vector<Event>& history = log_.history();
  std::map<Job, const Event*> ends;
  for (const Event& event : history) {
    if (event.outcome) ends[event.job] = &event;
  }
  for (const Event& event : history) {
    const bool is_past =
        event.outcome && (ends[event.job] != &event || (options_.retry && !event.outcome->scores));
    if (is_past) continue;
    try {
      event.outcome ? note(event.job, *event.outcome) : asha_.start(event.job);
    } catch (const gluino::Error& error) {
      throw Failure(Exit::wrong_use, str(log_.path(), ":", event.line, ": ", error.what()));
    }
  }
}

void Search::run() {
  // Those that a kill ended begin anew.
  std::vector<Job> waiting = asha_.running();
  std::reverse(waiting.begin(), waiting.end());
  while (true) {
    while (std::ssize(running_) < options_.parallel) {
      if (!waiting.empty()) {
        launch(waiting.back());
        waiting.pop_back();
      } else if (const auto job = asha_.next()) {
        begin(*job);
      } else {
        break;
      }
    }
    if (running_.empty()) return;
    while (!collect()) std::this_thread::sleep_for(kPause);
  }
}

void Search::begin(const Job& job) {
  log_.add(Event{.job = job}, trial(job).values);
  asha_.start(job);
  launch(job);
}

void Search::launch(const Job& job) {
  const std::string metrics = file_of(job, ".jsonl");
  std::error_code ignored;
  std::filesystem::remove(metrics, ignored);
  const Settings& settings = log_.settings();
  std::vector<std::string> arguments = {"train", "--metrics-out=" + metrics,
                                        str("--threads=", options_.threads)};
  arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
  for (std::size_t i = 0; i < settings.space.size(); ++i) {
    arguments.push_back("--" + settings.space[i].name + "=" + trial(job).values[i]);
  }
  if (!has_parameter(settings.space, "epochs")) arguments.push_back(str("--epochs=", job.epochs));
  running_.push_back({job, std::make_unique<TrialProcess>(TrialProcess::Options{
                               options_.program, arguments, file_of(job, ".log")})});
}

void Search::stop_if_asked() {
  if (!interrupt::requested()) return;
  running_.clear();
  throw Failure(interrupt::exit_code(),
                str("interrupted; digits tune --resume --out ", options_.folder, " goes on"));
}

bool Search::collect() {
  stop_if_asked();
  console_.show(str(ended_, " trainings done, ", running_.size(), " running"));
  for (auto one = running_.begin(); one != running_.end(); ++one) {
    const auto code = one->process->poll();
    if (!code) continue;
    const Running done = std::move(*one);
    running_.erase(one);
    end(done.job, *code, done.process->seconds());
    return true;
  }
  return false;
}

void Search::end(const Job& job, int code, double seconds) {
  // Ctrl-C in a terminal reaches the trials, too, and may do so first.
  const bool was_asked =
      code == static_cast<int>(Exit::interrupted) || code == static_cast<int>(Exit::terminated);
  if (was_asked) std::this_thread::sleep_for(kSignalDelay);
  stop_if_asked();
  Outcome outcome = outcome_of(job, code);
  outcome.seconds = seconds;
  log_.add(Event{.job = job, .outcome = outcome}, trial(job).values);
  note(job, outcome);
  say(job, outcome);
}

void Search::note(const Job& job, const Outcome& outcome) {
  asha_.finish(
      job, outcome.scores ? std::optional(cost(log_.settings(), *outcome.scores)) : std::nullopt);
  update(trial(job), job, outcome, log_.settings());
  ++ended_;
}

void Search::say(const Job& job, const Outcome& outcome) {
  std::string settings = describe(trial(job).values, log_.settings().space);
  if (!has_parameter(log_.settings().space, "epochs")) {
    settings +=
        str(settings.empty() ? "" : ", ", job.epochs, job.epochs == 1 ? " epoch" : " epochs");
  }
  const std::string head = str("trial ", job.trial, " (", settings, "): ");
  if (outcome.scores) {
    console_.say(str(head, "validation accuracy ", gluino::fixed(outcome.scores->accuracy, 4),
                     " loss ", gluino::fixed(outcome.scores->loss, 4), ", ",
                     gluino::fixed(outcome.seconds, 1), " s"));
  } else {
    console_.warn(str(head, "failed: ", outcome.reason));
  }
}

Outcome Search::outcome_of(const Job& job, int code) const {
  if (code != 0) {
    std::string said = last_line(read_if_there(file_of(job, ".log")));
    if (said.starts_with("digits: ")) said.erase(0, std::string("digits: ").size());
    const std::string how =
        code > 128 ? str("killed by signal ", code - 128) : str("exit code ", code);
    return {.reason = code > 128 || said.empty() ? how : said};
  }
  const std::string metrics = file_of(job, ".jsonl");
  try {
    return {.scores = scores_of(gluino::read_file(metrics, kMostOutput),
                                has_parameter(log_.settings().space, "early-stop"))};
  } catch (const std::exception& error) {
    return {.reason = str(metrics, ": expected scores, but ", error.what())};
  }
}

std::string Search::file_of(const Job& job, const char* ending) const {
  return str(options_.folder, "/trials/", gluino::zero_padded(job.trial, 4), "-", job.epochs,
             ending);
}

}  // namespace digits::tuning
