#pragma once

#include <gluino/onnx/translation/export_node.h>
#include <gluino/onnx/translation/import_node.h>

#include <string>

/// How images lie, and what stands around them; the room's own.
namespace gluino::onnx {

/// (N, C, ...) of a value in a layout of MXNet's, and the opposite for what the node gives.
std::string channels_first(ExportNode& e, const std::string& x, const std::string& layout);
void give_as_laid_out(ExportNode& e, const std::string& y, const std::string& layout);

struct Padded {
  Symbol data;
  Shape pad;
};
/// What `pads` and `auto_pad` say of windows over x, which has input 0's shape: a pad that is the
/// same on both sides, or else data with a margin of `value`.
Padded read_pads(const ImportNode& n, const Symbol& x, const Shape& kernel, const Shape& stride,
                 const Shape& dilate, double value);

}  // namespace gluino::onnx
