#include <gluino/base/error.h>
#include <gluino/base/random.h>
#include <gluino/gluon/data/sampler.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace gluino::gluon::data {

SequentialSampler::SequentialSampler(std::int64_t size, std::int64_t start)
    : size_(size), start_(start) {
  check(size >= 0 && start >= 0, "a sampler of ", size, " samples from ", start);
}

std::vector<std::int64_t> SequentialSampler::epoch() {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(size_));
  std::iota(indices.begin(), indices.end(), start_);
  return indices;
}

std::vector<std::int64_t> RandomSampler::epoch() {
  std::vector<std::int64_t> indices = SequentialSampler::epoch();
  random::shuffle(indices);
  return indices;
}

BatchSampler::BatchSampler(std::shared_ptr<Sampler> sampler, BatchSamplerOptions options)
    : sampler_(std::move(sampler)), options_(std::move(options)) {
  check(sampler_ != nullptr, "BatchSampler: expected a sampler");
  check(options_.batch_size >= 1, "batch_size: expected at least 1, got ", options_.batch_size);
  const std::string& last = options_.last_batch;
  check(last == "keep" || last == "discard" || last == "rollover",
        "last_batch: expected keep, discard or rollover, got \"", last, "\"");
}

std::int64_t BatchSampler::size() const {
  const std::int64_t samples = sampler_->size() + static_cast<std::int64_t>(rolled_over_.size());
  const std::int64_t whole = samples / options_.batch_size;
  const bool rest = samples % options_.batch_size != 0;
  return whole + (rest && options_.last_batch == "keep" ? 1 : 0);
}

std::vector<std::vector<std::int64_t>> BatchSampler::epoch() {
  std::vector<std::int64_t> indices = std::exchange(rolled_over_, {});
  const std::vector<std::int64_t> fresh = sampler_->epoch();
  indices.insert(indices.end(), fresh.begin(), fresh.end());

  std::vector<std::vector<std::int64_t>> batches;
  auto from = indices.cbegin();
  while (from != indices.cend()) {
    const auto left = indices.cend() - from;
    const auto until = from + std::min<std::int64_t>(left, options_.batch_size);
    if (left >= options_.batch_size || options_.last_batch == "keep") {
      batches.emplace_back(from, until);
    } else if (options_.last_batch == "rollover") {
      rolled_over_.assign(from, until);
    }
    from = until;
  }
  return batches;
}

}  // namespace gluino::gluon::data
