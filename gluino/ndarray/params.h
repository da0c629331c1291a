#pragma once

#include <gluino/ndarray/ndarray.h>

#include <concepts>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gluino {
class FileWriter;
}

/// Files of arrays in MXNet's layout (`.params`). MXNet 1.x reads what is written here; what any
/// MXNet from 0.x on wrote is read. So are NumPy's archives (`.npz`),
/// which MXNet 2 writes as `.params`.
namespace gluino::nd {

/// Arrays with their names, in the order in which they stand in the file.
using NamedArrays = std::vector<std::pair<std::string, NDArray>>;

/// Writes arrays without names; to a path that ends in ".npz" as NumPy's archive. The file at
/// `path` is afterwards the new one, whole, or, after an Error, the earlier one. An array without
/// axes is written in a form that MXNet reads from 2.0 on.
GLUINO_API void save(const std::string& path, const std::vector<NDArray>& arrays);
/// Writes arrays with names. Throws Error if a name occurs twice.
GLUINO_API void save(const std::string& path, const NamedArrays& arrays);
template <class Map>
requires(
    std::same_as<Map, std::map<std::string, NDArray>> ||
    std::same_as<Map, std::unordered_map<std::string, NDArray>>) void save(const std::string& path,
                                                                           const Map& arrays) {
  save(path, NamedArrays(arrays.begin(), arrays.end()));
}

/// The same, into a file that the caller commits.
GLUINO_API void write(FileWriter& file, const NamedArrays& arrays);

/// The arrays of a file, stored as they were; the names are empty if it has none. All arrive at
/// cpu(0), wherever they were. An entry that MXNet wrote for "no array" arrives as a handle that
/// refers to none. Throws Error, naming the file and the array, on anything that is not such a
/// file, whole and well formed.
GLUINO_API NamedArrays load(const std::string& path);

/// The same from and to memory. `source` stands for the file's name in messages.
GLUINO_API NamedArrays load_frombuffer(std::string_view bytes,
                                       const std::string& source = "buffer");
/// The same with all arrays dense. Throws Error where sparse ones claim out of all proportion to
/// the file.
GLUINO_API NamedArrays load_dense(const std::string& path);
GLUINO_API NamedArrays load_dense_frombuffer(std::string_view bytes,
                                             const std::string& source = "buffer");
GLUINO_API std::string save_tobuffer(const NamedArrays& arrays);
/// Of arrays without names.
GLUINO_API std::string save_tobuffer(const std::vector<NDArray>& arrays);

}  // namespace gluino::nd
