#include <gluino/base/error.h>
#include <gluino/gluon/parameter.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/sparse_array.h>
#include <gluino/ops/core/invoke.h>
#include <gluino/ops/elementwise/copies.h>

#include <algorithm>
#include <ostream>
#include <utility>

namespace gluino::gluon {
namespace {

void check_places(const std::string& name, const std::vector<Context>& contexts) {
  check(!contexts.empty(), "Parameter ", name, ": expected at least one context");
  for (auto context = contexts.begin(); context != contexts.end(); ++context) {
    check_available(*context);
    check(std::find(contexts.begin(), context, *context) == context, "Parameter ", name,
          ": expected each context once, got ", *context, " twice");
  }
}

}  // namespace

struct Parameter::Impl {
  std::string name;
  Shape shape;
  DType dtype;
  GradReq grad_req;
  double lr_mult;
  double wd_mult;
  init::Initializer init;
  bool differentiable;
  StorageType stype = StorageType::dense;
  StorageType grad_stype = StorageType::dense;

  std::vector<Context> contexts;
  /// One array per context; empty until initialized.
  std::vector<NDArray> data;
  /// What initialize() was given, while it waits for the shape.
  std::optional<init::Initializer> waiting;
};

Parameter::Parameter(std::string name, const ParameterOptions& options)
    : impl_(std::make_shared<Impl>()) {
  impl_->name = std::move(name);
  impl_->shape = options.shape;
  impl_->dtype = options.dtype;
  impl_->grad_req = options.differentiable ? options.grad_req : GradReq::null;
  impl_->lr_mult = options.lr_mult;
  impl_->wd_mult = options.wd_mult;
  impl_->init = options.init;
  impl_->differentiable = options.differentiable;
  check(options.stype != StorageType::csr && options.grad_stype != StorageType::csr, "Parameter ",
        impl_->name, ": stype and grad_stype: expected default or row_sparse, got ",
        to_string(options.stype), " and ", to_string(options.grad_stype));
  impl_->stype = options.stype;
  impl_->grad_stype = options.grad_stype;
}

Parameter::Impl& Parameter::impl() const {
  check(impl_ != nullptr,
        "this Parameter handle refers to no parameter; a layer with use_bias = false has no bias");
  return *impl_;
}

const std::string& Parameter::name() const { return impl().name; }
void Parameter::rename(std::string name) const { impl().name = std::move(name); }
const Shape& Parameter::shape() const { return impl().shape; }
DType Parameter::dtype() const { return impl().dtype; }
StorageType Parameter::stype() const { return impl().stype; }
StorageType Parameter::grad_stype() const { return impl().grad_stype; }
GradReq Parameter::grad_req() const { return impl().grad_req; }
double Parameter::lr_mult() const { return impl().lr_mult; }
double Parameter::wd_mult() const { return impl().wd_mult; }
void Parameter::set_lr_mult(double factor) const { impl().lr_mult = factor; }
void Parameter::set_wd_mult(double factor) const { impl().wd_mult = factor; }
bool Parameter::is_initialized() const { return !impl().data.empty(); }
bool Parameter::is_deferred() const { return impl().waiting.has_value(); }

void Parameter::set_grad_req(GradReq req) const {
  if (!impl().differentiable || impl().grad_req == req) return;
  impl().grad_req = req;
  for (const NDArray& array : impl().data) {
    array.attach_grad(impl().grad_req, impl().grad_stype);
  }
}

void Parameter::initialize(const init::Initializer& init, const std::vector<Context>& contexts,
                           bool force_reinit) const {
  if (is_initialized() && !force_reinit) return;
  check_places(name(), contexts);
  if (shape().known()) {
    place(first_value(init), contexts);
    return;
  }
  impl().contexts = contexts;
  impl().waiting = init;
}

void Parameter::settle_shape(const Shape& shape) const {
  Shape& known = impl().shape;
  bool same = !known.ndim_known() || known.ndim() == shape.ndim();
  for (int axis = 0; same && known.ndim_known() && axis < shape.ndim(); ++axis) {
    same = known[axis] < 0 || known[axis] == shape[axis];
  }
  check(same, "Parameter ", name(), ": expected shape ", known, ", got ", shape);
  known = shape;
}

void Parameter::complete(const Shape& shape) const {
  settle_shape(shape);
  if (is_deferred()) place(first_value(*impl().waiting), impl().contexts);
}

// Drawn once, on the CPU, and copied, so that all contexts hold the same. Values, and no part of a
// graph that is being traced.
NDArray Parameter::first_value(const init::Initializer& init) const {
  const InnerMode mode(false);
  NDArray value = nd::zeros(shape(), dtype(), cpu());
  if (impl().init.defined()) {
    impl().init.init_weight(name(), value);
  } else {
    init(name(), value);
  }
  return value;
}

void Parameter::place(const NDArray& value, std::vector<Context> contexts) const {
  const InnerMode mode(false);
  const NDArray stored = nd::sparse::stored_as(value, stype());
  std::vector<NDArray> arrays;
  for (const Context& context : contexts) {
    arrays.push_back(stored.copyto(context));
    arrays.back().attach_grad(impl().grad_req, impl().grad_stype);
  }
  impl().data = std::move(arrays);
  impl().contexts = std::move(contexts);
  impl().waiting.reset();
}

const NDArray& Parameter::find(const Context& context) const {
  for (const NDArray& array : impl().data) {
    if (array.context() == context) return array;
  }
  check(!is_deferred(), "Parameter ", name(),
        " has no values yet: its shape is found in the first forward. Pass a batch through the "
        "network first, or give the layer its input size (in_units, in_channels)");
  check(is_initialized(), "Parameter ", name(), " has not been initialized; call initialize()");
  std::string places;
  for (const Context& place : impl().contexts) {
    places += (places.empty() ? "" : ", ") + place.to_string();
  }
  fail("Parameter ", name(), " was not initialized on ", context, ", only on ", places);
}

const NDArray& Parameter::data() const {
  return find(impl().contexts.empty() ? current_context() : impl().contexts[0]);
}
const NDArray& Parameter::data(const Context& context) const { return find(context); }

const NDArray& Parameter::row_sparse_data(const NDArray& row_id) const {
  check(stype() == StorageType::row_sparse, "Parameter ", name(), " is stored as ",
        to_string(stype()), " and has no row_sparse_data; use data()");
  return data(row_id.context());
}

const std::vector<NDArray>& Parameter::list_data() const {
  data();
  return impl().data;
}

NDArray Parameter::reduce() const {
  const InnerMode mode(false);
  return ops::mean_of_copies(list_data());
}

NDArray Parameter::grad() const {
  check(grad_req() != GradReq::null, "Parameter ", name(),
        " has no gradient: its grad_req is null");
  return data().grad();
}

NDArray Parameter::grad(const Context& context) const {
  check(grad_req() != GradReq::null, "Parameter ", name(),
        " has no gradient: its grad_req is null");
  return data(context).grad();
}

std::vector<NDArray> Parameter::list_grad() const {
  std::vector<NDArray> grads;
  for (const NDArray& array : list_data()) grads.push_back(grad(array.context()));
  return grads;
}

const std::vector<Context>& Parameter::list_ctx() const {
  check(is_initialized() || is_deferred(), "Parameter ", name(),
        " has not been initialized; call initialize()");
  return impl().contexts;
}

void Parameter::set_data(const NDArray& data) const { load(data, {current_context()}); }

void Parameter::load(const NDArray& data, const std::vector<Context>& contexts) const {
  settle_shape(data.shape());
  if (!is_initialized()) {
    const std::vector<Context> places = is_deferred() ? impl().contexts : contexts;
    place(data.astype(dtype()), places);
    return;
  }
  for (const NDArray& array : impl().data) array.assign(data.as_in_context(array.context()));
}

void Parameter::zero_grad() const {
  for (const NDArray& array : impl().data) {
    const NDArray grad = array.grad();
    if (grad.defined()) grad.assign(0.0);
  }
}

void Parameter::reset_ctx(const std::vector<Context>& contexts) const {
  check_places(name(), contexts);
  if (is_initialized()) {
    place(reduce(), contexts);
  } else {
    check(is_deferred(), "Parameter ", name(), " has not been initialized; call initialize()");
    impl().contexts = contexts;
  }
}

void Parameter::cast(DType dtype) const {
  const InnerMode mode(false);
  std::vector<NDArray> arrays;
  for (const NDArray& array : impl().data) {
    arrays.push_back(nd::sparse::stored_as(array.astype(dtype), stype()));
    arrays.back().attach_grad(grad_req(), impl().grad_stype);
  }
  impl().data = std::move(arrays);
  impl().dtype = dtype;
}

std::ostream& operator<<(std::ostream& out, const Parameter& parameter) {
  return out << "Parameter " << parameter.name() << " (shape=" << parameter.shape()
             << ", dtype=" << parameter.dtype() << ")";
}

Parameter ParameterDict::operator[](const std::string& name) const {
  auto found = index_.find(name);
  if (found == index_.end()) found = index_.find(prefix_ + name);
  if (found == index_.end()) {
    std::string known;
    for (const Parameter& item : items_) known += (known.empty() ? "" : ", ") + item.name();
    fail("there is no parameter ", name, "; there are: ", known.empty() ? "none" : known);
  }
  return items_[found->second];
}

std::vector<std::string> ParameterDict::keys() const {
  std::vector<std::string> names;
  names.reserve(items_.size());
  for (const Parameter& item : items_) names.push_back(item.name());
  return names;
}

void ParameterDict::add(const Parameter& parameter) {
  // Under whatever name it was added before: a Trainer would update it twice.
  const auto same = [&](const Parameter& item) { return item.same_as(parameter); };
  if (std::any_of(items_.begin(), items_.end(), same)) return;
  const auto [place, added] = index_.emplace(parameter.name(), items_.size());
  if (added) {
    items_.push_back(parameter);
    return;
  }
  fail("two parameters have the name ", parameter.name(),
       "; give their layers prefixes of their own (name_scope)");
}

void ParameterDict::initialize(const init::Initializer& init, const std::vector<Context>& contexts,
                               bool force_reinit) const {
  for (const Parameter& item : items_) item.initialize(init, contexts, force_reinit);
}

void ParameterDict::zero_grad() const {
  for (const Parameter& item : items_) item.zero_grad();
}

void ParameterDict::reset_ctx(const std::vector<Context>& contexts) const {
  // All move or none does.
  for (const Parameter& item : items_) item.list_ctx();
  for (const Parameter& item : items_) item.reset_ctx(contexts);
}

void ParameterDict::set_grad_req(GradReq req) const {
  for (const Parameter& item : items_) item.set_grad_req(req);
}

std::ostream& operator<<(std::ostream& out, const ParameterDict& parameters) {
  out << parameters.prefix() << " (\n";
  for (const Parameter& item : parameters) out << "  " << item << "\n";
  return out << ")";
}

}  // namespace gluino::gluon
