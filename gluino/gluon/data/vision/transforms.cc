#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gluino/gluon/data/vision/transforms.h>
#include <gluino/kernels/cpu/movement/pixels.h>
#include <gluino/kernels/cpu/support/grain.h>

#include <algorithm>
#include <utility>

namespace gluino::gluon::data::vision::transforms {
namespace {

// Adapts a function of arrays that treats samples and batches alike.
template <class F>
Transform::One each(F f) {
  return [f](const NDArray& x, Generator&) -> NDArray { return f(x); };
}

// The axes before an image's three.
std::int64_t images_in(const NDArray& x) { return x.shape().size_between(0, x.ndim() - 3); }

// With any number of axes before the image's three.
NDArray to_tensor(const NDArray& x) {
  const int c = x.ndim() - 1;
  Shape shape = x.shape();
  const kernels::ImageBlock block{images_in(x), shape[c - 2] * shape[c - 1], shape[c]};
  shape.insert(c - 2, block.channels);
  shape.erase(c + 1);
  NDArray result(shape, float32, x.context());
  if (x.dtype() == uint8) {
    kernels::to_unit_planes(x.data<std::uint8_t>(), result.data<float>(), block);
    return result;
  }
  dispatch(x.dtype(), [&]<class T>() {
    const T* in = x.data<T>();
    float* out = result.data<float>();
    for (std::int64_t i = 0; i < block.count * block.channels; ++i) {
      const T* from = in + i / block.channels * block.pixels * block.channels + i % block.channels;
      for (std::int64_t p = 0; p < block.pixels; ++p) {
        *out++ = static_cast<float>(from[p * block.channels]) / 255.0F;
      }
    }
  });
  return result;
}

void check_image(const char* who, const char* axes, const NDArray& x, int fewest) {
  check(x.ndim() == fewest || x.ndim() == fewest + 1, who, ": expected an image ", axes,
        ", or a batch of them, got shape ", x.shape());
}

double of_channel(const std::vector<double>& values, std::int64_t channel) {
  return values.size() == 1 ? values[0] : values[static_cast<std::size_t>(channel)];
}

NDArray normalize(const NDArray& x, const NormalizeOptions& options) {
  check_image("Normalize", "(channels, height, width)", x, 3);
  const std::int64_t channels = x.shape()[x.ndim() - 3];
  const std::int64_t pixels = x.shape().size_between(x.ndim() - 2, x.ndim());
  for (const auto* values : {&options.mean, &options.std}) {
    check(values->size() == 1 || static_cast<std::int64_t>(values->size()) == channels,
          "Normalize: ", values == &options.mean ? "mean" : "std", ": expected one number or ",
          channels, ", one per channel of shape ", x.shape(), ", got ", values->size());
  }
  NDArray result(x.shape(), x.dtype(), x.context());
  dispatch_real(x.dtype(), "Normalize", [&]<class T>() {
    const T* in = x.data<T>();
    T* out = result.data<T>();
    parallel_for(images_in(x) * channels, kernels::row_grain(pixels, kernels::kCopyGrain),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t plane = begin; plane < end; ++plane) {
                     const auto mean = static_cast<T>(of_channel(options.mean, plane % channels));
                     const auto std = static_cast<T>(of_channel(options.std, plane % channels));
                     for (std::int64_t i = plane * pixels; i < (plane + 1) * pixels; ++i) {
                       out[i] = (in[i] - mean) / std;
                     }
                   }
                 });
  });
  return result;
}

bool all_have_batch(const std::vector<Transform>& transforms) {
  return std::all_of(transforms.begin(), transforms.end(),
                     [](const Transform& t) { return t.has_batch(); });
}

bool any_is_random(const std::vector<Transform>& transforms) {
  return std::any_of(transforms.begin(), transforms.end(),
                     [](const Transform& t) { return t.is_random(); });
}

Transform::One one_after_the_other(const std::vector<Transform>& transforms) {
  return [transforms](NDArray x, Generator& generator) {
    for (const Transform& transform : transforms) x = transform(x, generator);
    return x;
  };
}

Transform::Alone alone_after_alone(const std::vector<Transform>& transforms) {
  return [transforms](NDArray x) {
    for (const Transform& transform : transforms) x = transform(x);
    return x;
  };
}

Transform::Whole whole_after_whole(const std::vector<Transform>& transforms) {
  if (!all_have_batch(transforms)) return nullptr;
  return [transforms](NDArray x) {
    for (const Transform& transform : transforms) x = transform.batch(x);
    return x;
  };
}

NormalizeOptions checked(NormalizeOptions options) {
  check(!options.mean.empty() && !options.std.empty(), "Normalize: expected a mean and a std");
  check(std::find(options.std.begin(), options.std.end(), 0.0) == options.std.end(),
        "Normalize: std must not be 0");
  return options;
}

}  // namespace

ToTensor::ToTensor()
    : Transform(
          [](const NDArray& x, Generator&) {
            check_image("ToTensor", "(height, width, channels)", x, 3);
            return to_tensor(x);
          },
          [](const NDArray& x) {
            check_image("ToTensor", "(height, width, channels)", x, 4);
            return to_tensor(x);
          },
          false) {}

Cast::Cast(DType dtype)
    : Transform(
          each([dtype](const NDArray& x) { return x.astype(dtype, false); }),
          [dtype](const NDArray& x) { return x.astype(dtype, false); }, false) {}

Normalize::Normalize(const NormalizeOptions& options)
    : Transform(
          each([o = checked(options)](const NDArray& x) { return normalize(x, o); }),
          [options](const NDArray& x) { return normalize(x, options); }, false) {}

Compose::Compose(const std::vector<Transform>& transforms)
    : Transform(one_after_the_other(transforms), whole_after_whole(transforms),
                any_is_random(transforms), alone_after_alone(transforms)) {}

RandomApply::RandomApply(const std::vector<Transform>& transforms,
                         const RandomApplyOptions& options)
    : Transform(
          [all = one_after_the_other(transforms), p = options.p](const NDArray& x,
                                                                 Generator& generator) {
            return generator.uniform() < p ? all(x, generator) : x;
          },
          nullptr, true,
          [all = alone_after_alone(transforms), p = options.p](const NDArray& x) {
            return Generator(random::draw_seed()).uniform() < p ? all(x) : x;
          }) {
  check(options.p >= 0 && options.p <= 1, "RandomApply: p: expected 0 to 1, got ", options.p);
}

}  // namespace gluino::gluon::data::vision::transforms
