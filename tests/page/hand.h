#pragma once

#include <vector>

namespace digits_test {

struct Point {
  double x = 0;
  double y = 0;
};

/// Where the pen goes between being put down and lifted.
using Stroke = std::vector<Point>;

/// How often `digit` is written differently by the hands below.
int hands_of(int digit);

/// The strokes with which one of its hands writes a digit, in a box of height 1 around the origin,
/// closely sampled.
std::vector<Stroke> written(int digit, int hand);

/// The same elsewhere: scaled, then moved.
std::vector<Stroke> placed(const std::vector<Stroke>& strokes, Point middle, double height);

}  // namespace digits_test
