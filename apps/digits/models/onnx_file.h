#pragma once

#include <apps/digits/models/conversion.h>
#include <apps/digits/models/model_file.h>

#include <string>

/// Networks as ONNX files, which other runtimes read. What digits writes says in the file's
/// metadata what the network reads; of other files it is taken that they read digits.
namespace digits {

bool is_onnx_file(const std::string& path);

/// Reads NAME.onnx. Throws Error, naming the file, what was expected and what was found.
Model load_onnx(const std::string& path);
/// The same as arrays "arg:NAME" and "aux:NAME" with their graph.
Parameters read_onnx_parameters(const std::string& path);

/// Writes a graph with its arrays, whose names may begin with "arg:" or "aux:". The batch is told
/// when the network runs. Afterwards the file is the new one, whole, or the earlier one.
void save_onnx(const std::string& path, const gluino::Symbol& symbol,
               const gluino::nd::NamedArrays& arrays, const ImageKind& images);

}  // namespace digits
