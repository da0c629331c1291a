#include <apps/digits/commands/command.h>
#include <apps/digits/commands/finetune.h>
#include <apps/digits/commands/lesson.h>
#include <apps/digits/commands/recipe.h>
#include <apps/digits/commands/recovery.h>
#include <apps/digits/commands/train_logs.h>
#include <apps/digits/commands/train_options.h>
#include <apps/digits/commands/train_processes.h>
#include <apps/digits/commands/train_settings.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/console/interrupt.h>
#include <apps/digits/console/paths.h>
#include <apps/digits/models/model_file.h>
#include <apps/digits/models/networks.h>
#include <apps/digits/reports/run_folder.h>
#include <apps/digits/training/digit_data.h>
#include <apps/digits/training/early_stop.h>
#include <apps/digits/training/mxnet_log.h>
#include <apps/digits/training/report.h>
#include <apps/digits/training/saved_training.h>
#include <apps/digits/training/symbolic_training.h>
#include <apps/digits/training/training.h>
#include <gluino/amp/amp.h>
#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gluino/base/text.h>
#include <gluino/ndarray/creation.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace digits {
namespace {

using gluino::str;
using Json = nlohmann::ordered_json;

// Of as many parts of a batch.
std::vector<gluino::Context> find_devices(const TrainCommandOptions& options, std::int64_t count) {
  return failing_with(Exit::wrong_use, [&] {
    std::vector<gluino::Context> contexts;
    for (int i = 0; i < count; ++i) {
      contexts.push_back(options.device == "gpu" ? gluino::gpu(i) : gluino::cpu(i));
      gluino::check_available(contexts.back());
    }
    return contexts;
  });
}

// Where in the folder of --run things go that have no place of their own.
void use_run_folder(TrainCommandOptions& options) {
  if (options.run.empty()) return;
  if (options.save.empty()) options.save = reports::model_prefix(options.run);
  if (options.metrics_out.empty()) options.metrics_out = reports::metrics_path(options.run);
}

void say_epoch(Console& console, const EpochResult& result, std::int64_t epochs) {
  console.say(str("epoch ", result.epoch, "/", epochs, ": training accuracy ",
                  gluino::fixed(result.train_accuracy, 4), " loss ",
                  gluino::fixed(result.train_loss, 4), ", validation accuracy ",
                  gluino::fixed(result.test.accuracy(), 4), " loss ",
                  gluino::fixed(result.test.loss(), 4), ", ",
                  gluino::fixed(result.samples_per_second, 0), " samples/s"));
}

// The whole of `digits train`, step by step.
class TrainRun : private TrainingObserver {
 public:
  TrainRun(const TrainCommandOptions& options, const CLI::App& app)
      : options_(options),
        store_(make_store(options)),
        console_(volume_of(options, store_)),
        recovery_(app, options_, console_) {
    if (options_.network.activation.empty()) {
      options_.network.activation = default_activation(options_.network.net);
    }
    if (options_.shards == 0) {
      options_.shards = std::int64_t{options_.devices} * store_.num_workers();
    }
    team() = Team(store_, options_.shards);
    const auto [first, last] = team().parts();
    options_.training.devices = find_devices(options_, last - first);
    // A checkpoint tells of the folder that it was written in; this one may be a copy.
    if (!options_.run.empty() && app.get_option("--metrics-out")->count() == 0) {
      options_.metrics_out = reports::metrics_path(options_.run);
    }
  }

  /// `recipe`: what is said of it, if there is one.
  void execute(const std::string& recipe) {
    try {
      execute_together(recipe);
    } catch (const gluino::kv::WorkersError& error) {
      throw Failure(interrupt::requested() ? interrupt::exit_code() : Exit::failed,
                    str(error.what(), "; ", recovery_.way_back()));
    }
  }

 private:
  Team& team() { return options_.training.team; }
  const Team& team() const { return options_.training.team; }
  bool leads() const { return team().leads(); }

  void execute_together(const std::string& recipe) {
    recovery_.join(team());
    check_use();
    if (recovery_.is_finished()) return say_finished();
    // The test digits first: they are few, so a mistake shows early.
    const auto digits = find_data(options_.data, console_);
    options_.network.images = image_kind(digits);
    const auto test_digits = load_data(digits, Part::test, options_.network.images);
    const auto train_digits = load_data(digits, Part::train, options_.network.images);
    dataset_ = data_name(digits);
    const Lesson lesson = make_lesson(options_, train_digits, test_digits);
    is_set_aside_ = lesson.is_set_aside;
    auto net = make_net();
    const auto optimizer = make_optimizer_for(lesson);
    rate_ = optimizer->lr_scheduler()->base_lr();
    if (!recipe.empty()) console_.say(recipe);
    say_plan(digits, lesson, test_digits.size());
    recovery_.begin(train_digits, test_digits,
                    {{"dataset", dataset_},
                     {"learning_rate", rate_},
                     {"training_digits", lesson.train.size()}});
    if (recovery_.from() != nullptr) say_place(*recovery_.from());
    if (leads() && !options_.metrics_out.empty()) {
      logs_.begin_metrics(options_.metrics_out, recovery_.history);
    }
    net_ = &net;
    if (leads() && !options_.run.empty()) reports::write_settings(options_.run, settings());
    if (leads() && !options_.tensorboard.empty()) {
      logs_.begin_events(options_.tensorboard, net, optimizer, train_digits,
                         options_.network.images.classes);
    }
    const TrainingState end = learn(net, optimizer, lesson);
    try {
      if (lesson.is_set_aside) finish(net, lesson, test_digits);
    } catch (const gluino::io::Interrupted&) {
      recovery_.interrupted([&] { return end; });
      throw;
    }
    if (!options_.save.empty()) {
      const AlikeCopies copies(team(), net, AlikeCopies::Are::the_mean);
      save(options_.save, last().test.accuracy());
      console_.say(str("saved ", options_.save, ".params and ", options_.save, ".json"));
    }
    recovery_.finish(end);
    say_result(static_cast<double>(last().epoch * lesson.train.size()));
    logs_.finish();
  }

  bool is_symbolic() const { return options_.api == "module" || options_.api == "feedforward"; }

  SymbolicOptions symbolic_options() const {
    SymbolicOptions symbolic;
    if (options_.api == "feedforward") symbolic.api = SymbolicApi::feedforward;
    if (!options_.monitor.empty()) {
      symbolic.monitor = gluino::mon::Monitor(
          {.interval = options_.monitor_interval, .pattern = options_.monitor});
    }
    return symbolic;
  }

  // Gives where it ends.
  TrainingState learn(gluino::gluon::nn::HybridSequential& net,
                      const std::shared_ptr<gluino::optimizer::Optimizer>& optimizer,
                      const Lesson& lesson) {
    const TrainingState* from = recovery_.from();
    TrainingState end;
    if (from != nullptr && from->batch == 0 && early_stop_.is_enough(recovery_.history)) {
      // It was killed when it had ended, but before it said so.
      give_weights(*from, net);
      end = *from;
    } else if (is_symbolic()) {
      end =
          train_symbol(net, optimizer, lesson.train, lesson.validation, options_.training,
                       symbolic_options(), {.console = console_, .observer = *this, .from = from});
    } else {
      gluino::gluon::Trainer trainer(net.collect_params(), optimizer,
                                     {.kvstore = store_, .update_on_kvstore = false});
      end = train(net, trainer, lesson.train, lesson.validation, options_.training,
                  {.console = console_, .observer = *this, .from = from});
    }
    // The network may get its best weights; more epochs would go on from the last.
    for (auto& [name, weight] : end.weights) weight = weight.copy();
    return end;
  }

  gluino::gluon::nn::HybridSequential make_net() const {
    gluino::random::seed(options_.seed);
    auto net = failing_with(Exit::wrong_use, [&] {
      auto made = make_network(options_.network);
      made.initialize(gluino::init::create(options_.init), options_.training.devices);
      return made;
    });
    if (options_.api == "gluon") {
      // Finds the shapes of the parameters, so that every batch runs as a graph.
      net(gluino::nd::zeros(shape_of_one(options_.network.images))
              .as_in_context(options_.training.devices.front()));
      net.hybridize();
    }
    return net;
  }

  std::shared_ptr<gluino::optimizer::Optimizer> make_optimizer_for(const Lesson& lesson) {
    options_.training.loss.classes = options_.network.images.num_classes();
    options_.training.loss.has_non_digits = options_.non_digits > 0;
    batches_ = (lesson.train.size() - 1) / options_.training.batch_size + 1;
    return failing_with(Exit::wrong_use, [&] {
      return make_optimizer(options_.optimizer, options_.network.net,
                            {.batch_size = options_.training.batch_size,
                             .updates = options_.training.epochs * batches_,
                             .updates_per_epoch = batches_});
    });
  }

  // All that can be known to go wrong before anything long begins.
  void check_use() const {
    if (!options_.monitor.empty() && !is_symbolic()) {
      throw Failure(Exit::wrong_use,
                    "--monitor: expected --api module or feedforward, whose networks it can look "
                    "into, got " +
                        options_.api);
    }
    if (leads()) check_outputs();
    // How long the training will be is not known yet.
    constexpr Course kLong{.updates = std::numeric_limits<std::int32_t>::max()};
    failing_with(Exit::wrong_use, [&] {
      make_optimizer(options_.optimizer, options_.network.net, kLong);
      make_network(options_.network).initialize(gluino::init::create(options_.init));
    });
    gluino::set_num_threads(options_.threads);
    gluino::amp::init(gluino::parse_dtype(options_.dtype));
  }

  void check_outputs() const {
    for (const std::string& folder : {options_.run, options_.tensorboard}) {
      if (!folder.empty()) reports::make_folder(folder);
    }
    if (!options_.save.empty()) check_can_save(options_.save);
    if (options_.metrics_out.empty()) return;
    check_can_write(options_.metrics_out);
    // What is written later would take its place.
    const auto place = [](const std::string& path) {
      return std::filesystem::path(absolute_path(path)).lexically_normal();
    };
    std::vector<std::string> others;
    if (!options_.run.empty()) others.push_back(reports::settings_path(options_.run));
    for (const char* end : {".json", ".params", "-best.json", "-best.params"}) {
      if (!options_.save.empty()) others.push_back(options_.save + end);
    }
    for (const std::string& other : others) {
      if (place(other) != place(options_.metrics_out)) continue;
      throw Failure(Exit::wrong_use, str("--metrics-out: expected another file than ", other,
                                         ", which the training writes, too"));
    }
  }

  void say_plan(const gluino::gluon::data::vision::Digits& digits, const Lesson& lesson,
                std::int64_t test_count) {
    const ImageKind& images = options_.network.images;
    const std::string name = digits.source == "synthetic" ? "SyntheticDigits (not MNIST)"
                             : dataset_ == "mnist"        ? "MNIST in " + digits.folder
                                                          : digits.folder;
    console_.say(str("data: ", name, ", ", lesson.train.size(), " training",
                     lesson.is_set_aside ? str(", ", lesson.validation.size(), " validation") : "",
                     " and ", test_count, " test ", shows_digits(images) ? "digits" : "images",
                     " of ", images.rows, "x", images.columns, ", ", images.num_classes(),
                     " classes: ", class_list(images)));
    console_.say(str("training ", options_.network.net, " (", options_.network.activation,
                     ") with ", options_.optimizer.name, ", ", options_.training.epochs,
                     options_.training.epochs == 1 ? " epoch" : " epochs", " in batches of ",
                     options_.training.batch_size, ", learning rate ", rate_, ", ",
                     gluino::num_threads(), gluino::num_threads() == 1 ? " thread" : " threads",
                     team().size() == 1 ? "" : str(" in each of ", team().size(), " processes"),
                     options_.dtype == "float32" ? "" : ", products in " + options_.dtype,
                     ", seed ", options_.seed, describe_lesson(options_)));
  }

  void say_place(const TrainingState& place) {
    const std::string where =
        place.epoch > options_.training.epochs
            ? "all epochs done"
            : str("epoch ", place.epoch, ", ", place.batch, " of ", batches_, " batches done");
    console_.say(str("going on from ", recovery_.path(), ": ", where));
  }

  void at_place(const TakeState& take) override { recovery_.at_place(take); }
  void interrupted(const TakeState& take) override { recovery_.interrupted(take); }

  Next after_epoch(const EpochResult& result) override {
    gluino::check(std::isfinite(result.train_loss) && std::isfinite(result.test.loss()),
                  "the loss of epoch ", result.epoch, " is not a number any more; ", advice());
    const bool is_best = recovery_.history.add(result);
    if (options_.log == "mxnet") {
      for (const std::string& line : mxnet_lines(result)) console_.say(line);
    } else {
      say_epoch(console_, result, options_.training.epochs);
    }
    logs_.add_epoch(result);
    logs_.tell_of_full_disk(console_);
    // What the network keeps of an epoch, if anything, has the statistics of all.
    std::optional<AlikeCopies> copies;
    if (keeps_best()) copies.emplace(team(), *net_, AlikeCopies::Are::the_mean);
    if (is_best && keeps_best() && !options_.save.empty()) save_best();
    if (!warned_ && learns_nothing(result)) {
      warned_ = true;
      console_.warn(str("digits: after epoch ", result.epoch, " the loss is ",
                        gluino::fixed(result.test.loss(), 4), ", no better than that of guessing (",
                        gluino::fixed(loss_of_guessing(), 4), "): the network has learnt nothing; ",
                        advice()));
    }
    return early_stop_.is_enough(recovery_.history, *net_) ? Next::stop : Next::go_on;
  }

  // Where digits were set aside: the weights that stay, and how they do on the test digits.
  void finish(gluino::gluon::Block& net, const Lesson& lesson,
              const gluino::gluon::data::Dataset& test_digits) {
    const auto evaluate_on = [&](const gluino::gluon::data::Dataset& digits) {
      return evaluate_together(net, digits, options_.training.evaluation());
    };
    History& history = recovery_.history;
    if (early_stop_.is_on()) {
      if (!early_stop_.restore_best(net) && is_model(options_.save + "-best")) {
        net.load_parameters(described_params(options_.save + "-best"));
      }
      console_.say(str(last().epoch < options_.training.epochs ? "stopped early" : "finished",
                       " after epoch ", last().epoch, "; the weights are those of epoch ",
                       history.best_epoch, ", the most accurate in validation"));
    }
    const Evaluation validation = evaluate_on(lesson.validation);
    console_.say(str("validation accuracy ", gluino::fixed(validation.accuracy(), 4), " (",
                     validation.wrong(), " of ", validation.samples(),
                     " digits that were set aside wrong)"));
    history.validation_accuracy = validation.accuracy();
    history.last.test = evaluate_on(test_digits);
  }

  // After so many updates that a network that learns has begun to, or when there are no more.
  bool learns_nothing(const EpochResult& result) const {
    constexpr std::int64_t kLeastUpdates = 100;
    const bool is_last = result.epoch == options_.training.epochs && result.epoch > 1;
    return (is_last || result.epoch * batches_ >= kLeastUpdates) &&
           result.test.loss() > 0.99 * loss_of_guessing();
  }

  double loss_of_guessing() const {
    return std::log(static_cast<double>(options_.network.images.num_classes()));
  }

  // What to try when training fails with this rate.
  std::string advice() const {
    const double usual = default_rate(options_.network.net, options_.training.batch_size);
    if (options_.optimizer.name == "sgd" && rate_ != usual) {
      return str("the rate is ", rate_, "; try --lr ", usual);
    }
    return str("the rate is ", rate_, "; try another --lr",
               options_.init == "xavier" ? "" : ", or --init xavier");
  }

  const EpochResult& last() const { return recovery_.history.last; }

  // A training that ends with its best weights needs them after a resume, too.
  bool keeps_best() const { return recovery_.is_on() || early_stop_.is_on(); }

  // What the run's folder tells of it.
  Json settings() const {
    Json json = settings_json(options_);
    json["digits"] = dataset_;
    json["highest learning rate"] = rate_;
    return json;
  }

  void save(const std::string& prefix, const std::optional<double>& test_accuracy) const {
    if (!leads()) return;
    const History& history = recovery_.history;
    // What ends early has the weights of its best epoch.
    const std::int64_t epoch = early_stop_.is_on() ? history.best_epoch : last().epoch;
    const Json& line = history.epochs.at(static_cast<std::size_t>(epoch - 1));
    save_model(prefix, *net_,
               {.network = options_.network,
                .dataset = dataset_,
                .epochs = epoch,
                .seed = options_.seed,
                .train_accuracy = number_from(line.at("train_accuracy")),
                .test_accuracy = test_accuracy});
  }

  void save_best() {
    try {
      std::optional<double> test_accuracy;
      if (!is_set_aside_) test_accuracy = last().test.accuracy();
      save(options_.save + "-best", test_accuracy);
    } catch (const gluino::Error& error) {
      console_.warn(str("digits: the best network so far could not be saved: ", error.what(),
                        "; training goes on"));
    }
  }

  // What a training says that has nothing left to do.
  void say_finished() {
    dataset_ = recovery_.run().at("dataset").get<std::string>();
    rate_ = recovery_.run().at("learning_rate").get<double>();
    console_.say(str(recovery_.path(), ": the training is finished, after epoch ", last().epoch,
                     "; --epochs with more goes on"));
    const auto digits = recovery_.run().at("training_digits").get<std::int64_t>();
    say_result(static_cast<double>(last().epoch * digits));
  }

  void say_result(double trained_samples) {
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin_;
    const History& history = recovery_.history;
    if (!options_.json) {
      console_.result(accuracy_line(last().test));
      return;
    }
    console_.say(accuracy_line(last().test));
    const Json json = {
        {"test_accuracy", last().test.accuracy()},
        {"train_accuracy", last().train_accuracy},
        {"test_loss", last().test.loss()},
        {"train_loss", last().train_loss},
        {"samples_per_second", trained_samples / history.training_seconds},
        {"validation_accuracy", history.validation_accuracy.value_or(last().test.accuracy())},
        {"epochs", last().epoch},
        {"seed", options_.seed},
        {"dataset", dataset_},
        {"seconds", history.seconds + time.count()},
        {"api", options_.api},
        {"net", options_.network.net},
        {"activation", options_.network.activation},
        {"batch_size", options_.training.batch_size},
        {"learning_rate", rate_},
        {"devices", options_.devices},
        {"shards", options_.shards},
        {"processes", team().size()},
        {"threads", gluino::num_threads()},
        {"dtype", options_.dtype}};
    console_.result(json.dump());
  }

  TrainCommandOptions options_;
  gluino::kv::KVStore store_;
  Console console_;
  Recovery recovery_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::string dataset_;
  TrainLogs logs_;
  const gluino::gluon::Block* net_ = nullptr;
  std::int64_t batches_ = 0;  // in an epoch
  double rate_ = 0;
  // Whether epochs are validated on other digits than those of the test.
  bool is_set_aside_ = false;
  bool warned_ = false;
  EarlyStop early_stop_{options_.early_stop};
};

}  // namespace

Command train_command(CLI::App& program) {
  auto options = std::make_shared<TrainCommandOptions>();
  CLI::App* app = program.add_subcommand("train",
                                         "Train a network and print its accuracy on "
                                         "digits that it has never seen");
  add_train_options(*app, *options);
  return {app, [options, app] {
            if (!options->finetune.empty()) return finetune(*app, *options);
            use_run_folder(*options);
            const std::string recipe = apply_recipe(*app, *options);
            TrainRun(*options, *app).execute(recipe);
          }};
}

}  // namespace digits
