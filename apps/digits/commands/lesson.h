#pragma once

#include <apps/digits/commands/train_options.h>
#include <gluino/gluon/data/dataset.h>

namespace digits {

/// What a network is trained and validated with.
struct Lesson {
  gluino::gluon::data::Dataset train;
  gluino::gluon::data::Dataset validation;
  /// Whether that is no part of the test digits.
  bool is_set_aside = false;
};

/// Sets digits aside and augments the rest, as the options say. Ends with Exit::wrong_use when they
/// do not fit the digits.
Lesson make_lesson(const TrainCommandOptions& options,
                   const gluino::gluon::data::Dataset& train_digits,
                   const gluino::gluon::data::Dataset& test_digits);

/// What the options say of the digits, in words: "augmented, a tenth of them no digits".
std::string describe_lesson(const TrainCommandOptions& options);

}  // namespace digits
