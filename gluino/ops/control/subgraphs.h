#pragma once

#include <gluino/base/fork.h>
#include <gluino/ops/core/op.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gluino {

/// One run of a Callable: its forward and, where one was asked for, its gradient.
class GLUINO_API CallableRun {
 public:
  virtual ~CallableRun() = default;
  /// What is given has to stay where it is until the gradient has passed.
  virtual void forward(std::span<const Tensor> in, std::span<const Tensor> out, bool training) = 0;
  /// Writes the gradients of all inputs of real numbers that are no states. `again`: another may
  /// follow.
  virtual void backward(std::span<const Tensor> out_grad, std::span<const Tensor> in_grad,
                        bool again) = 0;
};

/// A graph that operators may run. Only floors above this one know what it is made of.
class GLUINO_API Callable {
 public:
  virtual ~Callable() = default;

  virtual int num_inputs() const = 0;
  virtual int num_outputs() const = 0;
  /// Whether forward changes an input: running means.
  virtual bool is_state(int input) const = 0;
  virtual bool is_random() const = 0;
  virtual bool runs_user_code() const = 0;

  /// Finds the types that are not known.
  virtual void infer_types(std::span<std::optional<DType>> in,
                           std::span<std::optional<DType>> out) const = 0;
  /// Finds what shapes it can. Throws Error, naming node and input, where they contradict each
  /// other.
  virtual void infer_shapes(std::span<Shape> in, std::span<Shape> out,
                            std::span<const DType> in_types) const = 0;

  struct Place {
    std::span<const Tensor> in;
    Context context;
    /// Whether there may be a gradient.
    bool gradient = false;
  };
  /// A run for inputs of these shapes and types.
  virtual std::unique_ptr<CallableRun> start(const Place& place) const = 0;

  /// As it stands in files: JSON.
  virtual std::string text() const = 0;
};

/// The graphs that a call of an operator is made of. As text they are an array of MXNet's JSON.
class GLUINO_API Subgraphs {
 public:
  explicit Subgraphs(std::vector<std::shared_ptr<const Callable>> graphs)
      : graphs_(std::move(graphs)) {}
  /// Read when first asked for: who reads graphs stands on a higher floor.
  explicit Subgraphs(std::string text) : unread_(std::move(text)) {}
  Subgraphs(const Subgraphs&) = delete;
  Subgraphs& operator=(const Subgraphs&) = delete;
  ~Subgraphs() = default;

  /// Throws Error when the text cannot be read.
  const std::vector<std::shared_ptr<const Callable>>& graphs() const;
  /// `indent`: how far its lines, but for the first, are moved to the right.
  std::string text(std::size_t indent = 0) const;
  bool is_random() const;
  bool runs_user_code() const;

  using Reader = std::vector<std::shared_ptr<const Callable>> (*)(const std::string& text);
  /// Says who reads text. Gives true, to be called while the library is loaded.
  static bool read_by(Reader reader);

 private:
  mutable ForkMutex mutex_;
  mutable std::vector<std::shared_ptr<const Callable>> graphs_;
  mutable std::optional<std::string> unread_;
};

/// Numbers of inputs, as files have them: "[2, 0]".
struct Locations {
  Locations() = default;
  explicit Locations(std::vector<int> numbers) : at(std::move(numbers)) {}
  std::size_t size() const { return at.size(); }
  std::vector<int> at;
};

GLUINO_API void parse_value(const std::string& text, Locations& value);
GLUINO_API std::string format_value(const Locations& value);
GLUINO_API void parse_value(const std::string& text, std::shared_ptr<const Subgraphs>& value);
GLUINO_API std::string format_value(const std::shared_ptr<const Subgraphs>& value);

}  // namespace gluino
