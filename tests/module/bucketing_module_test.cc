// Networks of several lengths with the same parameters. The numbers are those of MXNet 1.9.1, and
// so are the names of the files.
#include <gluino/base/file.h>
#include <gluino/module/bucketing_module.h>
#include <gluino/ndarray/params.h>

#include "module/support.h"

namespace gluino {
namespace {

using mod::BucketingModule;
using ::testing::ElementsAre;
using testing::expect_near;
using testing::expect_same_bits;
using ::testing::HasSubstr;
using testing::LogLines;
using testing::message_of;
using testing::pattern;
using testing::TemporaryFolder;

constexpr std::int64_t kSamples = 3;

// Three sentences, of which each word tells the next; the last word's label, 0, does not count.
mod::BucketNetwork next_word(const io::BucketKey& key) {
  key.number();
  const Symbol zeros = sym::invoke("_zeros", std::vector<Symbol>{}, {{"shape", "(1, 3, 2)"}});
  const Symbol words = sym::Embedding(sym::var("data"), {.input_dim = 4, .output_dim = 2}, "embed");
  const Symbol steps = sym::RNN(
      {sym::transpose(words, {.axes = {1, 0, 2}}), sym::var("lstm_parameters"), zeros, zeros},
      {.state_size = 2}, "lstm");
  const Symbol rows = sym::reshape(sym::transpose(steps, {.axes = {1, 0, 2}}), {.shape = {-1, 2}});
  const Symbol scores = sym::FullyConnected(rows, {.num_hidden = 4}, "fc");
  const Symbol label = sym::reshape(sym::var("softmax_label"), {.shape = {-1}});
  return {sym::SoftmaxOutput(scores, label, {.ignore_label = 0, .use_ignore = true}, "softmax")};
}

io::DataBatch sentences(std::int64_t length, std::int64_t k) {
  std::vector<float> words, labels;
  for (std::int64_t i = 0; i < kSamples * length; ++i) {
    words.push_back(static_cast<float>(1 + (7 * i * i + 3 * k + i / 5) % 3));
  }
  for (std::int64_t i = 0; i < kSamples * length; ++i) {
    labels.push_back(i % length == length - 1 ? 0 : words[static_cast<std::size_t>(i) + 1]);
  }
  const Shape shape = {kSamples, length};
  io::DataBatch batch{.data = {nd::from(words, shape)}, .label = {nd::from(labels, shape)}};
  batch.provide_data = {{"data", shape}};
  batch.provide_label = {{"softmax_label", shape}};
  batch.bucket_key = length;
  return batch;
}

// Batches of the lengths 4, 2, 3 and 2.
class Buckets : public io::DataIter {
 public:
  Buckets() : DataIter(kSamples) {}
  bool next(io::DataBatch& batch) override {
    batch.clear();
    if (next_ == lengths_.size()) return false;
    batch = sentences(lengths_[next_], static_cast<std::int64_t>(next_));
    ++next_;
    return true;
  }
  void reset() override { next_ = 0; }
  std::vector<io::DataDesc> provide_data() const override { return {{"data", {kSamples, 4}}}; }
  std::vector<io::DataDesc> provide_label() const override {
    return {{"softmax_label", {kSamples, 4}}};
  }
  io::BucketKey default_bucket_key() const override { return 4; }

 private:
  std::vector<std::int64_t> lengths_ = {4, 2, 3, 2};
  std::size_t next_ = 0;
};

ArrayMap first_params() {
  return {{"embed_weight", pattern({4, 2}, 0)},
          {"lstm_parameters", pattern({48}, 1) * 0.5},
          {"fc_weight", pattern({4, 2}, 2)},
          {"fc_bias", pattern({4}, 3)}};
}

const mod::OptimizerParams kSettings = {{"learning_rate", 0.1}, {"momentum", 0.9}, {"wd", 0.01}};

BucketingModule ready(const mod::BindOptions& options = {}) {
  BucketingModule module(next_word, 4);
  const Buckets buckets;
  module.bind(buckets.provide_data(), buckets.provide_label(), options);
  module.init_params({.arg_params = first_params()});
  return module;
}

BucketingModule fitted() {
  BucketingModule module(next_word, 4);
  Buckets buckets, evaluation;
  metric::Perplexity perplexity({.ignore_label = 0});
  module.fit(buckets, {.eval_data = evaluation,
                       .eval_metric = perplexity,
                       .optimizer_params = kSettings,
                       .arg_params = first_params(),
                       .num_epoch = 2});
  return module;
}

TEST(BucketingModule, LearnsWhatMxnetsDoes) {
  LogLines log;
  BucketingModule module = fitted();
  EXPECT_THAT(log.take(), ElementsAre("Epoch[0] Train-perplexity=5.857431", "Epoch[0] Time cost=*",
                                      "Epoch[0] Validation-perplexity=4.374542",
                                      "Epoch[1] Train-perplexity=3.908439", "Epoch[1] Time cost=*",
                                      "Epoch[1] Validation-perplexity=3.224076"));
  testing::expect_params(
      module.get_params().arg_params,
      {{"embed_weight",
        {-1.5178485, -0.3946406, 0.6647016, -1.1774501, -0.0665854, 0.9446591, -0.9511244,
         0.2401498}},
       {"fc_bias", {-1.6119697, -0.0813594, 0.3168523, -0.1235234}},
       {"fc_weight",
        {-0.54603, 0.2297186, 1.4646444, -0.5694832, 0.2705956, -1.2199912, -0.308858, 0.8008314}},
       {"lstm_parameters",
        {-0.6323132, -0.0198384, 0.4352784,  -0.2642975, 0.1107225,  0.6907519,  -0.2940624,
         0.256019,   -0.7273218, -0.1384717, 0.4263224,  -0.4909482, -0.0227995, 0.5766247,
         -0.4909634, 0.2524684,  0.7628682,  -0.2536833, 0.3274312,  -0.6691896, -0.0861308,
         0.4809034,  -0.511138,  0.0600433,  0.645909,   -0.3517171, 0.2289969,  -0.7882312,
         -0.161399,  0.3640618,  -0.6102298, -0.0521845, 0.468944,   -0.6040858, 0.0896792,
         0.6643995,  -0.2035906, 0.152738,   -0.8604648, -0.3360437, 0.359569,   -0.7134608,
         -0.0196959, 0.5550245,  -0.3129656, 0.0433629,  0.6082852,  -0.4454187}}});
  EXPECT_THAT(module.bucket_keys(), ElementsAre(2, 3, 4));

  Buckets buckets;
  metric::Perplexity perplexity({.ignore_label = 0});
  EXPECT_NEAR(module.score(buckets, perplexity)[0].second, 3.2240759, 1e-5);
  module.forward(sentences(2, 9), false);
  expect_near(
      module.get_outputs()[0],
      {0.067309,  0.2397363, 0.394073, 0.2988818, 0.082217,  0.1801922, 0.3902617, 0.3473291,
       0.0701872, 0.217569,  0.41917,  0.2930738, 0.0691071, 0.230957,  0.3962797, 0.3036563,
       0.0701872, 0.217569,  0.41917,  0.2930738, 0.0624974, 0.248843,  0.4239156, 0.2647439},
      1e-5);
}

TEST(BucketingModule, TellsOfTheBucketAtHand) {
  BucketingModule module(next_word, 4);
  EXPECT_THAT(module.data_names(), ElementsAre("data"));
  EXPECT_THAT(module.output_names(), ElementsAre("softmax_output"));
  EXPECT_FALSE(module.binded());
  module = ready();
  EXPECT_EQ(module.bucket_key(), 4);
  module.prepare(sentences(2, 0));
  EXPECT_EQ(module.bucket_key(), 4);
  EXPECT_THAT(module.bucket_keys(), ElementsAre(2, 4));
  module.forward(sentences(2, 0));
  EXPECT_EQ(module.bucket_key(), 2);
  EXPECT_EQ(module.data_shapes()[0].shape, Shape({kSamples, 2}));
  EXPECT_EQ(module.label_shapes()[0].shape, Shape({kSamples, 2}));
  EXPECT_EQ(module.output_shapes()[0].shape, Shape({kSamples * 2, 4}));
  module.switch_bucket(4, {});
  EXPECT_EQ(module.data_shapes()[0].shape, Shape({kSamples, 4}));
  const std::shared_ptr<mod::BaseModule> same = module.handle();
  same->forward(sentences(3, 0));
  EXPECT_EQ(module.bucket_key(), 3);
  // What a batch's arrays are may be left unsaid.
  io::DataBatch plain = sentences(5, 0);
  plain.provide_data.clear();
  plain.provide_label.clear();
  module.forward(plain);
  EXPECT_EQ(module.label_shapes()[0].shape, Shape({kSamples, 5}));
}

TEST(BucketingModule, AddsGradientsOfBucketsWhereTold) {
  BucketingModule module = ready({.grad_req = GradReq::add});
  std::vector<NDArray> parts;
  for (const std::int64_t length : {4, 2}) {
    module.forward_backward(sentences(length, 0));
    BucketingModule alone = ready();
    alone.forward_backward(sentences(length, 0));
    parts.push_back(alone.bucket().executors()[0].grad_dict().at("fc_weight"));
  }
  expect_near(module.bucket().executors()[0].grad_dict().at("fc_weight"),
              (parts[0] + parts[1]).to_vector<double>(), 1e-6);
  EXPECT_THAT(message_of([&] { module.get_input_grads(); }), HasSubstr("inputs_need_grad"));
}

TEST(BucketingModule, TwoContextsLearnTheSame) {
  const LogLines log;
  const auto pairs = [](const io::BucketKey&) {
    const Symbol x = sym::FullyConnected(sym::var("data"), {.num_hidden = 3, .flatten = false});
    const Symbol h = sym::sum(sym::tanh(x), {.axis = {1}});
    return mod::BucketNetwork{sym::SoftmaxOutput(h, {}, "softmax")};
  };
  std::vector<ArrayMap> params;
  for (const mod::Contexts& context : {mod::Contexts(cpu()), mod::Contexts({cpu(0), cpu(1)})}) {
    BucketingModule module(pairs, 4, {.context = context});
    module.bind({{"data", {4, 4, 2}}}, {{"softmax_label", {4}}});
    // Layers without a name have the same one in every bucket.
    module.init_params({.arg_params = ArrayMap{{"fullyconnected0_weight", pattern({3, 2}, 0)},
                                               {"fullyconnected0_bias", pattern({3}, 1)}}});
    module.init_optimizer({.optimizer_params = {{"learning_rate", 0.1}}});
    for (const std::int64_t length : {4, 2, 3}) {
      io::DataBatch batch{.data = {pattern({4, length, 2}, 5)}, .label = {nd::array({0, 1, 2, 0})}};
      batch.bucket_key = length;
      module.train_step(batch);
    }
    params.push_back(module.get_params().arg_params);
  }
  for (const auto& [name, array] : params[0]) {
    expect_near(params[1].at(name), array.to_vector<double>(), 1e-6);
  }
}

TEST(BucketingModule, MonitorsSeeEveryBucket) {
  const LogLines log;
  BucketingModule module = ready();
  module.init_optimizer({.optimizer_params = kSettings});
  const mon::Monitor monitor({.pattern = ".*fc_bias|softmax_output", .sort = true});
  module.install_monitor(monitor);
  Buckets buckets;
  std::vector<std::string> seen;
  for (const io::DataBatch& batch : buckets) {
    monitor.tic();
    module.train_step(batch);
    for (const mon::Stat& stat : monitor.toc()) seen.push_back(str(stat.step, ' ', stat.name));
  }
  EXPECT_THAT(seen, ElementsAre("1 fc_bias", "1 softmax_output", "2 fc_bias", "2 fc_bias",
                                "2 softmax_output", "3 fc_bias", "3 fc_bias", "3 fc_bias",
                                "3 softmax_output", "4 fc_bias", "4 fc_bias", "4 fc_bias",
                                "4 softmax_output"));
  // Buckets that are gone are not told of.
  module.bind(buckets.provide_data(), buckets.provide_label(), {.force_rebind = true});
  EXPECT_THAT(module.bucket_keys(), ElementsAre(4));
  monitor.tic();
  module.train_step(sentences(4, 0));
  EXPECT_EQ(monitor.toc().size(), 2U);
}

TEST(BucketingModule, BindingAnewKeepsParametersAndOptimizer) {
  const LogLines log;
  BucketingModule module = fitted();
  const ArrayMap before = module.get_params().arg_params;
  const Buckets buckets;
  module.bind(buckets.provide_data(), buckets.provide_label(), {.force_rebind = true});
  expect_same_bits(module.get_params().arg_params, before);
  BucketingModule other = fitted();
  for (BucketingModule* each : {&module, &other}) each->train_step(sentences(3, 1));
  expect_same_bits(module.get_params().arg_params, other.get_params().arg_params);
  EXPECT_EQ(module.optimizer().num_update(), 9);
}

TEST(BucketingModule, GoesOnFromItsFiles) {
  LogLines log;
  const TemporaryFolder folder;
  const std::string prefix = folder.path("net");
  BucketingModule module = fitted();
  log.take();
  module.save_checkpoint(prefix, 2, true);
  EXPECT_THAT(log.take(), ElementsAre("Saved checkpoint to \"" + prefix + "-0002.params\"",
                                      "Saved optimizer state to \"" + prefix + "-0002.states\""));
  const nd::NamedArrays keys = nd::load(prefix + ".buckets");
  EXPECT_EQ(keys.at(0).first, "");
  EXPECT_EQ(keys[0].second.dtype(), int32);
  EXPECT_THAT(keys[0].second.to_vector<int>(), ElementsAre(2, 3, 4));
  EXPECT_EQ(sym::load(prefix + "-3-symbol.json").list_outputs(), module.output_names());

  callback::module_checkpoint(module, folder.path("epochs"))(0, {}, {}, {});
  EXPECT_TRUE(std::filesystem::exists(folder.path("epochs-2-symbol.json")));

  Buckets buckets;
  const auto go_on = [&](BucketingModule& from) {
    from.bind(buckets.provide_data(), buckets.provide_label());
    from.init_optimizer({.optimizer_params = kSettings});
    for (const std::int64_t length : {3, 4}) from.train_step(sentences(length, 5));
    return from.get_params().arg_params;
  };
  // Its networks are those of the files: sym_gen only says what comes with a batch.
  const auto names_only = [](const io::BucketKey&) {
    return mod::BucketNetwork{sym::Group({sym::var("data"), sym::var("softmax_label")})};
  };
  BucketingModule again =
      BucketingModule::load(prefix, 2, names_only, 4, {.load_optimizer_states = true});
  EXPECT_TRUE(again.params_initialized());
  expect_same_bits(again.get_params().arg_params, module.get_params().arg_params);
  expect_same_bits(go_on(again), go_on(module));

  const auto [arg_params, aux_params] = module.get_params();
  BucketingModule given = BucketingModule::load_dict({}, next_word, 4, arg_params, aux_params);
  given.bind(buckets.provide_data(), buckets.provide_label());
  expect_same_bits(given.get_params().arg_params, arg_params);
}

TEST(BucketingModule, KeysMayBeListsAndTexts) {
  const LogLines log;
  const TemporaryFolder folder;
  const auto sum_of_two = [](const io::BucketKey&) {
    const Symbol x = sym::sum(sym::var("a"), {.axis = {1}, .keepdims = true});
    const Symbol y = sym::sum(sym::var("b"), {.axis = {1}, .keepdims = true});
    const Symbol fc = sym::FullyConnected(sym::concat({x, y}, {.dim = 1}), {.num_hidden = 2}, "fc");
    return mod::BucketNetwork{sym::SoftmaxOutput(fc, {}, "softmax"), {"a", "b"}};
  };
  BucketingModule module(sum_of_two, {4, 6});
  module.bind({{"a", {2, 4}}, {"b", {2, 6}}}, {{"softmax_label", {2}}});
  module.init_params();
  for (const io::BucketKey& key :
       {io::BucketKey(4, 6), io::BucketKey(2, 3), io::BucketKey("short")}) {
    io::DataBatch batch{.data = {nd::ones({2, 2}), nd::ones({2, 3})}, .label = {nd::zeros(2)}};
    batch.bucket_key = key;
    module.forward(batch);
  }
  EXPECT_THAT(module.bucket_keys(),
              ElementsAre(io::BucketKey(2, 3), io::BucketKey(4, 6), io::BucketKey("short")));
  module.save_checkpoint(folder.path("net"), 0);
  EXPECT_TRUE(std::filesystem::exists(folder.path("net-(2, 3)-symbol.json")));
  EXPECT_TRUE(std::filesystem::exists(folder.path("net-short-symbol.json")));
  EXPECT_FALSE(std::filesystem::exists(folder.path("net.buckets")));
  BucketingModule again = BucketingModule::load(folder.path("net"), 0, sum_of_two, {4, 6});
  expect_same_bits(again.get_params().arg_params, module.get_params().arg_params);
}

TEST(BucketingModule, OutputsThatCannotBeJoinedAreGivenByBatch) {
  const auto scale = [](const io::BucketKey&) {
    return mod::BucketNetwork{
        sym::broadcast_mul(sym::var("data"), sym::var("scale", {.shape = {1}})), {"data"}, {}};
  };
  BucketingModule module(scale, 4);
  Buckets buckets;
  module.bind(buckets.provide_data(), {}, {.for_training = false});
  module.init_params({.arg_params = ArrayMap{{"scale", nd::array({2})}}});
  EXPECT_THAT(message_of([&] { module.predict(buckets); }),
              HasSubstr("output 0 has shape (3, 4) in one batch, (3, 2) in another"));
  const auto batches = module.predict_batches(buckets);
  ASSERT_EQ(batches.size(), 4U);
  EXPECT_EQ(batches[2][0].to_vector<float>(), (sentences(3, 2).data[0] * 2).to_vector<float>());
}

TEST(BucketingModule, MistakesAreTold) {
  const LogLines log;
  EXPECT_THAT(message_of([] { BucketingModule({}, 4); }), HasSubstr("a function that makes"));
  EXPECT_THAT(message_of([] { BucketingModule(next_word, {}); }), HasSubstr("default_bucket_key"));
  EXPECT_THAT(message_of([] { BucketingModule(next_word, "long"); }),
              HasSubstr("bucket long: BucketKey: expected one number, got long"));
  BucketingModule module(next_word, 4);
  EXPECT_THAT(message_of([&] { module.forward(sentences(2, 0)); }), HasSubstr("call bind first"));
  EXPECT_THAT(message_of([&] { module.install_monitor(mon::Monitor(mon::MonitorOptions())); }),
              HasSubstr("call bind first"));
  const Buckets buckets;
  module.bind(buckets.provide_data(), buckets.provide_label());
  EXPECT_THAT(message_of([&] {
                module.switch_bucket(2, {{"data", {3, 2}}});
              }),
              HasSubstr("call init_params first"));
  module.init_params({.arg_params = first_params()});
  EXPECT_THAT(message_of([&] { module.update(); }), HasSubstr("call init_optimizer first"));
  io::DataBatch without = sentences(4, 0);
  without.bucket_key = {};
  EXPECT_THAT(message_of([&] { module.forward(without); }),
              HasSubstr("expected a batch with a bucket_key"));
  EXPECT_THAT(message_of([&] { module.predict(without.data[0]); }), HasSubstr("bucket_key"));
  mod::Module other(next_word(4).symbol);
  EXPECT_THAT(message_of([&] {
                module.bind(buckets.provide_data(), {},
                            {.force_rebind = true, .shared_module = &other});
              }),
              HasSubstr("a BucketingModule has parameters of its own"));
  // A bucket may have no parameter that the default one does not have.
  const auto growing = [](const io::BucketKey& key) {
    const Symbol x = sym::flatten(sym::var("data"));
    return mod::BucketNetwork{sym::SoftmaxOutput(
        sym::FullyConnected(x, {.num_hidden = 2}, str("fc", key)), {}, "softmax")};
  };
  BucketingModule grown(growing, 4);
  grown.bind(buckets.provide_data(), {{"softmax_label", {3}}});
  grown.init_params();
  EXPECT_THAT(message_of([&] { grown.forward(sentences(2, 0)); }),
              HasSubstr("bucket 2: bind: shared_module has no parameter fc2_bias"));
  EXPECT_THAT(grown.bucket_keys(), ElementsAre(4));
  EXPECT_THAT(message_of([] { BucketingModule::load("/nowhere/net", 1, next_word, 4); }),
              HasSubstr("/nowhere/net-0001.params"));
}

}  // namespace
}  // namespace gluino
