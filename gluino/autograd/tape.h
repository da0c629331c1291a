#pragma once

#include <gluino/autograd/autograd.h>
#include <gluino/ndarray/ndarray.h>
#include <gluino/ndarray/pooled.h>
#include <gluino/ops/core/op.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace gluino::autograd {

/// The place of an array that attach_grad was called on: where its gradient goes.
struct Leaf {
  NDArray grad;
  GradReq req = GradReq::write;
  bool fresh = false;
  /// Told when the gradient is complete; null: nobody.
  std::shared_ptr<const GradientHook> hook;
};

struct Node;

/// A gradient while its parts are added up.
struct Sum {
  NDArray value;
  /// Made by the running backward and seen by nobody else, so that more may be added in place.
  bool own = false;
};

/// What an array was computed by: output `output` of `node`; or, of a leaf, its gradient's place.
struct Entry final : AutogradEntry {
  std::shared_ptr<Node> node;
  int output = 0;
  std::shared_ptr<Leaf> leaf;
};

/// What a gradient will read, and the version of its memory when it was used. Undefined: it will
/// not be read.
struct Kept {
  NDArray value;
  std::uint32_t version = 0;
  /// States may change: their operator knows that.
  bool is_state = false;

  bool is_unchanged() const { return !value.defined() || is_state || value.version() == version; }
};

/// One operator that ran while it was recorded.
struct Node {
  /// A node above its last consumer: numbers grow in the order of recording.
  std::uint64_t number = 0;
  const Op* op = nullptr;
  std::shared_ptr<const void> options;
  bool training = false;
  /// What its products were computed in; see amp::init.
  DType products = float32;

  /// Per input: what it was computed by; null where no gradient goes there.
  PooledVector<std::shared_ptr<Entry>> inputs;
  /// What stands behind inputs to which no gradient goes: the gradients of leaves there are 0,
  /// unless there is another way to them.
  PooledVector<std::shared_ptr<Entry>> behind;
  /// Per input and output: what the gradient needs to read, else only its shape and type.
  PooledVector<Kept> in_values;
  PooledVector<Kept> out_values;
  PooledVector<Tensor> in_shapes;
  PooledVector<Tensor> out_shapes;
  /// Where the outputs are, and the inputs.
  Context context;
  Context in_context;
  bool released = false;
  /// No gradient goes through to any input: there is nothing but `behind`.
  bool cut = false;

  /// Throws Error when something that the gradient will read was changed since.
  void check_unchanged() const;

  /// The gradients of the outputs, gathered while backward runs.
  PooledVector<Sum> out_grads;

  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  /// Frees what leads to it without recursion: a graph may be a million nodes deep.
  ~Node();

  /// Drops what was kept for the gradient, and the way to what it was computed from.
  void release();
};

/// autograd::backward, without making vectors.
void run_backward(std::span<const NDArray> heads, std::span<const NDArray> head_gradients,
                  const BackwardOptions& options);

/// Throws Error where a graph is being traced, in which `what` ("backward") has no meaning.
void check_not_traced(const char* what);

/// What NDArray::attach_grad does.
void attach_zero_grad(const NDArray& array, GradReq req, std::optional<StorageType> stype);

/// The entry of an array, or null when nothing is remembered about it.
std::shared_ptr<Entry> entry_of(const NDArray& array);

/// Has an array about which nothing is remembered, as the gradient of something linear, lead to
/// leaves on which it does not depend: its gradients there are 0.
void lead_behind(NDArray& array, std::span<const std::shared_ptr<Leaf>> leaves);

}  // namespace gluino::autograd
