// Transforms of images, and the random numbers that they draw.
#include <gluino/base/random.h>
#include <gluino/gluon/data/generator.h>
#include <gluino/gluon/data/vision/transforms.h>
#include <nanobind/stl/array.h>

#include "gluon_data.h"

namespace gluino::python {
namespace {

namespace data = gluon::data;
namespace transforms = gluon::data::vision::transforms;
using data::Generator;
using data::Transform;

// The generator of the sample that this thread is making.
thread_local std::optional<Generator> sample_generator;

// While it is open, transforms draw what epoch and sample give, whoever runs them.
class SampleScope {
 public:
  explicit SampleScope(std::uint64_t epoch_seed) : epoch_seed_(epoch_seed) {}
  void open() { before_ = std::exchange(sample_generator, std::nullopt); }
  void enter(nb::handle index) {
    // An index may be anything that the data set understands.
    const Py_hash_t number = PyObject_Hash(index.ptr());
    if (number == -1) PyErr_Clear();
    sample_generator.emplace(
        Generator(epoch_seed_ ^ Generator(static_cast<std::uint64_t>(number))())());
  }
  void close() { sample_generator = before_; }

 private:
  std::uint64_t epoch_seed_;
  std::optional<Generator> before_;
};

NDArray call(const Transform& transform, const NDArray& x) {
  if (!transform.is_random()) {
    Generator unused(0);
    return transform(x, unused);
  }
  if (sample_generator) return transform(x, *sample_generator);
  return transform(x);
}

NDArray call_batch(const Transform& transform, const NDArray& x) { return transform.batch(x); }

void bind_scope(nb::module_& room) {
  nb::class_<SampleScope>(room, "SampleScope")
      .def(nb::init<std::uint64_t>())
      .def("enter", &SampleScope::enter)
      .def(
          "__enter__",
          [](SampleScope& scope) -> SampleScope& {
            scope.open();
            return scope;
          },
          nb::rv_policy::reference)
      .def("__exit__", [](SampleScope& scope, nb::args) { scope.close(); });
  room.def("uniform", [] {
    Generator fallback(sample_generator ? 0 : random::draw_seed());
    return (sample_generator ? *sample_generator : fallback).uniform();
  });
}

void bind_geometry(nb::module_& room) {
  using transforms::Size;
  room.def(
      "resize",
      [](const std::vector<std::int64_t>& size, bool keep_ratio, int interpolation) -> Transform {
        check(size.size() == 1 || size.size() == 2,
              "Resize: expected a size of one or two numbers, got ", size.size());
        return transforms::Resize(
            {size.size() == 1 ? Size(size[0]) : Size(size[0], size[1]), keep_ratio, interpolation});
      });
  room.def(
      "crop_resize",
      [](std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height,
         std::optional<std::pair<std::int64_t, std::int64_t>> size,
         int interpolation) -> Transform {
        std::optional<Size> to;
        if (size) to = Size(size->first, size->second);
        return transforms::CropResize({x, y, width, height, to, interpolation});
      },
      nb::arg("x"), nb::arg("y"), nb::arg("width"), nb::arg("height"), nb::arg("size").none(),
      nb::arg("interpolation"));
  room.def("center_crop",
           [](std::int64_t width, std::int64_t height, int interpolation) -> Transform {
             return transforms::CenterCrop({Size(width, height), interpolation});
           });
  room.def(
      "random_resized_crop",
      [](std::int64_t width, std::int64_t height, std::array<double, 2> scale,
         std::array<double, 2> ratio, int interpolation) -> Transform {
        return transforms::RandomResizedCrop({Size(width, height), scale, ratio, interpolation});
      });
  room.def("random_flip", [](bool left_right, double p) -> Transform {
    if (left_right) return transforms::RandomFlipLeftRight(p);
    return transforms::RandomFlipTopBottom(p);
  });
  room.def("rotate", [](const NDArray& x, double degrees, bool zoom_in, bool zoom_out) {
    return transforms::Rotate({degrees, zoom_in, zoom_out})(x);
  });
  room.def(
      "random_rotation",
      [](double from, double to, bool zoom_in, bool zoom_out, double probability) -> Transform {
        return transforms::RandomRotation({{from, to}, zoom_in, zoom_out, probability});
      });
}

}  // namespace

void bind_transforms(nb::module_& room) {
  nb::class_<Transform>(room, "Transform")
      .def_prop_ro("has_batch", &Transform::has_batch)
      .def("__call__", &call)
      .def("batch", &call_batch);
  bind_scope(room);
  bind_geometry(room);
  room.def("to_tensor", []() -> Transform { return transforms::ToTensor(); });
  room.def("cast", [](DType dtype) -> Transform { return transforms::Cast(dtype); });
  room.def("normalize", [](std::vector<double> mean, std::vector<double> std) -> Transform {
    return transforms::Normalize({std::move(mean), std::move(std)});
  });
  room.def("compose",
           [](const std::vector<Transform>& all) -> Transform { return transforms::Compose(all); });
  room.def("random_brightness",
           [](double range) -> Transform { return transforms::RandomBrightness(range); });
  room.def("random_contrast",
           [](double range) -> Transform { return transforms::RandomContrast(range); });
  room.def("random_saturation",
           [](double range) -> Transform { return transforms::RandomSaturation(range); });
  room.def("random_hue", [](double range) -> Transform { return transforms::RandomHue(range); });
  room.def("random_color_jitter",
           [](double brightness, double contrast, double saturation, double hue) -> Transform {
             return transforms::RandomColorJitter({brightness, contrast, saturation, hue});
           });
  room.def("random_lighting",
           [](double alpha) -> Transform { return transforms::RandomLighting(alpha); });
  room.def("random_apply", [](const std::vector<Transform>& all, double p) -> Transform {
    return transforms::RandomApply(all, {p});
  });
}

}  // namespace gluino::python
