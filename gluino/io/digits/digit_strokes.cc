#include <gluino/io/digits/digit_glyphs.h>
#include <gluino/io/digits/digit_pen.h>
#include <gluino/io/digits/digit_strokes.h>
#include <gluino/io/iterators/random_stream.h>

#include <algorithm>
#include <array>
#include <cmath>

// From glyph to picture, in the order of the functions below: a hand is made up; the glyph's points
// are posed, bent as a whole, joined by smooth curves; the pen draws them.
// Only + - * / and square roots are used, whose results IEEE 754 fixes to the last bit, and no two
// random numbers are drawn within one expression whose order of evaluation C++ leaves open.

namespace gluino::io {
namespace {

struct Point {
  double x, y;
};

double distance(const Point& a, const Point& b) {
  const double x = a.x - b.x, y = a.y - b.y;
  return std::sqrt(x * x + y * y);
}

// A point the curve passes through.
struct Knot {
  Point at;
  double ease;  // 1: in a smooth curve; 0: with a sharp turn
  bool starts_stroke;
};

// A glyph's points, and a hook at either end of each stroke.
class Knots {
 public:
  void push_back(const Knot& knot) {
    if (size_ < knots_.size()) knots_[size_++] = knot;
  }
  std::span<Knot> all() { return {knots_.data(), size_}; }

 private:
  std::array<Knot, 2 * kMaxGlyphPoints> knots_;  // enough: a stroke has two points or more
  std::size_t size_ = 0;
};

// How one digit is written. Lengths are parts of the digit's height unless said otherwise.
struct Hand {
  // pose
  double pose_first, pose_last;  // between the glyph's two poses, at its first and last point
  double jitter;                 // how far points stray
  double roundness;              // of corners, 0..1
  // shape
  double slant;                 // shear, to the right
  double turn;                  // tangent of half the angle of rotation
  double aspect;                // width over height, relative to the glyph's
  std::array<double, 10> bend;  // coefficients of a smooth displacement
  // pen
  double radius;    // in pixels
  double pressure;  // how much the radius grows along a stroke
  double swell;     // how much more it grows in the middle
};

// Positive, with median 1; `spread` is about the deviation of its logarithm.
double ratio(RandomStream& random, double spread) {
  const double half = 0.5 * spread * random.bell();
  return (1.0 + half) / (1.0 - half);
}

// The median radius of the pen for each digit, in pixels. MNIST scales every digit to one size,
// which makes the pen look thicker on those that people write small.
constexpr std::array<double, 10> kPenRadius = {1.38, 1.36, 1.29, 1.23, 1.16,
                                               1.17, 1.23, 1.27, 1.11, 1.10};

Hand make_hand(RandomStream& random, int digit) {
  Hand hand;
  hand.pose_first = random.uniform(-0.15, 1.15);
  hand.pose_last = random.uniform(-0.15, 1.15);
  hand.jitter = random.uniform(0.01, 0.07);
  hand.roundness = random.chance(0.5) ? random.uniform(0.0, 0.3) : random.uniform(0.2, 1.0);
  hand.slant = 0.14 + 0.26 * random.bell();
  hand.turn = 0.065 * random.bell();
  hand.aspect = 1.02 * ratio(random, 0.28);
  for (double& coefficient : hand.bend) coefficient = 0.08 * random.bell();
  hand.radius = kPenRadius[digit] * ratio(random, 0.30);
  hand.pressure = 0.12 * random.bell();
  hand.swell = 0.12 * random.bell();
  return hand;
}

const Glyph& choose_glyph(RandomStream& random, int digit) {
  const std::span<const Glyph> glyphs = glyphs_of(digit);
  int total = 0;
  for (const Glyph& glyph : glyphs) total += glyph.weight;
  int left = random.below(total);
  std::size_t chosen = 0;
  while (left >= glyphs[chosen].weight) left -= glyphs[chosen++].weight;
  return glyphs[chosen];
}

// The point reached from `end` by going on as from `before`, turned by an angle whose half has the
// tangent `turn`, for `length`.
Point go_on(const Point& before, const Point& end, double turn, double length) {
  const double step = length / std::max(distance(before, end), 1e-6);
  const double x = (end.x - before.x) * step, y = (end.y - before.y) * step;
  const double scale = 1.0 / (1.0 + turn * turn);
  const double cosine = (1.0 - turn * turn) * scale, sine = 2.0 * turn * scale;
  return {end.x + x * cosine - y * sine, end.y + x * sine + y * cosine};
}

// Poses one stroke: blends its two poses, shifts it, strays, begins and ends early or late, which
// opens gaps and crosses lines, and adds hooks.
void pose_stroke(RandomStream& random, const Hand& hand, std::span<const GlyphPoint> stroke,
                 double pose, double pose_step, Knots& knots) {
  std::array<Knot, kMaxGlyphPoints> posed;
  const double shift_x = 0.02 * random.bell(), shift_y = 0.02 * random.bell();
  for (std::size_t i = 0; i < stroke.size(); ++i) {
    const GlyphPoint& point = stroke[i];
    const double blend = pose + pose_step * static_cast<double>(i);
    const double x = point.x + blend * (point.other_x - point.x);
    const double y = point.y + blend * (point.other_y - point.y);
    posed[i].at.x = 0.01 * x + shift_x + hand.jitter * random.bell();
    posed[i].at.y = 0.01 * y + shift_y + hand.jitter * random.bell();
    posed[i].ease = point.move == PenMove::kCorner ? hand.roundness : 1.0;
    posed[i].starts_stroke = false;
  }
  const std::size_t last = stroke.size() - 1;
  const double late_start = 0.05 * random.bell(), late_end = 0.05 * random.bell();
  const Point start = go_on(posed[1].at, posed[0].at, 0.0, late_start);
  const Point end = go_on(posed[last - 1].at, posed[last].at, 0.0, late_end);
  posed[0].at = start;
  posed[last].at = end;

  const bool hook_start = random.chance(0.08), hook_end = random.chance(0.08);
  const double turn_start = random.uniform(-0.9, 0.9), turn_end = random.uniform(-0.9, 0.9);
  const double length_start = random.uniform(0.04, 0.14), length_end = random.uniform(0.04, 0.14);
  if (hook_start) {
    knots.push_back({go_on(posed[1].at, start, turn_start, length_start), 1.0, true});
  }
  posed[0].starts_stroke = !hook_start;
  for (std::size_t i = 0; i <= last; ++i) knots.push_back(posed[i]);
  if (hook_end) {
    knots.push_back({go_on(posed[last - 1].at, end, turn_end, length_end), 1.0, false});
  }
}

// The glyph's strokes, posed one by one: the blend of the two poses drifts from first to last
// point.
Knots pose(RandomStream& random, const Hand& hand, std::span<const GlyphPoint> points) {
  Knots knots;
  const double pose_step = (hand.pose_last - hand.pose_first) / static_cast<double>(points.size());
  for (std::size_t begin = 0; begin < points.size();) {
    std::size_t end = begin + 1;
    while (end < points.size() && points[end].move != PenMove::kStart) ++end;
    pose_stroke(random, hand, points.subspan(begin, end - begin),
                hand.pose_first + pose_step * static_cast<double>(begin), pose_step, knots);
    begin = end;
  }
  return knots;
}

// Bends the digit as a whole: a smooth displacement, then proportions, slant and rotation.
Point bend(const Hand& hand, const Point& at) {
  const double x = 2.0 * at.x - 0.66, y = 2.0 * at.y - 1.0;  // about -1..1 over the digit
  const std::array<double, 10>& c = hand.bend;
  const double moved_x = x + c[0] * x * y + c[1] * x * x + 2.0 * c[2] * (y * y - 0.33) +
                         c[3] * y * (y * y - 0.6) * 2.0 + c[4] * x * y * y;
  const double moved_y = y + c[5] * x * y + c[6] * x * x + 2.0 * c[7] * (1.0 - y * y) +
                         c[8] * y * (1.0 - y * y) * 2.0 + c[9] * x * y * y;
  const double wide = moved_x * hand.aspect - hand.slant * moved_y;
  const double scale = 1.0 / (1.0 + hand.turn * hand.turn);
  const double cosine = (1.0 - hand.turn * hand.turn) * scale, sine = 2.0 * hand.turn * scale;
  return {wide * cosine - moved_y * sine, wide * sine + moved_y * cosine};
}

// The direction of the curve at `knots[i]`, per unit of length: that of the parabola through it and
// its neighbours, which keeps curves round where the spacing is uneven.
Point tangent(std::span<const Knot> stroke, std::size_t i) {
  const std::size_t before = i == 0 ? 0 : i - 1;
  const std::size_t after = std::min(i + 1, stroke.size() - 1);
  const Point &a = stroke[before].at, &b = stroke[i].at, &c = stroke[after].at;
  const double ab = distance(a, b), bc = distance(b, c);
  if (i == 0 || i + 1 == stroke.size()) {
    const double scale = 1.0 / std::max(ab + bc, 1e-9);
    return {(c.x - a.x) * scale, (c.y - a.y) * scale};
  }
  const double weight_ab = bc / std::max(ab * (ab + bc), 1e-9);
  const double weight_bc = ab / std::max(bc * (ab + bc), 1e-9);
  const double ease = stroke[i].ease;
  return {ease * ((b.x - a.x) * weight_ab + (c.x - b.x) * weight_bc),
          ease * ((b.y - a.y) * weight_ab + (c.y - b.y) * weight_bc)};
}

// Joins the knots of one stroke by cubic curves (Hermite) and sets the pen's pressure along them.
void trace_stroke(const Hand& hand, std::span<const Knot> stroke, PenPath& path) {
  constexpr int kSteps = 5;
  const auto add = [&](const Point& at, double progress, bool starts_stroke) {
    const double press = 1.0 + hand.pressure * (2.0 * progress - 1.0) +
                         hand.swell * (4.0 * progress * (1.0 - progress) - 0.5);
    path.push_back({at.x, at.y, std::max(hand.radius * press, 0.5), starts_stroke});
  };
  add(stroke[0].at, 0.0, true);
  const double segments = static_cast<double>(stroke.size() - 1);
  for (std::size_t i = 0; i + 1 < stroke.size(); ++i) {
    const Point &from = stroke[i].at, &to = stroke[i + 1].at;
    const Point out = tangent(stroke, i), in = tangent(stroke, i + 1);
    const double length = distance(from, to);
    for (int step = 1; step <= kSteps; ++step) {
      const double t = static_cast<double>(step) / kSteps, rest = 1.0 - t;
      const double keep_from = rest * rest * (1.0 + 2.0 * t), keep_to = t * t * (3.0 - 2.0 * t);
      const double keep_out = length * t * rest * rest, keep_in = -length * t * t * rest;
      const Point at{keep_from * from.x + keep_to * to.x + keep_out * out.x + keep_in * in.x,
                     keep_from * from.y + keep_to * to.y + keep_out * out.y + keep_in * in.y};
      add(at, (static_cast<double>(i) + t) / segments, false);
    }
  }
}

PenPath trace(const Hand& hand, std::span<const Knot> knots) {
  PenPath path;
  for (std::size_t begin = 0; begin < knots.size();) {
    std::size_t end = begin + 1;
    while (end < knots.size() && !knots[end].starts_stroke) ++end;
    trace_stroke(hand, knots.subspan(begin, end - begin), path);
    begin = end;
  }
  return path;
}

// The label at `index`: each ten in a row are a permutation of the digits (Fisher and Yates).
int label_at(std::uint64_t seed, std::uint64_t index) {
  constexpr std::uint64_t kLabels = 0x6C6162656C73;  // a sequence apart from that of the pictures
  RandomStream random(seed ^ kLabels, index / 10);
  std::array<int, 10> digits = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  for (int i = 9; i > 0; --i) std::swap(digits[i], digits[random.below(i + 1)]);
  return digits[index % 10];
}

}  // namespace

int draw_digit(std::uint64_t seed, std::uint64_t index, std::span<std::uint8_t, 784> pixels) {
  const int label = label_at(seed, index);
  RandomStream random(seed, index);
  const Hand hand = make_hand(random, label);
  Knots knots = pose(random, hand, choose_glyph(random, label).points);
  for (Knot& knot : knots.all()) knot.at = bend(hand, knot.at);
  PenPath path = trace(hand, knots.all());
  fit_to_box(path);
  Ink ink;
  ink.softness = random.uniform(0.9, 1.5);
  ink.roughness = random.uniform(0.0, 0.25);
  ink.grain = random.bits();
  place_by_mass(draw_ink(path, ink), pixels);
  return label;
}

}  // namespace gluino::io
