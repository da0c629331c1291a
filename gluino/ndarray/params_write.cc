#include <gluino/base/file.h>
#include <gluino/base/function_ref.h>
#include <gluino/base/memory.h>
#include <gluino/ndarray/params.h>
#include <gluino/ndarray/params_format.h>

#include <bit>
#include <unordered_set>

namespace gluino::nd {
namespace {

static_assert(std::endian::native == std::endian::little, "files are written as memory holds them");

using Sink = FunctionRef<void(const void* data, std::size_t bytes)>;

template <class T>
void put(std::string& header, T value) {
  header.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void put_shape(std::string& header, const Shape& shape) {
  put(header, static_cast<std::int32_t>(shape.ndim()));
  for (const std::int64_t size : shape) put(header, size);
}

// Of a sparse array the stored values stand where a dense one has all, with their shape before and
// their places behind.
void write_array(const NDArray& array, const Sink& sink) {
  const NDArray values = array.is_dense() ? array : array.stored_values();
  std::vector<NDArray> places;
  if (array.stype() == StorageType::csr) places.push_back(array.indptr());
  if (!array.is_dense()) places.push_back(array.indices());
  std::string header;
  // Version 2 reads no axes as "no array"; version 3 has scalars.
  put(header, array.ndim() > 0 ? params::kVersion2 : params::kVersion3);
  put(header, static_cast<std::int32_t>(array.stype()));
  if (!array.is_dense()) put_shape(header, values.shape());
  put_shape(header, array.shape());
  put(header, static_cast<std::int32_t>(array.context().device));
  put(header, array.context().id);
  put(header, static_cast<std::int32_t>(array.dtype()));
  for (const NDArray& row : places) {
    put(header, static_cast<std::int32_t>(row.dtype()));
    put_shape(header, row.shape());
  }
  sink(header.data(), header.size());
  sink(values.data(), values.bytes());
  for (const NDArray& row : places) sink(row.data(), row.bytes());
}

// What cannot be saved is found before a file is touched.
void check_arrays(const NamedArrays& arrays, bool named, const std::string& target) {
  std::unordered_set<std::string_view> names;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const auto& [name, array] = arrays[i];
    check(array.defined(), target, ": array ", i, " \"", name,
          "\" cannot be saved: the handle refers to no array");
    if (ReadObserver::current() != nullptr) {
      ReadObserver::current()->read(array, SourceLocation::current());
    }
    check(!named || names.insert(name).second, target, ": the name \"", name,
          "\" is given to two arrays");
  }
}

void write_list(const NamedArrays& arrays, bool named, const Sink& sink) {
  std::string text;
  put(text, params::kListMagic);
  put(text, std::uint64_t{0});
  put(text, std::uint64_t{arrays.size()});
  sink(text.data(), text.size());
  for (const auto& [name, array] : arrays) write_array(array, sink);
  text.clear();
  put(text, std::uint64_t{named ? arrays.size() : 0});
  for (std::size_t i = 0; named && i < arrays.size(); ++i) {
    put(text, std::uint64_t{arrays[i].first.size()});
    text += arrays[i].first;
  }
  sink(text.data(), text.size());
}

void write_arrays(FileWriter& file, const NamedArrays& arrays, bool named) {
  if (file.path().ends_with(".npz")) {
    file.write(needing_memory(file.path(), [&] { return params::write_npz(arrays, file.path()); }));
    return;
  }
  write_list(arrays, named, [&](const void* data, std::size_t bytes) { file.write(data, bytes); });
}

void save_list(const std::string& path, const NamedArrays& arrays, bool named) {
  check_arrays(arrays, named, path);
  FileWriter writer(path);
  write_arrays(writer, arrays, named);
  writer.commit();
}

std::string list_bytes(const NamedArrays& arrays, bool named) {
  check_arrays(arrays, named, "buffer");
  return needing_memory("buffer", [&] {
    std::string bytes;
    write_list(arrays, named, [&](const void* data, std::size_t size) {
      bytes.append(static_cast<const char*>(data), size);
    });
    return bytes;
  });
}

}  // namespace

void save(const std::string& path, const std::vector<NDArray>& arrays) {
  NamedArrays nameless;
  for (const NDArray& array : arrays) {
    // As numpy.savez names them.
    const bool npz = path.ends_with(".npz");
    nameless.emplace_back(npz ? str("arr_", nameless.size()) : "", array);
  }
  save_list(path, nameless, false);
}

void save(const std::string& path, const NamedArrays& arrays) { save_list(path, arrays, true); }

void write(FileWriter& file, const NamedArrays& arrays) {
  check_arrays(arrays, true, file.path());
  write_arrays(file, arrays, true);
}

std::string save_tobuffer(const NamedArrays& arrays) { return list_bytes(arrays, true); }

std::string save_tobuffer(const std::vector<NDArray>& arrays) {
  NamedArrays nameless;
  for (const NDArray& array : arrays) nameless.emplace_back("", array);
  return list_bytes(nameless, false);
}

}  // namespace gluino::nd
