#include <apps/digits/training/checkpoints.h>
#include <gluino/base/error.h>

#include <charconv>
#include <cmath>
#include <string_view>
#include <system_error>
#include <utility>

namespace digits {
namespace {

using gluino::str;

constexpr double kMostSeconds = 1e9;

}  // namespace

CheckpointInterval parse_checkpoint_interval(const std::string& text) {
  constexpr std::pair<std::string_view, double> kUnits[] = {{"s", 1}, {"min", 60}, {"h", 3600}};
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  const bool is_number = error == std::errc() && value > 0 && value <= kMostSeconds;
  if (is_number && unit.empty() && value == std::floor(value)) {
    return {.batches = static_cast<std::int64_t>(value)};
  }
  for (const auto& [name, seconds] : kUnits) {
    if (is_number && unit == name) return {.seconds = value * seconds};
  }
  gluino::fail(
      "expected a number of batches, such as 50, or a time, such as 30s, 2min or 1h, got '", text,
      "'");
}

Checkpoints::Checkpoints(const CheckpointsOptions& options, CheckpointFiles files, Console& console)
    : options_(options), files_(std::move(files)), console_(console), lock_(options.prefix) {}

void Checkpoints::write_or_warn(const Take& take) {
  try {
    const std::string path = write(take);
    if (failed_) console_.warn(str("digits: checkpoints can be written again: ", path));
    failed_ = false;
  } catch (const gluino::Error& error) {
    wait_for_the_next();
    // Once: it may be tried often.
    if (failed_) return;
    failed_ = true;
    const std::string before =
        files_.last() == 0 ? "there is none yet" : files_.path(files_.last()) + " stays";
    console_.warn(str("digits: no checkpoint could be written: ", error.what(), "; ", before,
                      ", and training goes on"));
  }
}

std::string Checkpoints::write(const Take& take) {
  files_.write(take(), options_.keep);
  wait_for_the_next();
  return files_.path(files_.last());
}

bool Checkpoints::is_due_after_batch() {
  ++batches_;
  if (options_.every.batches > 0) return batches_ >= options_.every.batches;
  const std::chrono::duration<double> time = Clock::now() - written_;
  return options_.every.seconds > 0 && time.count() >= options_.every.seconds;
}

void Checkpoints::wait_for_the_next() {
  batches_ = 0;
  written_ = Clock::now();
}

}  // namespace digits
