#pragma once

#include <string>

namespace digits {

/// Reads a file of any kind that the programs write, whole, and says in a line what it is: a model,
/// a checkpoint, arrays, a graph, ONNX, records, IDX, a picture, a drawing, a report, metrics,
/// events. What it is decides its name or, where that says nothing, its content. Throws Failure
/// with Exit::model_unusable or Exit::data_unusable when something is wrong, naming the file, what
/// was expected and found.
std::string verified(const std::string& path);

}  // namespace digits
