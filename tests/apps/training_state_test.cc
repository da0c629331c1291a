#include <apps/digits/models/networks.h>
#include <apps/digits/training/digit_data.h>
#include <apps/digits/training/saved_training.h>
#include <apps/digits/training/symbolic_training.h>
#include <apps/program.h>
#include <gluino/gluon/nn/nn.h>
#include <gluino/ops/elementwise/copies.h>

#include <cmath>
#include <limits>
#include <utility>

namespace digits_test {
namespace {

namespace nn = gluino::gluon::nn;
using digits::SavedTraining;
using digits::TrainingState;

struct Course {
  std::string api = "gluon";
  std::string optimizer = "sgd";
  int devices = 1;
  std::int64_t epochs = 2;
};

// What draws random numbers, and what has statistics of its own on each device, is in it.
nn::HybridSequential make_net() {
  nn::HybridSequential net("Small_");
  const auto scope = net.name_scope();
  net.add(nn::Flatten(), nn::Dense({.units = 12, .activation = "relu", .in_units = 784}),
          nn::BatchNorm({.in_channels = 12}), nn::Dropout(0.3),
          nn::Dense({.units = 10, .in_units = 12}));
  return net;
}

// Keeps each place as the bytes of its file.
class Recorder : public digits::TrainingObserver {
 public:
  void at_place(const TakeState& take) override {
    places.push_back(digits::to_bytes({.state = take()}));
  }
  Next after_epoch(const digits::EpochResult& result) override {
    epochs.push_back(result);
    return Next::go_on;
  }
  void interrupted(const TakeState&) override {}

  std::vector<std::string> places;
  std::vector<digits::EpochResult> epochs;
};

struct Trained {
  TrainingState end;
  std::vector<std::string> places;
  std::vector<digits::EpochResult> epochs;
};

class TrainingStates : public testing::Test {
 protected:
  // 7 batches of 10, and one of 5.
  static constexpr std::int64_t kBatches = 8;

  Trained train(const Course& course, const TrainingState* from = nullptr) const {
    digits::TrainingOptions options{.epochs = course.epochs, .batch_size = 10, .devices = {}};
    for (int i = 0; i < course.devices; ++i) options.devices.push_back(gluino::cpu(i));
    gluino::random::seed(7);
    auto net = make_net();
    net.initialize(gluino::init::Xavier(), options.devices);
    if (course.api == "gluon") net.hybridize();
    const auto optimizer = digits::make_optimizer(
        {.name = course.optimizer}, "mlp", {.batch_size = 10, .updates = course.epochs * kBatches});
    digits::Console console(digits::Console::Volume::quiet);
    Recorder recorder;
    const digits::TrainingControl control{.console = console, .observer = recorder, .from = from};
    TrainingState end;
    if (course.api == "module" || course.api == "feedforward") {
      const bool is_module = course.api == "module";
      end = digits::train_symbol(
          net, optimizer, train_digits_, test_digits_, options,
          {.api = is_module ? digits::SymbolicApi::module : digits::SymbolicApi::feedforward},
          control);
    } else {
      gluino::gluon::Trainer trainer(net.collect_params(), optimizer);
      end = digits::train(net, trainer, train_digits_, test_digits_, options, control);
    }
    return {from_bytes(digits::to_bytes({.state = end})), recorder.places, recorder.epochs};
  }

  static TrainingState from_bytes(const std::string& bytes) {
    return digits::saved_training_from(bytes, "place").state;
  }

  static void expect_same(const TrainingState& found, const TrainingState& expected,
                          const std::string& what) {
    EXPECT_EQ(found.epoch, expected.epoch) << what;
    EXPECT_EQ(found.batch, expected.batch) << what;
    EXPECT_EQ(found.optimizer, expected.optimizer) << what;
    EXPECT_EQ(found.random.drawn, expected.random.drawn) << what;
    EXPECT_EQ(found.random.shuffled, expected.random.shuffled) << what;
    ASSERT_EQ(found.weights.size(), expected.weights.size()) << what;
    for (std::size_t i = 0; i < found.weights.size(); ++i) {
      EXPECT_EQ(found.weights[i].first, expected.weights[i].first) << what;
      EXPECT_TRUE(gluino::ops::same_bits(found.weights[i].second, expected.weights[i].second))
          << what << ": " << found.weights[i].first;
    }
  }

  // From each of some places to the end.
  void expect_to_go_on(const Course& course, std::size_t step) const {
    const Trained whole = train(course);
    ASSERT_EQ(whole.places.size(), static_cast<std::size_t>(course.epochs * kBatches));
    for (std::size_t place = 0; place < whole.places.size(); place += step) {
      const TrainingState from = from_bytes(whole.places[place]);
      const std::string what = gluino::str(course.api, " with ", course.optimizer, " on ",
                                           course.devices, " from place ", place);
      const Trained rest = train(course, &from);
      expect_same(rest.end, whole.end, what);
      EXPECT_EQ(rest.places.size(), whole.places.size() - place - 1) << what;
      if (rest.epochs.empty()) continue;
      EXPECT_EQ(rest.epochs.back().train_loss, whole.epochs.back().train_loss) << what;
      EXPECT_EQ(rest.epochs.back().train_accuracy, whole.epochs.back().train_accuracy) << what;
      EXPECT_EQ(rest.epochs.back().test.loss(), whole.epochs.back().test.loss()) << what;
    }
  }

  SmallMnist mnist_{75, 20};
  digits::Console console_{digits::Console::Volume::quiet};
  gluino::gluon::data::vision::Digits digits_ = digits::find_data(mnist_.folder.path(), console_);
  gluino::gluon::data::Dataset train_digits_ = digits::load_data(digits_, digits::Part::train);
  gluino::gluon::data::Dataset test_digits_ = digits::load_data(digits_, digits::Part::test);
};

TEST_F(TrainingStates, EveryInterfaceGoesOnWithTheSameBitsFromEveryPlace) {
  for (const char* api : {"gluon", "gluon-eager", "module", "feedforward"}) {
    expect_to_go_on({.api = api}, 1);
  }
}

TEST_F(TrainingStates, EveryOptimizerGoesOnWithTheSameBits) {
  for (const char* api : {"gluon", "module", "feedforward"}) {
    for (const char* optimizer :
         {"nag", "adam", "adamax", "adagrad", "adadelta", "rmsprop", "ftrl", "signum", "adamw",
          "dcasgd", "ftml", "lamb", "lars", "lbsgd", "nadam", "sgld", "adabelief", "lans"}) {
      expect_to_go_on({.api = api, .optimizer = optimizer}, 5);
    }
  }
}

// Their running statistics differ.
TEST_F(TrainingStates, SeveralDevicesGoOnWithTheSameBits) {
  for (const char* api : {"gluon", "gluon-eager", "module", "feedforward"}) {
    expect_to_go_on({.api = api, .optimizer = "adam", .devices = 3}, 2);
  }
}

// Each observer that says so ends the training after the epoch.
TEST_F(TrainingStates, AnObserverStopsTheTraining) {
  class Stopper : public Recorder {
   public:
    Next after_epoch(const digits::EpochResult& result) override {
      Recorder::after_epoch(result);
      return result.epoch == 2 ? Next::stop : Next::go_on;
    }
  };
  for (const bool symbolic : {false, true}) {
    auto net = make_net();
    net.initialize();
    const auto optimizer = digits::make_optimizer({}, "mlp", {.batch_size = 10, .updates = 80});
    Stopper stopper;
    const digits::TrainingControl control{.console = console_, .observer = stopper};
    TrainingState end;
    if (symbolic) {
      end = digits::train_symbol(net, optimizer, train_digits_, test_digits_,
                                 {.epochs = 10, .batch_size = 10}, {}, control);
    } else {
      gluino::gluon::Trainer trainer(net.collect_params(), optimizer);
      end = digits::train(net, trainer, train_digits_, test_digits_,
                          {.epochs = 10, .batch_size = 10}, control);
    }
    EXPECT_EQ(stopper.epochs.size(), 2U);
    EXPECT_EQ(end.epoch, 3);
    EXPECT_EQ(end.batch, 0);
  }
}

TEST_F(TrainingStates, AreRefusedByAnotherNetwork) {
  const Trained whole = train({.epochs = 1});
  const TrainingState from = from_bytes(whole.places[3]);
  auto other = digits::make_network({.net = "mlp"});
  other.initialize();
  EXPECT_THROW(digits::give_weights(from, other), gluino::Error);
}

// A byte more, less or other, wherever it is.
TEST(SavedTraining, DamagedBytesAreRefused) {
  SavedTraining saved;
  saved.state.optimizer =
      gluino::optimizer::Updater(gluino::optimizer::create("sgd")).get_states(true);
  saved.state.weights = {{"w", gluino::NDArray({2}, gluino::float32, gluino::cpu())}};
  saved.run["settings"] = {{"--net", "mlp"}};
  const std::string bytes = digits::to_bytes(saved);
  EXPECT_EQ(digits::saved_training_from(bytes, "whole").run, saved.run);
  const auto expect_refused = [](const std::string& damaged, const std::string& what) {
    try {
      digits::saved_training_from(damaged, "it");
      ADD_FAILURE() << what << " was read";
    } catch (const gluino::Error& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with("it: expected ")) << error.what();
    }
  };
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const unsigned change : {0x01U, 0x80U, 0xffU}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(static_cast<unsigned char>(damaged[i]) ^ change);
      expect_refused(damaged, gluino::str("byte ", i, " changed by ", change));
    }
    expect_refused(bytes.substr(0, i), gluino::str("the first ", i, " bytes"));
  }
  expect_refused(bytes + '\0', "a byte more");
}

TEST(SavedTraining, KeepsNumbersExactly) {
  SavedTraining saved;
  saved.state.epoch = 3;
  saved.state.batch = 17;
  saved.state.loss = {.sum = 0.1 + 0.2, .instances = 1'700};
  saved.state.accuracy = {.sum = std::numeric_limits<double>::quiet_NaN(), .instances = 1};
  saved.state.random = {.seed = -5, .shuffled = ~std::uint64_t{0}, .drawn = {1, 2, 3}};
  saved.state.optimizer =
      gluino::optimizer::Updater(gluino::optimizer::create("sgd")).get_states(true);
  const TrainingState read = digits::saved_training_from(digits::to_bytes(saved), "it").state;
  EXPECT_EQ(read.epoch, 3);
  EXPECT_EQ(read.batch, 17);
  EXPECT_EQ(read.loss.sum, 0.1 + 0.2);
  EXPECT_EQ(read.loss.instances, 1'700);
  EXPECT_TRUE(std::isnan(read.accuracy.sum));
  EXPECT_EQ(read.random.seed, -5);
  EXPECT_EQ(read.random.shuffled, ~std::uint64_t{0});
  EXPECT_EQ(read.random.drawn, (std::vector<std::uint64_t>{1, 2, 3}));
}

}  // namespace
}  // namespace digits_test
