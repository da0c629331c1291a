// gluino._core.gluon_data: what gluino.gluon.data stands on.
#include "gluon_data.h"

#include <gluino/base/random.h>
#include <gluino/gluon/data/dataloader.h>
#include <gluino/gluon/data/generator.h>

#include <cstring>
#include <numeric>

#include "bindings.h"

namespace gluino::python {
namespace {

namespace data = gluon::data;
using Indices = std::vector<std::int64_t>;

// A buffer of Python's, held while it lives. Threads without the interpreter may read it.
class Buffer {
 public:
  Buffer(nb::handle object, int flags) {
    if (PyObject_GetBuffer(object.ptr(), &view_, flags) != 0) throw nb::python_error();
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() {
    const nb::gil_scoped_acquire gil;
    PyBuffer_Release(&view_);
  }
  const Py_buffer& operator*() const { return view_; }
  const Py_buffer* operator->() const { return &view_; }

 private:
  Py_buffer view_{};
};

// Rows of arrays of NumPy's and ours, which stay where they are.
class RowsSource final : public data::Source {
 public:
  struct Field {
    std::shared_ptr<const Buffer> buffer;  // null: `array` is the field
    NDArray array;
    DType dtype = float32;
    Shape row;
  };

  RowsSource(std::vector<Field> fields, std::int64_t size)
      : fields_(std::move(fields)), size_(size) {}

  std::int64_t size() const override { return size_; }
  data::Sample get(std::int64_t index) const override {
    const data::Batch batch = get_batch(std::span(&index, 1));
    std::vector<NDArray> fields;
    for (const NDArray& array : batch) {
      Shape shape = array.shape();
      shape.erase(0);
      fields.push_back(array.view(shape));
    }
    return data::Sample(std::move(fields));
  }
  data::Batch get_batch(std::span<const std::int64_t> indices) const override {
    std::vector<NDArray> batch;
    batch.reserve(fields_.size());
    for (const Field& field : fields_) batch.push_back(gather(field, indices));
    return data::Batch(std::move(batch));
  }

 private:
  static NDArray gather(const Field& field, std::span<const std::int64_t> indices) {
    Shape shape = field.row;
    shape.insert(0, static_cast<std::int64_t>(indices.size()));
    NDArray result(shape, field.dtype, cpu());
    const std::size_t row = static_cast<std::size_t>(field.row.size_between(0, field.row.ndim())) *
                            size_of(field.dtype);
    const auto* from =
        static_cast<const std::byte*>(field.buffer ? (*field.buffer)->buf : field.array.data());
    auto* to = static_cast<std::byte*>(result.data());
    for (std::size_t i = 0; i < indices.size() && row > 0; ++i) {
      std::memcpy(to + i * row, from + static_cast<std::size_t>(indices[i]) * row, row);
    }
    return result;
  }

  std::vector<Field> fields_;
  std::int64_t size_;
};

// Some samples of another data set.
class SelectedSource final : public data::Source {
 public:
  SelectedSource(data::Dataset base, Indices indices)
      : base_(std::move(base)), indices_(std::move(indices)) {}

  std::int64_t size() const override { return static_cast<std::int64_t>(indices_.size()); }
  int random_transforms() const override { return base_.source().random_transforms(); }
  data::Sample get(std::int64_t index) const override {
    return base_.get(indices_[static_cast<std::size_t>(index)]);
  }
  data::Batch get_batch(std::span<const std::int64_t> places) const override {
    Indices indices;
    indices.reserve(places.size());
    for (const std::int64_t place : places) {
      indices.push_back(indices_[static_cast<std::size_t>(place)]);
    }
    return base_.get_batch(indices);
  }

 private:
  data::Dataset base_;
  Indices indices_;
};

// A data set as Python hands it to a loader.
struct Source {
  data::Dataset dataset;
  std::size_t fields = 1;
  // Whether transforms get the first field as an array of ours, as they want it.
  bool has_array = false;
};

Indices from_the_end(const Source& source, Indices indices) {
  const std::int64_t n = source.dataset.size();
  for (std::int64_t& index : indices) {
    if (index < 0) index += n;
    if (index < 0 || index >= n) {
      throw nb::index_error(
          str("index ", index, " is out of range for a data set of ", n, " samples").c_str());
    }
  }
  return indices;
}

std::optional<RowsSource::Field> field_of(nb::handle object) {
  RowsSource::Field field;
  if (is_array(object.ptr())) {
    const NDArray& array = array_in(object.ptr());
    if (!array.is_dense() || array.context() != cpu() || array.ndim() < 2) return std::nullopt;
    field.array = array;
    field.dtype = array.dtype();
    field.row = array.shape();
    field.row.erase(0);
    return field;
  }
  static const nb::handle numpy_array =
      nb::object(nb::module_::import_("numpy").attr("ndarray")).release();
  if (!object.type().is(numpy_array)) return std::nullopt;
  if (!nb::cast<bool>(object.attr("flags").attr("c_contiguous"))) return std::nullopt;
  try {
    field.dtype = dtype_from(object.attr("dtype"));
  } catch (const std::exception&) {
    return std::nullopt;
  }
  if (nb::cast<std::string>(object.attr("dtype").attr("byteorder")) == ">") return std::nullopt;
  field.buffer = std::make_shared<const Buffer>(object, PyBUF_C_CONTIGUOUS);
  field.row = shape_from(object.attr("shape"));
  if (field.row.ndim() == 0) return std::nullopt;
  field.row.erase(0);
  return field;
}

nb::object array_source(const nb::list& arrays) {
  std::vector<RowsSource::Field> fields;
  for (const nb::handle array : arrays) {
    std::optional<RowsSource::Field> field = field_of(array);
    if (!field) return nb::none();
    fields.push_back(std::move(*field));
  }
  if (fields.empty()) return nb::none();
  const auto size = static_cast<std::int64_t>(nb::len(nb::object(arrays[0])));
  Source source{RowsSource(std::move(fields), size), nb::len(arrays),
                is_array(nb::handle(arrays[0]).ptr())};
  return nb::cast(std::move(source));
}

nb::list fields_of(const data::Batch& batch) {
  nb::list fields;
  for (const NDArray& field : batch) fields.append(field);
  return fields;
}

nb::list get_batch(const Source& source, Indices indices, std::uint64_t epoch_seed) {
  indices = from_the_end(source, std::move(indices));
  data::Batch batch;
  {
    const nb::gil_scoped_release released;
    const auto pausing = autograd::pause();
    const data::AugmentationScope scope(epoch_seed);
    batch = source.dataset.get_batch(indices);
  }
  return fields_of(batch);
}

// The batches that Python has drawn.
class GivenBatches final : public data::BatchSampler {
 public:
  explicit GivenBatches(std::vector<Indices> batches) : batches_(std::move(batches)) {}
  std::int64_t size() const override { return static_cast<std::int64_t>(batches_.size()); }
  std::vector<Indices> epoch() override { return batches_; }

 private:
  std::vector<Indices> batches_;
};

// An epoch of the C++ loader.
class Loader {
 public:
  Loader(const Source& source, std::vector<Indices> batches, int workers, int prefetch) {
    for (Indices& batch : batches) batch = from_the_end(source, std::move(batch));
    data::DataLoaderOptions options;
    options.batch_sampler = std::make_shared<GivenBatches>(std::move(batches));
    options.num_workers = workers;
    options.prefetch = prefetch;
    loader_.emplace(source.dataset, options);
  }

  nb::list take() {
    data::Batch batch;
    {
      const nb::gil_scoped_release released;
      if (!at_) {
        at_.emplace(loader_->begin());
      } else if (*at_ != std::default_sentinel) {
        ++*at_;
      }
      if (*at_ != std::default_sentinel) batch = **at_;
    }
    if (batch.size() == 0) throw nb::stop_iteration();
    return fields_of(batch);
  }

 private:
  std::optional<data::DataLoader> loader_;
  std::optional<data::BatchIterator> at_;
};

void bind_sources(nb::module_& room) {
  nb::class_<Source>(room, "Source")
      .def_ro("fields", &Source::fields)
      .def_ro("has_array", &Source::has_array)
      .def("__len__", [](const Source& s) { return s.dataset.size(); })
      .def("transform_first",
           [](const Source& s, const data::Transform& f) {
             return Source{s.dataset.transform_first(f), s.fields, s.has_array};
           })
      .def("get_batch", &get_batch);
  room.def("array_source", &array_source);
  room.def("SelectedSource", [](const Source& s, Indices indices) {
    indices = from_the_end(s, std::move(indices));
    return Source{SelectedSource(s.dataset, std::move(indices)), s.fields, s.has_array};
  });
  nb::class_<Loader>(room, "Loader")
      .def(nb::init<const Source&, std::vector<Indices>, int, int>())
      .def("take", &Loader::take);
}

std::uint64_t mixed(std::uint64_t seed, std::uint64_t number) {
  return data::Generator(data::Generator(seed)() ^ number)();
}

// A seed for each epoch that Python makes, from the program's seed, without drawing from the
// streams: so shuffles are the same whether or not a data set draws random numbers.
std::uint64_t epoch_seed() {
  static std::uint64_t seeded = 0;
  static std::uint64_t epochs = 0;
  if (random::times_seeded() != seeded) {
    seeded = random::times_seeded();
    epochs = 0;
  }
  return mixed(static_cast<std::uint64_t>(random::current_seed()), ++epochs);
}

void bind_random_streams(nb::module_& room) {
  room.def("shuffled", [](std::int64_t n) {
    Indices indices(static_cast<std::size_t>(std::max<std::int64_t>(0, n)));
    std::iota(indices.begin(), indices.end(), 0);
    random::shuffle(indices);
    return indices;
  });
  room.def("mix", &mixed);
  room.def("epoch_seed", &epoch_seed);
  room.def("seed_quietly", [](std::int64_t seed) { random::seed(seed); });
}

// Arrays in the memory that a loader and its workers share.
void bind_shared_memory(nb::module_& room) {
  room.def("bytes_of", [](const NDArray& array) { return array.bytes(); });
  room.def("dtype_code", [](const NDArray& array) { return static_cast<int>(array.dtype()); });
  room.def("write_array", [](nb::handle memory, std::size_t offset, const NDArray& array) {
    const Buffer buffer(memory, PyBUF_WRITABLE);
    check(offset + array.bytes() <= static_cast<std::size_t>(buffer->len),
          "write_array: the memory is too small");
    std::memcpy(static_cast<std::byte*>(buffer->buf) + offset, array.data(), array.bytes());
  });
  room.def("read_array", [](nb::handle memory, std::size_t offset, const Shape& shape,
                            std::int32_t dtype) {
    const Buffer buffer(memory, PyBUF_SIMPLE);
    NDArray array(shape, dtype_from_code(dtype), cpu());
    check(offset + array.bytes() <= static_cast<std::size_t>(buffer->len),
          "read_array: the memory is too small");
    std::memcpy(array.data(), static_cast<const std::byte*>(buffer->buf) + offset, array.bytes());
    return array;
  });
}

}  // namespace

void bind_gluon_data(nb::module_& m) {
  nb::module_ room = m.def_submodule("gluon_data", "What gluino.gluon.data stands on.");
  bind_sources(room);
  bind_random_streams(room);
  bind_shared_memory(room);
  bind_transforms(room);
  bind_digits(room);
}

}  // namespace gluino::python
