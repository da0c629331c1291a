#include <gluino/base/error.h>
#include <gluino/gluon/block.h>
#include <gluino/ndarray/params.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace gluino::gluon {
namespace {

// The names that a parameter may have in a file: the structural one; in older files its own, whole
// or without the prefix of the block that was saved. Of a single layer the first and the last are
// the same.
enum Naming : std::size_t { structural, prefixed, without_prefix };
struct Entry {
  std::array<std::string, 3> names;
  Parameter parameter;
};

std::vector<Entry> entries_of(const Block& block) {
  std::vector<Entry> entries;
  for (const auto& [name, parameter] : block.structural_params()) {
    const std::string& own = parameter.name();
    const std::string& prefix = block.prefix();
    entries.push_back(
        {{name, own, own.starts_with(prefix) ? own.substr(prefix.size()) : own}, parameter});
  }
  return entries;
}

using Arrays = std::map<std::string, NDArray>;

// By name, without the "arg:" and "aux:" that stand before names in files that export wrote.
Arrays read(const std::string& path) {
  Arrays arrays;
  for (const auto& [name, array] : nd::load_dense(path)) {
    check(!name.empty(), path, ": holds arrays without names");
    const bool kind = name.starts_with("arg:") || name.starts_with("aux:");
    const std::string key = kind ? name.substr(4) : name;
    check(arrays.emplace(key, array).second, path, ": holds two arrays with the name ", key);
  }
  return arrays;
}

// The shapes of parameters that lie in a row of so many numbers. Columns that are not known yet are
// as many as fill the row.
std::vector<Shape> shapes_in_row(const std::vector<Parameter>& params, std::int64_t size,
                                 const std::string& what) {
  std::vector<Shape> shapes;
  std::int64_t known = 0, rows_unknown = 0;
  for (const Parameter& parameter : params) {
    const Shape& shape = shapes.emplace_back(parameter.shape());
    if (shape[shape.ndim() - 1] < 0) {
      rows_unknown += shape[0];
    } else {
      known += shape.size();
    }
  }
  const std::int64_t columns = rows_unknown > 0 ? (size - known) / rows_unknown : 0;
  const bool fills = known + rows_unknown * columns == size && (rows_unknown == 0 || columns > 0);
  check(fills, what, ": expected ", known, " numbers",
        rows_unknown > 0 ? str(" and a multiple of ", rows_unknown) : "", ", found ", size);
  for (Shape& shape : shapes) {
    if (shape[shape.ndim() - 1] < 0) shape[shape.ndim() - 1] = columns;
  }
  return shapes;
}

// Puts the single parameters of recurrent layers, by their structural names, in the place of the
// rows that files of MXNet 2 have. `before` stands before the block's names.
void take_rows_apart(const Block& block, const std::string& before, const std::string& path,
                     Arrays& arrays) {
  const std::vector<Parameter> params = block.params_of_row();
  const auto row = arrays.find(before + "rnn_param");
  if (!params.empty() && row != arrays.end()) {
    const std::string what = str(path, ": parameter ", row->first, " of the ", block.title());
    const NDArray numbers = row->second;
    check(numbers.defined(), what, ": holds no array");
    arrays.erase(row);
    const std::vector<Shape> shapes = shapes_in_row(params, numbers.size(), what);
    const auto names = block.structural_params();
    const NDArray flat = numbers.view({numbers.size()});
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < params.size(); ++i) {
      const auto place = std::find_if(names.begin(), names.end(), [&](const auto& one) {
        return one.second.same_as(params[i]);
      });
      const std::int64_t end = begin + shapes[i].size();
      arrays.emplace(before + place->first, flat.slice_view(begin, end).view(shapes[i]));
      begin = end;
    }
  }
  for (const auto& [name, child] : block.children()) {
    take_rows_apart(*child, before + name + ".", path, arrays);
  }
}

// The one by which most arrays are found. Where none is, a "." tells structural names.
Naming naming_of(const Arrays& arrays, const std::vector<Entry>& entries) {
  std::array<std::ptrdiff_t, 3> found{};
  for (const Entry& entry : entries) {
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (arrays.contains(entry.names[i])) ++found[i];
    }
  }
  const auto best = std::max_element(found.begin(), found.end());
  if (*best > 0) return static_cast<Naming>(best - found.begin());
  const bool dots = std::any_of(arrays.begin(), arrays.end(), [](const auto& entry) {
    return entry.first.find('.') != std::string::npos;
  });
  return dots ? structural : prefixed;
}

bool fits(const Shape& known, const Shape& found) {
  if (!known.ndim_known()) return true;
  if (known.ndim() != found.ndim()) return false;
  for (int axis = 0; axis < known.ndim(); ++axis) {
    if (known[axis] >= 0 && known[axis] != found[axis]) return false;
  }
  return true;
}

// Values may be rounded to the parameter's type, but not become other ones.
void check_values(const std::string& path, const std::string& name, const NDArray& array,
                  DType dtype) {
  if (array.dtype() == dtype) return;
  const std::vector<double> before = array.to_vector<double>();
  const std::vector<double> after = array.astype(dtype).to_vector<double>();
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool kept = is_floating(dtype) ? std::isfinite(after[i]) || !std::isfinite(before[i])
                                         : after[i] == before[i];
    check(kept, path, ": parameter ", name, ": the value ", before[i], " does not fit into ",
          dtype);
  }
}

void check_place(const std::string& path, const Parameter& parameter,
                 const std::vector<Context>& contexts) {
  if (contexts.empty() || !(parameter.is_initialized() || parameter.is_deferred())) return;
  const std::vector<Context>& places = parameter.list_ctx();
  check(std::is_permutation(places.begin(), places.end(), contexts.begin(), contexts.end()), path,
        ": parameter ", parameter.name(),
        " was initialized on other contexts than ctx says; leave "
        "ctx out, or move the parameters by reset_ctx");
}

}  // namespace

void Block::save_parameters(const std::string& path) const {
  nd::NamedArrays arrays;
  for (const auto& [name, parameter] : structural_params()) {
    arrays.emplace_back(name, parameter.reduce());
  }
  nd::save(path, arrays);
}

void Block::load_parameters(const std::string& path, const LoadOptions& options) const {
  Arrays arrays = read(path);
  take_rows_apart(*this, "", path, arrays);
  const std::vector<Entry> entries = entries_of(*this);
  const Naming naming = naming_of(arrays, entries);
  // A parameter that stands at several places of the network may be in the file once.
  const auto is_elsewhere = [&](const Parameter& parameter) {
    return std::any_of(entries.begin(), entries.end(), [&](const Entry& other) {
      return other.parameter.same_as(parameter) && arrays.contains(other.names[naming]);
    });
  };
  // Everything is checked before anything is changed.
  std::vector<std::pair<Parameter, NDArray>> matched;
  for (const Entry& entry : entries) {
    const std::string& name = entry.names[naming];
    const auto found = arrays.find(name);
    if (found == arrays.end()) {
      check(options.allow_missing || is_elsewhere(entry.parameter), path, ": has no parameter ",
            name, " that the ", type_name(), " needs; pass allow_missing = true to keep its value");
      continue;
    }
    const NDArray& array = found->second;
    check(array.defined() && fits(entry.parameter.shape(), array.shape()), path, ": parameter ",
          name, ": expected shape ", entry.parameter.shape(), ", found ",
          array.defined() ? array.shape() : Shape::unknown());
    check_values(path, name, array, entry.parameter.dtype());
    check_place(path, entry.parameter, options.ctx);
    matched.emplace_back(entry.parameter, array);
  }
  for (const auto& [name, array] : arrays) {
    const auto is_it = [&, &key = name](const Entry& entry) { return entry.names[naming] == key; };
    check(options.ignore_extra || std::any_of(entries.begin(), entries.end(), is_it), path,
          ": holds ", name, ", which the ", type_name(),
          " does not have; pass ignore_extra = true to leave it out");
  }
  const std::vector<Context> contexts =
      options.ctx.empty() ? std::vector{current_context()} : options.ctx;
  for (const auto& [parameter, array] : matched) parameter.load(array, contexts);
}

}  // namespace gluino::gluon
