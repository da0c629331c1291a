#include <gluino/base/random.h>
#include <gluino/gluon/data/vision/transforms.h>
#include <gluino/io/pictures/image.h>
#include <gluino/io/records/recordio.h>
#include <gluino/ops/image/image.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../bindings.h"

namespace gluino::python {
namespace {

std::string_view view_of(const nb::bytes& bytes) { return {bytes.c_str(), bytes.size()}; }

nb::bytes bytes_of(const std::string& text) { return nb::bytes(text.data(), text.size()); }

NDArray imdecode(const nb::bytes& buffer, int flag, bool to_rgb) {
  const std::string_view view = view_of(buffer);
  const nb::gil_scoped_release release;
  return image::imdecode(view, {.flag = flag, .to_rgb = to_rgb});
}

NDArray imread(const std::string& path, int flag, bool to_rgb) {
  const nb::gil_scoped_release release;
  return image::imread(path, {.flag = flag, .to_rgb = to_rgb});
}

nb::bytes imencode(const NDArray& picture, const std::string& format, int quality) {
  std::string bytes;
  {
    const nb::gil_scoped_release release;
    // What is the quality of a JPEG is how hard a PNG is made small.
    bytes = image::imencode(
        picture, {.format = format, .quality = quality, .compression = std::clamp(quality, 0, 9)});
  }
  return bytes_of(bytes);
}

NDArray imresize(const NDArray& picture, std::int64_t width, std::int64_t height, int interp) {
  check(interp >= 0 && interp <= 4, "imresize: interp: expected 0 to 4, got ", interp);
  const nb::gil_scoped_release release;
  return ops::cvimresize(picture, {.w = width, .h = height, .interp = interp});
}

NDArray rotate(const NDArray& pictures, double degrees, bool zoom_in, bool zoom_out) {
  const nb::gil_scoped_release release;
  return gluon::data::vision::transforms::Rotate(
      {.rotation_degrees = degrees, .zoom_in = zoom_in, .zoom_out = zoom_out})(pictures);
}

// Where the pixel at `i`, which may lie beyond an edge, is taken from; -1: nowhere.
std::int64_t mirrored(std::int64_t i, std::int64_t size, int type) {
  enum { constant, replicate, reflect, wrap, reflect_101 };
  if (i >= 0 && i < size) return i;
  if (type == constant) return -1;
  if (type == replicate || size == 1) return std::clamp<std::int64_t>(i, 0, size - 1);
  if (type == wrap) return ((i % size) + size) % size;
  const std::int64_t period = type == reflect ? 2 * size : 2 * size - 2;
  const std::int64_t place = ((i % period) + period) % period;
  if (place < size) return place;
  return type == reflect ? period - 1 - place : period - place;
}

constexpr std::int64_t kWidestBorder = 1 << 30;

NDArray add_border(const NDArray& picture, const std::vector<std::int64_t>& sizes, int type,
                   const std::vector<double>& values) {
  check(picture.defined() && picture.ndim() == 3 && picture.size() > 0,
        "copyMakeBorder: expected a picture of shape (height, width, channels)");
  check(sizes.size() == 4 &&
            std::all_of(sizes.begin(), sizes.end(),
                        [](std::int64_t size) { return size >= 0 && size <= kWidestBorder; }),
        "copyMakeBorder: expected four sizes from 0 to ", kWidestBorder);
  check(type >= 0 && type <= 4, "copyMakeBorder: type: expected 0 to 4, got ", type);
  const std::int64_t top = sizes[0];
  const std::int64_t left = sizes[2];
  const Shape& shape = picture.shape();
  const std::int64_t channels = shape[2];
  check(values.size() == 1 || values.size() >= static_cast<std::size_t>(channels),
        "copyMakeBorder: expected one value or one for each of ", channels, " channels, got ",
        values.size());
  const NDArray result({shape[0] + top + sizes[1], shape[1] + left + sizes[3], channels},
                       picture.dtype(), picture.context());
  dispatch(picture.dtype(), [&]<class T>() {
    const T* const from = picture.data<T>();
    T* to = result.data<T>();
    for (std::int64_t y = 0; y < result.shape()[0]; ++y) {
      const std::int64_t row = mirrored(y - top, shape[0], type);
      for (std::int64_t x = 0; x < result.shape()[1]; ++x, to += channels) {
        const std::int64_t column = mirrored(x - left, shape[1], type);
        if (row >= 0 && column >= 0) {
          std::copy_n(from + (row * shape[1] + column) * channels, channels, to);
          continue;
        }
        for (std::int64_t c = 0; c < channels; ++c) {
          const auto which = values.size() == 1 ? 0 : static_cast<std::size_t>(c);
          if constexpr (std::is_integral_v<T>) {
            to[c] = static_cast<T>(values[which]);  // float has not all of them
          } else {
            to[c] = static_cast<T>(static_cast<float>(values[which]));
          }
        }
      }
    }
  });
  return result;
}

// A number from 0 to below 1, from the stream that shuffles data.
double draw() { return static_cast<double>(random::draw_seed() >> 11) * 0x1p-53; }

nb::bytes pack(const nb::object& labels, std::uint64_t id, std::uint64_t id2,
               const nb::bytes& content) {
  recordio::IRHeader header{.flag = 0, .label = {}, .id = id, .id2 = id2};
  if (PyFloat_Check(labels.ptr()) || PyLong_Check(labels.ptr())) {
    header.label = {nb::cast<float>(labels)};
  } else {
    header.label = nb::cast<std::vector<float>>(labels);
    header.flag = static_cast<std::uint32_t>(header.label.size());
  }
  return bytes_of(recordio::pack(header, view_of(content)));
}

nb::tuple unpack(const nb::bytes& record) {
  const auto [header, content] = recordio::unpack(view_of(record));
  const nb::object label =
      header.flag == 0 ? nb::object(nb::float_(header.label.at(0))) : nb::cast(header.label);
  return nb::make_tuple(header.flag, label, header.id, header.id2, bytes_of(content));
}

}  // namespace

void bind_image(nb::module_& m) {
  nb::module_ image = m.def_submodule("image", "Pictures, and the records that hold them.");
  image.def("imdecode", &imdecode, nb::arg("buffer"), nb::arg("flag"), nb::arg("to_rgb"));
  image.def("imread", &imread, nb::arg("path"), nb::arg("flag"), nb::arg("to_rgb"));
  image.def("imencode", &imencode, nb::arg("picture"), nb::arg("format"), nb::arg("quality"));
  image.def("imresize", &imresize, nb::arg("picture"), nb::arg("width"), nb::arg("height"),
            nb::arg("interp"));
  image.def("rotate", &rotate, nb::arg("pictures"), nb::arg("degrees"), nb::arg("zoom_in"),
            nb::arg("zoom_out"));
  image.def("add_border", &add_border, nb::arg("picture"), nb::arg("sizes"), nb::arg("type"),
            nb::arg("values"));
  image.def("draw", &draw, "A random number from 0 to below 1.");
  image.def("pack", &pack, nb::arg("labels"), nb::arg("id"), nb::arg("id2"), nb::arg("content"));
  image.def("unpack", &unpack, nb::arg("record"));
}

}  // namespace gluino::python
