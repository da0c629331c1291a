#pragma once

#include <apps/digits/pictures/find_digits.h>
#include <gluino/ndarray/ndarray.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// What the program says of a picture, on the command line and in the browser.
namespace digits {

struct DigitAnswer {
  int digit = 0;
  /// One for each class.
  std::vector<double> probabilities;
  Box box;
  /// What the network was given.
  gluino::NDArray image{};

  double probability() const { return probabilities[static_cast<std::size_t>(digit)]; }
};

/// What the scores of a network, one for each class, say of a found digit; nothing where it is not
/// sure enough to call that a digit.
std::optional<DigitAnswer> answer(const FoundDigit& found, const std::vector<float>& scores);

/// The inputs of a network for all of them at once: float32 (N, 1, 28, 28).
gluino::NDArray batch_of(const std::vector<FoundDigit>& found);

/// Gives scores (N, classes) for images (N, 1, 28, 28).
using Network = std::function<gluino::NDArray(const gluino::NDArray& images)>;

/// What the scores of a network for them, one after the other, say, as answer() does for each. What
/// is no digit as a whole, but wide, is given to the network once more, as digits that touch.
std::vector<DigitAnswer> answers(const std::vector<FoundDigit>& found,
                                 std::span<const float> scores, const Network& network);
/// Of all that was found, by asking the network.
std::vector<DigitAnswer> answers(const std::vector<FoundDigit>& found, const Network& network);

/// The digits as they are read: "90210".
std::string text_of(const std::vector<DigitAnswer>& digits);

/// {"text": "7", "digits": [{"digit": 7, "probability": 0.998, "probabilities": [ten numbers],
/// "box": [x, y, width, height]}]}
nlohmann::ordered_json answer_json(const std::vector<DigitAnswer>& digits);

}  // namespace digits
