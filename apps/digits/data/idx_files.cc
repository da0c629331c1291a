#include <apps/digits/data/idx_files.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace digits {
namespace {

namespace fs = std::filesystem;

struct Slot {
  const char* name;  // as MNIST's file is called
  std::string IdxFiles::*file;
};
constexpr Slot kSlots[] = {{"train-images-idx3-ubyte.gz", &IdxFiles::train_images},
                           {"train-labels-idx1-ubyte.gz", &IdxFiles::train_labels},
                           {"t10k-images-idx3-ubyte.gz", &IdxFiles::test_images},
                           {"t10k-labels-idx1-ubyte.gz", &IdxFiles::test_labels}};

// Takes one of the endings off, with what parts it from the rest; false without any.
bool take_ending(std::string_view& name, std::string_view ending) {
  if (!name.ends_with(ending)) return false;
  name.remove_suffix(ending.size());
  return true;
}

bool take_separator(std::string_view& name) {
  return take_ending(name, "-") || take_ending(name, "_") || take_ending(name, ".");
}

// What a file of a data set is by its name.
struct Named {
  std::string set;  // "emnist-letters"; empty where the name has nothing in front
  std::string IdxFiles::*file;
};

std::optional<Named> understood(std::string_view name) {
  take_ending(name, ".gz");
  const bool is_images = take_ending(name, "idx3-ubyte");
  if (!is_images && !take_ending(name, "idx1-ubyte")) return std::nullopt;
  if (!take_separator(name) || !take_ending(name, is_images ? "images" : "labels")) {
    return std::nullopt;
  }
  if (!take_separator(name)) return std::nullopt;
  const bool is_train = take_ending(name, "train");
  if (!is_train && !take_ending(name, "t10k") && !take_ending(name, "test")) return std::nullopt;
  if (!name.empty() && !take_separator(name)) return std::nullopt;
  if (is_train)
    return Named{std::string(name), is_images ? &IdxFiles::train_images : &IdxFiles::train_labels};
  return Named{std::string(name), is_images ? &IdxFiles::test_images : &IdxFiles::test_labels};
}

// All data sets of a folder by their names. Of a file that is there twice the packed one counts.
std::map<std::string, IdxFiles> sets_in(const std::string& folder) {
  std::map<std::string, IdxFiles> sets;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string path = entry.path().string();
    const auto named = understood(entry.path().filename().string());
    if (!named || fs::is_directory(entry.path(), error)) continue;
    sets[named->set].set = named->set;
    std::string& place = sets[named->set].*(named->file);
    // Whatever order the folder is read in.
    const bool is_better =
        path.ends_with(".gz") != place.ends_with(".gz") ? path.ends_with(".gz") : path < place;
    if (place.empty() || is_better) place = path;
  }
  return sets;
}

std::string list(const IdxFiles& files, bool present) {
  std::vector<std::string> names;
  for (const Slot& slot : kSlots) {
    if ((files.*slot.file).empty() != present) names.emplace_back(slot.name);
  }
  return names.empty() ? "none" : gluino::join(names);
}

}  // namespace

IdxFiles find_idx_files(const std::string& where) {
  std::error_code error;
  if (!fs::is_directory(where, error)) {
    const fs::path path(where);
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    const auto sets = sets_in(folder.string());
    if (const auto set = sets.find(path.filename().string()); set != sets.end()) return set->second;
    gluino::fail(where, ": expected a folder with the four MNIST files, found ",
                 fs::exists(where, error) ? "a file" : "nothing of that name");
  }
  const auto sets = sets_in(where);
  if (sets.empty()) return {};
  if (sets.size() == 1) return sets.begin()->second;
  if (const auto unnamed = sets.find(""); unnamed != sets.end()) return unnamed->second;
  std::vector<std::string> names;
  names.reserve(sets.size());
  for (const auto& [name, files] : sets) names.push_back(name);
  gluino::fail(where, ": expected one data set, found ", gluino::join(names), "; name one as ",
               (fs::path(where) / names.front()).string());
}

void check_is_there(const std::string& where, const IdxFiles& files, std::string IdxFiles::*file) {
  if (!(files.*file).empty()) return;
  for (const Slot& slot : kSlots) {
    if (slot.file != file) continue;
    const std::string plain = std::string(slot.name).substr(0, std::string(slot.name).size() - 3);
    gluino::fail((fs::path(where) / slot.name).string(), ": expected this file or ", plain,
                 ", found neither; of the four MNIST files the folder has ", list(files, true),
                 " and lacks ", list(files, false));
  }
}

}  // namespace digits
