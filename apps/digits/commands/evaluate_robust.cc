#include <apps/digits/commands/evaluate_robust.h>
#include <apps/digits/console/interrupt.h>
#include <apps/digits/pictures/answer.h>
#include <apps/digits/robust/robust_set.h>
#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/base/text.h>
#include <gluino/ndarray/creation.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace digits {
namespace {

using gluino::str;

// So many pictures are made, and given to the network, together.
constexpr std::int64_t kTogether = 100;

struct Read {
  std::string text;
  std::vector<FoundDigit> found;
};

std::vector<Read> read_some(std::size_t kind, std::int64_t begin, std::int64_t end,
                            const gluino::gluon::data::Dataset& digits) {
  std::vector<Read> result(static_cast<std::size_t>(end - begin));
  gluino::parallel_for(end - begin, 1, [&](std::int64_t i, std::int64_t last) {
    for (; i < last; ++i) {
      RobustPicture made = make_robust_picture(kind, begin + i, digits);
      result[static_cast<std::size_t>(i)] = {std::move(made.text), find_digits(made.picture)};
    }
  });
  return result;
}

void count(const std::vector<Read>& pictures, const gluino::FrozenGraph& network,
           RobustResult& result) {
  std::vector<FoundDigit> all;
  for (const Read& each : pictures) all.insert(all.end(), each.found.begin(), each.found.end());
  std::vector<float> scores;
  if (!all.empty()) scores = network(batch_of(all)).to_vector<float>();
  const std::size_t classes = all.empty() ? 0 : scores.size() / all.size();
  std::span<const float> rest(scores);
  for (const Read& each : pictures) {
    const std::size_t own = each.found.size() * classes;
    const std::string text = text_of(answers(each.found, rest.first(own), network));
    rest = rest.subspan(own);
    ++result.pictures;
    if (text == each.text) {
      ++result.right;
    } else if (text.empty()) {
      ++result.refused;
    }
  }
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string right_aligned(std::int64_t number, std::size_t width) {
  const std::string text = std::to_string(number);
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

}  // namespace

std::vector<RobustResult> evaluate_robust(const Model& model,
                                          const gluino::gluon::data::Dataset& test_digits,
                                          std::int64_t samples, Console& console) {
  const auto network = model.net->freeze(gluino::nd::zeros({1, 1, kRows, kColumns}));
  std::vector<RobustResult> results;
  for (std::size_t kind = 0; kind < robust_kinds().size(); ++kind) {
    const RobustKind& told = robust_kinds()[kind];
    RobustResult result{.kind = told.name, .description = told.description};
    const std::int64_t number = told.has_digits ? samples : std::min(samples, kRobustBlanks);
    for (std::int64_t begin = 0; begin < number; begin += kTogether) {
      interrupt::check();
      console.show(str(told.name, ": ", begin, " of ", number));
      count(read_some(kind, begin, std::min(begin + kTogether, number), test_digits), network,
            result);
    }
    results.push_back(std::move(result));
  }
  return results;
}

std::string robust_table(const std::vector<RobustResult>& results) {
  constexpr std::size_t kName = 14;
  constexpr std::size_t kNumber = 9;
  std::string table = padded("pictures", kName) + "   number    right  refused  accuracy\n";
  for (const RobustResult& each : results) {
    table += padded(each.kind, kName) + right_aligned(each.pictures, kNumber) +
             right_aligned(each.right, kNumber) + right_aligned(each.refused, kNumber) + "    " +
             gluino::fixed(each.accuracy(), 4) + "  " + each.description + "\n";
  }
  return table;
}

nlohmann::ordered_json to_json(const std::vector<RobustResult>& results) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const RobustResult& each : results) {
    all.push_back({{"kind", each.kind},
                   {"pictures", each.pictures},
                   {"right", each.right},
                   {"refused", each.refused},
                   {"accuracy", each.accuracy()}});
  }
  return {{"robust", all}};
}

}  // namespace digits
