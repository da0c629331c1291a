#pragma once

#include <gluino/gluon/data/transform.h>
#include <gluino/ops/core/invoke.h>

namespace gluino::gluon::data::vision::transforms {

/// A picture alone by the random operator that MXNet's transform is; none where the operator takes
/// no such picture.
template <class Options>
Transform::Alone by_operator(const char* name, const Options& options) {
  return [&op = Op::get<Options>(name), options](const NDArray& x) -> std::optional<NDArray> {
    if (x.ndim() != 3 || (x.shape()[2] != 1 && x.shape()[2] != 3)) return std::nullopt;
    return call(op, options, {x});
  };
}

}  // namespace gluino::gluon::data::vision::transforms
