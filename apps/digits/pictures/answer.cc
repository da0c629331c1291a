#include <apps/digits/pictures/answer.h>

#include <algorithm>
#include <cmath>

namespace digits {
namespace {

// A network that is less sure sees no digit.
constexpr double kSureEnough = 0.6;

std::vector<double> softmax(const std::vector<float>& scores) {
  const float highest = *std::max_element(scores.begin(), scores.end());
  std::vector<double> result;
  double sum = 0;
  for (const float score : scores) sum += result.emplace_back(std::exp(double{score} - highest));
  for (double& each : result) each /= sum;
  return result;
}

}  // namespace

std::optional<DigitAnswer> answer(const FoundDigit& found, const std::vector<float>& scores) {
  if (scores.empty()) return {};
  DigitAnswer answer{.probabilities = softmax(scores), .box = found.box};
  const auto most = std::max_element(answer.probabilities.begin(), answer.probabilities.end());
  answer.digit = static_cast<int>(most - answer.probabilities.begin());
  // False for scores that are no numbers, too.
  if (!(*most >= kSureEnough)) return {};
  return answer;
}

std::string text_of(const std::vector<DigitAnswer>& digits) {
  std::string text;
  for (const DigitAnswer& each : digits) text += std::to_string(each.digit);
  return text;
}

nlohmann::ordered_json answer_json(const std::vector<DigitAnswer>& digits) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const DigitAnswer& each : digits) {
    all.push_back({{"digit", each.digit},
                   {"probability", each.probability()},
                   {"probabilities", each.probabilities},
                   {"box", {each.box.x, each.box.y, each.box.width, each.box.height}}});
  }
  return {{"text", text_of(digits)}, {"digits", all}};
}

}  // namespace digits
