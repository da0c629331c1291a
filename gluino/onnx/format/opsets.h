#pragma once

namespace gluino::onnx {

/// The sets of ONNX' operators that are written and read.
inline constexpr int kFirstOpset = 13;
inline constexpr int kLastOpset = 21;

}  // namespace gluino::onnx
