#include <gluino/base/registry.h>
#include <gluino/ndarray/storage.h>
#include <gluino/ops/arithmetic.h>
#include <gluino/ops/custom.h>
#include <gluino/ops/define.h>

#include <cstring>
#include <mutex>
#include <utility>

namespace gluino {

// The object is made in the first forward, when shapes are known.
struct CustomOptions::State {
  Context context;
  std::unique_ptr<op::CustomOp> op;
};

namespace {

struct Props {
  // A prop may use another custom operator.
  std::recursive_mutex mutex;
  Registry<op::PropFactory> factories{"custom operator"};
};

Props& props() {
  static Props* all = new Props;
  return *all;
}

const op::CustomOpProp& prop_of(const CustomOptions& o) {
  const std::lock_guard lock(props().mutex);
  if (o.prop == nullptr) {
    o.prop = props().factories.get(o.op_type)(o.attributes);
    check(o.prop != nullptr, "the custom operator ", o.op_type, " gave no prop");
    check(!o.prop->list_arguments().empty(), "the custom operator ", o.op_type,
          " has no arguments");
    check(!o.prop->list_outputs().empty(), "the custom operator ", o.op_type, " has no outputs");
  }
  return *o.prop;
}

std::vector<std::string> input_names(const CustomOptions& o) {
  const op::CustomOpProp& prop = prop_of(o);
  auto names = prop.list_arguments();
  const auto aux = prop.list_auxiliary_states();
  names.insert(names.end(), aux.begin(), aux.end());
  return names;
}

std::size_t num_states(const CustomOptions& o) { return prop_of(o).list_auxiliary_states().size(); }

template <class T>
void check_count(const std::vector<T>& given, std::size_t expected, const CustomOptions& o,
                 const char* what) {
  check(given.size() == expected, "[Custom ", o.op_type, "] ", what, ": expected ", expected,
        ", its prop gave ", given.size());
}

void infer(const CustomOptions& o, Inference& s) {
  const op::CustomOpProp& prop = prop_of(o);
  const std::size_t arguments = prop.list_arguments().size();
  std::vector<Shape> in;
  for (std::size_t i = 0; i < arguments; ++i) in.push_back(s.in(static_cast<int>(i)));
  const auto shapes = prop.infer_shape(in);
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
  if (in.empty() || !in[0]) return;
  const std::size_t arguments = prop_of(o).list_arguments().size();
  std::vector<DType> given;
  for (std::size_t i = 0; i < arguments && i < in.size(); ++i) {
    given.push_back(in[i].value_or(*in[0]));
  }
  const auto types = prop_of(o).infer_type(given);
  check_count(types.in, given.size(), o, "infer_type: types of arguments");
  check_count(types.out, out.size(), o, "infer_type: types of outputs");
  for (std::size_t i = 0; i < given.size(); ++i) in[i] = in[i].value_or(types.in[i]);
  for (std::size_t i = given.size(); i < in.size() && i - given.size() < types.aux.size(); ++i) {
    in[i] = in[i].value_or(types.aux[i - given.size()]);
  }
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = types.out[i];
}

NDArray array_on(const Tensor& tensor, const Context& context) {
  if (!tensor) return {};
  return {Storage::borrow(tensor.data, context), 0, tensor.shape, tensor.dtype};
}

std::vector<NDArray> arrays_on(std::span<const Tensor> tensors, const Context& context) {
  std::vector<NDArray> arrays;
  for (const Tensor& tensor : tensors) arrays.push_back(array_on(tensor, context));
  return arrays;
}

op::CustomOp& object_of(const CustomOptions& o, std::span<const Tensor> in) {
  CustomOptions::State& state = *o.state;
  if (state.op == nullptr) {
    std::vector<Shape> shapes;
    std::vector<DType> types;
    for (const Tensor& tensor : in.first(in.size() - num_states(o))) {
      shapes.push_back(tensor.shape);
      types.push_back(tensor.dtype);
    }
    state.op = prop_of(o).create_operator(state.context, shapes, types);
    check(state.op != nullptr, "[Custom ", o.op_type, "] create_operator gave nothing");
  }
  return *state.op;
}

void forward(const CustomOptions& o, const Call& call) {
  const InnerMode mode(call.training);
  const Context& context = o.state->context;
  const std::size_t arguments = call.in.size() - num_states(o);
  const std::vector<GradReq> req(call.out.size(), GradReq::write);
  object_of(o, call.in)
      .forward(call.training, req, arrays_on(call.in.first(arguments), context),
               arrays_on(call.out, context), arrays_on(call.in.subspan(arguments), context));
}

void backward(const CustomOptions& o, const GradientCall& call) {
  const InnerMode mode(call.training);
  const Context& context = o.state->context;
  const std::size_t arguments = call.in.size() - num_states(o);
  std::vector<GradReq> req;
  for (const Tensor& grad : call.in_grad.first(arguments)) {
    req.push_back(grad ? GradReq::write : GradReq::null);
    const auto bytes = static_cast<std::size_t>(grad.size()) * size_of(grad.dtype);
    if (grad) std::memset(grad.data, 0, bytes);
  }
  const auto heads =
      prop_of(o).need_top_grad() ? arrays_on(call.out_grad, context) : std::vector<NDArray>();
  object_of(o, call.in)
      .backward(req, heads, arrays_on(call.in.first(arguments), context),
                arrays_on(call.out, context), arrays_on(call.in_grad.first(arguments), context),
                arrays_on(call.in.subspan(arguments), context));
}

CustomOptions with_state(CustomOptions o, const Context& context) {
  o.state = std::make_shared<CustomOptions::State>();
  o.state->context = context;
  return o;
}

const auto registered =
    define_op<CustomOptions>("Custom")
        .doc("An operator written by the user; see op::CustomOp.")
        .inputs({"data"})
        .inputs_by(input_names, num_states)
        .output_names_by([](const CustomOptions& o) { return prop_of(o).list_outputs(); })
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
  return {std::vector<Shape>(in.size(), in[0]), std::vector<Shape>(list_outputs().size(), in[0]),
          std::vector<Shape>(list_auxiliary_states().size(), in[0])};
}

op::CustomOpProp::Types op::CustomOpProp::infer_type(const std::vector<DType>& in) const {
  return {std::vector<DType>(in.size(), in[0]), std::vector<DType>(list_outputs().size(), in[0]),
          std::vector<DType>(list_auxiliary_states().size(), in[0])};
}

void op::register_prop(const std::string& name, PropFactory factory) {
  const std::lock_guard lock(props().mutex);
  props().factories.add(name, std::move(factory));
}

}  // namespace gluino
