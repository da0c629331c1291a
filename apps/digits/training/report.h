#pragma once

#include <apps/digits/training/evaluation.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// An Evaluation for people and for programs.
namespace digits {

/// "test accuracy 0.9901 (99 of 10000 wrong)"
std::string accuracy_line(const Evaluation& evaluation);

/// A table: a row per class, with what its images were taken for (unless there are many classes),
/// precision and recall.
std::string confusion_table(const Evaluation& evaluation,
                            const std::vector<std::string>& classes = digit_names());

/// test_accuracy, test_loss, samples, wrong, classes (class, samples, precision, recall) and
/// confusion_matrix, whose rows are the labels. What is not a number is null.
nlohmann::ordered_json to_json(const Evaluation& evaluation,
                               const std::vector<std::string>& classes = digit_names());

}  // namespace digits
