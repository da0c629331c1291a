#pragma once

#include <gluino/onnx/translation/export_node.h>

#include <string>

/// The functions of Activation as ONNX has them; the room's own.
namespace gluino::onnx {

/// The value of an act_type of Activation of a value. Throws Error, naming the node, for one that
/// cannot be written.
std::string activated(ExportNode& e, const std::string& act_type, const std::string& x);

}  // namespace gluino::onnx
