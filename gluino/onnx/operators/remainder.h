#pragma once

#include <gluino/onnx/translation/export_node.h>

/// The room's own.
namespace gluino::onnx {

/// The remainder of a / b with the sign of b, 0 where b is 0, in the type of the node's output.
/// ONNX' for fractions has that of a.
std::string remainder(ExportNode& e, const std::string& a, const std::string& b);

}  // namespace gluino::onnx
