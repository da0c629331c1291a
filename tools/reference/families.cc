#include "reference/families.h"

#include <gluino/base/file.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string_view>
#include <utility>

namespace gluino::reference {
namespace {

// The pages in order, by corner.
constexpr std::pair<std::string_view, std::string_view> kFamilies[] = {
    {"elementwise", "Functions of each element"},
    {"reduce", "Sums, means and other reductions"},
    {"movement", "Shapes, joining and cutting"},
    {"indexing", "Looking up by index"},
    {"ordering", "Sorting"},
    {"linalg", "Products and linear algebra"},
    {"creation", "New arrays"},
    {"random", "Random numbers"},
    {"layers", "Layers of networks"},
    {"losses", "Losses and outputs"},
    {"vision", "Boxes, regions and grids"},
    {"image", "Pictures"},
    {"updates", "Updates of optimizers"},
    {"control", "Loops, branches and operators of one's own"},
    {"sparse", "Sparse arrays"},
    {"numpy", "NumPy's functions"},
    {"fused", "What compiled graphs are made of"},
};

constexpr std::pair<std::string_view, std::string_view> kByName[] = {
    {"_np", "numpy"},
    {"_random_", "random"},
    {"_sample_", "random"},
    {"_linalg_", "linalg"},
    {"_image_", "image"},
    {"_fused_", "fused"},
    {"_contrib_interleaved_", "layers"},
    {"_sparse_", "sparse"},
    {"_scatter_elemwise_", "sparse"},
    {"_scatter_plus_", "sparse"},
    {"_scatter_minus_", "sparse"},
    {"_square_sum", "sparse"},
    {"cast_storage", "sparse"},
};

// Corners whose sources name many operators of others.
bool names_others(std::string_view file) {
  return file == "sparse" || file == "control" || file == "numpy";
}

// The text of each corner's sources.
std::map<std::string, std::string, std::less<>> sources(const std::string& root) {
  std::map<std::string, std::string, std::less<>> texts;
  for (const auto& [corner, title] : kFamilies) {
    std::string& text = texts[std::string(corner)];
    const auto folder = std::filesystem::path(root) / "gluino" / "ops" / corner;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".cc") text += read_file(entry.path().string());
    }
  }
  return texts;
}

// Whether the name is given to a define function: `define_op<O>("name")`.
bool defines(const std::string& text, const std::string& quoted) {
  for (std::size_t at = text.find(quoted); at != std::string::npos;
       at = text.find(quoted, at + 1)) {
    const std::size_t statement = text.find_last_of(";{}", at);
    const std::string before = text.substr(statement + 1, at - statement - 1);
    if (before.find("define") != std::string::npos && before.ends_with('(')) return true;
  }
  return false;
}

}  // namespace

std::vector<Family> families(const std::string& root) {
  const auto texts = sources(root);
  std::vector<Family> all;
  for (const auto& [file, title] : kFamilies) {
    all.push_back({std::string(file), std::string(title), {}});
  }
  const auto file_of = [&](const Op& op) -> std::string_view {
    for (const auto& [prefix, file] : kByName) {
      if (op.name.starts_with(prefix)) return file;
    }
    const std::string quoted = '"' + op.name + '"';
    for (const auto& [file, title] : kFamilies) {
      if (defines(texts.find(file)->second, quoted)) return file;
    }
    for (const auto& [file, title] : kFamilies) {
      if (names_others(file)) continue;
      if (texts.find(file)->second.find(quoted) != std::string::npos) return file;
    }
    return "elementwise";  // the names of its tables are no texts
  };
  for (const Op* op : Op::all()) {
    const std::string_view file = file_of(*op);
    std::find_if(all.begin(), all.end(), [&](const Family& family) {
      return family.file == file;
    })->operators.push_back(op);
  }
  return all;
}

}  // namespace gluino::reference
