#pragma once

#include <gluino/base/dtype.h>
#include <gluino/base/export.h>

#include <optional>

/// Mixed precision, under MXNet's name: products (Convolution, FullyConnected, dot) of float32
/// arrays round their operands to bfloat16 and are added in float32, by the processor's
/// instructions for that. Arrays stay float32 in memory: weights, gradients, updates and files are
/// as without. As bfloat16 reaches as far as float32, losses need no scaling: MXNet's init_trainer
/// and scale_loss, which are for float16, have no counterpart.
namespace gluino::amp {

struct InitOptions {
  /// Where the processor has no such instructions, round all the same and compute in float32, which
  /// is slow: for tests.
  bool emulate = false;
};

/// From now on products are computed in `target`: bfloat16, or float32, which is so at first. Holds
/// for all threads, and for networks and graphs made before, too; a gradient is computed as its
/// forward was. Products that would gain nothing stay float32. Throws Error for other types, and
/// where the processor lacks the instructions.
GLUINO_API void init(DType target = bfloat16, const InitOptions& options = {});

/// What products are computed in on this thread.
GLUINO_API DType dtype();

/// True where `init(bfloat16)` would find the instructions: AMX or AVX512-BF16.
GLUINO_API bool has_bfloat16();

/// While it lives, products on this thread are computed in `target`, as by init.
class GLUINO_API Scope {
 public:
  explicit Scope(DType target, const InitOptions& options = {});
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope();

 private:
  std::optional<DType> before_;
};

}  // namespace gluino::amp
