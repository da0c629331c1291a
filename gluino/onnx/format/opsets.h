#pragma once

namespace gluino::onnx {

/// The sets of ONNX' operators that are written, and the last that is read: later ones than 21 add
/// types and operators, and attributes, which are told where nobody reads them.
inline constexpr int kFirstOpset = 13;
inline constexpr int kLastOpset = 21;
inline constexpr int kLastReadOpset = 28;

}  // namespace gluino::onnx
