#pragma once

#include <gluino/kernels/cpu/convolution/conv_volume.h>
#include <gluino/kernels/cpu/movement/movement.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/layers/convolution_geometry-inl.h>

#include <algorithm>

namespace gluino {

/// A convolution of volumes (N, C, D, H, W): 2-D convolutions of their slices, see conv_volume.h,
/// of so many samples at a time that what is unfolded stays small. All pointers are as those of
/// kernels::conv2d_forward and its gradients, with a depth.
class VolumeConvolution {
 public:
  /// `out_depth` is that of the output.
  VolumeConvolution(ConvolutionOptions options, const Shape& data, std::int64_t out_depth)
      : steps_{.samples = data[0],
               .channels = data[1],
               .plane = data[3] * data[4],
               .in = data[2],
               .out = out_depth,
               .kernel = options.kernel[0],
               .stride = options.stride.empty() ? 1 : options.stride[0],
               .pad = options.pad.empty() ? 0 : options.pad[0],
               .dilate = options.dilate.empty() ? 1 : options.dilate[0]} {
    for (Shape* numbers : {&options.kernel, &options.stride, &options.pad, &options.dilate}) {
      if (!numbers->empty()) numbers->erase(0);
    }
    slices_ = convolution_geometry(options, {out_depth, data[1] * steps_.kernel, data[3], data[4]});
  }

  template <class T>
  void forward(const T* x, const T* weight, const T* bias, T* y) const {
    for_pieces<T>([&](const Piece<T>& piece) {
      kernels::unfold_depth<T>(piece.steps, x + piece.first * x_size(), piece.images.data());
      kernels::conv2d_forward<T>(piece.slices, piece.images.data(), weight, bias,
                                 piece.outputs.data());
      swap<T>(piece.outputs.data(),
              {piece.steps.samples, steps_.out, slices_.out_channels, y_plane()},
              y + piece.first * y_size());
    });
  }

  template <class T>
  void backward_data(const T* dy, const T* weight, T* dx) const {
    for_pieces<T>([&](const Piece<T>& piece) {
      take_outputs(piece, dy);
      kernels::conv2d_backward_data<T>(piece.slices, piece.outputs.data(), weight,
                                       piece.images.data());
      kernels::fold_depth<T>(piece.steps, piece.images.data(), dx + piece.first * x_size());
    });
  }

  template <class T>
  void backward_weight(const T* x, const T* dy, T* dweight, T* dbias) const {
    const std::int64_t weights = slices_.out_channels * slices_.group_in_channels() *
                                 slices_.kernel_height * slices_.kernel_width;
    const Temporary<T> part(weights + slices_.out_channels);
    T* const weight_part = dweight == nullptr ? nullptr : part.data();
    T* const bias_part = dbias == nullptr ? nullptr : part.data() + weights;
    if (dweight != nullptr) std::fill_n(dweight, weights, T(0));
    if (dbias != nullptr) std::fill_n(dbias, slices_.out_channels, T(0));
    for_pieces<T>([&](const Piece<T>& piece) {
      kernels::unfold_depth<T>(piece.steps, x + piece.first * x_size(), piece.images.data());
      take_outputs(piece, dy);
      kernels::conv2d_backward_weight<T>(piece.slices, piece.images.data(), piece.outputs.data(),
                                         weight_part, bias_part);
      add(weight_part, weights, dweight);
      add(bias_part, slices_.out_channels, dbias);
    });
  }

 private:
  // What is unfolded at a time.
  static constexpr std::int64_t kPieceBytes = std::int64_t{32} << 20;

  template <class T>
  struct Piece {
    std::int64_t first;  // sample
    kernels::DepthSteps steps;
    kernels::Conv2dGeometry slices;
    const Temporary<T>& images;
    const Temporary<T>& outputs;
  };

  std::int64_t x_size() const { return steps_.channels * steps_.in * steps_.plane; }
  std::int64_t y_plane() const { return slices_.out_height() * slices_.out_width(); }
  std::int64_t y_size() const { return slices_.out_channels * steps_.out * y_plane(); }

  template <class T, class F>
  void for_pieces(F work) const {
    const std::int64_t image = steps_.out * slices_.in_channels * steps_.plane;
    const std::int64_t output = y_size();
    const std::int64_t bytes = (image + output) * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t most =
        std::clamp<std::int64_t>(kPieceBytes / std::max<std::int64_t>(bytes, 1), 1,
                                 std::max<std::int64_t>(steps_.samples, 1));
    const Temporary<T> images(most * image);
    const Temporary<T> outputs(most * output);
    for (std::int64_t first = 0; first < steps_.samples; first += most) {
      Piece<T> piece{first, steps_, slices_, images, outputs};
      piece.steps.samples = std::min(most, steps_.samples - first);
      piece.slices.batch = piece.steps.samples * steps_.out;
      work(piece);
    }
  }

  // The middle two axes change places.
  template <class T>
  static void swap(const T* from, const Shape& shape, T* to) {
    kernels::transpose(from, shape, {0, 2, 1, 3}, to, sizeof(T));
  }

  template <class T>
  void take_outputs(const Piece<T>& piece, const T* dy) const {
    swap<T>(dy + piece.first * y_size(),
            {piece.steps.samples, slices_.out_channels, steps_.out, y_plane()},
            piece.outputs.data());
  }

  template <class T>
  static void add(const T* part, std::int64_t size, T* sum) {
    if (sum == nullptr) return;
    for (std::int64_t i = 0; i < size; ++i) sum[i] += part[i];
  }

  kernels::DepthSteps steps_;
  kernels::Conv2dGeometry slices_;
};

}  // namespace gluino
