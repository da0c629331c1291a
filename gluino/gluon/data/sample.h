#pragma once

#include <gluino/ndarray/ndarray.h>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace gluino::gluon::data {

/// One row of a data set: a tuple of arrays, as a rule the data and its label. Two fields can be
/// bound to names: `const auto& [data, label] = sample`.
class GLUINO_API Sample {
 public:
  Sample() = default;
  Sample(NDArray field);  // NOLINT(google-explicit-constructor): a row of one
  Sample(std::initializer_list<NDArray> fields) : fields_(fields) {}
  template <std::convertible_to<NDArray> A, std::convertible_to<NDArray> B>
  Sample(std::pair<A, B> fields)  // NOLINT(google-explicit-constructor)
      : fields_{std::move(fields.first), std::move(fields.second)} {}
  explicit Sample(std::vector<NDArray> fields) : fields_(std::move(fields)) {}

  /// The number of fields.
  std::size_t size() const { return fields_.size(); }
  /// Throws Error when there is no such field.
  const NDArray& operator[](std::size_t field) const&;
  /// Field 0 and field 1.
  const NDArray& data() const& { return (*this)[0]; }
  const NDArray& label() const& { return (*this)[1]; }
  /// Of what a data set gives, copies: `const NDArray& x = dataset[0].data()`.
  NDArray operator[](std::size_t field) const&& { return (*this)[field]; }
  NDArray data() const&& { return (*this)[0]; }
  NDArray label() const&& { return (*this)[1]; }

  const std::vector<NDArray>& fields() const& { return fields_; }
  std::vector<NDArray> fields() const&& { return fields_; }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

  /// Throws Error when field 0 is missing.
  void set_data(NDArray data);

  /// For structured bindings. Throws Error unless there are two fields.
  template <std::size_t I>
  const NDArray& get() const {
    return bound(I);
  }

 private:
  const NDArray& bound(std::size_t field) const;

  std::vector<NDArray> fields_;
};

/// Several samples joined: each field has one more axis, the first, over the samples.
using Batch = Sample;

/// Joins samples along a new first axis. Throws Error when there is none, or when they differ in
/// the number of fields, a field's shape or its type.
GLUINO_API Batch stack(std::span<const Sample> samples);

}  // namespace gluino::gluon::data

/// @cond
template <>
struct std::tuple_size<gluino::gluon::data::Sample> : std::integral_constant<std::size_t, 2> {};
template <std::size_t I>
struct std::tuple_element<I, gluino::gluon::data::Sample> {
  using type = const gluino::NDArray;
};
/// @endcond
