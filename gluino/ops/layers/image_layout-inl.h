#pragma once

#include <gluino/kernels/cpu/movement/movement.h>
#include <gluino/ops/core/inference.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/core/tensor.h>
#include <gluino/ops/layers/per_axis.h>

#include <string>
#include <vector>

/// The orders in which the axes of images may stand. Kernels know one, channels before pixels;
/// others are brought into it, and back.
namespace gluino {

/// What the option `layout` may be; "None" stands for that with the channels before the pixels.
inline const std::vector<std::string> kImageLayouts = {"None", "NCW",   "NWC",  "NCHW",
                                                       "NHWC", "NCDHW", "NDHWC"};

/// (N, H, W, C) as (N, C, H, W) where the channels come last, else the shape itself.
inline Shape channels_first(Shape shape, bool last) {
  if (!last || shape.ndim() < 3) return shape;
  const std::int64_t channels = shape.back();
  shape.erase(shape.ndim() - 1);
  shape.insert(1, channels);
  return shape;
}

/// The way back.
inline Shape as_laid_out(Shape shape, bool last) {
  if (!last || shape.ndim() < 3) return shape;
  const std::int64_t channels = shape[1];
  shape.erase(1);
  shape.push_back(channels);
  return shape;
}

/// Checks the number of axes and the layout of the data, input 0, of images with `axes` axes;
/// gives their shape with the channels first.
inline Shape checked_images(const Inference& s, const Shape& kernel, int axes,
                            const std::string& layout) {
  s.expect(axes >= 1 && axes <= 3, -1, "kernel: expected 1, 2 or 3 numbers, got ", kernel);
  const bool last = channels_last(layout);
  static constexpr const char* kFirst[] = {"(N, C, W)", "(N, C, H, W)", "(N, C, D, H, W)"};
  static constexpr const char* kLast[] = {"(N, W, C)", "(N, H, W, C)", "(N, D, H, W, C)"};
  const char* picture = (last ? kLast : kFirst)[axes - 1];
  s.expect(layout == "None" || static_cast<int>(layout.size()) == 2 + axes, -1, "layout ", layout,
           " does not go with images of the form ", picture);
  s.expect_ndim(0, 2 + axes, picture);
  return channels_first(s.in(0), last);
}

/// Copies of a call's images with the channels first, for as long as it lives.
class ChannelsFirst {
 public:
  /// A copy of what lies with the channels last. What has no pixels (a bias) stays.
  Tensor read(const Tensor& images) {
    if (!moves(images)) return images;
    const Tensor copy = room_for(images);
    Shape order = {0, images.shape.ndim() - 1};
    for (int axis = 1; axis + 1 < images.shape.ndim(); ++axis) order.push_back(axis);
    kernels::transpose(images.data, images.shape, order, copy.data, size_of(images.dtype));
    return copy;
  }
  /// Room for what is to be written; `write` then brings it to where it is wanted.
  Tensor room(const Tensor& images) { return moves(images) ? room_for(images) : images; }
  static void write(const Tensor& from, const Tensor& images) {
    if (!moves(images)) return;
    Shape order = {0};
    for (int axis = 2; axis < images.shape.ndim(); ++axis) order.push_back(axis);
    order.push_back(1);
    kernels::transpose(from.data, from.shape, order, images.data, size_of(images.dtype));
  }

 private:
  static bool moves(const Tensor& images) { return images && images.shape.ndim() >= 3; }

  Tensor room_for(const Tensor& images) {
    const std::int64_t bytes = images.size() * static_cast<std::int64_t>(size_of(images.dtype));
    memory_.push_back(Temporary<char>(bytes));
    return {memory_.back().data(), channels_first(images.shape, true), images.dtype};
  }

  std::vector<Temporary<char>> memory_;
};

/// kernel(call), of copies with the channels first where they come last. Outputs behind the first
/// are no images for users: they have the channels first in all layouts.
template <class F>
void in_channels_first(bool last, const Call& call, F kernel) {
  if (!last) return kernel(call);
  ChannelsFirst copies;
  std::vector<Tensor> in;
  for (const Tensor& input : call.in) in.push_back(copies.read(input));
  std::vector<Tensor> out(call.out.begin(), call.out.end());
  out[0] = copies.room(call.out[0]);
  kernel(Call{in, out, call.training, call.context});
  ChannelsFirst::write(out[0], call.out[0]);
}

template <class F>
void in_channels_first(bool last, const GradientCall& call, F kernel) {
  if (!last) return kernel(call);
  ChannelsFirst copies;
  std::vector<Tensor> in;
  std::vector<Tensor> in_grad;
  for (const Tensor& input : call.in) in.push_back(copies.read(input));
  for (const Tensor& gradient : call.in_grad) in_grad.push_back(copies.room(gradient));
  std::vector<Tensor> out(call.out.begin(), call.out.end());
  std::vector<Tensor> out_grad(call.out_grad.begin(), call.out_grad.end());
  if (!out.empty()) out[0] = copies.read(out[0]);
  out_grad[0] = copies.read(out_grad[0]);
  kernel(GradientCall{out_grad, in, out, in_grad, call.training, call.again, call.context});
  for (std::size_t i = 0; i < in_grad.size(); ++i) {
    ChannelsFirst::write(in_grad[i], call.in_grad[i]);
  }
}

}  // namespace gluino
