#include <gluino/gluon/data/dataset.h>

#include <algorithm>
#include <cstring>
#include <numeric>

namespace gluino::gluon::data {
namespace {

class SampleSource final : public Source {
 public:
  explicit SampleSource(std::vector<Sample> samples) : samples_(std::move(samples)) {}

  std::int64_t size() const override { return static_cast<std::int64_t>(samples_.size()); }
  Sample get(std::int64_t index) const override {
    return samples_[static_cast<std::size_t>(index)];
  }

 private:
  std::vector<Sample> samples_;
};

class TransformedSource final : public Source {
 public:
  TransformedSource(Dataset base, SampleTransform f)
      : base_(std::move(base)),
        f_(std::move(f)),
        random_transforms_(base_.source().random_transforms() + (f_.is_random() ? 1 : 0)) {}

  std::int64_t size() const override { return base_.size(); }
  int random_transforms() const override { return random_transforms_; }

  Sample get(std::int64_t index) const override {
    const Sample sample = base_.get(index);
    Generator generator =
        f_.is_random() ? sample_generator(index, random_transforms_) : Generator(0);
    return f_(sample, generator);
  }

 private:
  Dataset base_;
  SampleTransform f_;
  int random_transforms_;
};

class FirstTransformedSource final : public Source {
 public:
  FirstTransformedSource(Dataset base, Transform f)
      : base_(std::move(base)),
        f_(std::move(f)),
        random_transforms_(base_.source().random_transforms() + (f_.is_random() ? 1 : 0)) {}

  std::int64_t size() const override { return base_.size(); }
  int random_transforms() const override { return random_transforms_; }

  Sample get(std::int64_t index) const override {
    Sample sample = base_.get(index);
    Generator generator =
        f_.is_random() ? sample_generator(index, random_transforms_) : Generator(0);
    sample.set_data(f_(sample.data(), generator));
    return sample;
  }

  Batch get_batch(std::span<const std::int64_t> indices) const override {
    if (!f_.has_batch()) return Source::get_batch(indices);
    Batch batch = base_.get_batch(indices);
    batch.set_data(f_.batch(batch.data()));
    return batch;
  }

 private:
  Dataset base_;
  Transform f_;
  int random_transforms_;
};

class ArraySource final : public Source {
 public:
  explicit ArraySource(std::vector<NDArray> arrays) : arrays_(std::move(arrays)) {
    check(!arrays_.empty(), "ArrayDataset: expected at least one array");
    for (std::size_t i = 0; i < arrays_.size(); ++i) {
      check(arrays_[i].defined() && arrays_[i].ndim() > 0, "ArrayDataset: array ", i,
            " has no first axis to take samples from");
      check(arrays_[i].shape()[0] == size(),
            "ArrayDataset: all arrays must have the same length, array 0 has ", size(), ", array ",
            i, " has ", arrays_[i].shape()[0]);
    }
  }

  std::int64_t size() const override { return arrays_[0].shape()[0]; }

  Sample get(std::int64_t index) const override {
    std::vector<NDArray> fields;
    fields.reserve(arrays_.size());
    for (const NDArray& array : arrays_) {
      Shape shape = array.shape();
      shape.erase(0);
      fields.push_back(array.slice_view(index, index + 1).view(shape));
    }
    return Sample(std::move(fields));
  }

  Batch get_batch(std::span<const std::int64_t> indices) const override {
    std::vector<NDArray> fields;
    fields.reserve(arrays_.size());
    for (const NDArray& array : arrays_) fields.push_back(gather(array, indices));
    return Batch(std::move(fields));
  }

 private:
  static NDArray gather(const NDArray& array, std::span<const std::int64_t> indices) {
    Shape shape = array.shape();
    shape[0] = static_cast<std::int64_t>(indices.size());
    NDArray result(shape, array.dtype(), array.context());
    const std::size_t row =
        static_cast<std::size_t>(shape.size_between(1, shape.ndim())) * size_of(array.dtype());
    if (row == 0) return result;
    const auto* from = static_cast<const std::byte*>(array.data());
    auto* to = static_cast<std::byte*>(result.data());
    for (const std::int64_t index : indices) {
      std::memcpy(to, from + static_cast<std::size_t>(index) * row, row);
      to += row;
    }
    return result;
  }

  std::vector<NDArray> arrays_;
};

// Some samples of another data set, in some order.
class ChosenSource final : public Source {
 public:
  ChosenSource(Dataset base, std::vector<std::int64_t> indices)
      : base_(std::move(base)), indices_(std::move(indices)) {}

  std::int64_t size() const override { return static_cast<std::int64_t>(indices_.size()); }
  int random_transforms() const override { return base_.source().random_transforms(); }
  Sample get(std::int64_t index) const override { return base_.get(at(index)); }
  Batch get_batch(std::span<const std::int64_t> indices) const override {
    std::vector<std::int64_t> chosen;
    chosen.reserve(indices.size());
    for (const std::int64_t index : indices) chosen.push_back(at(index));
    return base_.get_batch(chosen);
  }

 private:
  std::int64_t at(std::int64_t index) const { return indices_[static_cast<std::size_t>(index)]; }

  Dataset base_;
  std::vector<std::int64_t> indices_;
};

std::vector<std::int64_t> range(std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(end - begin));
  std::iota(indices.begin(), indices.end(), begin);
  return indices;
}

Dataset all_at_once(const Dataset& dataset) {
  std::vector<Sample> samples;
  samples.reserve(static_cast<std::size_t>(dataset.size()));
  for (std::int64_t i = 0; i < dataset.size(); ++i) samples.push_back(dataset.get(i));
  return SimpleDataset(std::move(samples));
}

}  // namespace

Batch Source::get_batch(std::span<const std::int64_t> indices) const {
  std::vector<Sample> samples;
  samples.reserve(indices.size());
  for (const std::int64_t index : indices) samples.push_back(get(index));
  return stack(samples);
}

Dataset::Dataset(std::shared_ptr<const Source> source) : source_(std::move(source)) {
  check(source_ != nullptr, "a Dataset needs a source");
}

Sample Dataset::get(std::int64_t index) const {
  check(index >= 0 && index < size(), "index ", index, " is out of range for a data set of ",
        size(), " samples");
  return source_->get(index);
}

Batch Dataset::get_batch(std::span<const std::int64_t> indices) const {
  const std::int64_t n = size();
  for (const std::int64_t index : indices) {
    check(index >= 0 && index < n, "index ", index, " is out of range for a data set of ", n,
          " samples");
  }
  return source_->get_batch(indices);
}

Dataset Dataset::transform(const SampleTransform& f, const TransformOptions& options) const {
  Dataset transformed = TransformedSource(*this, f);
  return options.lazy ? transformed : all_at_once(transformed);
}

Dataset Dataset::transform_first(const Transform& f, const TransformOptions& options) const {
  Dataset transformed = FirstTransformedSource(*this, f);
  return options.lazy ? transformed : all_at_once(transformed);
}

Dataset Dataset::filter(const std::function<bool(const Sample&)>& f) const {
  return sample(FilterSampler(f, *this));
}

Dataset Dataset::shard(std::int64_t num_shards, std::int64_t index) const {
  check(num_shards > 0, "shard: num_shards: expected at least 1, got ", num_shards);
  check(index >= 0 && index < num_shards, "shard: index: expected 0 to ", num_shards - 1, ", got ",
        index);
  const std::int64_t each = size() / num_shards;
  const std::int64_t rest = size() % num_shards;  // the first ones have one more
  const std::int64_t begin = each * index + std::min(index, rest);
  return ChosenSource(*this, range(begin, begin + each + (index < rest ? 1 : 0)));
}

Dataset Dataset::take(std::int64_t count) const {
  check(count >= 0, "take: count: expected at least 0, got ", count);
  return ChosenSource(*this, range(0, std::min(count, size())));
}

Dataset Dataset::sample(Sampler& sampler) const {
  std::vector<std::int64_t> indices = sampler.epoch();
  for (const std::int64_t index : indices) {
    check(index >= 0 && index < size(), "sample: the sampler names sample ", index,
          " of a data set of ", size());
  }
  return ChosenSource(*this, std::move(indices));
}

FilterSampler::FilterSampler(const std::function<bool(const Sample&)>& f, const Dataset& dataset) {
  check(f != nullptr, "FilterSampler: expected a function");
  for (std::int64_t i = 0; i < dataset.size(); ++i) {
    if (f(dataset.get(i))) indices_.push_back(i);
  }
}

ArrayDataset::ArrayDataset(std::vector<NDArray> arrays) : Dataset(ArraySource(std::move(arrays))) {}

SimpleDataset::SimpleDataset(std::vector<Sample> samples)
    : Dataset(SampleSource(std::move(samples))) {}

}  // namespace gluino::gluon::data
