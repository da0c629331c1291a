#pragma once

#include <gluino/initializer/initializer.h>
#include <gluino/ndarray/ndarray.h>
#include <gluino/ndarray/shared.h>

#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gluino::gluon {

struct ParameterOptions {
  /// Unknown sizes (-1) are found in the first forward.
  Shape shape = Shape::unknown();
  DType dtype = float32;
  GradReq grad_req = GradReq::write;
  /// Factors of the optimizer's learning rate and weight decay.
  double lr_mult = 1;
  double wd_mult = 1;
  /// Used instead of the initializer that Block::initialize is given.
  init::Initializer init{};
  /// Running statistics are parameters without a gradient.
  bool differentiable = true;
  /// How the array is stored, dense or row_sparse, and its gradient: row_sparse for one of which a
  /// step changes a few rows.
  StorageType stype = StorageType::dense;
  StorageType grad_stype = StorageType::dense;
};

/// A weight of a block: one array per context, each with its gradient. A value of this class is a
/// handle; copies refer to the same parameter. A default-made handle refers to none; `defined()`
/// tells, and all else throws Error.
class GLUINO_API Parameter {
 public:
  Parameter() = default;
  Parameter(std::string name, const ParameterOptions& options);

  const std::string& name() const;
  void rename(std::string name) const;
  /// With -1 for sizes that are not known yet.
  const Shape& shape() const;
  DType dtype() const;
  StorageType stype() const;
  StorageType grad_stype() const;
  GradReq grad_req() const;
  void set_grad_req(GradReq req) const;
  double lr_mult() const;
  double wd_mult() const;
  /// A Trainer follows from its next step on.
  void set_lr_mult(double factor) const;
  void set_wd_mult(double factor) const;

  /// Makes the arrays at `contexts` and fills them: by the parameter's own initializer if it has
  /// one, else by `init`. Waits for the first forward when the shape is not known. An initialized
  /// parameter stays as it is unless `force_reinit`, and when an Error is thrown.
  void initialize(const init::Initializer& init, const std::vector<Context>& contexts,
                  bool force_reinit = false) const;
  bool is_initialized() const;
  bool is_deferred() const;

  /// Completes the shape; makes and fills the arrays if that was waiting for it. Throws Error when
  /// it contradicts what is known.
  void complete(const Shape& shape) const;

  /// The array at a context (the first one, if not given): the one in use, so that what is written
  /// to it is written to the parameter. Throws Error when there is none, saying why.
  const NDArray& data() const;
  const NDArray& data(const Context& context) const;
  /// The array at the place of `row_id`, which has those rows; of a row_sparse parameter alone.
  const NDArray& row_sparse_data(const NDArray& row_id) const;
  /// The arrays at all contexts, in their order.
  const std::vector<NDArray>& list_data() const;
  /// What files and other contexts get: the mean of the arrays at all contexts, on the CPU. It has
  /// their bits where they are alike; running statistics are not. Not to be written to.
  NDArray reduce() const;
  /// Throws Error when there is no gradient because grad_req is null.
  NDArray grad() const;
  NDArray grad(const Context& context) const;
  std::vector<NDArray> list_grad() const;
  /// Where the arrays are, or will be made in the first forward. Throws Error before initialize.
  const std::vector<Context>& list_ctx() const;

  /// Copies `data` into the arrays at all contexts, converted to their type, or makes them from it
  /// if the first forward was waited for.
  void set_data(const NDArray& data) const;
  /// The same; where the parameter has no arrays yet, makes them at `contexts`, or where initialize
  /// wanted them.
  void load(const NDArray& data, const std::vector<Context>& contexts) const;
  void zero_grad() const;
  /// Moves the values to other contexts; see reduce.
  void reset_ctx(const std::vector<Context>& contexts) const;
  /// Converts the arrays and gradients.
  void cast(DType dtype) const;

  bool same_as(const Parameter& other) const { return impl_ == other.impl_; }
  bool defined() const { return impl_ != nullptr; }

 private:
  struct Impl;
  Impl& impl() const;
  const NDArray& find(const Context& context) const;
  void settle_shape(const Shape& shape) const;
  NDArray first_value(const init::Initializer& init) const;
  /// What is placed may be one of the arrays that it replaces.
  void place(const NDArray& value, std::vector<Context> contexts) const;

  Shared<Impl> impl_;
};

/// "Parameter conv0_weight (shape=(32, 16, 3, 3), dtype=float32)"
GLUINO_API std::ostream& operator<<(std::ostream& out, const Parameter& parameter);

/// Parameters by name, in the order in which the block made them.
class GLUINO_API ParameterDict {
 public:
  explicit ParameterDict(std::string prefix = {}) : prefix_(std::move(prefix)) {}

  /// Throws Error, listing what there is, for an unknown name. The prefix may be left out.
  Parameter operator[](const std::string& name) const;
  Parameter get(const std::string& name) const { return (*this)[name]; }
  bool contains(const std::string& name) const { return index_.contains(name); }
  std::vector<std::string> keys() const;
  std::size_t size() const { return items_.size(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  const std::string& prefix() const { return prefix_; }

  /// Adds a parameter; the same one twice is kept once. Throws Error when another has its name.
  void add(const Parameter& parameter);

  void initialize(const init::Initializer& init = init::Uniform(),
                  const std::vector<Context>& contexts = {current_context()},
                  bool force_reinit = false) const;
  void zero_grad() const;
  void reset_ctx(const std::vector<Context>& contexts) const;
  void set_grad_req(GradReq req) const;

 private:
  std::string prefix_;
  std::vector<Parameter> items_;
  std::map<std::string, std::size_t> index_;
};

GLUINO_API std::ostream& operator<<(std::ostream& out, const ParameterDict& parameters);

}  // namespace gluino::gluon
