#pragma once

#include <gluino/base/export.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gluino::gluon::data {

/// Decides which samples an epoch visits, and in which order. Derive from it for an order of your
/// own.
class GLUINO_API Sampler {
 public:
  virtual ~Sampler() = default;
  /// How many samples an epoch visits.
  virtual std::int64_t size() const = 0;
  /// The indices of the next epoch. Called by the thread that begins to iterate, so that random
  /// numbers drawn here follow the one seed.
  virtual std::vector<std::int64_t> epoch() = 0;
};

class Dataset;
class Sample;

/// start, start + 1, ..., start + size - 1.
class GLUINO_API SequentialSampler : public Sampler {
 public:
  /// Throws Error if `size` or `start` is negative.
  explicit SequentialSampler(std::int64_t size, std::int64_t start = 0);
  std::int64_t size() const override { return size_; }
  std::vector<std::int64_t> epoch() override;

 private:
  std::int64_t size_;
  std::int64_t start_;
};

/// 0 to size - 1 in a new random order each epoch, by random::shuffle.
class GLUINO_API RandomSampler : public SequentialSampler {
 public:
  /// Throws Error if `size` is negative.
  explicit RandomSampler(std::int64_t size) : SequentialSampler(size) {}
  std::vector<std::int64_t> epoch() override;
};

/// The samples of a data set for which a function holds, in their order.
class GLUINO_API FilterSampler : public Sampler {
 public:
  /// Asks it of each sample, now.
  FilterSampler(const std::function<bool(const Sample&)>& f, const Dataset& dataset);
  std::int64_t size() const override { return static_cast<std::int64_t>(indices_.size()); }
  std::vector<std::int64_t> epoch() override { return indices_; }

 private:
  std::vector<std::int64_t> indices_;
};

struct BatchSamplerOptions {
  /// Must be given.
  std::int64_t batch_size = 0;
  /// What becomes of samples that do not fill a batch: "keep" makes a smaller batch of them,
  /// "discard" leaves them out, "rollover" puts them at the beginning of the next epoch.
  std::string last_batch = "keep";
};

/// Groups a sampler's indices to batches. Virtual, so that a class of one's own can group
/// otherwise.
class GLUINO_API BatchSampler {
 public:
  /// Throws Error on a batch size below 1 or an unknown last_batch.
  BatchSampler(std::shared_ptr<Sampler> sampler, BatchSamplerOptions options);
  virtual ~BatchSampler() = default;

  /// The number of batches in the next epoch.
  virtual std::int64_t size() const;
  /// The batches of the next epoch.
  virtual std::vector<std::vector<std::int64_t>> epoch();

 protected:
  BatchSampler() = default;

 private:
  std::shared_ptr<Sampler> sampler_;
  BatchSamplerOptions options_;
  std::vector<std::int64_t> rolled_over_;
};

}  // namespace gluino::gluon::data
