#include <gluino/base/random.h>
#include <gluino/gluon/data/dataloader.h>
#include <gluino/gluon/data/epoch.h>

#include <algorithm>
#include <utility>

namespace gluino::gluon::data {
namespace {

constexpr int kMaxWorkers = 1024;

std::shared_ptr<BatchSampler> batches_of(const Dataset& dataset, const DataLoaderOptions& options) {
  if (options.batch_sampler != nullptr) {
    check(options.batch_size == 0 && !options.shuffle && options.sampler == nullptr &&
              !options.last_batch,
          "DataLoader: batch_sampler replaces batch_size, shuffle, sampler and last_batch; give "
          "none of them beside it");
    return options.batch_sampler;
  }
  check(options.batch_size >= 1, "DataLoader: batch_size: expected at least 1, got ",
        options.batch_size);
  check(options.sampler == nullptr || !options.shuffle,
        "DataLoader: sampler gives the order of the samples; do not ask for shuffle beside it");
  std::shared_ptr<Sampler> sampler = options.sampler;
  if (sampler == nullptr && options.shuffle) {
    sampler = std::make_shared<RandomSampler>(dataset.size());
  } else if (sampler == nullptr) {
    sampler = std::make_shared<SequentialSampler>(dataset.size());
  }
  return std::make_shared<BatchSampler>(
      std::move(sampler),
      BatchSamplerOptions{options.batch_size, options.last_batch.value_or("keep")});
}

}  // namespace

const Batch& BatchIterator::operator*() const { return epoch_->batch(); }

BatchIterator& BatchIterator::operator++() {
  epoch_->advance();
  return *this;
}

bool BatchIterator::at_end() const { return epoch_->at_end(); }

DataLoader::DataLoader(Dataset dataset, const DataLoaderOptions& options)
    : dataset_(std::move(dataset)), batch_sampler_(batches_of(dataset_, options)) {
  check(options.num_workers >= 0 && options.num_workers <= kMaxWorkers,
        "DataLoader: num_workers: expected 0 to ", kMaxWorkers, ", got ", options.num_workers);
  check(options.prefetch.value_or(0) >= 0, "DataLoader: prefetch: expected at least 0, got ",
        options.prefetch.value_or(0));
  num_workers_ = options.num_workers;
  // A worker needs a place for the batch that it makes.
  prefetch_ = std::max(1, options.prefetch.value_or(2 * num_workers_));
}

BatchIterator DataLoader::begin() const {
  EpochOptions options;
  options.num_workers = num_workers_;
  options.prefetch = prefetch_;
  auto batches = batch_sampler_->epoch();
  // Drawn only where it is used: data sets without augmentation leave the shuffles as they are.
  if (dataset_.source().random_transforms() > 0) options.augmentation_seed = random::draw_seed();
  auto epoch = std::make_shared<Epoch>(dataset_, std::move(batches), options);
  epoch->advance();
  return BatchIterator(std::move(epoch));
}

}  // namespace gluino::gluon::data
