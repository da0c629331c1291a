#include <apps/digits/commands/command.h>
#include <apps/digits/commands/recovery.h>
#include <apps/digits/commands/train_options.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/console/paths.h>
#include <apps/digits/models/model_file.h>
#include <apps/digits/models/networks.h>
#include <apps/digits/training/digit_data.h>
#include <apps/digits/training/metrics_file.h>
#include <apps/digits/training/report.h>
#include <apps/digits/training/symbolic_training.h>
#include <apps/digits/training/training.h>
#include <gluino/amp/amp.h>
#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gluino/base/text.h>
#include <gluino/ndarray/creation.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <optional>

namespace digits {
namespace {

using gluino::str;
using Json = nlohmann::ordered_json;

std::vector<gluino::Context> find_devices(const TrainCommandOptions& options) {
  return failing_with(Exit::wrong_use, [&] {
    std::vector<gluino::Context> contexts;
    for (int i = 0; i < options.devices; ++i) {
      contexts.push_back(options.device == "gpu" ? gluino::gpu(i) : gluino::cpu(i));
      gluino::check_available(contexts.back());
    }
    return contexts;
  });
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
class Run : private TrainingObserver {
 public:
  Run(const TrainCommandOptions& options, const CLI::App& app)
      : options_(options),
        console_(options.quiet ? Console::Volume::quiet : Console::Volume::normal),
        recovery_(app, options_, console_) {
    if (options_.network.activation.empty()) {
      options_.network.activation = default_activation(options_.network.net);
    }
    options_.training.devices = find_devices(options_);
  }

  void execute() {
    check_use();
    if (recovery_.is_finished()) return say_finished();
    gluino::random::seed(options_.seed);
    auto net = make_network(options_.network);
    failing_with(Exit::wrong_use, [&] {
      net.initialize(gluino::init::create(options_.init), options_.training.devices);
    });
    if (options_.api == "gluon") {
      // Finds the shapes of the parameters, so that every batch runs as a graph.
      net(gluino::nd::zeros({1, 1, kRows, kColumns})
              .as_in_context(options_.training.devices.front()));
      net.hybridize();
    }

    // The test digits first: they are few, so a mistake shows early.
    const auto digits = find_data(options_.data, console_);
    const auto test_digits = load_data(digits, Part::test);
    const auto train_digits = load_data(digits, Part::train);
    dataset_ = digits.source;
    batches_ = (train_digits.size() - 1) / options_.training.batch_size + 1;
    const auto optimizer = make_optimizer(options_.optimizer, options_.network.net,
                                          {.batch_size = options_.training.batch_size,
                                           .updates = options_.training.epochs * batches_});
    rate_ = optimizer->lr_scheduler()->base_lr();
    say_plan(digits, train_digits.size(), test_digits.size());
    recovery_.begin(train_digits, test_digits,
                    {{"dataset", dataset_},
                     {"learning_rate", rate_},
                     {"training_digits", train_digits.size()}});
    if (recovery_.from() != nullptr) say_place(*recovery_.from());
    begin_metrics();
    net_ = &net;
    const TrainingControl control{.console = console_, .observer = *this, .from = recovery_.from()};
    TrainingState end;
    if (is_symbolic()) {
      end = train_symbol(net, optimizer, train_digits, test_digits, options_.training,
                         symbolic_options(), control);
    } else {
      gluino::gluon::Trainer trainer(net.collect_params(), optimizer);
      end = train(net, trainer, train_digits, test_digits, options_.training, control);
    }
    if (!options_.save.empty()) {
      save(options_.save);
      console_.say(str("saved ", options_.save, ".params and ", options_.save, ".json"));
    }
    recovery_.finish(end);
    say_result(static_cast<double>(last().epoch * train_digits.size()));
  }

 private:
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

  // All that can be known to go wrong before anything long begins.
  void check_use() const {
    if (!options_.monitor.empty() && !is_symbolic()) {
      throw Failure(Exit::wrong_use,
                    "--monitor: expected --api module or feedforward, whose networks it can look "
                    "into, got " +
                        options_.api);
    }
    if (!options_.save.empty()) check_can_save(options_.save);
    if (!options_.metrics_out.empty()) check_can_write(options_.metrics_out);
    failing_with(Exit::wrong_use,
                 [&] { make_optimizer(options_.optimizer, options_.network.net, {}); });
    gluino::set_num_threads(options_.threads);
    gluino::amp::init(gluino::parse_dtype(options_.dtype));
  }

  void say_plan(const gluino::gluon::data::vision::Digits& digits, std::int64_t train_count,
                std::int64_t test_count) {
    const bool synthetic = digits.source == "synthetic";
    console_.say(str("data: ", synthetic ? "SyntheticDigits (not MNIST)" : "MNIST in ",
                     digits.folder, ", ", train_count, " training and ", test_count,
                     " test digits"));
    console_.say(str("training ", options_.network.net, " (", options_.network.activation,
                     ") with ", options_.optimizer.name, ", ", options_.training.epochs,
                     options_.training.epochs == 1 ? " epoch" : " epochs", " in batches of ",
                     options_.training.batch_size, ", learning rate ", rate_, ", ",
                     gluino::num_threads(), gluino::num_threads() == 1 ? " thread" : " threads",
                     options_.dtype == "float32" ? "" : ", products in " + options_.dtype,
                     ", seed ", options_.seed));
  }

  void say_place(const TrainingState& place) {
    const std::string where =
        place.epoch > options_.training.epochs
            ? "all epochs done"
            : str("epoch ", place.epoch, ", ", place.batch, " of ", batches_, " batches done");
    console_.say(str("going on from ", recovery_.path(), ": ", where));
  }

  // With a line for each epoch that was trained before a resume.
  void begin_metrics() {
    if (options_.metrics_out.empty()) return;
    metrics_.emplace(options_.metrics_out);
    for (const Json& line : recovery_.history.epochs) metrics_->add(line);
  }

  void at_place(const TakeState& take) override { recovery_.at_place(take); }
  void interrupted(const TakeState& take) override { recovery_.interrupted(take); }

  Next after_epoch(const EpochResult& result) override {
    gluino::check(std::isfinite(result.train_loss) && std::isfinite(result.test.loss()),
                  "the loss of epoch ", result.epoch, " is not a number any more; ", advice());
    const bool is_best = recovery_.history.add(result);
    say_epoch(console_, result, options_.training.epochs);
    if (metrics_) metrics_->add(epoch_json(result));
    if (is_best && recovery_.is_on()) save_best();
    if (!warned_ && learns_nothing(result)) {
      warned_ = true;
      console_.warn(str("digits: after epoch ", result.epoch, " the loss is ",
                        gluino::fixed(result.test.loss(), 4), ", no better than that of guessing (",
                        gluino::fixed(std::log(kClasses), 4), "): the network has learnt nothing; ",
                        advice()));
    }
    return Next::go_on;
  }

  // After so many updates that a network that learns has begun to, or when there are no more.
  bool learns_nothing(const EpochResult& result) const {
    constexpr std::int64_t kLeastUpdates = 100;
    const bool is_last = result.epoch == options_.training.epochs && result.epoch > 1;
    return (is_last || result.epoch * batches_ >= kLeastUpdates) &&
           result.test.loss() > 0.99 * std::log(kClasses);
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

  void save(const std::string& prefix) const {
    save_model(prefix, *net_,
               {.network = options_.network,
                .dataset = dataset_,
                .epochs = last().epoch,
                .seed = options_.seed,
                .train_accuracy = last().train_accuracy,
                .test_accuracy = last().test.accuracy()});
  }

  void save_best() {
    try {
      save(options_.save + "-best");
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
    const Json json = {{"test_accuracy", last().test.accuracy()},
                       {"train_accuracy", last().train_accuracy},
                       {"test_loss", last().test.loss()},
                       {"train_loss", last().train_loss},
                       {"samples_per_second", trained_samples / history.training_seconds},
                       {"epochs", options_.training.epochs},
                       {"seed", options_.seed},
                       {"dataset", dataset_},
                       {"seconds", history.seconds + time.count()},
                       {"api", options_.api},
                       {"net", options_.network.net},
                       {"activation", options_.network.activation},
                       {"batch_size", options_.training.batch_size},
                       {"learning_rate", rate_},
                       {"devices", options_.devices},
                       {"threads", gluino::num_threads()},
                       {"dtype", options_.dtype}};
    console_.result(json.dump());
  }

  TrainCommandOptions options_;
  Console console_;
  Recovery recovery_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::string dataset_;
  std::optional<MetricsFile> metrics_;
  const gluino::gluon::Block* net_ = nullptr;
  std::int64_t batches_ = 0;  // in an epoch
  double rate_ = 0;
  bool warned_ = false;
};

}  // namespace

Command train_command(CLI::App& program) {
  auto options = std::make_shared<TrainCommandOptions>();
  CLI::App* app = program.add_subcommand("train",
                                         "Train a network and print its accuracy on "
                                         "digits that it has never seen");
  add_train_options(*app, *options);
  return {app, [options, app] { Run(*options, *app).execute(); }};
}

}  // namespace digits
