#include <apps/digits/commands/command.h>
#include <apps/digits/commands/options.h>
#include <apps/digits/commands/tune_checks.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/training/digit_data.h>
#include <apps/digits/tuning/picture.h>
#include <apps/digits/tuning/search.h>
#include <apps/digits/tuning/space_file.h>
#include <gluino/base/parallel.h>
#include <gluino/base/text.h>

#include <algorithm>
#include <map>
#include <memory>

namespace digits {
namespace {

using gluino::str;
using tuning::Parameter;
using tuning::SearchLog;
using tuning::Settings;
using tuning::Trial;
using Json = nlohmann::ordered_json;

// What `digits tune` is told. Settings that are not given come from the file, or have defaults.
struct TuneCommandOptions {
  std::string file;
  std::vector<std::string> parameters;
  std::map<std::string, std::int64_t> wholes;
  std::map<std::string, std::string> words;
  std::string data;
  std::string out = "tuning";
  int parallel = 0;
  bool resume = false;
  bool retry = false;
  bool json = false;
  bool quiet = false;
};

std::string counted(std::int64_t count, const std::string& what) {
  return str(count, " ", what, count == 1 ? "" : "s");
}

// In the place of one of the same name.
void put(tuning::Space& space, const Parameter& parameter) {
  const auto same = std::find_if(space.begin(), space.end(), [&](const Parameter& other) {
    return other.name == parameter.name;
  });
  same == space.end() ? space.push_back(parameter) : void(*same = parameter);
}

// The whole of `digits tune`, step by step.
class TuneRun {
 public:
  explicit TuneRun(const TuneCommandOptions& options)
      : options_(options),
        console_(options.quiet ? Console::Volume::quiet : Console::Volume::normal) {}

  void execute() {
    SearchLog log = options_.resume ? resume() : begin();
    const Settings& settings = log.settings();
    const int processors = gluino::num_threads();
    const int parallel =
        options_.parallel == 0 ? processors : std::min(options_.parallel, processors);
    const int threads = processors / parallel;
    tuning::Search search(log,
                          {.folder = options_.out,
                           .parallel = parallel,
                           .threads = threads,
                           .retry = options_.retry,
                           .arguments = validation_arguments(settings.space)},
                          console_);
    console_.say(str(settings.method, " search, seed ", settings.seed, ": ",
                     counted(std::ssize(search.trials()), "trial"), " of up to ",
                     counted(settings.epochs, "epoch"), ", ", parallel, " at once with ",
                     counted(threads, "thread"), " each, in ", options_.out));
    if (options_.resume && !search.is_done()) check_data(settings.space, console_);
    search.run();
    finish(tuning::ranked(search.trials(), settings), settings);
  }

 private:
  SearchLog begin() {
    const Settings settings = told({});
    check_space(settings);
    check_data(settings.space, console_);
    return SearchLog::begin(options_.out, settings);
  }

  SearchLog resume() const {
    SearchLog log = SearchLog::resume(options_.out);
    const Settings before = log.settings();
    Settings base = before;
    if (!options_.file.empty() || !options_.parameters.empty()) base.space.clear();
    const Settings now = told(base);
    check_same(before, now);
    check_space(now);
    if (now.trials != before.trials) log.change_trials(now.trials);
    return log;
  }

  // The settings of the file and of the command line, which has the last word.
  Settings told(Settings settings) const {
    if (!options_.file.empty()) tuning::read_space_file(options_.file, settings);
    for (const auto& whole : tuning::whole_settings()) {
      const auto given = options_.wholes.find(whole.name);
      if (given != options_.wholes.end()) settings.*whole.field = given->second;
    }
    for (const auto& word : tuning::word_settings()) {
      const auto given = options_.words.find(word.name);
      if (given != options_.words.end()) settings.*word.field = given->second;
    }
    tuning::Space added;
    for (const std::string& assignment : options_.parameters) {
      added.push_back(tuning::parse_assignment(assignment));
    }
    if (!options_.data.empty()) added.push_back(tuning::choice_of("data", {options_.data}));
    check_once(added);
    for (const Parameter& parameter : added) put(settings.space, parameter);
    // Trials of a search that goes on may be started in another folder.
    const bool is_told = !added.empty() || !options_.file.empty();
    for (Parameter& parameter : settings.space) {
      if (!is_told || parameter.name != "data") continue;
      for (std::string& data : parameter.choices) data = absolute_data(data);
    }
    return settings;
  }

  void check_once(const tuning::Space& added) const {
    for (auto one = added.begin(); one != added.end(); ++one) {
      const bool is_setting = one->name == "epochs" && options_.wholes.contains("epochs");
      const bool is_twice = std::any_of(
          added.begin(), one, [&](const Parameter& other) { return other.name == one->name; });
      if (is_twice || is_setting) {
        throw Failure(Exit::wrong_use, one->name + ": expected it once, got it twice");
      }
    }
  }

  // What a search began with it ends with; but it may make more trials.
  void check_same(const Settings& before, const Settings& now) const {
    const auto refuse = [&](const std::string& what, const auto& expected, const auto& got) {
      throw Failure(Exit::wrong_use, str(options_.out, ": the search there began with ", what, " ",
                                         expected, "; expected to go on with that, got ", got));
    };
    for (const auto& word : tuning::word_settings()) {
      if (before.*word.field != now.*word.field) {
        refuse(word.name, before.*word.field, now.*word.field);
      }
    }
    for (const auto& whole : tuning::whole_settings()) {
      const bool may_grow = whole.field == &Settings::trials;
      const std::int64_t was = before.*whole.field;
      const std::int64_t is = now.*whole.field;
      if (may_grow ? is < was : is != was) refuse(whole.name, was, is);
    }
    if (before.space != now.space) {
      refuse("the parameters", tuning::to_json(before.space).dump(),
             tuning::to_json(now.space).dump());
    }
  }

  void finish(const std::vector<Trial>& ranked, const Settings& settings) {
    console_.say("\n" + tuning::table(ranked, settings));
    const auto failed = std::count_if(ranked.begin(), ranked.end(),
                                      [](const Trial& trial) { return !trial.reason.empty(); });
    if (failed > 0) {
      console_.say(str(counted(failed, "trial"), " of ", ranked.size(), " failed; see ",
                       options_.out, "/trials/*.log, and --resume --retry to train ",
                       failed == 1 ? "it" : "them", " again"));
    }
    if (ranked.empty() || !ranked.front().scores) {
      throw Failure(Exit::failed,
                    str("expected at least one trial to succeed, but all of ", ranked.size(),
                        " failed, the first so: ", ranked.empty() ? "" : ranked.front().reason));
    }
    if (tuning::save_pictures(options_.out, ranked, settings)) {
      console_.say(str("drawn in ", options_.out, "/trials.svg and ", options_.out,
                       "/trials.png; the best is trained by"));
    }
    const Trial& best = ranked.front();
    const std::string line = tuning::command_line(best, settings);
    if (!options_.json) {
      console_.result(line);
      return;
    }
    console_.say(line);
    Json values = Json::object();
    for (std::size_t i = 0; i < best.values.size(); ++i) {
      values[settings.space[i].name] = best.values[i];
    }
    console_.result(Json({{"trial", best.number},
                          {"validation_accuracy", best.scores->accuracy},
                          {"validation_loss", best.scores->loss},
                          {"epochs", best.epochs},
                          {"parameters", values},
                          {"command", line},
                          {"trials", ranked.size()},
                          {"failed", failed},
                          {"method", settings.method},
                          {"seed", settings.seed}})
                        .dump());
  }

  TuneCommandOptions options_;
  Console console_;
};

void add_setting_options(CLI::App& app, const std::shared_ptr<TuneCommandOptions>& options) {
  const Settings defaults;
  for (const auto& word : tuning::word_settings()) {
    app.add_option_function<std::string>(
           std::string("--") + word.name,
           [options, &word](const std::string& text) { options->words[word.name] = text; },
           str(word.help, " (default: ", defaults.*word.field, ")"))
        ->type_name("NAME")
        ->check(one_of(word.words));
  }
  for (const auto& whole : tuning::whole_settings()) {
    const bool has_default = whole.field != &Settings::trials;
    app.add_option_function<std::int64_t>(
           std::string("--") + whole.name,
           [options, &whole](std::int64_t value) { options->wholes[whole.name] = value; },
           str(whole.help, has_default ? str(" (default: ", defaults.*whole.field, ")") : ""))
        ->type_name("N")
        ->check(whole_number(whole.low, whole.high));
  }
}

}  // namespace

Command tune_command(CLI::App& program) {
  auto options = std::make_shared<TuneCommandOptions>();
  CLI::App* app = program.add_subcommand(
      "tune", "Search for the best settings: train with many, and say which were best");
  app->add_option(
         "SPACE.toml", options->file,
         "a file of settings: method, metric, trials, seed, epochs, min-epochs and eta, as\n"
         "below without dashes, and the parameters as a table [parameters]")
      ->check(not_empty("a file name"));
  app->add_option("--param", options->parameters,
                  "an option of digits train and the values to try: net=mlp,lenet names them;\n"
                  "lr=log:0.001..1, momentum=real:0..0.95, batch-size=int:32..256 and\n"
                  "batch-size=logint:8..512 are ranges, of which a grid takes 5 values, or 7 with\n"
                  "/7 behind them; one value is the same for all (repeat for more parameters)")
      ->type_name("NAME=VALUES")
      ->allow_extra_args(false);
  add_setting_options(*app, options);
  add_data_option(*app, options->data);
  app->add_option("--parallel", options->parallel,
                  "how many trials run at once, at most one per processor, which share all of\n"
                  "them (default: one per processor)")
      ->type_name("N")
      ->check(whole_number(1, 1024));
  app->add_option("--out", options->out,
                  str("the folder for the log, search.jsonl, what each trial says, and the\n"
                      "pictures (default: ",
                      options->out, ")"))
      ->type_name("DIR")
      ->check(not_empty("a folder"));
  auto* resume =
      app->add_flag("--resume", options->resume,
                    "go on with the search in --out, whose settings need not be given again; with\n"
                    "more --trials it grows (default: off)");
  app->add_flag("--retry", options->retry,
                "with --resume: train again what failed, such as for want of memory or of a\n"
                "folder (default: off)")
      ->needs(resume);
  add_json_option(*app, options->json);
  app->add_flag("--quiet", options->quiet, "print the last line only (default: off)");
  return {app, [options] { TuneRun(*options).execute(); }};
}

}  // namespace digits
