// The same training, whoever computes the shards of its batches, gives the same file. So does
// python/tests/kvstore/training.py, whose test runs these with GLUINO_SAVE_PARAMS and compares.
#include <gluino/base/file.h>
#include <gluino/gluino.h>

#include <cstdlib>
#include <filesystem>

#include "kvstore/on_workers.h"

namespace gluino {
namespace {

using testing::on_good_workers;

constexpr int kShards = 4;
constexpr std::int64_t kPerShard = 8;
constexpr std::int64_t kBatch = kShards * kPerShard;
constexpr std::int64_t kSteps = 4;

struct Own {
  explicit Own(const kv::KVStore& store)
      : first(kShards * store.rank() / store.num_workers()),
        last(kShards * (store.rank() + 1) / store.num_workers()) {
    for (int i = first; i < last; ++i) places.push_back(cpu(i - first));
  }
  int first;
  int last;
  std::vector<Context> places{};
};

struct Numbers {
  NDArray images;
  NDArray labels;
};

Numbers numbers() {
  random::seed(5);
  const NDArray images =
      nd::random::uniform({.low = 0, .high = 1, .shape = {kSteps * kBatch, 1, 28, 28}});
  const NDArray labels = nd::random::randint({.low = 0, .high = 10, .shape = {kSteps * kBatch}});
  return {images, labels.astype(float32)};
}

void train_gluon(const std::string& kind, const std::string& path) {
  namespace nn = gluon::nn;
  const kv::KVStore store = kv::create(kind);
  const Own own(store);
  const auto [images, labels] = numbers();
  random::seed(7 + store.rank());
  nn::HybridSequential net;
  net.add(nn::Conv2D({.channels = 6, .kernel_size = 5, .activation = "tanh", .in_channels = 1}),
          nn::MaxPool2D({.pool_size = 2, .strides = 2}),
          nn::Conv2D({.channels = 12, .kernel_size = 5, .activation = "tanh", .in_channels = 6}),
          nn::MaxPool2D({.pool_size = 2, .strides = 2}), nn::Flatten(),
          nn::Dense({.units = 40, .activation = "tanh", .in_units = 192}),
          nn::Dense({.units = 10, .in_units = 40}));
  net.initialize(init::Xavier(), own.places);
  gluon::Trainer trainer(net.collect_params(), "sgd", {{"learning_rate", 0.1}, {"momentum", 0.9}},
                         {.kvstore = store});
  gluon::loss::SoftmaxCrossEntropyLoss entropy;
  for (std::int64_t step = 0; step < kSteps; ++step) {
    std::vector<NDArray> losses;
    {
      const auto recording = autograd::record();
      for (int shard = own.first; shard < own.last; ++shard) {
        const Context& place = own.places[static_cast<std::size_t>(shard - own.first)];
        const std::int64_t row = step * kBatch + shard * kPerShard;
        losses.push_back(entropy(net(images.slice(row, row + kPerShard).as_in_context(place)),
                                 labels.slice(row, row + kPerShard).as_in_context(place)));
      }
    }
    autograd::backward(losses);
    trainer.step(kBatch);
  }
  if (store.rank() == 0) net.save_parameters(path);
}

void train_module(const std::string& kind, const std::string& path) {
  const kv::KVStore store = kv::create(kind);
  const Own own(store);
  const auto [images, labels] = numbers();
  std::vector<NDArray> own_images;
  std::vector<NDArray> own_labels;
  for (std::int64_t step = 0; step < kSteps; ++step) {
    const std::int64_t first = step * kBatch + own.first * kPerShard;
    const std::int64_t last = step * kBatch + own.last * kPerShard;
    own_images.push_back(images.slice(first, last));
    own_labels.push_back(labels.slice(first, last));
  }
  io::NDArrayIter data(nd::concat(own_images, {.dim = 0}), nd::concat(own_labels, {.dim = 0}),
                       {.batch_size = (own.last - own.first) * kPerShard});
  random::seed(7 + store.rank());
  Symbol x = sym::var("data");
  for (const int filters : {6, 12}) {
    x = sym::Convolution(x, {.kernel = {5, 5}, .num_filter = filters}, str("conv", filters));
    x = sym::Pooling(sym::tanh(x), {.kernel = {2, 2}, .pool_type = "max", .stride = {2, 2}});
  }
  x = sym::tanh(sym::FullyConnected(x, {.num_hidden = 40}, "fc1"));
  x = sym::FullyConnected(x, {.num_hidden = 10}, "fc2");
  mod::Module module(sym::SoftmaxOutput(x, {}, "softmax"), {.context = own.places});
  module.fit(data, {.kvstore = store,
                    .optimizer_params = {{"learning_rate", 0.1}, {"momentum", 0.9}},
                    .initializer = init::Xavier(),
                    .num_epoch = 1});
  if (store.rank() == 0) module.save_params(path);
}

using Training = void (*)(const std::string& kind, const std::string& path);

void check_files(Training train) {
  if (const char* path = std::getenv("GLUINO_SAVE_PARAMS")) return train("device", path);
  const bool is_worker = std::getenv("GLUINO_TEST_WORKERS") != nullptr;
  if (!is_worker) {
    std::string made = std::filesystem::temp_directory_path() / "gluino-shards-XXXXXX";
    ASSERT_NE(mkdtemp(made.data()), nullptr);
    setenv("GLUINO_SHARDS", made.c_str(), 1);
  }
  const std::filesystem::path folder = std::getenv("GLUINO_SHARDS");
  const std::string found = folder / "found.params";
  const std::string expected = folder / "expected.params";
  if (!is_worker) train("device", expected);
  for (const int workers : {1, 2, 4}) {
    on_good_workers(workers, [&] { train("dist_sync", found); });
    if (!is_worker) {
      EXPECT_TRUE(read_file(found) == read_file(expected)) << workers;
      std::filesystem::remove(found);
    }
  }
  if (!is_worker) std::filesystem::remove_all(folder);
}

TEST(Shards, TrainByGluon) { check_files(train_gluon); }
TEST(Shards, TrainByModule) { check_files(train_module); }

}  // namespace
}  // namespace gluino
