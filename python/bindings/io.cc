#include <gluino/base/random.h>
#include <gluino/io/iterators/csv_iter.h>
#include <gluino/io/iterators/image_det_record_iter.h>
#include <gluino/io/iterators/image_record_iter.h>
#include <gluino/io/iterators/libsvm_iter.h>
#include <gluino/io/iterators/mnist_iter.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/unique_ptr.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bindings.h"
#include "options.h"

namespace gluino::python {
namespace {

using Places = nb::ndarray<std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

std::span<std::int64_t> places_in(const Places& places) { return {places.data(), places.size()}; }

/// The entries `places` of an array along `axis`; a view of them where they are one run of rows.
NDArray rows(const NDArray& array, const Places& where, int axis) {
  const auto pause = autograd::pause();
  const std::span<std::int64_t> places = places_in(where);
  check(array.defined() && axis >= 0 && axis < array.ndim(),
        "rows: expected an array with an axis ", axis);
  bool consecutive = !places.empty();
  for (std::size_t i = 0; i < places.size(); ++i) {
    check(places[i] >= 0 && places[i] < array.shape()[axis], "rows: expected a place below ",
          array.shape()[axis], ", got ", places[i]);
    consecutive = consecutive && places[i] == places[0] + static_cast<std::int64_t>(i);
  }
  const auto count = static_cast<std::int64_t>(places.size());
  if (consecutive && axis == 0) return array.slice_view(places[0], places[0] + count).copy();
  if (consecutive) {
    return ops::slice_axis(array, {.axis = axis, .begin = places[0], .end = places[0] + count});
  }
  NDArray index({count}, int64, array.context());
  std::copy(places.begin(), places.end(), index.data<std::int64_t>());
  return ops::take(array, index, {.axis = axis});
}

// An iterator of the library, and the types in which its batches are given.
struct Iterator {
  std::unique_ptr<io::DataIter> iter;
  DType dtype = float32;
  // That of the labels, if not the data's.
  std::optional<DType> label_dtype{};
  io::DataBatch batch;
  // A thread that comes while another one is in the library waits without the interpreter.
  std::mutex mutex;

  DType type_of_labels() const { return label_dtype.value_or(dtype); }

  static void convert(std::vector<NDArray>& arrays, DType to) {
    for (NDArray& array : arrays) {
      // Signed bytes end where they end: of pixels the brighter half does not fit in.
      if (to == int8) array = ops::clip(array, {.a_min = -128, .a_max = 127});
      array = array.astype(to, false);
    }
  }

  std::optional<io::DataBatch> next() {
    const nb::gil_scoped_release release;
    const std::lock_guard lock(mutex);
    const auto pause = autograd::pause();
    if (!iter->next(batch)) return {};
    io::DataBatch result = batch;
    convert(result.data, dtype);
    convert(result.label, type_of_labels());
    // Its memory is used again only when nobody outside has it.
    batch.clear();
    return result;
  }
  void reset() {
    const nb::gil_scoped_release release;
    const std::lock_guard lock(mutex);
    iter->reset();
  }
};

nb::list describe(const std::vector<io::DataDesc>& descriptions, DType dtype) {
  nb::list result;
  for (const io::DataDesc& desc : descriptions) {
    result.append(nb::make_tuple(shape_to(desc.shape), dtype_to(dtype), desc.layout));
  }
  return result;
}

nb::object next_batch(Iterator& self) {
  std::optional<io::DataBatch> batch = self.next();
  if (!batch) return nb::none();
  auto* const index = new std::vector<std::int64_t>(std::move(batch->index));
  const nb::capsule owner(
      index, [](void* p) noexcept { delete static_cast<std::vector<std::int64_t>*>(p); });
  const nb::object numbers =
      nb::cast(nb::ndarray<nb::numpy, std::int64_t>(index->data(), {index->size()}, owner));
  return nb::make_tuple(nb::cast(batch->data), nb::cast(batch->label), batch->pad, numbers);
}

// Of numbers between whole ones, as pixels from 0 to 1 are, others would keep nothing.
void expect_floating(const char* iterator, DType dtype) {
  check(is_floating(dtype), iterator, ": dtype: expected a floating type, got ", dtype);
}

std::unique_ptr<Iterator> make_csv(Options& options) {
  io::CSVIterOptions o;
  auto result = std::make_unique<Iterator>();
  options.take_required("data_csv", o.data_csv);
  options.take_required("data_shape", o.data_shape);
  options.take_required("batch_size", o.batch_size);
  options.take("label_csv", o.label_csv);
  options.take("label_shape", o.label_shape);
  options.take("round_batch", o.round_batch);
  options.take("dtype", result->dtype);
  options.ignore({"prefetch_buffer", "ctx"});
  options.finish();
  // The reader knows the types whose numbers text holds; others are made of float32, and shorter
  // whole numbers of int32, which no fraction is.
  for (const DType known : {float64, int32, int64}) {
    if (result->dtype == known) o.dtype = known;
  }
  if (!is_floating(result->dtype) && result->dtype != int64) o.dtype = int32;
  if (o.label_csv == "NULL") o.label_csv.clear();
  result->iter = std::make_unique<io::CSVIter>(o);
  return result;
}

std::unique_ptr<Iterator> make_libsvm(Options& options) {
  io::LibSVMIterOptions o;
  auto result = std::make_unique<Iterator>();
  bool round_batch = true;
  options.take_required("data_libsvm", o.data_libsvm);
  options.take_required("data_shape", o.data_shape);
  options.take_required("batch_size", o.batch_size);
  options.take("label_libsvm", o.label_libsvm);
  options.take("label_shape", o.label_shape);
  options.take("num_parts", o.num_parts);
  options.take("part_index", o.part_index);
  options.take("round_batch", round_batch);
  options.take("dtype", result->dtype);
  options.ignore({"prefetch_buffer", "ctx"});
  options.finish();
  check(round_batch, "LibSVMIter: round_batch: a last batch of fewer lines is not supported");
  expect_floating("LibSVMIter", result->dtype);
  if (result->dtype == float64) o.dtype = float64;
  if (o.label_libsvm == "NULL") o.label_libsvm.clear();
  result->iter = std::make_unique<io::LibSVMIter>(o);
  return result;
}

std::unique_ptr<Iterator> make_mnist(Options& options) {
  io::MNISTIterOptions o;
  auto result = std::make_unique<Iterator>();
  options.take("image", o.image);
  options.take("label", o.label);
  options.take("batch_size", o.batch_size);
  options.take("shuffle", o.shuffle);
  options.take("seed", o.seed);
  options.take("flat", o.flat);
  options.take("silent", o.silent);
  options.take("num_parts", o.num_parts);
  options.take("part_index", o.part_index);
  options.take("dtype", result->dtype);
  // MXNet takes `input_shape` from programs and looks at `flat` alone.
  options.ignore({"prefetch_buffer", "ctx", "input_shape"});
  options.finish();
  expect_floating("MNISTIter", result->dtype);
  result->iter = std::make_unique<io::MNISTIter>(o);
  return result;
}

// MXNet's 0 is no seed, but the same order each time.
void take_seed(Options& options, const char* name, std::optional<std::int64_t>& seed) {
  std::int64_t given = 0;
  options.take(name, given);
  if (given != 0) seed = given;
}

// Which records are read, and how: of both iterators over files of pictures.
template <class O>
void take_reading(Options& options, O& o) {
  options.take_required("path_imgrec", o.path_imgrec);
  options.take_required("data_shape", o.data_shape);
  options.take_required("batch_size", o.batch_size);
  options.take("path_imgidx", o.path_imgidx);
  options.take("label_width", o.label_width);
  options.take("shuffle", o.shuffle);
  take_seed(options, "shuffle_chunk_seed", o.seed);
  take_seed(options, "seed", o.seed);
  // An order is drawn over the whole file, not over chunks of it.
  options.ignore({"shuffle_chunk_size"});
  options.take("round_batch", o.round_batch);
  options.take("num_parts", o.num_parts);
  options.take("part_index", o.part_index);
  options.take("preprocess_threads", o.preprocess_threads);
  options.take("prefetch_buffer", o.prefetch_buffer);
}

// How pixels are normalised. As MXNet's, those that stay whole numbers are not, but that signed
// bytes have a whole mean taken off.
void take_normalisation(Options& options, DType dtype, io::ImageRecordIterOptions& o) {
  const std::pair<const char*, double*> means[] = {
      {"mean_r", &o.mean_r}, {"mean_g", &o.mean_g}, {"mean_b", &o.mean_b}};
  const std::pair<const char*, double*> factors[] = {
      {"std_r", &o.std_r}, {"std_g", &o.std_g}, {"std_b", &o.std_b}, {"scale", &o.scale}};
  if (dtype == uint8 || dtype == int8) {
    options.take_not_there("mean_img", "");
  } else {
    options.take("mean_img", o.mean_img);
  }
  for (const auto& [name, value] : means) {
    if (dtype == uint8) {
      options.take_not_there(name, "0");
      continue;
    }
    options.take(name, *value);
    if (dtype == int8) *value = std::round(*value);
  }
  for (const auto& [name, value] : {std::pair("max_random_contrast", &o.max_random_contrast),
                                    {"max_random_illumination", &o.max_random_illumination}}) {
    if (dtype == uint8 || dtype == int8) {
      options.take_not_there(name, "0");
    } else {
      options.take(name, *value);
    }
  }
  for (const auto& [name, value] : factors) {
    if (dtype == uint8 || dtype == int8) {
      options.take_not_there(name, "1");
    } else {
      options.take(name, *value);
    }
  }
}

void take_changes(Options& options, io::ImageRecordIterOptions& o) {
  options.take("seed_aug", o.seed_aug);
  options.take("resize", o.resize);
  options.take("random_resized_crop", o.random_resized_crop);
  options.take("min_random_area", o.min_random_area);
  options.take("max_random_area", o.max_random_area);
  options.take("min_aspect_ratio", o.min_aspect_ratio);
  options.take("max_aspect_ratio", o.max_aspect_ratio);
  options.take("rotate", o.rotate);
  options.take("max_rotate_angle", o.max_rotate_angle);
  options.take("max_shear_ratio", o.max_shear_ratio);
  options.take("min_random_scale", o.min_random_scale);
  options.take("max_random_scale", o.max_random_scale);
  options.take("min_img_size", o.min_img_size);
  options.take("max_img_size", o.max_img_size);
  options.take("pad", o.pad);
  options.take("fill_value", o.fill_value);
  options.take("min_crop_size", o.min_crop_size);
  options.take("max_crop_size", o.max_crop_size);
  options.take("rand_crop", o.rand_crop);
  options.take("brightness", o.brightness);
  options.take("contrast", o.contrast);
  options.take("saturation", o.saturation);
  options.take("random_h", o.random_h);
  options.take("random_s", o.random_s);
  options.take("random_l", o.random_l);
  options.take("pca_noise", o.pca_noise);
  options.take("mirror", o.mirror);
  options.take("rand_mirror", o.rand_mirror);
  options.take("inter_method", o.inter_method);
}

std::unique_ptr<Iterator> make_pictures(Options& options, std::optional<DType> dtype) {
  io::ImageRecordIterOptions o;
  auto result = std::make_unique<Iterator>();
  result->label_dtype = float32;
  take_reading(options, o);
  if (dtype) {
    result->dtype = *dtype;
  } else {
    options.take("dtype", result->dtype);
  }
  if (result->dtype != uint8 && result->dtype != int8) {
    expect_floating("ImageRecordIter", result->dtype);
  }
  take_normalisation(options, result->dtype, o);
  take_changes(options, o);
  // They say what is logged, where memory is pinned, and how a fourth channel is normalised, which
  // pictures do not have.
  options.ignore({"verbose", "ctx", "device_id", "mean_a", "std_a"});
  options.take("path_imglist", o.path_imglist);
  options.take("aug_seq", o.aug_seq);
  options.finish();
  result->iter = std::make_unique<io::ImageRecordIter>(o);
  return result;
}

void take_changes(Options& options, io::ImageDetRecordIterOptions& o) {
  options.take("resize", o.resize);
  options.take("max_random_hue", o.max_random_hue);
  options.take("random_hue_prob", o.random_hue_prob);
  options.take("max_random_saturation", o.max_random_saturation);
  options.take("random_saturation_prob", o.random_saturation_prob);
  options.take("max_random_illumination", o.max_random_illumination);
  options.take("random_illumination_prob", o.random_illumination_prob);
  options.take("max_random_contrast", o.max_random_contrast);
  options.take("random_contrast_prob", o.random_contrast_prob);
  options.take("rand_mirror_prob", o.rand_mirror_prob);
  options.take("rand_pad_prob", o.rand_pad_prob);
  options.take("max_pad_scale", o.max_pad_scale);
  options.take("fill_value", o.fill_value);
  options.take("rand_crop_prob", o.rand_crop_prob);
  options.take("num_crop_sampler", o.num_crop_sampler);
  options.take("min_crop_scales", o.min_crop_scales);
  options.take("max_crop_scales", o.max_crop_scales);
  options.take("min_crop_aspect_ratios", o.min_crop_aspect_ratios);
  options.take("max_crop_aspect_ratios", o.max_crop_aspect_ratios);
  options.take("min_crop_overlaps", o.min_crop_overlaps);
  options.take("max_crop_overlaps", o.max_crop_overlaps);
  options.take("min_crop_sample_coverages", o.min_crop_sample_coverages);
  options.take("max_crop_sample_coverages", o.max_crop_sample_coverages);
  options.take("min_crop_object_coverages", o.min_crop_object_coverages);
  options.take("max_crop_object_coverages", o.max_crop_object_coverages);
  options.take("max_crop_trials", o.max_crop_trials);
  options.take("crop_emit_mode", o.crop_emit_mode);
  options.take("emit_overlap_thresh", o.emit_overlap_thresh);
  options.take("resize_mode", o.resize_mode);
  options.take("inter_method", o.inter_method);
}

std::unique_ptr<Iterator> make_detections(Options& options) {
  io::ImageDetRecordIterOptions o;
  auto result = std::make_unique<Iterator>();
  result->label_dtype = float32;
  take_reading(options, o);
  options.take("label_pad_width", o.label_pad_width);
  options.take("label_pad_value", o.label_pad_value);
  options.take("dtype", result->dtype);
  take_changes(options, o);
  for (const auto& [name, value] : {std::pair("mean_r", &o.mean_r),
                                    {"mean_g", &o.mean_g},
                                    {"mean_b", &o.mean_b},
                                    {"scale", &o.scale},
                                    {"std_r", &o.std_r},
                                    {"std_g", &o.std_g},
                                    {"std_b", &o.std_b}}) {
    options.take(name, *value);
  }
  options.take("mean_img", o.mean_img);
  // MXNet's 0 is no std at all.
  for (double* std : {&o.std_r, &o.std_g, &o.std_b}) *std = *std == 0 ? 1 : *std;
  const bool are_pixels = o.mean_img.empty() && o.mean_r == 0 && o.mean_g == 0 && o.mean_b == 0 &&
                          o.scale == 1 && o.std_r == 1 && o.std_g == 1 && o.std_b == 1;
  if (!are_pixels) expect_floating("ImageDetRecordIter", result->dtype);
  // As of ImageRecordIter.
  options.ignore({"verbose", "ctx", "device_id", "mean_a", "std_a"});
  options.take("path_imglist", o.path_imglist);
  options.take("aug_seq", o.aug_seq);
  options.finish();
  result->iter = std::make_unique<io::ImageDetRecordIter>(o);
  return result;
}

std::unique_ptr<Iterator> make_iterator(const std::string& kind, const nb::dict& given) {
  Options options(kind, given);
  if (kind == "CSVIter") return make_csv(options);
  if (kind == "LibSVMIter") return make_libsvm(options);
  if (kind == "MNISTIter") return make_mnist(options);
  if (kind == "ImageDetRecordIter") return make_detections(options);
  const bool bytes = kind.starts_with("ImageRecordUInt8Iter");
  const bool signed_bytes = kind == "ImageRecordInt8Iter";
  return make_pictures(options, bytes          ? std::optional(uint8)
                                : signed_bytes ? std::optional(int8)
                                               : std::nullopt);
}

}  // namespace

void bind_io(nb::module_& m) {
  nb::module_ io = m.def_submodule("io", "Iterators, files of records, downloads.");
  io.def(
      "shuffle", [](const Places& items) { random::shuffle(places_in(items)); },
      "Puts the items into a random order, in place.");
  io.def("rows", &rows, "The entries of an array along an axis, in an order.");
  io.def("make_iterator", &make_iterator, "An iterator of the library, with its options by name.");

  nb::class_<Iterator>(io, "Iterator", "An iterator of the library.")
      .def_prop_ro("batch_size", [](const Iterator& it) { return it.iter->batch_size(); })
      .def_prop_ro("provide_data",
                   [](const Iterator& it) { return describe(it.iter->provide_data(), it.dtype); })
      .def_prop_ro("provide_label",
                   [](const Iterator& it) {
                     return describe(it.iter->provide_label(), it.type_of_labels());
                   })
      .def("next", &next_batch, "(data, label, pad, index), or None at the end of the epoch.")
      .def("reset", &Iterator::reset);
  bind_files(m, io);
}

}  // namespace gluino::python
