#include <apps/digits/pictures/shapes.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace digits {
namespace {

constexpr std::int32_t kNobody = -1;
constexpr std::int64_t kMargin = 1;

// Which group each pixel belongs to: its own pixels, and from there outwards what is fainter than
// ink and darker than paper.
class Owners {
 public:
  Owners(const Ink& ink, const Pieces& pieces, const std::vector<Group>& groups)
      : ink_(ink), pieces_(pieces), owners_(ink.amount.width, ink.amount.height, kNobody) {
    for (std::size_t g = 0; g < groups.size(); ++g) {
      boxes_.push_back(groups[g].box);
      for (const Piece& piece : groups[g].pieces) take(piece, static_cast<std::int32_t>(g));
    }
    grow();
  }

  std::int32_t at(std::int64_t x, std::int64_t y) const { return owners_.at(x, y); }
  const Box& box(std::size_t group) const { return boxes_[group]; }

 private:
  void take(const Piece& piece, std::int32_t group) {
    for (std::int64_t y = piece.box.y; y < bottom_of(piece.box); ++y) {
      for (std::int64_t x = piece.box.x; x < right_of(piece.box); ++x) {
        if (pieces_.labels.at(x, y) != piece.label) continue;
        owners_.at(x, y) = group;
        border_.emplace_back(x, y);
      }
    }
  }

  void grow() {
    constexpr float kBeyondNoise = 2.5F;
    constexpr float kEdge = 0.06F;  // of the level
    const float faint = std::max(kBeyondNoise * ink_.noise, kEdge * ink_.level);
    std::vector<std::pair<std::int64_t, std::int64_t>> next;
    for (; !border_.empty(); border_.swap(next), next.clear()) {
      for (const auto& [px, py] : border_) {
        const std::int32_t group = owners_.at(px, py);
        for (std::int64_t y = py - 1; y <= py + 1; ++y) {
          for (std::int64_t x = px - 1; x <= px + 1; ++x) {
            if (!owners_.contains(x, y) || owners_.at(x, y) != kNobody) continue;
            if (pieces_.labels.at(x, y) != kPaperLabel || ink_.amount.at(x, y) < faint) continue;
            owners_.at(x, y) = group;
            Box& box = boxes_[static_cast<std::size_t>(group)];
            box = around(box, {x, y, 1, 1});
            next.emplace_back(x, y);
          }
        }
      }
    }
  }

  const Ink& ink_;
  const Pieces& pieces_;
  Grid<std::int32_t> owners_;
  std::vector<Box> boxes_;
  std::vector<std::pair<std::int64_t, std::int64_t>> border_;
};

// What clear ink has in this digit, which may be fainter than others.
float level_in(const Ink& ink, const Owners& owners, std::size_t group) {
  std::vector<float> amounts;
  const Box& box = owners.box(group);
  for (std::int64_t y = box.y; y < bottom_of(box); ++y) {
    for (std::int64_t x = box.x; x < right_of(box); ++x) {
      if (owners.at(x, y) != static_cast<std::int32_t>(group)) continue;
      if (ink.amount.at(x, y) >= ink.threshold) amounts.push_back(ink.amount.at(x, y));
    }
  }
  if (amounts.empty()) return ink.level;
  const auto place = amounts.begin() + static_cast<std::ptrdiff_t>(amounts.size() * 4 / 5);
  std::nth_element(amounts.begin(), place, amounts.end());
  return *place;
}

Shape shape_of(const Ink& ink, const Owners& owners, std::size_t group) {
  const Box& box = owners.box(group);
  const float floor = 2 * ink.noise;
  const float level = std::max(level_in(ink, owners, group), floor + 1);
  Shape shape(box.width + 2 * kMargin, box.height + 2 * kMargin);
  for (std::int64_t y = box.y; y < bottom_of(box); ++y) {
    for (std::int64_t x = box.x; x < right_of(box); ++x) {
      if (owners.at(x, y) != static_cast<std::int32_t>(group)) continue;
      const float share = (ink.amount.at(x, y) - floor) / (level - floor);
      shape.at(x - box.x + kMargin, y - box.y + kMargin) = std::clamp(share, 0.0F, 1.0F);
    }
  }
  return shape;
}

struct Point {
  double x = 0;
  double y = 0;
};

Point middle_of(const Box& box) {
  return {static_cast<double>(box.x) + static_cast<double>(box.width) / 2,
          static_cast<double>(box.y) + static_cast<double>(box.height) / 2};
}

double distance_to_line(const Point& p, const Point& a, const Point& b) {
  const double dx = b.x - a.x;
  const double dy = b.y - a.y;
  const double squared = dx * dx + dy * dy;
  const double along = squared == 0 ? 0 : ((p.x - a.x) * dx + (p.y - a.y) * dy) / squared;
  const double t = std::clamp(along, 0.0, 1.0);
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

void draw_line(Shape& shape, const Point& a, const Point& b, double width) {
  const double reach = width / 2 + 1;
  const auto low = [&](double from) {
    return std::max<std::int64_t>(static_cast<std::int64_t>(std::floor(from - reach)), 0);
  };
  const auto high = [&](double to, std::int64_t size) {
    return std::min<std::int64_t>(static_cast<std::int64_t>(std::ceil(to + reach)), size);
  };
  for (std::int64_t y = low(std::min(a.y, b.y)); y < high(std::max(a.y, b.y), shape.height); ++y) {
    for (std::int64_t x = low(std::min(a.x, b.x)); x < high(std::max(a.x, b.x), shape.width); ++x) {
      const Point p{static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5};
      const double inside = std::clamp(width / 2 + 0.5 - distance_to_line(p, a, b), 0.0, 1.0);
      shape.at(x, y) = std::max(shape.at(x, y), static_cast<float>(inside));
    }
  }
}

// Lines between neighbouring dots: the shortest that join all of them (Prim).
void join_dots(Shape& shape, const std::vector<Piece>& dots, const Box& box) {
  constexpr double kOfDot = 0.8;
  struct Nearest {
    std::size_t to = 0;
    double gap = std::numeric_limits<double>::infinity();
    bool is_joined = false;
  };
  std::vector<Nearest> all(dots.size());
  const auto point = [&](const Piece& dot) {
    const Point p = middle_of(dot.box);
    return Point{p.x - static_cast<double>(box.x - kMargin),
                 p.y - static_cast<double>(box.y - kMargin)};
  };
  for (std::size_t current = 0, left = dots.size(); left-- > 0;) {
    all[current].is_joined = true;
    std::size_t next = current;
    for (std::size_t i = 0; i < dots.size(); ++i) {
      if (all[i].is_joined) continue;
      const double gap = gap_between(dots[current].box, dots[i].box);
      if (gap < all[i].gap) all[i] = {current, gap, false};
      if (next == current || all[i].gap < all[next].gap) next = i;
    }
    if (next == current) return;
    const Piece& a = dots[next];
    const Piece& b = dots[all[next].to];
    const auto width =
        static_cast<double>(std::min({a.box.width, a.box.height, b.box.width, b.box.height}));
    draw_line(shape, point(a), point(b), kOfDot * width);
    current = next;
  }
}

}  // namespace

std::vector<Shape> shapes_of(const Ink& ink, const Pieces& pieces,
                             const std::vector<Group>& groups) {
  const Owners owners(ink, pieces, groups);
  std::vector<Shape> shapes;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    shapes.push_back(shape_of(ink, owners, g));
    if (groups[g].is_dotted) join_dots(shapes.back(), groups[g].pieces, owners.box(g));
  }
  return shapes;
}

}  // namespace digits
