#pragma once

#include <gluino/viz/chart.h>

#include <string>
#include <vector>

/// Axes; the room's own.
namespace gluino::viz {

struct Tick {
  double value = 0;
  std::string text;
};

/// What an axis shows, from `low` to `high`, with marks at round numbers; both lie within.
struct Range {
  double low = 0;
  double high = 1;
  Scale scale = Scale::linear;
  std::vector<Tick> ticks{};

  /// From 0 at `low` to 1 at `high`.
  double place_of(double value) const;
};

enum class Ends { of_ticks, of_values };

/// The range of values from `low` to `high`, neither of which need be below the other, with about
/// `most` marks. It ends at marks, or at the values. On a logarithmic scale both are above 0.
Range make_range(double low, double high, Scale scale, int most, Ends ends = Ends::of_ticks);

/// A number as charts write it, with up to that many digits: "0.05", "12000", "1e-05".
std::string short_number(double value, int digits = 4);

}  // namespace gluino::viz
