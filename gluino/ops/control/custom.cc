#include <gluino/base/registry.h>
#include <gluino/ops/control/custom.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/elementwise/arithmetic.h>

#include <cstring>
#include <mutex>
#include <utility>

namespace gluino {

namespace {

// While it lives users' code may run: nothing that it does is recorded, traced or skipped, and
// however it ends, the thread goes on as before.
class UserCode {
 public:
  explicit UserCode(bool training = false)
      : mode_(training), observer_(std::exchange(ReadObserver::current(), nullptr)) {}
  UserCode(const UserCode&) = delete;
  UserCode& operator=(const UserCode&) = delete;
  ~UserCode() { ReadObserver::current() = observer_; }

 private:
  InnerMode mode_;
  ReadObserver* observer_;
};

}  // namespace

// The object is made in the first forward, when shapes are known.
struct CustomOptions::State {
  explicit State(const Context& place) : context(place) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    const UserCode scope;
    op.reset();
  }

  Context context;
  std::unique_ptr<op::CustomOp> op;
};

namespace {

// The lock is held to look a factory up, never while one runs.
struct Props {
  ForkMutex mutex;
  Registry<op::PropFactory> factories{"custom operator"};

  op::PropFactory get(const std::string& name) {
    const std::lock_guard lock(mutex);
    return factories.get(name);
  }
};

Props& props() {
  static Props* all = new Props;
  return *all;
}

std::shared_ptr<const op::CustomOpProp> make_prop(const CustomOptions& o) {
  const op::PropFactory factory = props().get(o.op_type);
  auto prop = factory(o.attributes);
  check(prop != nullptr, "the custom operator ", o.op_type, " gave no prop");
  check(!prop->list_outputs().empty(), "the custom operator ", o.op_type, " has no outputs");
  return prop;
}

// To be called under UserCode.
std::shared_ptr<const op::CustomOpProp> prop_of(const CustomOptions& o) {
  if (o.prop.get() == nullptr) o.prop.keep(make_prop(o));
  return o.prop.get();
}

std::vector<std::string> input_names(const CustomOptions& o) {
  const UserCode scope;
  const auto prop = prop_of(o);
  auto names = prop->list_arguments();
  const auto aux = prop->list_auxiliary_states();
  names.insert(names.end(), aux.begin(), aux.end());
  return names;
}

std::size_t num_states(const CustomOptions& o) {
  const UserCode scope;
  return prop_of(o)->list_auxiliary_states().size();
}

std::vector<std::string> output_names(const CustomOptions& o) {
  const UserCode scope;
  return prop_of(o)->list_outputs();
}

template <class T>
void check_count(const std::vector<T>& given, std::size_t expected, const CustomOptions& o,
                 const char* what) {
  check(given.size() == expected, "[Custom ", o.op_type, "] ", what, ": expected ", expected,
        ", its prop gave ", given.size());
}

void infer(const CustomOptions& o, Inference& s) {
  const UserCode scope;
  const auto prop = prop_of(o);
  const std::size_t arguments = prop->list_arguments().size();
  std::vector<Shape> in;
  in.reserve(arguments);
  for (std::size_t i = 0; i < arguments; ++i) in.push_back(s.in(static_cast<int>(i)));
  const auto shapes = prop->infer_shape(in);
  check_count(shapes.in, arguments, o, "infer_shape: shapes of arguments");
  check_count(shapes.out, static_cast<std::size_t>(s.num_outputs()), o,
              "infer_shape: shapes of outputs");
  check_count(shapes.aux, num_states(o), o, "infer_shape: shapes of auxiliary states");
  int i = 0;
  for (const Shape& shape : shapes.in) s.set_in(i++, shape);
  for (const Shape& shape : shapes.aux) s.set_in(i++, shape);
  i = 0;
  for (const Shape& shape : shapes.out) {
    s.expect(shape.known(), -1, "infer_shape gave no known shape for output ", i);
    s.set_out(i++, shape);
  }
}

void infer_types(const CustomOptions& o, std::span<std::optional<DType>> in,
                 std::span<std::optional<DType>> out) {
  const UserCode scope;
  const auto prop = prop_of(o);
  const std::size_t arguments = prop->list_arguments().size();
  if (arguments > 0 && (in.empty() || !in[0])) return;
  std::vector<DType> given;
  for (std::size_t i = 0; i < arguments && i < in.size(); ++i) {
    given.push_back(in[i].value_or(*in[0]));
  }
  const auto types = prop->infer_type(given);
  check_count(types.in, given.size(), o, "infer_type: types of arguments");
  check_count(types.out, out.size(), o, "infer_type: types of outputs");
  for (std::size_t i = 0; i < given.size(); ++i) in[i] = in[i].value_or(types.in[i]);
  for (std::size_t i = given.size(); i < in.size() && i - given.size() < types.aux.size(); ++i) {
    in[i] = in[i].value_or(types.aux[i - given.size()]);
  }
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = types.out[i];
}

// Arrays that users' code gets, and may keep: what a kernel sees is overwritten by the next steps
// of a graph, and belongs to others. `write_back` brings to the kernel what was written.
class Handed {
 public:
  enum Content { copied, zero };
  Handed(std::span<const Tensor> tensors, const Context& context, Content content)
      : tensors_(tensors) {
    arrays.reserve(tensors.size());
    for (const Tensor& tensor : tensors) {
      if (!tensor) {
        arrays.emplace_back();
        continue;
      }
      const NDArray& array = arrays.emplace_back(tensor.shape, tensor.dtype, context);
      if (content == copied) {
        std::memcpy(array.data(), tensor.data, array.bytes());
      } else {
        std::memset(array.data(), 0, array.bytes());
      }
    }
  }

  void write_back() const {
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      if (arrays[i].defined()) std::memcpy(tensors_[i].data, arrays[i].data(), arrays[i].bytes());
    }
  }

  std::vector<NDArray> arrays;

 private:
  std::span<const Tensor> tensors_;
};

op::CustomOp& object_of(const CustomOptions& o, std::span<const Tensor> arguments) {
  CustomOptions::State& state = *o.state;
  if (state.op == nullptr) {
    std::vector<Shape> shapes;
    std::vector<DType> types;
    for (const Tensor& tensor : arguments) {
      shapes.push_back(tensor.shape);
      types.push_back(tensor.dtype);
    }
    state.op = prop_of(o)->create_operator(state.context, shapes, types);
    check(state.op != nullptr, "[Custom ", o.op_type, "] create_operator gave nothing");
  }
  return *state.op;
}

void forward(const CustomOptions& o, const Call& call) {
  const UserCode scope(call.training);
  const Context& context = o.state->context;
  const std::size_t arguments = call.in.size() - num_states(o);
  const std::vector<GradReq> req(call.out.size(), GradReq::write);
  const Handed in(call.in.first(arguments), context, Handed::copied);
  const Handed out(call.out, context, Handed::zero);
  const Handed aux(call.in.subspan(arguments), context, Handed::copied);
  object_of(o, call.in.first(arguments))
      .forward(call.training, req, in.arrays, out.arrays, aux.arrays);
  out.write_back();
  aux.write_back();
}

void backward(const CustomOptions& o, const GradientCall& call) {
  const UserCode scope(call.training);
  const Context& context = o.state->context;
  const std::size_t arguments = call.in.size() - num_states(o);
  std::vector<GradReq> req;
  for (const Tensor& grad : call.in_grad.first(arguments)) {
    req.push_back(grad ? GradReq::write : GradReq::null);
  }
  const bool needs_heads = prop_of(o)->need_top_grad();
  const Handed heads(call.out_grad.first(needs_heads ? call.out_grad.size() : 0), context,
                     Handed::copied);
  const Handed in(call.in.first(arguments), context, Handed::copied);
  const Handed out(call.out, context, Handed::copied);
  const Handed grads(call.in_grad.first(arguments), context, Handed::zero);
  const Handed aux(call.in.subspan(arguments), context, Handed::copied);
  object_of(o, call.in.first(arguments))
      .backward(req, heads.arrays, in.arrays, out.arrays, grads.arrays, aux.arrays);
  grads.write_back();
  aux.write_back();
}

CustomOptions with_state(CustomOptions o, const Context& context) {
  o.state = std::make_shared<CustomOptions::State>(context);
  return o;
}

const auto registered =
    define_op<CustomOptions>("Custom")
        .doc("An operator written by the user; see op::CustomOp.")
        .instead("operators of the library")
        .types(Types::any)
        .inputs({"data"})
        .inputs_by(input_names, num_states)
        .output_names_by(output_names)
        .field("op_type", &CustomOptions::op_type, "The name that it was registered under.")
        .required()
        .other_attributes(&CustomOptions::attributes)
        .infer_types(infer_types)
        .with_state(with_state)
        .runs_user_code()
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs);

}  // namespace

void op::CustomOp::backward(const std::vector<GradReq>& /*req*/,
                            const std::vector<NDArray>& /*out_grad*/,
                            const std::vector<NDArray>& /*in_data*/,
                            const std::vector<NDArray>& /*out_data*/,
                            const std::vector<NDArray>& /*in_grad*/,
                            const std::vector<NDArray>& /*aux*/) {
  fail("this custom operator has no backward");
}

void op::CustomOp::assign(const NDArray& dst, GradReq req, const NDArray& src) {
  if (req == GradReq::null) return;
  if (req == GradReq::add) {
    dst += src;
  } else {
    dst.assign(src);
  }
}

op::CustomOpProp::Shapes op::CustomOpProp::infer_shape(const std::vector<Shape>& in) const {
  check(!in.empty(), "a custom operator without arguments has to override infer_shape");
  return {std::vector<Shape>(in.size(), in[0]), std::vector<Shape>(list_outputs().size(), in[0]),
          std::vector<Shape>(list_auxiliary_states().size(), in[0])};
}

op::CustomOpProp::Types op::CustomOpProp::infer_type(const std::vector<DType>& in) const {
  check(!in.empty(), "a custom operator without arguments has to override infer_type");
  return {std::vector<DType>(in.size(), in[0]), std::vector<DType>(list_outputs().size(), in[0]),
          std::vector<DType>(list_auxiliary_states().size(), in[0])};
}

op::PropCell& op::PropCell::operator=(const PropCell& other) {
  if (this == &other) return *this;
  auto prop = other.get();
  const std::lock_guard lock(mutex_);
  prop_.swap(prop);
  return *this;
}

std::shared_ptr<const op::CustomOpProp> op::PropCell::get() const {
  const std::lock_guard lock(mutex_);
  return prop_;
}

void op::PropCell::keep(std::shared_ptr<const CustomOpProp> made) const {
  const std::lock_guard lock(mutex_);
  if (prop_ == nullptr) prop_ = std::move(made);
}

void op::register_prop(const std::string& name, PropFactory factory) {
  const std::lock_guard lock(props().mutex);
  props().factories.add(name, std::move(factory));
}

}  // namespace gluino
