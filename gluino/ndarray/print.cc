// Arrays as text, in the form that NumPy gives them (precision 8, lines of 75 characters, the
// middle of arrays with more than 1000 elements left out), as MXNet prints them.
#include <gluino/base/text.h>
#include <gluino/ndarray/decimal.h>
#include <gluino/ndarray/ndarray.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <type_traits>
#include <utility>

namespace gluino {
namespace {

constexpr int kPrecision = 8;
constexpr std::int64_t kThreshold = 1000;
constexpr std::int64_t kEdgeItems = 3;
constexpr std::size_t kLineWidth = 75;

template <class T>
constexpr bool is_real_number =
    std::is_floating_point_v<T> || std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;

// The number in the type that its comparisons are made in.
template <class T>
auto native(T value) {
  if constexpr (std::is_same_v<T, double>) {
    return value;
  } else {
    return static_cast<float>(value);
  }
}

// The positions along an axis that are shown: all, or three at each end.
struct Axis {
  std::int64_t length;
  bool summarized;

  std::int64_t count() const { return summarized ? 2 * kEdgeItems : length; }
  std::int64_t position(std::int64_t i) const {
    return summarized && i >= kEdgeItems ? length - 2 * kEdgeItems + i : i;
  }
};

std::vector<Axis> shown_axes(const Shape& shape) {
  const bool summarize = shape.size() > kThreshold;
  std::vector<Axis> axes;
  for (const std::int64_t length : shape) {
    axes.push_back({length, summarize && length > 2 * kEdgeItems});
  }
  return axes;
}

template <class T>
void gather(const T* data, const std::vector<Axis>& axes, std::size_t axis, std::int64_t offset,
            std::vector<T>& values) {
  if (axis == axes.size()) {
    values.push_back(data[offset]);
    return;
  }
  for (std::int64_t i = 0; i < axes[axis].count(); ++i) {
    gather(data, axes, axis + 1, offset * axes[axis].length + axes[axis].position(i), values);
  }
}

std::string padded_left(const std::string& text, std::size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

// NumPy's rule: an exponent is written when the magnitudes differ too much for a column.
template <class T>
bool wants_exponent(const std::vector<T>& finite) {
  using Native = decltype(native(T()));
  Native least = 0;
  Native most = 0;
  for (const T value : finite) {
    const Native magnitude = std::fabs(native(value));
    if (magnitude == 0) continue;
    most = std::max(most, magnitude);
    least = least == 0 ? magnitude : std::min(least, magnitude);
  }
  if (most == 0) return false;
  // The quotient is rounded to T, as NumPy's is.
  const T ratio = static_cast<T>(most / least);
  return static_cast<double>(most) >= 1e8 || static_cast<double>(least) < 1e-4 ||
         native(ratio) > Native(1000);
}

template <class T>
std::string special_text(T value) {
  if (std::isnan(native(value))) return "nan";
  return native(value) < 0 ? "-inf" : "inf";
}

// One word per number, all of the same width and with their points in one column.
template <class T>
std::vector<std::string> real_words(const std::vector<T>& values) {
  std::vector<T> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
               [](T value) { return std::isfinite(native(value)); });
  const bool with_exponent = wants_exponent(finite);
  std::size_t left = 0;
  std::size_t right = 0;
  std::size_t exponent_digits = 0;
  for (const T value : finite) {
    const Decimal decimal =
        with_exponent ? scientific(value, kPrecision) : positional(value, kPrecision);
    left = std::max(left, decimal.whole.size());
    right = std::max(right, decimal.fraction.size());
    exponent_digits = std::max(exponent_digits, exponent_text(decimal.exponent).size() - 2);
  }
  // What follows the point, in characters.
  const std::size_t after = right + (with_exponent ? exponent_digits + 2 : 0);
  for (const T value : values) {
    if (std::isfinite(native(value))) continue;
    const std::size_t length = special_text(value).size();
    left = std::max(left, length > after + 1 ? length - after - 1 : 0);
  }
  std::vector<std::string> words;
  for (const T value : values) {
    if (!std::isfinite(native(value))) {
      words.push_back(padded_left(special_text(value), left + 1 + after));
      continue;
    }
    // In a column with exponents all digits are filled in, beyond the shortest form.
    Decimal decimal = with_exponent ? scientific_filled(value, static_cast<int>(right))
                                    : positional(value, kPrecision);
    decimal.fraction.resize(right, ' ');
    std::string word = padded_left(decimal.whole, left) + "." + decimal.fraction;
    if (with_exponent) {
      word += exponent_text(decimal.exponent, static_cast<int>(exponent_digits));
    }
    words.push_back(std::move(word));
  }
  return words;
}

template <class T>
std::vector<std::string> words_for(const std::vector<T>& values) {
  if constexpr (is_real_number<T>) {
    return real_words(values);
  } else {
    std::vector<std::string> words;
    std::size_t width = 0;
    for (const T value : values) {
      if constexpr (std::is_same_v<T, bool>) {
        words.push_back(value ? "True" : "False");
        width = 5;
      } else {
        words.push_back(std::to_string(value));
        width = std::max(width, words.back().size());
      }
    }
    for (std::string& word : words) word = padded_left(word, width);
    return words;
  }
}

// The single number of a 0-d array, as Python prints a NumPy scalar.
template <class T>
std::string scalar_text(T value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "True" : "False";
  } else if constexpr (!is_real_number<T>) {
    return std::to_string(value);
  } else {
    if (!std::isfinite(native(value))) return special_text(value);
    constexpr int kAll = 400;  // more digits than any shortest form has
    const Decimal digits = scientific(value, kAll);
    const std::string text = str(digits.whole, digits.fraction.empty() ? "" : ".", digits.fraction,
                                 exponent_text(digits.exponent));
    // NumPy decides by the value, which may be less than its shortest digits say: 1e-04.
    const double magnitude = std::fabs(static_cast<double>(native(value)));
    const bool is_scientific = magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e16);
    return is_scientific ? text : python_notation(text);
  }
}

// Sets words into nested brackets.
class Layout {
 public:
  Layout(const std::vector<Axis>& axes, const std::vector<std::string>& words)
      : axes_(axes), word_(words.begin()) {}

  std::string text() { return nested(0, " "); }

 private:
  std::string nested(std::size_t axis, const std::string& indent) {
    const std::string inner = axis + 1 == axes_.size() ? row(indent) : blocks(axis, indent);
    return str("[", inner.substr(indent.size()), "]");
  }

  std::string blocks(std::size_t axis, const std::string& indent) {
    const Axis& along = axes_[axis];
    const std::string gap(axes_.size() - axis - 1, '\n');
    std::string text;
    for (std::int64_t i = 0; i < along.count(); ++i) {
      if (along.summarized && i == kEdgeItems) text += indent + "..." + gap;
      text += indent + nested(axis + 1, indent + " ");
      if (i + 1 < along.count()) text += gap;
    }
    return text;
  }

  std::string row(const std::string& indent) {
    const Axis& along = axes_.back();
    // Every bracket that closes around this row takes a column.
    width_ = kLineWidth - axes_.size();
    done_.clear();
    line_ = indent;
    for (std::int64_t i = 0; i < along.count(); ++i) {
      if (i > 0) line_ += ' ';
      if (along.summarized && i == kEdgeItems) {
        add("...", indent);
        line_ += ' ';
      }
      add(*word_++, indent);
    }
    return done_ + line_;
  }

  void add(const std::string& word, const std::string& indent) {
    if (line_.size() + word.size() > width_ && line_.size() > indent.size()) {
      line_.erase(line_.find_last_not_of(' ') + 1);
      done_ += line_ + "\n";
      line_ = indent;
    }
    line_ += word;
  }

  const std::vector<Axis>& axes_;
  std::vector<std::string>::const_iterator word_;
  std::size_t width_ = 0;
  std::string done_;
  std::string line_;
};

template <class T>
std::string values_text(const NDArray& array) {
  if (array.ndim() == 0) return scalar_text(*array.data<T>());
  if (array.size() == 0) return "[]";
  const std::vector<Axis> axes = shown_axes(array.shape());
  std::vector<T> values;
  gather(static_cast<const T*>(array.data<T>()), axes, 0, 0, values);
  const std::vector<std::string> words = words_for(values);
  return Layout(axes, words).text();
}

}  // namespace

std::string NDArray::to_string() const {
  if (!defined()) return "<NDArray none>";
  std::string sizes;
  for (int i = 0; i < ndim(); ++i) sizes += str(i > 0 ? "x" : "", shape()[i]);
  if (!is_dense()) {
    const char* kind = stype() == StorageType::csr ? "CSRNDArray" : "RowSparseNDArray";
    return str("\n<", kind, " ", sizes, " @", context(), ">");
  }
  const std::string values = dispatch(dtype(), [&]<class T>() { return values_text<T>(*this); });
  return str("\n", values, "\n<NDArray ", sizes, " @", context(), ">");
}

std::ostream& operator<<(std::ostream& out, const NDArray& array) {
  return out << array.to_string();
}

}  // namespace gluino
