#include <apps/digits/training/checkpoint_files.h>
#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/base/text.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace digits {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".checkpoint";
constexpr std::size_t kLeastDigits = 6;
constexpr std::size_t kMostDigits = 15;
// Far more than any of the networks needs.
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 32;

// The number in "-000012.checkpoint"; 0 for other texts.
std::int64_t number_of(std::string_view text) {
  if (!text.starts_with('-') || !text.ends_with(kSuffix)) return 0;
  text = text.substr(1, text.size() - 1 - kSuffix.size());
  if (text.size() < kLeastDigits || text.size() > kMostDigits || text.starts_with('-')) return 0;
  std::int64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() ? number : 0;
}

}  // namespace

std::string CheckpointFiles::path(std::int64_t number) const {
  return prefix_ + '-' + gluino::zero_padded(number, kLeastDigits) + std::string(kSuffix);
}

std::vector<std::int64_t> CheckpointFiles::numbers() const {
  const fs::path prefix(prefix_);
  const std::string stem = prefix.filename().string();
  std::vector<std::int64_t> numbers;
  std::error_code error;
  fs::directory_iterator entry(prefix.has_parent_path() ? prefix.parent_path() : ".", error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(stem)) continue;
    const std::int64_t number = number_of(std::string_view(name).substr(stem.size()));
    if (number > 0) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::optional<CheckpointFiles::Found> CheckpointFiles::newest(
    const std::function<void(const std::string&)>& note) const {
  const std::vector<std::int64_t> all = numbers();
  std::string broken;
  for (auto number = all.rbegin(); number != all.rend(); ++number) {
    try {
      const std::string file = path(*number);
      Found found{*number, saved_training_from(gluino::read_file(file, kMaxBytes), file)};
      if (!broken.empty()) note(gluino::str(broken, "; going on from ", file));
      return found;
    } catch (const gluino::Error& error) {
      broken += (broken.empty() ? "" : "; ") + std::string(error.what());
    }
  }
  gluino::check(broken.empty(), broken);
  return std::nullopt;
}

void CheckpointFiles::write(const SavedTraining& saved, int keep) {
  const std::vector<std::int64_t> before = numbers();
  const bool begins_anew = last_ == 0;
  std::int64_t number = last_ + 1;
  if (begins_anew && !before.empty()) number = before.back() + 1;
  gluino::write_file(path(number), to_bytes(saved));
  last_ = number;
  for (const std::int64_t other : before) {
    const bool is_kept = begins_anew ? keeps_earlier_ : other <= number && other > number - keep;
    std::error_code ignored;
    if (!is_kept) fs::remove(path(other), ignored);
  }
}

void CheckpointFiles::remove_all() const {
  std::error_code ignored;
  for (const std::int64_t number : numbers()) fs::remove(path(number), ignored);
}

}  // namespace digits
