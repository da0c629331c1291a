#include <apps/digits/console/failure.h>
#include <apps/digits/models/pretrained.h>
#include <apps/digits/serving/model_store.h>
#include <gluino/base/error.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <utility>

namespace digits::serving {
namespace {

namespace fs = std::filesystem;

// Whether a model is read from a file that is called so behind its prefix.
bool is_of_model(std::string_view rest) {
  // A model in one file is called so itself.
  if (rest.empty()) return true;
  for (const std::string_view end : {".json", ".params", ".params.next", "-symbol.json"}) {
    if (rest == end) return true;
  }
  return rest.size() == std::string_view("-0000.params").size() && rest.starts_with('-') &&
         rest.ends_with(".params");
}

// All files that a model may be read from.
std::vector<fs::path> files_of(const std::string& prefix) {
  const fs::path path(prefix);
  const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator each(folder, error), end; !error && each != end;
       each.increment(error)) {
    const std::string name = each->path().filename().string();
    const std::string begin = path.filename().string();
    if (!name.starts_with(begin) || !is_of_model(std::string_view(name).substr(begin.size()))) {
      continue;
    }
    files.push_back(each->path());
  }
  return files;
}

// To read a pipe waits for somebody who writes to it, and nothing else is done meanwhile.
void check_no_pipes(const std::string& prefix) {
  for (const fs::path& file : files_of(prefix)) {
    std::error_code error;
    gluino::check(!fs::is_fifo(file, error), file.string(), ": expected a file, found a pipe");
  }
}

// Names, inodes, sizes and times of those files: one that is written or replaced shows.
std::string describe_files(const std::string& prefix) {
  std::vector<std::string> files;
  for (const fs::path& file : files_of(prefix)) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) continue;
    files.push_back(gluino::str(file.filename().string(), " ", status.st_ino, " ", status.st_size,
                                " ", status.st_mtim.tv_sec, ".", status.st_mtim.tv_nsec, "\n"));
  }
  std::sort(files.begin(), files.end());
  std::string all;
  for (const std::string& file : files) all += file;
  return all;
}

}  // namespace

ModelStore::ModelStore(const std::vector<ModelSource>& sources, Calibration calibration, Say say)
    : calibration_(std::move(calibration)), say_(std::move(say)) {
  for (const ModelSource& source : sources) {
    // Before it is read: what changes meanwhile is seen as a change.
    const std::string files = source.prefix.empty() ? "" : describe_files(source.prefix);
    slots_.push_back({source, files, load(source), {.name = source.name}});
  }
}

std::shared_ptr<const ServedModel> ModelStore::load(const ModelSource& source) const {
  return failing_with(Exit::model_unusable, [&] {
    if (!source.prefix.empty()) check_no_pipes(source.prefix);
    const Model model = source.prefix.empty() ? load_pretrained() : load_model(source.prefix);
    gluino::check(shows_digits(model.images), "model ", source.name,
                  ": expected a network that reads digits, found one of ", model.images.rows, "x",
                  model.images.columns, " pixels that tells ", class_list(model.images));
    return std::make_shared<const ServedModel>(source.name, model, calibration_);
  });
}

std::shared_ptr<const ServedModel> ModelStore::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  if (name.empty()) return slots_.front().model;
  for (const Slot& slot : slots_) {
    if (slot.source.name == name) return slot.model;
  }
  return nullptr;
}

std::vector<std::shared_ptr<const ServedModel>> ModelStore::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const ServedModel>> models;
  models.reserve(slots_.size());
  for (const Slot& slot : slots_) models.push_back(slot.model);
  return models;
}

std::vector<ReloadCounts> ModelStore::counts() const {
  const std::lock_guard lock(mutex_);
  std::vector<ReloadCounts> counts;
  counts.reserve(slots_.size());
  for (const Slot& slot : slots_) counts.push_back(slot.counts);
  return counts;
}

void ModelStore::refresh() {
  for (Slot& slot : slots_) {
    if (slot.source.prefix.empty()) continue;
    std::string files = describe_files(slot.source.prefix);
    if (files == slot.files) continue;
    slot.files = std::move(files);
    try {
      auto model = load(slot.source);
      {
        const std::lock_guard lock(mutex_);
        slot.model = std::move(model);
        ++slot.counts.reloads;
      }
      say_("model " + slot.source.name + ": read again");
    } catch (const std::exception& error) {
      {
        const std::lock_guard lock(mutex_);
        ++slot.counts.failures;
      }
      say_("model " + slot.source.name + ": the one before stays, because " + error.what());
    }
  }
}

}  // namespace digits::serving
