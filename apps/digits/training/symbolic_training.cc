#include <apps/digits/console/failure.h>
#include <apps/digits/training/digit_data.h>
#include <apps/digits/training/symbolic_training.h>
#include <apps/digits/training/walk_iter.h>
#include <gluino/base/log.h>
#include <gluino/graph/sym.h>
#include <gluino/module/feed_forward.h>
#include <gluino/module/module.h>
#include <gluino/ndarray/creation.h>

#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

namespace digits {
namespace {

namespace data = gluino::gluon::data;
namespace io = gluino::io;
namespace mod = gluino::mod;
namespace sym = gluino::sym;
using gluino::ArrayMap;
using gluino::NDArray;
using gluino::Shape;
using gluino::Symbol;

// The network with the loss of Gluon's SoftmaxCrossEntropyLoss behind it, operator for operator.
Symbol with_loss(const Symbol& scores, const LossOptions& options) {
  const Symbol loss = training_loss(scores, sym::var(kLabel), options);
  return sym::Group({sym::make_loss(loss, "loss"), sym::BlockGrad(scores, "scores")});
}

// Sends the monitor's lines, and none of fit's own, to the console while it lives.
class MonitorLines {
 public:
  explicit MonitorLines(Console& console)
      : before_(gluino::set_logger([&console](const std::string& line) {
          if (line.starts_with("Batch:")) console.say(line);
        })) {}
  MonitorLines(const MonitorLines&) = delete;
  MonitorLines& operator=(const MonitorLines&) = delete;
  ~MonitorLines() { gluino::set_logger(before_); }

 private:
  gluino::Logger before_;
};

// fit splits batches by MXNet's rule, which gives every device but the last the rounded share.
void check_split(std::int64_t batch, std::int64_t devices) {
  const auto share = static_cast<std::int64_t>(
      std::nearbyint(static_cast<double>(batch) / static_cast<double>(devices)));
  if (devices == 1 || (share > 0 && (devices - 1) * share < batch)) return;
  throw Failure(Exit::wrong_use,
                gluino::str("--devices: expected batches that ", devices,
                            " devices can share, found one of ", batch, " digits"));
}

// Nor would several processes agree on its shares, or on statistics, which fit averages over the
// devices of one.
void check_share(std::int64_t batch, const Team& team) {
  if (batch % team.all_parts() == 0) return;
  throw Failure(Exit::wrong_use, gluino::str("--shards: with --api module and feedforward expected "
                                             "a number that divides all batches, found one of ",
                                             batch, " digits and ", team.all_parts(), " shards"));
}

void check_copies(const gluino::gluon::Block& net, const Team& team) {
  if (team.size() == 1) return;
  for (const auto& parameter : net.collect_params()) {
    if (parameter.grad_req() != gluino::GradReq::null) continue;
    throw Failure(Exit::wrong_use,
                  gluino::str("--api: several processes train networks with running statistics (",
                              parameter.name(), ") by gluon or gluon-eager"));
  }
}

// Of those that are the network's.
ArrayMap arrays_of(const gluino::gluon::Block& net, const std::vector<std::string>& names) {
  const gluino::gluon::ParameterDict parameters = net.collect_params();
  ArrayMap arrays;
  for (const std::string& name : names) {
    if (parameters.contains(name)) arrays.emplace(name, parameters[name].reduce());
  }
  return arrays;
}

// Thrown through fit when the observer has seen enough.
struct Stopped {};

class SymbolicTraining {
 public:
  SymbolicTraining(gluino::gluon::nn::HybridSequential& net,
                   const std::shared_ptr<gluino::optimizer::Optimizer>& optimizer,
                   const data::Dataset& train_digits, const data::Dataset& test_digits,
                   const TrainingOptions& options, const TrainingControl& control)
      : net_(net),
        optimizer_(optimizer),
        options_(options),
        control_(control),
        walk_(train_digits, options, control.console, control.from),
        test_digits_(test_digits) {
    if (control.from != nullptr) give_weights(*control.from, net_, options.team);
  }

  TrainingState run(const SymbolicOptions& symbolic) {
    try {
      if (walk_.is_at_end_of_epoch()) {
        // fit knows no epoch without a batch.
        walk_.begin_epoch();
        finish_epoch();
      }
      if (!walk_.is_done()) fit(symbolic);
    } catch (const Stopped&) {
      // By the observer.
    } catch (const io::Interrupted&) {
      control_.observer.interrupted([this] { return take(); });
      throw;
    }
    return take();
  }

 private:
  const gluino::Context& device() const { return options_.devices.front(); }

  void fit(const SymbolicOptions& symbolic) {
    const Symbol symbol =
        with_loss(net_.to_symbol(gluino::nd::zeros(walk_.shape_of(1)).as_in_context(device())),
                  options_.loss);
    prepare_optimizer(symbol);
    WalkIter batches(walk_, batch_share(), *optimizer_, [this] {
      at_place();
      walk_.check_interrupt();
    });
    WalkMetric metric(walk_);
    const auto end_epoch = [this](int /*epoch*/, const Symbol& /*symbol*/, const ArrayMap& args,
                                  const ArrayMap& aux) {
      for (const auto& parameter : net_.collect_params()) {
        const auto found = args.find(parameter.name());
        parameter.set_data(found != args.end() ? found->second : aux.at(parameter.name()));
      }
      finish_epoch();
    };
    const ArrayMap args = arrays_of(net_, symbol.list_arguments());
    const ArrayMap aux = arrays_of(net_, symbol.list_auxiliary_states());
    const int first = static_cast<int>(walk_.epoch() - 1);
    const int last = static_cast<int>(options_.epochs);
    if (symbolic.api == SymbolicApi::module) {
      mod::Module module(symbol, {.label_names = {kLabel}, .context = options_.devices});
      module.bind(batches.provide_data(), batches.provide_label());
      module.init_params({.arg_params = args, .aux_params = aux});
      module.init_optimizer({.kvstore = kvstore(), .optimizer = optimizer_});
      begin(module);
      module.fit(batches, {.eval_metric = metric,
                           .epoch_end_callback = end_epoch,
                           .begin_epoch = first,
                           .num_epoch = last,
                           .monitor = symbolic.monitor});
      return;
    }
    gluino::model::FeedForward model(symbol, {.ctx = options_.devices,
                                              .num_epoch = last,
                                              .optimizer = optimizer_,
                                              .arg_params = args,
                                              .aux_params = aux,
                                              .begin_epoch = first});
    model.fit(batches, {.eval_metric = metric,
                        .epoch_end_callback = end_epoch,
                        .kvstore = kvstore(),
                        .monitor = symbolic.monitor,
                        .begin_callback = [this](mod::Module& module) { begin(module); }});
  }

  // Of a whole batch.
  std::int64_t batch_share() const {
    const auto [first, last] = options_.team.share(options_.batch_size);
    return last - first;
  }

  gluino::kv::KVStoreRef kvstore() const {
    return options_.team.size() > 1 ? gluino::kv::KVStoreRef(options_.team.store())
                                    : gluino::kv::KVStoreRef("local");
  }

  void prepare_optimizer(const Symbol& symbol) const {
    // Symbols decay no biases unless told to; Gluon does.
    std::map<std::string, double> decays;
    for (const std::string& name : symbol.list_arguments()) decays[name] = 1;
    optimizer_->set_wd_mult(decays);
    optimizer_->set_rescale_grad(1.0 / static_cast<double>(options_.batch_size));
  }

  // The module trains from now on, if need be from where another training stopped.
  void begin(const mod::Module& module) {
    module_ = module;
    if (control_.from == nullptr) return;
    give_weights(*control_.from, *module_, options_.team);
    module_->set_optimizer_states(control_.from->optimizer);
  }

  void finish_epoch() {
    EpochResult result = walk_.result();
    result.test = evaluate_together(net_, test_digits_, options_.evaluation());
    walk_.next_epoch();
    const auto next = control_.observer.after_epoch(result);
    at_place();
    if (next == TrainingObserver::Next::stop) throw Stopped();
  }

  void at_place() {
    control_.observer.at_place([this] { return take(); });
  }

  TrainingState take() const {
    TrainingState state = walk_.place();
    if (module_) {
      take_weights(*module_, state, options_.team);
      state.optimizer = module_->get_optimizer_states();
    } else if (control_.from != nullptr) {
      state.weights = control_.from->weights;
      state.optimizer = control_.from->optimizer;
    }
    return state;
  }

  gluino::gluon::nn::HybridSequential& net_;
  const std::shared_ptr<gluino::optimizer::Optimizer> optimizer_;
  const TrainingOptions& options_;
  const TrainingControl& control_;
  EpochWalk walk_;
  data::Dataset test_digits_;
  std::optional<mod::Module> module_;
};

}  // namespace

TrainingState train_symbol(gluino::gluon::nn::HybridSequential& net,
                           const std::shared_ptr<gluino::optimizer::Optimizer>& optimizer,
                           const data::Dataset& train_digits, const data::Dataset& test_digits,
                           const TrainingOptions& options, const SymbolicOptions& symbolic,
                           const TrainingControl& control) {
  const std::int64_t rest = train_digits.size() % options.batch_size;
  for (const std::int64_t batch : {rest, options.batch_size}) {
    if (batch == 0 || batch > train_digits.size()) continue;
    options.team.size() == 1 ? check_split(batch, std::ssize(options.devices))
                             : check_share(batch, options.team);
  }
  check_copies(net, options.team);
  const MonitorLines lines(control.console);
  SymbolicTraining training(net, optimizer, train_digits, test_digits, options, control);
  return training.run(symbolic);
}

}  // namespace digits
