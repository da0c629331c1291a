#include <apps/digits/console/failure.h>
#include <apps/digits/console/interrupt.h>
#include <apps/digits/training/digit_data.h>
#include <apps/digits/training/meter.h>
#include <apps/digits/training/symbolic_training.h>
#include <gluino/base/log.h>
#include <gluino/graph/sym.h>
#include <gluino/module/feed_forward.h>
#include <gluino/module/module.h>
#include <gluino/ndarray/creation.h>

#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <utility>

namespace digits {
namespace {

namespace data = gluino::gluon::data;
namespace io = gluino::io;
namespace sym = gluino::sym;
using gluino::ArrayMap;
using gluino::NDArray;
using gluino::Shape;
using gluino::Symbol;

constexpr const char* kLabel = "softmax_label";
enum Output { kLoss, kScores };

// The network with the loss of Gluon's SoftmaxCrossEntropyLoss behind it, operator for operator.
Symbol with_loss(const Symbol& scores) {
  const Symbol log_p = sym::log_softmax(scores, {.axis = -1});
  const Symbol loss =
      -sym::pick(log_p, sym::var(kLabel), {.axis = -1, .keepdims = false, .check_labels = true});
  return sym::Group({sym::make_loss(loss, "loss"), sym::BlockGrad(scores, "scores")});
}

// The batches of a DataLoader for fit. The last one of an epoch may be smaller.
class LoaderIter : public io::DataIter {
 public:
  LoaderIter(data::DataLoader loader, std::int64_t batch_size, Meter& meter,
             gluino::optimizer::Optimizer& optimizer)
      : DataIter(batch_size), loader_(std::move(loader)), meter_(meter), optimizer_(optimizer) {}

  bool next(io::DataBatch& batch) override {
    interrupt::check();
    // The batch before has been trained with by now.
    if (samples_ > 0) meter_.add_batch(std::exchange(samples_, 0));
    batch.clear();
    if (!position_) {
      meter_.begin_epoch();
      position_.emplace(loader_.begin());
    } else if (*position_ != loader_.end()) {
      ++*position_;
    }
    if (*position_ == loader_.end()) return false;
    const auto& [images, labels] = **position_;
    batch.data = {images};
    batch.label = {labels};
    // fit divides gradients by the size for which it is bound; a Trainer by the batch's own.
    samples_ = images.shape()[0];
    optimizer_.set_rescale_grad(1.0 / static_cast<double>(samples_));
    return true;
  }
  // The next epoch, and its random order, begins with its first batch.
  void reset() override { position_.reset(); }

  std::vector<io::DataDesc> provide_data() const override {
    return {{.name = "data", .shape = {batch_size(), 1, kRows, kColumns}}};
  }
  std::vector<io::DataDesc> provide_label() const override {
    return {{.name = kLabel, .shape = {batch_size()}, .dtype = gluino::int32, .layout = "N"}};
  }

 private:
  data::DataLoader loader_;
  Meter& meter_;
  gluino::optimizer::Optimizer& optimizer_;
  std::optional<data::BatchIterator> position_;
  std::int64_t samples_ = 0;
};

// Counts what with_loss gives.
class LossAndAccuracy : public gluino::metric::EvalMetric {
 public:
  LossAndAccuracy() : EvalMetric("loss and accuracy") {}

  void reset() override {
    accuracy.reset();
    loss.reset();
  }

  gluino::metric::Accuracy accuracy;
  gluino::metric::Loss loss;

 protected:
  void update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) override {
    accuracy.update(labels[0], preds[kScores]);
    loss.update(labels[0], preds[kLoss]);
  }
};

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

ArrayMap arrays_of(const gluino::gluon::Block& net) {
  ArrayMap arrays;
  for (const auto& parameter : net.collect_params()) {
    arrays.emplace(parameter.name(), parameter.reduce());
  }
  return arrays;
}

}  // namespace

void train_symbol(gluino::gluon::nn::HybridSequential& net,
                  const std::shared_ptr<gluino::optimizer::Optimizer>& optimizer,
                  const data::Dataset& train_digits, const data::Dataset& test_digits,
                  const TrainingOptions& options, const SymbolicOptions& symbolic, Console& console,
                  const std::function<void(const EpochResult&)>& after_epoch) {
  const auto devices = static_cast<std::int64_t>(options.devices.size());
  const std::int64_t rest = train_digits.size() % options.batch_size;
  check_split(rest == 0 ? options.batch_size : rest, devices);
  if (train_digits.size() > rest) check_split(options.batch_size, devices);
  const gluino::Context& device = options.devices.front();
  const Symbol symbol =
      with_loss(net.to_symbol(gluino::nd::zeros({1, 1, kRows, kColumns}).as_in_context(device)));
  const ArrayMap initial = arrays_of(net);
  // Symbols decay no biases unless told to; Gluon does.
  std::map<std::string, double> decays;
  for (const auto& [name, array] : initial) decays[name] = 1;
  optimizer->set_wd_mult(decays);
  optimizer->set_rescale_grad(1.0 / static_cast<double>(options.batch_size));

  const auto train_loader =
      make_loader(train_digits, {.batch_size = options.batch_size, .shuffle = true});
  const auto test_loader = make_loader(test_digits, {.batch_size = options.batch_size});
  Meter meter(console, {.epochs = options.epochs, .batches = train_loader.size()});
  LoaderIter batches(train_loader, options.batch_size, meter, *optimizer);
  LossAndAccuracy metric;
  const auto end_epoch = [&](int /*epoch*/, const Symbol& /*symbol*/, const ArrayMap& args,
                             const ArrayMap& /*aux*/) {
    EpochResult result = meter.end_epoch(metric.accuracy.get().second, metric.loss.get().second);
    for (const auto& parameter : net.collect_params())
      parameter.set_data(args.at(parameter.name()));
    result.test = evaluate(net, test_loader, device);
    after_epoch(result);
  };
  const MonitorLines lines(console);
  const int epochs = static_cast<int>(options.epochs);
  if (symbolic.api == SymbolicApi::module) {
    gluino::mod::Module module(symbol, {.label_names = {kLabel}, .context = options.devices});
    module.fit(batches, {.eval_metric = metric,
                         .epoch_end_callback = end_epoch,
                         .optimizer = optimizer,
                         .arg_params = initial,
                         .num_epoch = epochs,
                         .monitor = symbolic.monitor});
    return;
  }
  gluino::model::FeedForward model(
      symbol,
      {.ctx = options.devices, .num_epoch = epochs, .optimizer = optimizer, .arg_params = initial});
  model.fit(batches,
            {.eval_metric = metric, .epoch_end_callback = end_epoch, .monitor = symbolic.monitor});
}

}  // namespace digits
