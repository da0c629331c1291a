#pragma once

#include <gluino/base/shape.h>

#include <cstdint>
#include <string>
#include <vector>

namespace digits {

/// The images that networks take unless told otherwise: (N, 1, 28, 28), from 0 to 1.
inline constexpr std::int64_t kRows = 28;
inline constexpr std::int64_t kColumns = 28;
inline constexpr int kClasses = 10;
/// Pixels from 0 to 255 are divided by it.
inline constexpr int kPixelScale = 255;

/// "0" to "9".
std::vector<std::string> digit_names();

/// What a data set shows and a network reads: images of one size, and what each class is called.
struct ImageKind {
  std::int64_t rows = kRows;
  std::int64_t columns = kColumns;
  std::vector<std::string> classes = digit_names();

  std::int64_t num_classes() const { return static_cast<std::int64_t>(classes.size()); }
  bool operator==(const ImageKind&) const = default;
};

/// (1, 1, rows, columns)
gluino::Shape shape_of_one(const ImageKind& kind);

/// True for what MNIST shows.
bool shows_digits(const ImageKind& kind);

/// "0 to 9" where the names are numbers without gaps, else "a, b, c", the middle of many left out.
std::string class_list(const ImageKind& kind);

}  // namespace digits
