#include <gluino/base/file.h>
#include <gluino/graph/symbol/checkpoint_files.h>

#include <deque>
#include <filesystem>
#include <vector>

namespace gluino::graph {
namespace {

bool holds(const std::string& path, const std::string& text) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) &&
         std::filesystem::file_size(path, error) == text.size() &&
         read_file(path, text.size()) == text;
}

}  // namespace

void write_checkpoint(const CheckpointFiles& files) {
  std::deque<FileWriter> writers;
  for (const auto& [path, symbol] : files.symbols) {
    const std::string json = symbol.tojson();
    if (!holds(path, json)) writers.emplace_back(path).write(json);
  }
  nd::write(writers.emplace_back(files.params_file), files.arrays);
  for (const auto& [path, bytes] : files.others) writers.emplace_back(path).write(bytes);
  std::vector<FileWriter*> all;
  all.reserve(writers.size());
  for (FileWriter& writer : writers) all.push_back(&writer);
  commit_together(all);
}

}  // namespace gluino::graph
