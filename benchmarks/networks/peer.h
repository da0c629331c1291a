#pragma once

#include <memory>
#include <string>
#include <vector>

#include "networks/problem.h"

namespace gluino::benchmarks {

/// Values per parameter, in the order of the layers, weight before bias; weights (out, in) and
/// (filters, channels, height, width). Batch norm has factor, offset, moving mean and variance.
using Weights = std::vector<std::vector<float>>;

/// A library that trains and asks one network by the interface its users have. Holds the problem's
/// batches as arrays of its own.
class Peer {
 public:
  Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  virtual ~Peer() = default;

  virtual void set_threads(int threads) = 0;
  virtual void set_weights(const Weights& weights) = 0;

  /// Forward, mean cross-entropy, backward, and one step of plain SGD with learning_rate().
  virtual void train_step(std::size_t batch) = 0;
  /// The mean loss of the last step, before it changed the weights.
  virtual double last_loss() const = 0;

  /// Forward alone, with nothing recorded.
  virtual void infer(std::size_t batch) = 0;
  /// What it gave: (batch size, kClasses).
  virtual std::vector<float> last_outputs() const = 0;
};

/// Gluon, operator by operator; and hybridized, as compiled graphs.
std::unique_ptr<Peer> make_gluino(const Problem& problem);
std::unique_ptr<Peer> make_gluino_hybridized(const Problem& problem);
/// Frozen: for inference alone, train_step throws.
std::unique_ptr<Peer> make_gluino_frozen(const Problem& problem);
/// Frozen and quantized.
std::unique_ptr<Peer> make_gluino_int8(const Problem& problem);
/// Hybridized, with products in bfloat16; null where the processor has no instructions for it.
std::unique_ptr<Peer> make_gluino_bfloat16(const Problem& problem);
/// Weights drawn by Xavier's rule with a fixed seed.
Weights draw_weights(const Problem& problem);

#ifdef GLUINO_BENCHMARK_TORCH
std::unique_ptr<Peer> make_torch(const Problem& problem);
/// Its version, and the library that multiplies its matrices.
std::string describe_torch();
#endif

}  // namespace gluino::benchmarks
