#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/ndarray/pooled.h>
#include <gluino/ops/core/half_precision.h>
#include <gluino/ops/core/temporary.h>

namespace gluino::half_precision {
namespace {

// The floats that a tensor needs: to the next multiple of 64 bytes.
std::int64_t room_of(const Tensor& tensor) {
  return tensor && is_half(tensor.dtype) ? (tensor.size() + 15) / 16 * 16 : 0;
}

std::int64_t room_of(std::span<const Tensor> tensors) {
  std::int64_t floats = 0;
  for (const Tensor& tensor : tensors) floats += room_of(tensor);
  return floats;
}

// Tensors whose half precision became float32, in memory of their own; the others as they are.
class InFloat {
 public:
  explicit InFloat(std::span<const Tensor> given)
      : given_(given), tensors_(given.begin(), given.end()), memory_(room_of(given)) {
    float* place = memory_.data();
    for (std::size_t i = 0; i < given_.size(); ++i) {
      if (!is_half(given_[i].dtype)) continue;
      tensors_[i].dtype = float32;
      if (given_[i]) tensors_[i].data = place;
      place += room_of(given_[i]);
    }
  }

  std::span<const Tensor> tensors() const { return tensors_; }

  /// Tensor i becomes another one.
  void set(std::size_t i, const Tensor& tensor) { tensors_[i] = tensor; }

  void read() const {
    for (std::size_t i = 0; i < given_.size(); ++i) {
      if (copied(i)) convert(given_[i], tensors_[i]);
    }
  }

  void round(std::size_t i) const {
    if (copied(i)) convert(tensors_[i], given_[i]);
  }

  void round() const {
    for (std::size_t i = 0; i < given_.size(); ++i) round(i);
  }

 private:
  bool copied(std::size_t i) const { return given_[i] && is_half(given_[i].dtype); }

  static void convert(const Tensor& from, const Tensor& to) {
    kernels::convert(from.data, from.dtype, to.data, to.dtype, from.size());
  }

  std::span<const Tensor> given_;
  PooledVector<Tensor> tensors_;
  Temporary<float> memory_;
};

}  // namespace

void forward(const Op& op, const void* options, const Call& call,
             FunctionRef<void(const Call&)> kernel) {
  const InFloat in(call.in);
  InFloat out(call.out);
  // What is written over its operand is for the kernel, too.
  for (std::size_t o = 0; o < call.out.size(); ++o) {
    for (std::size_t i = 0; i < call.in.size() && call.out[o]; ++i) {
      const bool over = call.out[o].data == call.in[i].data &&
                        op.may_write_over(options, static_cast<int>(o), static_cast<int>(i));
      if (over) out.set(o, in.tensors()[i]);
    }
  }
  in.read();
  Call in_float{in.tensors(), out.tensors(), call.training, call.context};
  if (!call.out.empty() && is_half(call.out[0].dtype)) in_float.half = call.out[0].dtype;
  kernel(in_float);
  out.round();
  if (!op.has_states()) return;
  for (std::size_t i = 0; i < call.in.size(); ++i) {
    if (op.is_state(options, static_cast<int>(i))) in.round(i);
  }
}

void backward(const GradientCall& call, FunctionRef<void(const GradientCall&)> kernel) {
  const InFloat out_grad(call.out_grad);
  const InFloat in(call.in);
  const InFloat out(call.out);
  const InFloat in_grad(call.in_grad);
  out_grad.read();
  in.read();
  out.read();
  kernel({out_grad.tensors(), in.tensors(), out.tensors(), in_grad.tensors(), call.training,
          call.again, call.context});
  in_grad.round();
}

}  // namespace gluino::half_precision
