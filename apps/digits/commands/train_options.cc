#include <apps/digits/commands/finetune.h>
#include <apps/digits/commands/options.h>
#include <apps/digits/commands/recipe.h>
#include <apps/digits/commands/train_options.h>
#include <apps/digits/training/checkpoints.h>
#include <gluino/base/error.h>
#include <gluino/kvstore/kvstore.h>
#include <gluino/module/monitor.h>

#include <limits>

namespace digits {
namespace {

using gluino::str;

constexpr std::int64_t kMaxEpochs = 1'000'000;
constexpr int kMaxDevices = 64;
constexpr int kMaxShards = 4096;
constexpr double kMaxRate = 1e6;
constexpr int kMostCheckpoints = 1'000'000;
// Of what leaves something to learn.
constexpr double kMostShare = 0.9;

// What is registered, in lines that fit beside the options.
std::string names_of_optimizers() {
  constexpr std::size_t kWidth = 60;
  std::string names = gluino::optimizer::known_names();
  std::size_t line = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] != ' ' || i - line < kWidth) continue;
    names[i] = '\n';
    line = i;
  }
  return names;
}

void add_optimizer_options(CLI::App& app, TrainCommandOptions& options) {
  OptimizerOptions& optimizer = options.optimizer;
  app.add_option(
         "--lr", optimizer.lr,
         str("the highest learning rate, reached after the warm-up (default with sgd and batches "
             "of\n",
             kUsualBatchSize, ": ", default_rate("lenet"), " for lenet, ", default_rate("mlp"),
             " for other networks; less in proportion for smaller batches,\nmore with the square "
             "root "
             "for larger ones; with other optimizers their own, 0.001\nwith adam)"))
      ->type_name("RATE")
      ->check(real_number(0, kMaxRate, Low::excluded));
  app.add_option("--optimizer", optimizer.name,
                 str("one of ", names_of_optimizers(), "\n(default: ", optimizer.name, ")"))
      ->type_name("NAME")
      ->check(accepted_by([](const std::string& name) { gluino::optimizer::create(name); }));
  app.add_option("--momentum", optimizer.momentum,
                 str("of the optimizer, if it has one (default: ", kDefaultMomentum, " with sgd)"))
      ->type_name("M")
      ->check(real_number(0, 1));
  app.add_option("--wd", optimizer.wd, str("weight decay (default: ", optimizer.wd, ")"))
      ->type_name("WD")
      ->check(real_number(0, 1));
  app.add_option("--init", options.init,
                 str("how the weights begin: xavier, msraprelu, uniform or normal (default: ",
                     options.init, ")"))
      ->type_name("NAME")
      ->check(accepted_by([](const std::string& name) { gluino::init::create(name); }));
}

// "--schedule" and what goes with it.
void add_schedule_options(CLI::App& app, TrainCommandOptions& options) {
  ScheduleOptions& schedule = options.optimizer.schedule;
  app.add_option(
         "--schedule", schedule.name,
         str("how the rate goes on after the warm-up: constant; step, a tenth after half and\n"
             "again after three quarters of all batches; linear (or poly) or cosine, down to\n"
             "0 at the end (default: ",
             schedule.name, ")"))
      ->type_name("NAME")
      ->check(one_of(schedule_names()));
  app.add_option(
         "--warmup", schedule.warm_up,
         str("how long the rate rises from 0: so many batches, as 500, or epochs, as 2epochs\n"
             "(default: the first twentieth of all batches, at most ",
             kWarmUp, ")"))
      ->type_name("N|Nepochs")
      ->check(accepted_by([](const std::string& text) { parse_stretch(text); }));
  app.add_option("--early-stop", options.early_stop,
                 "end when validation has not become more accurate for N epochs, and keep the\n"
                 "weights of the best one; a tenth of the training digits validates, unless\n"
                 "--validation-split says otherwise (default: do not)")
      ->type_name("N")
      ->check(whole_number(1, kMaxEpochs));
  app.add_option(
         "--validation-split", options.validation_split,
         "the share of the training digits that is set aside to validate after each epoch;\n"
         "the test digits are then used once, at the end (default: 0, the test digits\n"
         "validate)")
      ->type_name("SHARE")
      ->check(real_number(0, kMostShare));
}

// What is done to the digits, and what the network should say of them.
void add_lesson_options(CLI::App& app, TrainCommandOptions& options) {
  app.add_flag("--augment", options.augment,
               "shift, turn, scale, slant and bend the training digits and change the width of\n"
               "their strokes, anew in each epoch (default: off)");
  app.add_option("--non-digits", options.non_digits,
                 "the share of each batch that is replaced by scribbles, letters, parts of digits\n"
                 "and the like, for which all classes should be as likely (default: 0)")
      ->type_name("SHARE")
      ->check(real_number(0, kMostShare));
  app.add_option("--label-smoothing", options.training.loss.label_smoothing,
                 "the part of the probability that the network should give to all classes alike\n"
                 "(default: 0)")
      ->type_name("SHARE")
      ->check(real_number(0, kMostShare));
}

void add_api_options(CLI::App& app, TrainCommandOptions& options) {
  app.add_option(
         "--api", options.api,
         str("the interface that trains: gluon, compiled to a graph; gluon-eager, operator\n"
             "by operator; module; feedforward. All give the same weights, but graphs that\n"
             "join layers of lenet differ in the last digits, unless GLUINO_GRAPH_PASSES=0\n"
             "is set (default: ",
             options.api, ")"))
      ->type_name("NAME")
      ->check(one_of({"gluon", "gluon-eager", "module", "feedforward"}));
  app.add_option("--monitor", options.monitor,
                 "with module and feedforward: say how large those outputs, gradients and weights\n"
                 "are whose names begin with the regular expression, '.*weight' (default: none)")
      ->type_name("PATTERN")
      ->check(not_empty("a regular expression"))
      ->check(accepted_by(
          [](const std::string& pattern) { gluino::mon::Monitor{{.pattern = pattern}}; }));
  app.add_option("--monitor-interval", options.monitor_interval,
                 str("how many batches lie between those that --monitor looks at (default: ",
                     options.monitor_interval, ")"))
      ->type_name("N")
      ->check(whole_number(1, std::numeric_limits<std::int64_t>::max()));
}

void add_machine_options(CLI::App& app, TrainCommandOptions& options) {
  app.add_option("--device", options.device,
                 str("what to compute on (default: ", options.device, ")"))
      ->type_name("cpu|gpu")
      ->check(one_of({"cpu", "gpu"}));
  app.add_option("--devices", options.devices,
                 str("how many devices a batch is split over; cpu devices share the processors\n"
                     "(default: ",
                     options.devices, ")"))
      ->type_name("N")
      ->check(whole_number(1, kMaxDevices));
  app.add_option("--kvstore", options.kvstore,
                 str("what sums gradients: local or device, those of this process; dist_sync or\n"
                     "dist_device_sync, those of all processes that mpirun has started (default: ",
                     options.kvstore, ")"))
      ->type_name("NAME")
      // The library has a sentence for it; to make another one would start the processes.
      ->check(accepted_by([](const std::string& name) {
        if (name == "dist_async") gluino::kv::create(name);
      }))
      ->check(one_of({"local", "device", "dist_sync", "dist_device_sync"}));
  app.add_option("--shards", options.shards,
                 "into how many parts a batch is cut, for all processes together: the weights\n"
                 "depend on it, not on the number of processes (default: --devices times the\n"
                 "number of processes)")
      ->type_name("N")
      ->check(whole_number(1, kMaxShards))
      ->excludes(app.get_option("--devices"));
  add_threads_option(app, options.threads);
  add_dtype_option(app, options.dtype);
  app.add_option(
         "--seed", options.seed,
         str("governs initial weights, the order of the digits and what --augment makes of them\n"
             "(default: ",
             options.seed, ")"))
      ->type_name("N")
      ->check(whole_number(0, std::numeric_limits<std::int32_t>::max()));
}

void add_checkpoint_options(CLI::App& app, TrainCommandOptions& options) {
  app.add_option("--checkpoint-every", options.checkpoint_every,
                 "with --save: write a checkpoint, PREFIX-000001.checkpoint and so on, from which\n"
                 "training can go on, every so many batches (50) or so much time (30s, 2min, 1h),\n"
                 "and the best network so far as PREFIX-best (default: when Ctrl-C ends training)")
      ->type_name("N|TIME")
      ->check(accepted_by([](const std::string& text) { parse_checkpoint_interval(text); }));
  app.add_option(
         "--keep", options.keep,
         str("how many checkpoints are kept, the newest ones (default: ", options.keep, ")"))
      ->type_name("K")
      ->check(whole_number(1, kMostCheckpoints));
  CLI::Option* resume = app.add_flag(
      "--resume", options.resume,
      "go on from the newest checkpoint of the PREFIX that --save names, with its settings\n"
      "(default: begin anew)");
  app.add_flag("--resume-or-begin", options.resume_or_begin,
               "the same, but begin where there is no checkpoint yet (default: off)")
      ->excludes(resume);
}

void add_output_options(CLI::App& app, TrainCommandOptions& options) {
  app.add_option("--save", options.save,
                 "save the trained network as PREFIX.params and PREFIX.json (default: do not)")
      ->type_name("PREFIX")
      ->check(not_empty("the prefix of the files to write"));
  add_checkpoint_options(app, options);
  app.add_option("--metrics-out", options.metrics_out,
                 "write a line of JSON after each epoch to FILE, begun anew (default: do not)")
      ->type_name("FILE.jsonl")
      ->check(not_empty("a file name"));
  app.add_option("--log", options.log,
                 str("how epochs are told: plain, or mxnet, whose lines \"Epoch[0] "
                     "Validation-accuracy=0.98\"\nKatib and other programs read (default: ",
                     options.log, ")"))
      ->type_name("plain|mxnet")
      ->check(one_of({"plain", "mxnet"}));
  app.add_option(
         "--run", options.run,
         "put all that comes of the training into the folder DIR, made if need be: the model\n"
         "(DIR/model, unless --save says otherwise), the metrics, and the settings; report\n"
         "--run tells of it (default: do not)")
      ->type_name("DIR")
      ->check(not_empty("a folder"));
  app.add_option(
         "--tensorboard", options.tensorboard,
         "write a file of events to the folder DIR, made if need be, for TensorBoard: accuracy,\n"
         "loss, rate and the spread of the weights after each epoch (default: do not)")
      ->type_name("DIR")
      ->check(not_empty("a folder"));
  add_json_option(app, options.json);
  app.add_flag("--quiet", options.quiet, "print the last line only (default: off)");
}

}  // namespace

void add_train_options(CLI::App& app, TrainCommandOptions& options) {
  add_network_options(app, options.network.net, options.network.activation);
  add_data_option(app, options.data);
  app.add_option("--epochs", options.training.epochs,
                 str("passes over the training digits (default: ", options.training.epochs, ")"))
      ->type_name("N")
      ->check(whole_number(1, kMaxEpochs));
  add_batch_size_option(app, options.training.batch_size);
  add_optimizer_options(app, options);
  add_schedule_options(app, options);
  add_lesson_options(app, options);
  add_recipe_option(app, options.recipe);
  add_api_options(app, options);
  add_machine_options(app, options);
  add_output_options(app, options);
  add_finetune_options(app, options);
}

}  // namespace digits
