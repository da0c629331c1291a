#include <gluino/ops/core/define.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/linalg/product-inl.h>
#include <gluino/ops/vision/deformable.h>
#include <gluino/ops/vision/deformable_columns-inl.h>

#include <type_traits>

namespace gluino {
namespace {

template <class O>
constexpr bool kHasMask = std::is_same_v<O, ModulatedDeformableConvolutionOptions>;
template <class O>
constexpr const char* kName =
    kHasMask<O> ? "_contrib_ModulatedDeformableConvolution" : "_contrib_DeformableConvolution";

enum Input { kData, kOffset, kMask };
// The weight stands behind the mask, or in its place.
template <class O>
constexpr int kWeight = kHasMask<O> ? 3 : 2;
template <class O>
constexpr int kBias = kWeight<O> + 1;

template <class O>
void infer(const O& o, Inference& s) {
  s.expect_ndim(kData, 4, "(N, C, H, W)");
  const Shape& data = s.in(kData);
  const auto g = expect_windows(o, data[2], data[3], s);
  s.expect(o.num_filter > 0 && o.num_group > 0 && o.num_filter % o.num_group == 0, -1,
           "expected num_filter to be a multiple of num_group, got ", o.num_filter, " and ",
           o.num_group);
  s.expect(data[1] % o.num_group == 0, kData, "num_group ", o.num_group,
           " does not divide the channels of ", data);
  const std::int64_t groups = o.num_deformable_group;
  s.expect(groups > 0 && data[1] % groups == 0, kData, "num_deformable_group ", groups,
           " does not divide the channels of ", data);
  s.set_in(kOffset, {data[0], 2 * groups * g.taps(), g.rows(), g.columns()});
  if (kHasMask<O>) s.set_in(kMask, {data[0], groups * g.taps(), g.rows(), g.columns()});
  s.set_in(kWeight<O>, {o.num_filter, data[1] / o.num_group, o.kernel[0], o.kernel[1]});
  if (!o.no_bias) s.set_in(kBias<O>, {o.num_filter});
  s.set_out(0, {data[0], o.num_filter, g.rows(), g.columns()});
}

// One call, sample by sample: the products of a group's filters with its columns.
template <class O, class T>
struct Samples {
  const O& o;
  std::span<const Tensor> in;
  WindowGeometry g;
  std::int64_t count, channels, filters, depth;  // of one group, the last two

  Samples(const O& options, std::span<const Tensor> inputs)
      : o(options),
        in(inputs),
        g(options, inputs[kData].shape[2], inputs[kData].shape[3]),
        count(inputs[kData].shape[0]),
        channels(inputs[kData].shape[1]),
        filters(options.num_filter / options.num_group),
        depth(channels / options.num_group * g.taps()) {}

  // Sample i of an array.
  static T* at(const Tensor& tensor, std::int64_t i) {
    return tensor.as<T>() + i * tensor.shape.size_between(1, tensor.shape.ndim());
  }
  DeformableColumns<T> columns(std::int64_t i) const {
    return {.g = g,
            .channels = channels,
            .groups = o.num_deformable_group,
            .offset = at(in[kOffset], i),
            .mask = kHasMask<O> ? at(in[kMask], i) : nullptr};
  }
  kernels::MatrixView<T> weight(std::int64_t group) const {
    return {in[kWeight<O>].template as<T>() + group * filters * depth, filters, depth, depth, 1};
  }
  kernels::MatrixView<T> rows(const T* data, std::int64_t group, std::int64_t height) const {
    return {data + group * height * g.windows(), height, g.windows(), g.windows(), 1};
  }
};

template <class O>
void forward(const O& o, const Call& call) {
  dispatch_real(call.out[0].dtype, kName<O>, [&]<class T>() {
    const Samples<O, T> s(o, call.in);
    if (call.out[0].size() == 0) return;
    const Temporary<T> columns(s.columns(0).size());
    const T* const bias = o.no_bias ? nullptr : call.in[kBias<O>].template as<T>();
    for (std::int64_t i = 0; i < s.count; ++i) {
      s.columns(i).forward(s.at(call.in[kData], i), columns.data());
      for (std::int64_t group = 0; group < o.num_group; ++group) {
        product(s.weight(group), s.rows(columns.data(), group, s.depth),
                s.at(call.out[0], i) + group * s.filters * s.g.windows(), s.g.windows(),
                {.row_bias = bias ? bias + group * s.filters : nullptr});
      }
    }
  });
}

template <class T>
void bias_gradient(const Tensor& dout, T* dbias) {
  const std::int64_t filters = dout.shape[1], windows = dout.shape[2] * dout.shape[3];
  std::fill_n(dbias, filters, T(0));
  for (std::int64_t row = 0; row < dout.shape[0] * filters; ++row) {
    T sum = 0;
    for (std::int64_t i = 0; i < windows; ++i) sum += dout.as<T>()[row * windows + i];
    dbias[row % filters] += sum;
  }
}

template <class O, class T>
void sample_gradient(const Samples<O, T>& s, const GradientCall& call, std::int64_t i, T* columns) {
  const auto& o = s.o;
  const auto moved = s.columns(i);
  const T* const images = s.at(call.in[kData], i);
  const T* const dout = s.at(call.out_grad[0], i);
  if (const Tensor& dweight = call.in_grad[kWeight<O>]) {
    moved.forward(images, columns);
    for (std::int64_t group = 0; group < o.num_group; ++group) {
      product(s.rows(dout, group, s.filters), s.rows(columns, group, s.depth).transposed(),
              dweight.template as<T>() + group * s.filters * s.depth, s.depth,
              {.accumulate = i > 0});
    }
  }
  const Tensor none;
  const Tensor& doffset = call.in_grad[kOffset];
  const Tensor& dmask = kHasMask<O> ? call.in_grad[kMask] : none;
  if (!call.in_grad[kData] && !doffset && !dmask) return;
  for (std::int64_t group = 0; group < o.num_group; ++group) {
    product(s.weight(group).transposed(), s.rows(dout, group, s.filters),
            columns + group * s.depth * s.g.windows(), s.g.windows());
  }
  if (call.in_grad[kData]) moved.data_gradient(columns, s.at(call.in_grad[kData], i));
  if (doffset || dmask) {
    moved.offset_gradient(images, columns, doffset ? s.at(doffset, i) : nullptr,
                          dmask ? s.at(dmask, i) : nullptr);
  }
}

template <class O>
void backward(const O& o, const GradientCall& call) {
  dispatch_real(call.out_grad[0].dtype, kName<O>, [&]<class T>() {
    const Samples<O, T> s(o, call.in);
    if (!o.no_bias && call.in_grad[kBias<O>]) {
      bias_gradient(call.out_grad[0], call.in_grad[kBias<O>].template as<T>());
    }
    if (s.count == 0 || s.channels == 0) {
      for (const Tensor& gradient : call.in_grad.first(kBias<O>)) {
        if (gradient) std::fill_n(gradient.template as<T>(), gradient.size(), T(0));
      }
      return;
    }
    const Temporary<T> columns(s.columns(0).size());
    for (std::int64_t i = 0; i < s.count; ++i) sample_gradient(s, call, i, columns.data());
  });
}

template <class O>
OpDefinition<O> define_deformable(const char* doc) {
  auto definition = define_op<O>(kName<O>);
  if (kHasMask<O>) {
    definition.inputs({"data", "offset", "mask"});
  } else {
    definition.inputs({"data", "offset"});
  }
  definition.doc(doc)
      .parameters({"weight", "bias"})
      .omits_last_when(&O::no_bias)
      .field("kernel", &O::kernel, "Size of the filters (height, width).")
      .required()
      .field("stride", &O::stride, "Step of the window; 1 if not given.")
      .field("dilate", &O::dilate, "Step inside the window; 1 if not given.")
      .field("pad", &O::pad, "Zeros on each side; 0 if not given.")
      .field("num_filter", &O::num_filter, "Number of output channels.")
      .required()
      .field("num_group", &O::num_group, "Channels are cut into this many groups, convolved apart.")
      .field("num_deformable_group", &O::num_deformable_group,
             "Channels are cut into this many groups with offsets of their own.")
      .tolerates({"workspace"})
      .field("no_bias", &O::no_bias, "Leave the bias out.");
  if (kHasMask<O>) definition.tolerates({"im2col_step"});
  definition.tolerates("layout", {"None", "NCHW"})
      .infer(infer<O>)
      .forward(forward<O>)
      .backward(backward<O>, Op::inputs)
      .instead("Convolution");
  return definition;
}

constexpr Fill kPart{Fill::Kind::distinct, 0.1, 0.9};

const auto deformable =
    define_deformable<DeformableConvolutionOptions>("A convolution whose taps are moved.")
        .sample({.kernel = {2, 2}, .num_filter = 3},
                {{{2, 4, 4, 5}}, {{2, 8, 3, 4}, kPart}, {{3, 4, 2, 2}}, {{3}}})
        .sample({.kernel = {3, 2},
                 .stride = {2, 1},
                 .dilate = {1, 2},
                 .pad = {1, 1},
                 .num_filter = 4,
                 .num_group = 2,
                 .num_deformable_group = 2,
                 .no_bias = true},
                {{{1, 4, 5, 4}}, {{1, 24, 3, 4}, kPart}, {{4, 2, 3, 2}}})
        .sample({.kernel = {2, 2}, .num_filter = 3},
                {{{0, 4, 4, 5}}, {{0, 8, 3, 4}}, {{3, 4, 2, 2}}, {{3}}});

const auto modulated =
    define_deformable<ModulatedDeformableConvolutionOptions>(
        "A convolution whose taps are moved, and weighted by a mask.")
        .sample({.kernel = {2, 2}, .num_filter = 3},
                {{{2, 4, 4, 5}}, {{2, 8, 3, 4}, kPart}, {{2, 4, 3, 4}}, {{3, 4, 2, 2}}, {{3}}})
        .sample({.kernel = {2, 3},
                 .stride = {1, 2},
                 .pad = {1, 1},
                 .num_filter = 2,
                 .num_group = 2,
                 .num_deformable_group = 2,
                 .no_bias = true},
                {{{1, 2, 3, 4}}, {{1, 24, 4, 2}, kPart}, {{1, 12, 4, 2}}, {{2, 1, 2, 3}}})
        .sample({.kernel = {2, 2}, .num_filter = 3},
                {{{0, 4, 4, 5}}, {{0, 8, 3, 4}}, {{0, 4, 3, 4}}, {{3, 4, 2, 2}}, {{3}}});

}  // namespace
}  // namespace gluino
