#include <gluino/ops/core/axis_map-inl.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/layers/deconvolution.h>
#include <gluino/ops/layers/up_sampling.h>

#include <algorithm>

namespace gluino {
namespace {

bool is_bilinear(const UpSamplingOptions& o) { return o.sample_type == "bilinear"; }
bool is_sum(const UpSamplingOptions& o) { return o.multi_input_mode == "sum"; }

std::int64_t channels(const Shape& images) { return images[1]; }

DeconvolutionOptions deconvolution_of(const UpSamplingOptions& o, const Shape& data) {
  const std::int64_t kernel = 2 * o.scale - o.scale % 2;
  const std::int64_t pad = o.scale / 2;
  return {.kernel = {kernel, kernel},
          .stride = {o.scale, o.scale},
          .pad = {pad, pad},
          .num_filter = channels(data),
          .num_group = channels(data)};
}

const Op& deconvolution() {
  static const Op& op = Op::get<DeconvolutionOptions>("Deconvolution");
  return op;
}

// How many times an image of a call becomes larger.
std::int64_t times(const Shape& image, const Shape& out) {
  return image[2] == 0 ? 1 : out[2] / image[2];
}

void infer_bilinear(const UpSamplingOptions& o, Inference& s) {
  const std::int64_t count = channels(s.in(0));
  s.expect(o.num_filter == 0 || o.num_filter == count, 0, "expected num_filter ", o.num_filter,
           " channels, got ", s.in(0));
  s.expect(count > 0, 0, "expected channels, got ", s.in(0));
  const DeconvolutionOptions options = deconvolution_of(o, s.in(0));
  s.set_in(1, {count, 1, options.kernel[0], options.kernel[1]});
}

void infer_nearest(const UpSamplingOptions& o, Inference& s, Shape& out) {
  for (int i = 1; i < s.num_inputs(); ++i) {
    const Shape& image = s.in(i);
    s.expect_ndim(i, 4, "(N, C, H, W)");
    s.expect(image[0] == out[0], i, "expected ", out[0], " images, got ", image);
    const bool empty = image[2] == 0 || image[3] == 0;
    const bool fits = empty ? image[2] == out[2] && image[3] == out[3]
                            : out[2] % image[2] == 0 && out[3] == out[2] / image[2] * image[3];
    s.expect(fits, i, "expected images of which ", out[2], " x ", out[3],
             " pixels are a multiple, alike in height and width, got ", image);
    if (is_sum(o)) {
      s.expect(channels(image) == out[1], i, "expected ", out[1], " channels, got ", image);
    } else {
      out[1] += channels(image);
    }
  }
}

void infer(const UpSamplingOptions& o, Inference& s) {
  s.expect(o.scale >= 1 && o.scale < (1 << 20), -1, "scale: expected from 1 to 2^20 - 1, got ",
           o.scale);
  s.expect_ndim(0, 4, "(N, C, H, W)");
  Shape out = s.in(0);
  for (const int axis : {2, 3}) {
    s.expect(out[axis] < (std::int64_t{1} << 40), 0, "the sizes overflow: ", out);
    out[axis] *= o.scale;
  }
  if (is_bilinear(o)) {
    infer_bilinear(o, s);
  } else {
    infer_nearest(o, s, out);
  }
  s.set_out(0, out);
}

// Of one image of a batch.
AxisMap map_of(const Shape& image, const Shape& out) {
  const std::int64_t factor = times(image, out);
  AxisMap map;
  map.in = {channels(image), image[2], image[3]};
  map.out = {channels(image), out[2], out[3]};
  for (int axis = 0; axis < 3; ++axis) {
    auto& source = map.source[static_cast<std::size_t>(axis)];
    for (std::int64_t i = 0; i < map.out[axis]; ++i) source.push_back(axis == 0 ? i : i / factor);
  }
  return map;
}

// Calls f(map, input, offset of the image in the input, offset of its place in the output) for all
// images of all inputs.
template <class Shapes, class F>
void for_images(const UpSamplingOptions& o, const Shapes& shapes, const Shape& out, F f) {
  std::int64_t before = 0;
  for (std::size_t input = 0; input < shapes.size(); ++input) {
    if (shapes[input].size() == 0) continue;
    const AxisMap map = map_of(shapes[input], out);
    for (std::int64_t n = 0; n < out[0]; ++n) {
      const std::int64_t place = n * out[1] * out[2] * out[3] + before;
      f(map, input, n * map.in.size(), is_sum(o) ? place - before : place);
    }
    before += map.out.size();
  }
}

PooledVector<Shape> shapes_of(std::span<const Tensor> tensors) {
  PooledVector<Shape> shapes;
  for (const Tensor& tensor : tensors) shapes.push_back(tensor.shape);
  return shapes;
}

void forward(const UpSamplingOptions& o, const Call& call) {
  const Tensor& out = call.out[0];
  if (is_bilinear(o)) {
    const DeconvolutionOptions options = deconvolution_of(o, call.in[0].shape);
    return deconvolution().kernels_for(Device::cpu).forward(&options, call);
  }
  const auto shapes = shapes_of(call.in);
  if (!is_sum(o) || call.in.size() == 1) {
    return dispatch_words(out.dtype, [&]<class W>() {
      for_images(o, shapes, out.shape,
                 [&](const AxisMap& map, std::size_t i, std::int64_t from, std::int64_t to) {
                   map.forward(call.in[i].as<W>() + from, out.as<W>() + to);
                 });
    });
  }
  dispatch_numbers(out.dtype, [&]<class T>() {
    std::fill_n(out.as<T>(), out.size(), T(0));
    for_images(o, shapes, out.shape,
               [&](const AxisMap& map, std::size_t i, std::int64_t from, std::int64_t to) {
                 const T* const x = call.in[i].as<T>() + from;
                 T* const y = out.as<T>() + to;
                 map.visit(0, map.out[0] * map.out[1], [&](std::int64_t at, std::int64_t source) {
                   y[at] = static_cast<T>(y[at] + x[source]);
                 });
               });
  });
}

void backward(const UpSamplingOptions& o, const GradientCall& call) {
  const Tensor& head = call.out_grad[0];
  if (is_bilinear(o)) {
    const DeconvolutionOptions options = deconvolution_of(o, call.in[0].shape);
    return deconvolution().kernels_for(Device::cpu).backward(&options, call);
  }
  dispatch_real(head.dtype, "UpSampling", [&]<class T>() {
    for_images(o, shapes_of(call.in_grad), head.shape,
               [&](const AxisMap& map, std::size_t i, std::int64_t to, std::int64_t from) {
                 const Tensor& dx = call.in_grad[i];
                 if (dx) map.backward(head.as<T>() + from, dx.as<T>() + to);
               });
  });
}

std::vector<NDArray> derivative_of(const UpSamplingOptions& o, const DerivativeCall& call) {
  const Op& op = Op::get<UpSamplingOptions>("UpSampling");
  return is_bilinear(o) ? derivative::bilinear(op, &o, call) : derivative::linear(op, &o, call);
}

Types types_of_call(const UpSamplingOptions& o) {
  if (is_bilinear(o)) return Types::real;
  return is_sum(o) ? Types::numbers : Types::any;
}

std::vector<std::string> names_of(const UpSamplingOptions& o) {
  if (is_bilinear(o)) return {"data", "weight"};
  return {};
}

const auto registered =
    define_op<UpSamplingOptions>("UpSampling")
        .doc("Makes images larger; several by nearest become one.")
        .types_by(types_of_call)
        .inputs({"data"})
        .variadic("arg")
        .inputs_by(names_of, [](const UpSamplingOptions& /*o*/) { return 0; })
        .input_attribute(1, "__init__", "[\"bilinear\", {}]")
        .row_wise()
        .field("scale", &UpSamplingOptions::scale, "How many times larger the image becomes.")
        .required()
        .field("num_filter", &UpSamplingOptions::num_filter,
               "Of bilinear: the number of channels; 0: as many as there are.")
        .field("sample_type", &UpSamplingOptions::sample_type,
               "nearest: each pixel scale x scale times; bilinear: by the weight.",
               {"nearest", "bilinear"})
        .required()
        .field("multi_input_mode", &UpSamplingOptions::multi_input_mode,
               "What becomes of several images.", {"concat", "sum"})
        .tolerates({"workspace"})
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs)
        .reads_by([](const UpSamplingOptions& o) {
          return is_bilinear(o) ? unsigned{Op::inputs} : unsigned{Op::nothing};
        })
        .derivative(derivative_of)
        .sample({.scale = 2}, {{{1, 2, 2, 3}}})
        .sample({.scale = 3}, {{{0, 2, 2, 3}}})
        .sample({.scale = 2}, {{{2, 2, 2, 4}}, {{2, 1, 1, 2}}, {{2, 3, 4, 8}}})
        .sample({.scale = 2, .multi_input_mode = "sum"}, {{{2, 2, 2, 4}}, {{2, 2, 4, 8}}})
        .sample({.scale = 2, .sample_type = "bilinear", .num_filter = 2},
                {{{2, 2, 3, 2}}, {{2, 1, 4, 4}}})
        .sample({.scale = 3, .sample_type = "bilinear"}, {{{1, 3, 2, 3}}, {{3, 1, 5, 5}}});

}  // namespace
}  // namespace gluino
