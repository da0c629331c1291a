#pragma once

#include <apps/digits/models/networks.h>
#include <gluino/graph/symbol/symbol.h>
#include <gluino/ndarray/params.h>

#include <optional>
#include <string>
#include <vector>

/// The parameters of a network under the names that different files give them.
namespace digits {

/// A file of arrays, with what else is known of the network that they belong to.
struct Parameters {
  /// The name of the file.
  std::string path;
  gluino::nd::NamedArrays arrays;
  /// The graph that stands beside, for a checkpoint.
  std::optional<gluino::Symbol> symbol{};
  /// What is written of the network beside, for a model of `digits train`.
  std::optional<NetworkOptions> network{};
  /// Of a checkpoint.
  int epoch = 0;
};

/// A name in a file without "arg:" or "aux:" before it.
std::string without_kind(const std::string& name);

/// Reads a file of arrays, an ONNX file, or what has the prefix `in`: a model or a checkpoint of
/// `epoch` (or the last). Throws Error, naming the file.
Parameters read_parameters(const std::string& in, const std::optional<int>& epoch);

/// Gives a network the arrays of a file, whatever they are called there: "0.weight";
/// "LeNet_conv0_weight" with this or another prefix; or as the graph beside says, in its order.
/// Throws Error, naming file and parameter, when names, numbers or shapes do not fit.
void fill(gluino::gluon::nn::HybridSequential& net, const Parameters& parameters);

/// A network's arrays as "0.weight", or as "LeNet_conv0_weight".
enum class Names { structural, prefixed };
gluino::nd::NamedArrays named_arrays(const gluino::gluon::Block& net, Names names);

/// The same as "arg:NAME" and "aux:NAME", with the names of `symbol`. Throws Error when one is
/// missing.
gluino::nd::NamedArrays checkpoint_arrays(const gluino::Symbol& symbol,
                                          const gluino::nd::NamedArrays& arrays);

}  // namespace digits
