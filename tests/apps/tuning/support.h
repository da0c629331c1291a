#pragma once

#include <apps/program.h>

#include <charconv>
#include <vector>

namespace digits_test {

/// The folder of the sources.
inline const std::string kProject = PROJECT_SOURCE "/";

/// A search over perceptrons that takes seconds, on these digits and in this folder.
inline std::vector<std::string> small_search(const SmallMnist& mnist, const std::string& out,
                                             const std::string& more = "") {
  return words("tune --param net=mlp --param lr=log:0.001..1 --param batch-size=int:10..50 " + more,
               {"--data", mnist.folder.path(), "--out", out});
}

/// The table at the end of what a search says, and the command line behind it.
inline std::vector<std::string> table_of(const std::string& out) {
  std::vector<std::string> table;
  for (const std::string& line : lines(out)) {
    if (line.starts_with("rank") || line.starts_with("digits train") ||
        (!table.empty() && !line.starts_with("drawn"))) {
      table.push_back(line);
    }
  }
  return table;
}

inline std::vector<Json> log_of(const std::string& folder) {
  std::vector<Json> events;
  for (const std::string& line : lines(read(folder + "/search.jsonl"))) {
    events.push_back(Json::parse(line));
  }
  return events;
}

inline std::int64_t count_of(const std::vector<Json>& events, const std::string& what) {
  return std::count_if(events.begin(), events.end(),
                       [&](const Json& event) { return event.at("event") == what; });
}

/// The processes whose command line has both texts.
inline std::vector<pid_t> processes(const std::string& word, const std::string& folder) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    std::from_chars(name.data(), name.data() + name.size(), pid);
    if (pid <= 0) continue;
    std::string line;
    try {
      line = read(entry.path() / "cmdline");
    } catch (const gluino::Error&) {
      continue;  // It ended meanwhile.
    }
    if (line.find(word) != std::string::npos && line.find(folder) != std::string::npos) {
      found.push_back(pid);
    }
  }
  return found;
}

/// Waits until it is so; false when that takes too long.
template <class Condition>
bool eventually(const Condition& condition) {
  for (int i = 0; i < 6000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

}  // namespace digits_test
