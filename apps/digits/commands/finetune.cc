#include <apps/digits/augmentation/augmented_digits.h>
#include <apps/digits/commands/finetune.h>
#include <apps/digits/commands/options.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/console/interrupt.h>
#include <apps/digits/data/corrections.h>
#include <apps/digits/data/split.h>
#include <apps/digits/models/pretrained.h>
#include <apps/digits/training/digit_data.h>
#include <apps/digits/training/report.h>
#include <apps/digits/training/training.h>
#include <gluino/amp/amp.h>
#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gluino/base/text.h>
#include <gluino/io/digits/mnist.h>
#include <gluino/ndarray/creation.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace digits {
namespace {

namespace data = gluino::gluon::data;
using gluino::str;

// So many digits that the model knows keep it from forgetting them.
constexpr double kMostRehearsed = 10'000;
// Corrections are repeated until they are such a share of these, but not more often.
constexpr double kShareOfCorrections = 0.08;
constexpr double kMostRepeats = 100;
// Against what the network learnt with.
constexpr double kSlower = 0.04;
constexpr std::int64_t kEpochs = 3;
// With few digits an epoch is short: so many batches are needed to learn anything.
constexpr std::int64_t kLeastBatches = 300;
constexpr double kNonDigits = 0.06;

class FineTuning : private TrainingObserver {
 public:
  FineTuning(const CLI::App& app, const TrainCommandOptions& options)
      : options_(options),
        console_(options.quiet ? Console::Volume::quiet : Console::Volume::normal) {
    if (app.count("--epochs") == 0) options_.training.epochs = 0;
  }

  void execute() {
    if (!options_.save.empty()) check_can_save(options_.save);
    gluino::set_num_threads(options_.threads);
    gluino::amp::init(gluino::parse_dtype(options_.dtype));
    gluino::random::seed(options_.seed);
    load();
    const auto corrections = failing_with(
        Exit::data_unusable, [&] { return load_corrections(options_.finetune, model_.images); });
    const auto digits = find_data(where_digits_are(), console_);
    const auto test_digits = load_data(digits, Part::test, model_.images);
    const auto known = rehearsed(load_data(digits, Part::train, model_.images));

    const Evaluation corrections_before = evaluate_on(corrections);
    const Evaluation test_before = evaluate_on(test_digits);
    check_reads(test_before);
    console_.say(str("model: ", model_.description));
    console_.say(str(corrections.size(), " corrections in ", options_.finetune, ", ",
                     corrections_before.correct(), " of them right before; mixed with ",
                     known.size(), " digits of ", data_name(digits)));
    learn(lesson_of(known, corrections), test_digits);
    const Evaluation corrections_after = evaluate_on(corrections);
    const Evaluation test_after = evaluate_on(test_digits);
    if (!options_.save.empty()) save(test_after);
    console_.say(str("corrections: ", corrections_before.correct(), " of ", corrections.size(),
                     " right before, ", corrections_after.correct(), " after"));
    console_.say(str("test accuracy before: ", gluino::fixed(test_before.accuracy(), 4)));
    if (!options_.json) return console_.result(accuracy_line(test_after));
    console_.say(accuracy_line(test_after));
    const nlohmann::ordered_json json = {{"test_accuracy", test_after.accuracy()},
                                         {"test_accuracy_before", test_before.accuracy()},
                                         {"corrections", corrections.size()},
                                         {"corrections_right", corrections_after.correct()},
                                         {"corrections_right_before", corrections_before.correct()},
                                         {"epochs", options_.training.epochs},
                                         {"learning_rate", *options_.optimizer.lr},
                                         {"seed", options_.seed},
                                         {"dataset", data_name(digits)}};
    console_.result(json.dump());
  }

 private:
  void load() {
    model_ = options_.model.empty() ? load_pretrained() : load_model(options_.model);
    if (!model_.info) {
      throw Failure(Exit::wrong_use, "--model: expected a model that train --save wrote, found " +
                                         model_.description);
    }
    if (!options_.optimizer.lr) {
      options_.optimizer.lr =
          kSlower * default_rate(model_.info->network.net, options_.training.batch_size);
    }
  }

  // Nothing is downloaded for this.
  std::string where_digits_are() const {
    if (!options_.data.empty()) return options_.data;
    if (!shows_digits(model_.images)) {
      throw Failure(Exit::wrong_use,
                    "--data: expected the folder of the images that the model was trained with, "
                    "so that it does not forget them, found none");
    }
    return gluino::io::has_mnist(gluino::io::default_mnist_folder()) ? "mnist" : "synthetic";
  }

  // Digits that it never knew would make it forget those that it does.
  void check_reads(const Evaluation& test) const {
    constexpr double kReads = 0.5;
    if (!options_.data.empty() || test.accuracy() >= kReads) return;
    if (model_.info->test_accuracy.value_or(1) < kReads) return;
    throw Failure(Exit::wrong_use,
                  str("--data: expected the folder of the images that the model was trained with, "
                      "so that it does not forget them; of the digits at hand it reads only ",
                      gluino::fixed(test.accuracy(), 4)));
  }

  data::Dataset rehearsed(const data::Dataset& digits) const {
    const double share = kMostRehearsed / static_cast<double>(digits.size());
    if (share >= 1) return digits;
    return split(digits, share, static_cast<std::uint64_t>(options_.seed)).validation;
  }

  data::Dataset lesson_of(const data::Dataset& known, const data::Dataset& corrections) const {
    const double repeats = kShareOfCorrections * static_cast<double>(known.size()) /
                           static_cast<double>(corrections.size());
    const auto times = static_cast<std::int64_t>(std::clamp(repeats, 1.0, kMostRepeats));
    return augmented(joined(known, corrections, times),
                     {.non_digits = shows_digits(model_.images) ? kNonDigits : 0,
                      .seed = static_cast<std::uint64_t>(options_.seed)});
  }

  Evaluation evaluate_on(const data::Dataset& digits) {
    return evaluate(*model_.net, make_loader(digits, {.batch_size = kUsualBatchSize}),
                    gluino::cpu(0));
  }

  void learn(const data::Dataset& lesson, const data::Dataset& test_digits) {
    TrainingOptions& training = options_.training;
    training.loss.classes = model_.images.num_classes();
    training.loss.has_non_digits = shows_digits(model_.images);
    const std::int64_t batches = (lesson.size() - 1) / training.batch_size + 1;
    if (training.epochs == 0) training.epochs = std::max(kEpochs, kLeastBatches / batches);
    const auto optimizer = failing_with(Exit::wrong_use, [&] {
      return make_optimizer(options_.optimizer, model_.info->network.net,
                            {.batch_size = training.batch_size,
                             .updates = training.epochs * batches,
                             .updates_per_epoch = batches});
    });
    model_.net->hybridize();
    gluino::gluon::Trainer trainer(model_.net->collect_params(), optimizer);
    train(*model_.net, trainer, lesson, test_digits, training,
          {.console = console_, .observer = *this});
  }

  void at_place(const TakeState& /*take*/) override {}
  void interrupted(const TakeState& /*take*/) override {
    if (options_.save.empty() || last_.epoch == 0) return;
    save(last_.test);
    throw Failure(interrupt::exit_code(),
                  str("interrupted: saved ", options_.save, " as it is, in epoch ", last_.epoch + 1,
                      " of ", options_.training.epochs));
  }
  Next after_epoch(const EpochResult& result) override {
    gluino::check(std::isfinite(result.train_loss) && std::isfinite(result.test.loss()),
                  "the loss of epoch ", result.epoch, " is not a number any more; the rate is ",
                  *options_.optimizer.lr, "; try a lower --lr");
    last_ = result;
    console_.say(str("epoch ", result.epoch, "/", options_.training.epochs, ": loss ",
                     gluino::fixed(result.train_loss, 4), ", test accuracy ",
                     gluino::fixed(result.test.accuracy(), 4)));
    return Next::go_on;
  }

  void save(const Evaluation& test) {
    ModelInfo info = *model_.info;
    info.epochs += last_.epoch;
    info.seed = options_.seed;
    info.train_accuracy = last_.train_accuracy;
    info.test_accuracy = test.accuracy();
    save_model(options_.save, *model_.net, info);
    console_.say(str("saved ", options_.save, ".params and ", options_.save, ".json"));
  }

  TrainCommandOptions options_;
  Console console_;
  Model model_;
  EpochResult last_;
};

}  // namespace

void add_finetune_options(CLI::App& app, TrainCommandOptions& options) {
  auto* finetune =
      app.add_option(
             "--finetune", options.finetune,
             str("learn from corrections, pictures FOLDER/7/any-name.png, mixed with training\n"
                 "digits (MNIST's if they are on this machine), at a low rate and for ",
                 kEpochs, "\nepochs unless told otherwise (default: train anew)"))
          ->type_name("FOLDER")
          ->check(not_empty("a folder"));
  app.add_option("--model", options.model,
                 "with --finetune: the model that learns, as train --save wrote it (default: the\n"
                 "model that is part of this program)")
      ->type_name("PREFIX")
      ->check(not_empty("the prefix of a model's files"))
      ->needs(finetune);
  for (const char* option : {"--net",
                             "--activation",
                             "--recipe",
                             "--init",
                             "--api",
                             "--early-stop",
                             "--validation-split",
                             "--devices",
                             "--device",
                             "--metrics-out",
                             "--resume",
                             "--resume-or-begin",
                             "--checkpoint-every",
                             "--keep",
                             "--monitor",
                             "--log",
                             "--augment",
                             "--non-digits",
                             "--run",
                             "--tensorboard",
                             "--kvstore",
                             "--shards"}) {
    finetune->excludes(app.get_option(option));
  }
}

void finetune(const CLI::App& app, const TrainCommandOptions& options) {
  FineTuning(app, options).execute();
}

}  // namespace digits
