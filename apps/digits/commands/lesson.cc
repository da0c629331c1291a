#include <apps/digits/augmentation/augmented_digits.h>
#include <apps/digits/commands/lesson.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/data/split.h>

#include <optional>

namespace digits {
namespace {

// Early stopping must not look at the test digits.
constexpr double kUsualShare = 0.1;

double validation_share(const TrainCommandOptions& options) {
  const bool is_open = options.validation_split == 0 && options.early_stop > 0;
  return is_open ? kUsualShare : options.validation_split;
}

}  // namespace

Lesson make_lesson(const TrainCommandOptions& options,
                   const gluino::gluon::data::Dataset& train_digits,
                   const gluino::gluon::data::Dataset& test_digits) {
  if (options.non_digits > 0 && !shows_digits(options.network.images)) {
    throw Failure(Exit::wrong_use,
                  gluino::str("--non-digits: expected digits of 28x28, beside which scribbles and "
                              "letters are none, found images of ",
                              options.network.images.rows, "x", options.network.images.columns,
                              " of the classes ", class_list(options.network.images)));
  }
  const auto seed = static_cast<std::uint64_t>(options.seed);
  Lesson lesson{.train = train_digits, .validation = test_digits};
  if (const double share = validation_share(options); share > 0) {
    const Split parts =
        failing_with(Exit::wrong_use, [&] { return split(train_digits, share, seed); });
    lesson = {.train = parts.train, .validation = parts.validation, .is_set_aside = true};
  }
  AugmentationOptions augmentation{
      .distortion = std::nullopt, .non_digits = options.non_digits, .seed = seed};
  if (options.augment) augmentation.distortion.emplace();
  if (augmentation.changes_something()) lesson.train = augmented(lesson.train, augmentation);
  return lesson;
}

std::string describe_lesson(const TrainCommandOptions& options) {
  std::string text;
  if (options.augment) text += ", augmented";
  if (options.non_digits > 0) text += gluino::str(", ", options.non_digits, " of them no digits");
  if (const double smoothing = options.training.loss.label_smoothing; smoothing > 0) {
    text += gluino::str(", labels smoothed by ", smoothing);
  }
  return text;
}

}  // namespace digits
