#pragma once

#include <gluino/ndarray/ndarray.h>

#include <string>

/// How tensors stand in a file; the room's own.
namespace gluino::onnx {

namespace wire {
class Tensor;
}

/// The tensor as an array. Sizes are held against the bytes that are there before anything is
/// allocated; tensors in files of their own lie in `folder` or below it, without links that lead
/// out of it. Throws Error, naming `where`.
NDArray array_of_tensor(const wire::Tensor& tensor, const std::string& where,
                        const std::string& folder);

}  // namespace gluino::onnx
