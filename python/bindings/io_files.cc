// Files: of records, whole ones that are written, and what is downloaded.
#include <gluino/base/file.h>
#include <gluino/gluon/data/test_utils.h>
#include <gluino/gluon/data/vision/datasets.h>
#include <gluino/gluon/data/vision/digits.h>
#include <gluino/io/digits/mnist.h>
#include <gluino/io/net/download.h>
#include <gluino/io/records/recordio.h>

#include <cstdint>
#include <mutex>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bindings.h"

namespace gluino::python {
namespace {

// A file of records that several threads may read: each gets whole records.
class RecordFile {
 public:
  RecordFile(const std::string& uri, const std::string& flag) : file_(uri, flag) {}

  nb::object read() { return read_from({}); }
  nb::object read_at(std::uint64_t offset) { return read_from(offset); }
  void write(const nb::bytes& record) {
    const std::string_view bytes(record.c_str(), record.size());
    const nb::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    file_.write(bytes);
  }
  void seek(std::uint64_t offset) {
    const nb::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    file_.seek_to(offset);
  }
  std::uint64_t tell() {
    const nb::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    return file_.tell();
  }
  void close() {
    const nb::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    file_.close();
  }

 private:
  nb::object read_from(std::optional<std::uint64_t> offset) {
    std::optional<std::string> record;
    {
      const nb::gil_scoped_release release;
      const std::lock_guard lock(mutex_);
      if (offset) file_.seek_to(*offset);
      record = file_.read();
    }
    if (!record) return nb::none();
    return nb::bytes(record->data(), record->size());
  }

  recordio::MXRecordIO file_;
  std::mutex mutex_;
};

// Whether a download may go on: Ctrl-C ends it.
bool go_on(const io::DownloadProgress& /*progress*/) {
  const nb::gil_scoped_acquire acquire;
  return PyErr_CheckSignals() == 0;
}

// Runs what downloads, with the interpreter free.
template <class F>
auto interruptible(F&& f) {
  try {
    const nb::gil_scoped_release release;
    return f();
  } catch (const io::Interrupted&) {
    // What the handler of the signal raised is still set: KeyboardInterrupt, unless it is another.
    if (PyErr_Occurred() != nullptr) throw nb::python_error();
    throw;
  }
}

void download(const std::string& url, const std::string& path, int retries) {
  io::DownloadOptions options;
  options.retries = retries;
  options.progress = go_on;
  interruptible([&] { io::download({url}, path, options); });
}

std::string provide_mnist(const std::string& root) {
  if (!root.empty() && io::has_mnist(root)) return root;
  return interruptible([&] {
    if (root.empty()) return gluon::data::vision::provide_mnist(go_on);
    io::fetch_mnist(root, go_on);
    return root;
  });
}

// All samples of a data set of pictures, as test_utils::get_mnist has them.
void put_arrays(const gluon::data::Dataset& dataset, NDArray& data, NDArray& label) {
  const auto pause = autograd::pause();
  std::vector<std::int64_t> all(static_cast<std::size_t>(dataset.size()));
  std::iota(all.begin(), all.end(), 0);
  const gluon::data::Batch batch = dataset.get_batch(all);
  const Shape& shape = batch.data().shape();
  // With one channel, the pixels of (height, width, 1) lie as those of (1, height, width).
  data = (batch.data().astype(float32) / 255).view({shape[0], 1, shape[1], shape[2]});
  label = batch.label().astype(float32);
}

// MNIST from a folder, or from where it lives; where it cannot be had there, drawn digits, and why.
nb::dict get_mnist(const std::string& root) {
  std::string note;
  const auto arrays = interruptible([&] {
    if (!root.empty()) return test_utils::get_mnist(root, go_on);
    const auto digits = gluon::data::vision::find_digits({.progress = go_on});
    if (digits.source == "mnist") return test_utils::get_mnist(digits.folder, go_on);
    note = digits.note;
    test_utils::MnistArrays drawn;
    put_arrays(digits.train(), drawn.train_data, drawn.train_label);
    put_arrays(digits.test(), drawn.test_data, drawn.test_label);
    return drawn;
  });
  nb::dict result;
  result["train_data"] = arrays.train_data;
  result["train_label"] = arrays.train_label;
  result["test_data"] = arrays.test_data;
  result["test_label"] = arrays.test_label;
  result["note"] = note;
  return result;
}

}  // namespace

void bind_files(nb::module_& m, nb::module_& io) {
  m.def("write_file", [](const std::string& path, const nb::bytes& content) {
    const std::string_view bytes(content.c_str(), content.size());
    const nb::gil_scoped_release release;
    write_file(path, bytes);
  });
  io.def("download", &download, nb::arg("url"), nb::arg("path"), nb::arg("retries"));
  io.def("provide_mnist", &provide_mnist, nb::arg("root"), "The folder that has MNIST's files.");
  io.def("get_mnist", &get_mnist, nb::arg("root"),
         "MNIST, or drawn digits and a note why, as four arrays by name.");

  nb::class_<RecordFile>(io, "RecordFile", "A file of records.")
      .def(nb::init<const std::string&, const std::string&>())
      .def("read", &RecordFile::read, "The next record, or None at the end.")
      .def("read_at", &RecordFile::read_at, "The record at an offset.")
      .def("write", &RecordFile::write)
      .def("seek", &RecordFile::seek)
      .def("tell", &RecordFile::tell)
      .def("close", &RecordFile::close);
}

}  // namespace gluino::python
