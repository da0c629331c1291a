// Digits: MNIST's files, or those that are drawn where there are none.
#include <gluino/gluon/data/vision/datasets.h>
#include <gluino/gluon/data/vision/digits.h>
#include <gluino/io/digits/mnist.h>

#include <cstdlib>
#include <numeric>

#include "gluon_data.h"

namespace gluino::python {
namespace {

namespace vision = gluon::data::vision;

// A download stops where the user presses Ctrl-C.
bool go_on(const io::DownloadProgress&) {
  const nb::gil_scoped_acquire gil;
  return PyErr_CheckSignals() == 0;
}

using Files = std::vector<std::pair<std::string, std::string>>;

void fetch(const std::string& folder, const std::string& name, const Files& files) {
  std::vector<io::RemoteFile> remote;
  for (const auto& [file, sha1] : files) remote.push_back({file, sha1});
  const char* const repository = std::getenv("MXNET_GLUON_REPO");
  std::string mirror = repository != nullptr
                           ? repository
                           : "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/";
  if (!mirror.ends_with('/')) mirror += '/';
  const std::vector<std::string> mirrors{mirror + "gluon/dataset/" + name + "/"};
  io::DownloadOptions options;
  options.progress = go_on;
  io::fetch_files(folder, remote, mirrors, options);
}

using Arrays = std::pair<NDArray, NDArray>;

Arrays arrays_of(const gluon::data::Dataset& dataset) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(dataset.size()));
  std::iota(all.begin(), all.end(), 0);
  const gluon::data::Batch batch = dataset.get_batch(all);
  return {batch.data(), batch.label()};
}

template <class F>
auto without_interpreter(F f) {
  try {
    const nb::gil_scoped_release released;
    return f();
  } catch (const io::Interrupted&) {
    if (PyErr_Occurred() != nullptr) throw nb::python_error();
    throw;
  }
}

}  // namespace

void bind_digits(nb::module_& room) {
  room.def("default_mnist_folder", &io::default_mnist_folder);
  room.def("has_mnist", &io::has_mnist);
  // Images and labels of a folder that has the files.
  room.def("read_mnist", [](const std::string& folder, bool train) {
    return without_interpreter(
        [&] { return arrays_of(vision::MNIST({.root = folder, .train = train, .progress = {}})); });
  });
  // Downloads what is missing of a data set's files (name and SHA-1); none: MNIST's.
  room.def("fetch_digits", [](const std::string& folder, const std::string& name, Files files) {
    without_interpreter([&] {
      files.empty() ? io::fetch_mnist(folder, go_on) : fetch(folder, name, files);
      return 0;
    });
  });
  room.def("fetch_files", [](const std::string& folder, const std::string& name, Files files) {
    without_interpreter([&] {
      fetch(folder, name, files);
      return 0;
    });
  });
  room.def("draw_digits", [](bool train, std::uint64_t seed) {
    return without_interpreter([&] {
      return arrays_of(vision::SyntheticDigits({.count = {}, .seed = seed, .train = train}));
    });
  });
}

}  // namespace gluino::python
