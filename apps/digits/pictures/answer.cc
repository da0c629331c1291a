#include <apps/digits/models/networks.h>
#include <apps/digits/pictures/answer.h>
#include <apps/digits/pictures/touching.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace digits {
namespace {

// A network that is less sure sees no digit: with the one in the program, 96 in 100 scribbles are
// told by it, and not one in 100 of digits.
constexpr double kSureEnough = 0.7;

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
  if (scores.empty() || !found.may_be_one) return {};
  DigitAnswer answer{.probabilities = softmax(scores), .box = found.box, .image = found.image};
  const auto most = std::max_element(answer.probabilities.begin(), answer.probabilities.end());
  answer.digit = static_cast<int>(most - answer.probabilities.begin());
  // False for scores that are no numbers, too.
  if (!(*most >= kSureEnough)) return {};
  return answer;
}

gluino::NDArray batch_of(const std::vector<FoundDigit>& found) {
  gluino::NDArray batch({static_cast<std::int64_t>(found.size()), 1, kRows, kColumns});
  auto* out = batch.data<float>();
  for (const FoundDigit& each : found) {
    out = std::copy_n(each.image.data<float>(), each.image.size(), out);
  }
  return batch;
}

std::vector<DigitAnswer> answers(const std::vector<FoundDigit>& found,
                                 std::span<const float> scores, const Network& network) {
  const std::size_t classes = found.empty() ? 0 : scores.size() / found.size();
  std::vector<DigitAnswer> result;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto own = scores.subspan(i * classes, classes);
    auto digit = answer(found[i], {own.begin(), own.end()});
    if (digit) {
      result.push_back(std::move(*digit));
    } else {
      for (DigitAnswer& part : touching_digits(found[i], network)) {
        result.push_back(std::move(part));
      }
    }
  }
  return result;
}

std::vector<DigitAnswer> answers(const std::vector<FoundDigit>& found, const Network& network) {
  if (found.empty()) return {};
  return answers(found, network(batch_of(found)).to_vector<float>(), network);
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
