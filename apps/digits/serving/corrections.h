#pragma once

#include <apps/digits/serving/engine.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace digits::serving {

/// Drawings with the labels that people gave them, as FOLDER/7/<time>-<random>.png, grey, 28x28.
class Corrections {
 public:
  /// No more are kept: the folder is not to fill the disk.
  static constexpr std::int64_t kMost = 10'000;

  /// Makes the folder, and counts what lies there. Throws Failure when it cannot be written to.
  explicit Corrections(std::string folder);

  /// The body is {"label": 7, "image": base64 of 784 bytes}. Throws Refusal with 400 or 422 when it
  /// is not that, and 503 when the folder is full. The task writes the file.
  std::unique_ptr<Task> keep(std::string_view json);

 private:
  std::int64_t count() const;

  std::string folder_;
  std::atomic<std::int64_t> count_{0};
};

}  // namespace digits::serving
