#pragma once

#include <gluino/gluon/data/sample.h>
#include <gluino/gluon/data/sampler.h>
#include <gluino/gluon/data/transform.h>
#include <gluino/ndarray/shared.h>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace gluino::gluon::data {

/// Where the samples of a Dataset come from. Derive from it to make a data set of your own:
///
///     struct Squares : data::Source {
///       std::int64_t size() const override { return 100; }
///       Sample get(std::int64_t i) const override { return {nd::array({double(i)}), ...}; }
///     };
///     data::DataLoader loader(Squares(), {.batch_size = 10});
///
/// Its methods are called by several threads at once.
class GLUINO_API Source {
 public:
  virtual ~Source() = default;

  /// The number of samples; it stays the same.
  virtual std::int64_t size() const = 0;
  /// Sample `index`, from 0 to size() - 1.
  virtual Sample get(std::int64_t index) const = 0;
  /// These samples joined along a new first axis. Override it where that is cheaper than one by
  /// one.
  virtual Batch get_batch(std::span<const std::int64_t> indices) const;
  /// How many transforms that draw random numbers a sample goes through.
  virtual int random_transforms() const { return 0; }
};

struct TransformOptions {
  /// Transforms a sample whenever it is asked for; otherwise all of them at once, now.
  bool lazy = true;
};

/// A finite row of samples. A value of this class is a handle: copies, and the data sets made by
/// its methods, share what it holds.
class GLUINO_API Dataset {
 public:
  explicit Dataset(std::shared_ptr<const Source> source);
  /// Keeps a copy of `source`.
  template <class S>
  requires std::derived_from<std::remove_cvref_t<S>, Source> Dataset(
      S&& source)  // NOLINT(google-explicit-constructor): any source is a data set
      : Dataset(std::shared_ptr<const Source>(
            std::make_shared<const std::remove_cvref_t<S>>(std::forward<S>(source)))) {}

  std::int64_t size() const { return source_->size(); }
  /// Throws Error unless 0 <= index < size().
  Sample get(std::int64_t index) const;
  Sample operator[](std::int64_t index) const { return get(index); }
  /// These samples joined along a new first axis. Throws Error when an index is out of range, or
  /// the samples are not alike.
  Batch get_batch(std::span<const std::int64_t> indices) const;

  /// The data set of f(sample), or of f(data, label).
  Dataset transform(const SampleTransform& f, const TransformOptions& options = {}) const;
  /// The data set in which f has been applied to the first field of each sample.
  Dataset transform_first(const Transform& f, const TransformOptions& options = {}) const;

  /// The samples for which f(sample) holds; all of them are made, now, to ask.
  Dataset filter(const std::function<bool(const Sample&)>& f) const;
  /// Part `index` of `num_shards` of about one size, in which neighbours stay together. Throws
  /// Error unless 0 <= index < num_shards.
  Dataset shard(std::int64_t num_shards, std::int64_t index) const;
  /// The first `count` samples, or all where there are fewer.
  Dataset take(std::int64_t count) const;
  /// The samples that one epoch of `sampler` visits, in its order. Throws Error when it names one
  /// that there is not.
  Dataset sample(Sampler& sampler) const;
  Dataset sample(Sampler&& sampler) const { return sample(sampler); }

  const Source& source() const { return *source_; }

 private:
  Shared<const Source> source_;
};

/// The rows of one or more arrays with equally long first axes: sample i has the fields array[i].
/// Elements of arrays with one axis come as arrays without axes.
class GLUINO_API ArrayDataset : public Dataset {
 public:
  /// Throws Error when there is no array, one has no axis, or lengths differ.
  explicit ArrayDataset(std::vector<NDArray> arrays);
  template <std::same_as<NDArray>... Arrays>
  explicit ArrayDataset(const Arrays&... arrays) : ArrayDataset(std::vector<NDArray>{arrays...}) {}
};

/// Samples held one by one; they need not be alike.
class GLUINO_API SimpleDataset : public Dataset {
 public:
  explicit SimpleDataset(std::vector<Sample> samples);
};

}  // namespace gluino::gluon::data
