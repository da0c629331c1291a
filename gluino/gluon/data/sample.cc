#include <gluino/gluon/data/sample.h>

#include <cstring>

namespace gluino::gluon::data {
namespace {

void check_alike(const NDArray& array, const NDArray& first, std::size_t sample,
                 std::size_t field) {
  check(array.shape() == first.shape() && array.dtype() == first.dtype(),
        "samples of a batch must be alike: field ", field, " of the first has shape ",
        first.shape(), " and type ", first.dtype(), ", that of sample ", sample, " has shape ",
        array.shape(), " and type ", array.dtype());
}

NDArray stack_field(std::span<const Sample> samples, std::size_t field) {
  const NDArray& first = samples[0][field];
  Shape shape = first.shape();
  shape.insert(0, static_cast<std::int64_t>(samples.size()));
  NDArray result(shape, first.dtype(), first.context());
  auto* out = static_cast<std::byte*>(result.data());
  const std::size_t bytes = first.bytes();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const NDArray& array = samples[i][field];
    check_alike(array, first, i, field);
    if (bytes > 0) std::memcpy(out + i * bytes, array.data(), bytes);
  }
  return result;
}

}  // namespace

Sample::Sample(NDArray field) { fields_.push_back(std::move(field)); }

const NDArray& Sample::operator[](std::size_t field) const& {
  check(field < fields_.size(), "a sample of ", fields_.size(), " fields has no field ", field);
  return fields_[field];
}

void Sample::set_data(NDArray data) {
  check(!fields_.empty(), "a sample without fields has no data to replace");
  fields_[0] = std::move(data);
}

const NDArray& Sample::bound(std::size_t field) const {
  check(fields_.size() == 2, "a sample of ", fields_.size(),
        " fields cannot be bound to two names (data, label)");
  return fields_[field];
}

Batch stack(std::span<const Sample> samples) {
  check(!samples.empty(), "no samples to make a batch of");
  const std::size_t fields = samples[0].size();
  for (std::size_t i = 1; i < samples.size(); ++i) {
    check(samples[i].size() == fields, "samples of a batch must be alike: the first has ", fields,
          " fields, sample ", i, " has ", samples[i].size());
  }
  std::vector<NDArray> arrays;
  arrays.reserve(fields);
  for (std::size_t field = 0; field < fields; ++field) {
    arrays.push_back(stack_field(samples, field));
  }
  return Batch(std::move(arrays));
}

}  // namespace gluino::gluon::data
