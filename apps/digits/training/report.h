#pragma once

#include <apps/digits/training/evaluation.h>

#include <nlohmann/json.hpp>
#include <string>

/// An Evaluation for people and for programs.
namespace digits {

/// "test accuracy 0.9901 (99 of 10000 wrong)"
std::string accuracy_line(const Evaluation& evaluation);

/// A table: a row per digit, with what it was taken for, precision and recall.
std::string confusion_table(const Evaluation& evaluation);

/// test_accuracy, test_loss, samples, wrong, classes (class, samples, precision, recall) and
/// confusion_matrix, whose rows are the labels. What is not a number is null.
nlohmann::ordered_json to_json(const Evaluation& evaluation);

}  // namespace digits
