#include <apps/digits/pictures/groups.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <tuple>
#include <utility>

namespace digits {
namespace {

double as_double(std::int64_t number) { return static_cast<double>(number); }

std::int64_t longer_side(const Box& box) { return std::max(box.width, box.height); }

// Sets that are joined two by two.
class Sets {
 public:
  explicit Sets(std::size_t size) : parents_(size) {
    std::iota(parents_.begin(), parents_.end(), std::size_t{0});
  }
  std::size_t find(std::size_t i) {
    while (parents_[i] != i) i = parents_[i] = parents_[parents_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) {
    const std::size_t first = find(a);
    const std::size_t second = find(b);
    parents_[std::max(first, second)] = std::min(first, second);
  }

 private:
  std::vector<std::size_t> parents_;
};

Group merged(const Group& a, const Group& b) {
  Group all = a;
  all.pieces.insert(all.pieces.end(), b.pieces.begin(), b.pieces.end());
  all.box = around(a.box, b.box);
  all.is_dotted = a.is_dotted || b.is_dotted;
  return all;
}

// Joins all groups of which `belong` says that two belong together.
template <class Belong>
std::vector<Group> joined(const std::vector<Group>& groups, const Belong& belong) {
  Sets sets(groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    for (std::size_t j = i + 1; j < groups.size(); ++j) {
      if (belong(groups[i], groups[j])) sets.join(i, j);
    }
  }
  std::vector<Group> result;
  std::vector<std::size_t> place(groups.size(), groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    std::size_t& at = place[sets.find(i)];
    if (at == groups.size()) {
      at = result.size();
      result.push_back(groups[i]);
    } else {
      result[at] = merged(result[at], groups[i]);
    }
  }
  return result;
}

// How high digits are about, as the highest piece tells, or, where all are small and most of them
// dots, the dots together.
std::int64_t usual_height(const std::vector<Group>& groups) {
  constexpr double kSmall = 0.4;
  Box all = groups.front().box;
  std::int64_t highest = 0;
  std::size_t dots = 0;
  for (const Group& group : groups) {
    all = around(all, group.box);
    highest = std::max(highest, group.box.height);
    if (is_blob(group.pieces.front())) ++dots;
  }
  const bool all_are_small = as_double(highest) < kSmall * as_double(all.height);
  return all_are_small && 2 * dots > groups.size() && groups.size() > 2 ? all.height : highest;
}

// Dots near each other, as far as their own size lets expect, are a stroke.
std::vector<Group> with_dots_joined(const std::vector<Group>& groups) {
  constexpr double kDot = 0.3;           // of a digit's height
  constexpr std::int64_t kLeastDot = 3;  // others are specks
  constexpr double kReach = 2.2;         // times the smaller dot
  constexpr std::size_t kFewest = 4;
  const double most = kDot * as_double(usual_height(groups));
  const auto is_dot = [&](const Group& group) {
    const std::int64_t size = longer_side(group.box);
    return size >= kLeastDot && as_double(size) <= most;
  };
  std::vector<Group> result = joined(groups, [&](const Group& a, const Group& b) {
    const double size = as_double(std::min(longer_side(a.box), longer_side(b.box)));
    return is_dot(a) && is_dot(b) && gap_between(a.box, b.box) <= kReach * size;
  });
  for (Group& group : result) group.is_dotted = group.pieces.size() >= kFewest;
  return result;
}

// Groups as high as digits that stand above each other with hardly a gap, or within each other.
bool are_halves(const Group& a, const Group& b) {
  constexpr double kSameColumns = 0.6;
  constexpr double kWithin = 0.5;
  constexpr double kGap = 0.12;  // of both together
  const double narrower = as_double(std::min(a.box.width, b.box.width));
  const double lower = as_double(std::min(a.box.height, b.box.height));
  const double columns = as_double(shared_columns(a.box, b.box)) / narrower;
  const double rows = as_double(shared_rows(a.box, b.box)) / lower;
  if (columns >= kWithin && rows >= kWithin) return true;
  return columns >= kSameColumns && rows < 0.3 &&
         gap_between(a.box, b.box) <= kGap * as_double(around(a.box, b.box).height);
}

// Whether a small piece belongs to a digit of that height beside it.
bool belongs_to(const Box& piece, const Box& digit, double height) {
  constexpr double kAboveOrBelow = 0.25;
  constexpr double kBeside = 0.1;
  const double gap = gap_between(piece, digit);
  const bool shares = 3 * shared_columns(piece, digit) >= piece.width;
  return gap <= (shares ? kAboveOrBelow : kBeside) * height;
}

// Gives small groups to the digit they are nearest to; those far from all stay alone if they may
// be digits themselves, and are left out otherwise.
std::vector<Group> with_pieces_given(const std::vector<Group>& groups) {
  constexpr double kDigit = 0.45;  // of the usual height
  constexpr double kAlone = 0.3;
  constexpr double kSpeck = 0.05;
  std::int64_t highest = 0;
  for (const Group& group : groups) highest = std::max(highest, group.box.height);
  const auto height = as_double(highest);
  std::vector<Group> digits;
  std::vector<Group> others;
  for (const Group& group : groups) {
    (as_double(group.box.height) >= kDigit * height ? digits : others).push_back(group);
  }
  digits = joined(digits, are_halves);
  const std::vector<Group> whole = digits;
  for (const Group& piece : others) {
    const auto nearest =
        std::min_element(whole.begin(), whole.end(), [&](const Group& a, const Group& b) {
          return gap_between(a.box, piece.box) < gap_between(b.box, piece.box);
        });
    if (belongs_to(piece.box, nearest->box, height)) {
      if (as_double(longer_side(piece.box)) < kSpeck * height) continue;
      Group& owner = digits[static_cast<std::size_t>(nearest - whole.begin())];
      owner = merged(owner, piece);
    } else if (as_double(piece.box.height) >= kAlone * height) {
      digits.push_back(piece);
    }
  }
  return digits;
}

// Rows are groups that stand beside each other; then from left to right.
std::vector<Group> in_reading_order(const std::vector<Group>& groups) {
  constexpr double kSameRow = 0.3;
  Sets sets(groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    for (std::size_t j = i + 1; j < groups.size(); ++j) {
      const Box& a = groups[i].box;
      const Box& b = groups[j].box;
      const double lower = as_double(std::min(a.height, b.height));
      if (as_double(shared_rows(a, b)) >= kSameRow * lower) sets.join(i, j);
    }
  }
  std::vector<std::int64_t> tops(groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    std::int64_t& top = tops[sets.find(i)];
    top = sets.find(i) == i ? groups[i].box.y : std::min(top, groups[i].box.y);
  }
  std::vector<std::size_t> order(groups.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto place = [&](std::size_t i) {
    const Box& box = groups[i].box;
    return std::tuple(tops[sets.find(i)], sets.find(i), 2 * box.x + box.width, i);
  };
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return place(a) < place(b); });
  std::vector<Group> result;
  result.reserve(order.size());
  for (const std::size_t i : order) result.push_back(groups[i]);
  return result;
}

}  // namespace

std::int64_t Group::pixels() const {
  std::int64_t sum = 0;
  for (const Piece& piece : pieces) sum += piece.pixels;
  return sum;
}

std::vector<Group> find_groups(const std::vector<Piece>& pieces) {
  if (pieces.empty()) return {};
  std::vector<Group> groups;
  groups.reserve(pieces.size());
  for (const Piece& piece : pieces) groups.push_back({.pieces = {piece}, .box = piece.box});
  return in_reading_order(with_pieces_given(with_dots_joined(groups)));
}

}  // namespace digits
