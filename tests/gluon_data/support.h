#pragma once

#include <gluino/base/error.h>
#include <gluino/gluon/data/dataset.h>
#include <gluino/ndarray/creation.h>

#include <string>

namespace gluino::gluon::data {

/// What the Error says that f() throws; empty if it throws none.
template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// x * factor by a plain loop, so that these tests need no operators.
inline NDArray scaled(const NDArray& x, double factor) {
  std::vector<float> values = x.to_vector<float>();
  for (float& value : values) value *= static_cast<float>(factor);
  return nd::from(values, x.shape());
}

/// 0, 1, 4, 9, ... as arrays without axes.
class Squares : public Source {
 public:
  explicit Squares(std::int64_t size) : size_(size) {}
  std::int64_t size() const override { return size_; }
  Sample get(std::int64_t i) const override { return nd::full({}, static_cast<double>(i * i)); }

 private:
  std::int64_t size_;
};

}  // namespace gluino::gluon::data
