#include <apps/digits/augmentation/warp.h>

#include <cmath>

namespace digits {
namespace {

// Of paper around the source, so that no neighbour of a sampled place lies outside.
constexpr std::int64_t kMargin = 2;

float blend(float a, float b, float share) { return a + (b - a) * share; }

}  // namespace

Warper::Warper(const PlaneSize& size)
    : size_(size),
      rows_(weights_of(size.rows)),
      columns_(weights_of(size.columns)),
      padded_(PlaneSize{size.rows + 2 * kMargin, size.columns + 2 * kMargin}.pixels()),
      move_x_(static_cast<std::size_t>(size.columns)),
      move_y_(static_cast<std::size_t>(size.columns)) {}

std::vector<Warper::Weights> Warper::weights_of(std::int64_t pixels) {
  constexpr int kSpans = Warp::kNodes - 3;
  std::vector<Weights> all;
  for (std::int64_t i = 0; i < pixels; ++i) {
    const double place = (static_cast<double>(i) + 0.5) / static_cast<double>(pixels) * kSpans;
    const int span = std::min(static_cast<int>(place), kSpans - 1);
    const double t = place - span;
    // The uniform cubic B-spline.
    const double weights[] = {(1 - t) * (1 - t) * (1 - t) / 6, (3 * t * t * t - 6 * t * t + 4) / 6,
                              (-3 * t * t * t + 3 * t * t + 3 * t + 1) / 6, t * t * t / 6};
    Weights entry{.first = span};
    for (std::size_t k = 0; k < 4; ++k) entry.of[k] = static_cast<float>(weights[k]);
    all.push_back(entry);
  }
  return all;
}

void Warper::prepare(Pixels from) {
  const std::int64_t width = size_.columns + 2 * kMargin;
  for (std::int64_t y = 0; y < size_.rows; ++y) {
    float* row = padded_.data() + (y + kMargin) * width + kMargin;
    const std::uint8_t* pixels = from.data() + y * size_.columns;
    for (std::int64_t x = 0; x < size_.columns; ++x) row[x] = static_cast<float>(pixels[x]);
  }
}

// The displacements of a row: first between the rows of nodes, then between their columns.
void Warper::displace_row(const Warp& warp, std::int64_t y) {
  const Weights& row = rows_[static_cast<std::size_t>(y)];
  std::array<float, Warp::kNodes> nodes_x{};
  std::array<float, Warp::kNodes> nodes_y{};
  for (std::size_t k = 0; k < 4; ++k) {
    const std::size_t node = static_cast<std::size_t>(row.first) + k;
    for (std::size_t j = 0; j < Warp::kNodes; ++j) {
      nodes_x[j] += row.of[k] * static_cast<float>(warp.field_x[node][j]);
      nodes_y[j] += row.of[k] * static_cast<float>(warp.field_y[node][j]);
    }
  }
  for (std::size_t x = 0; x < move_x_.size(); ++x) {
    const Weights& column = columns_[x];
    float dx = 0;
    float dy = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      dx += column.of[k] * nodes_x[static_cast<std::size_t>(column.first) + k];
      dy += column.of[k] * nodes_y[static_cast<std::size_t>(column.first) + k];
    }
    move_x_[x] = dx;
    move_y_[x] = dy;
  }
}

float Warper::sample(float x, float y) const {
  const std::int64_t width = size_.columns + 2 * kMargin;
  // One pixel beyond the source all is paper.
  x = std::clamp(x, -1.0F, static_cast<float>(size_.columns)) + kMargin;
  y = std::clamp(y, -1.0F, static_cast<float>(size_.rows)) + kMargin;
  const auto left = static_cast<std::int64_t>(x);
  const auto top = static_cast<std::int64_t>(y);
  const float* at = padded_.data() + top * width + left;
  const float across = x - static_cast<float>(left);
  return blend(blend(at[0], at[1], across), blend(at[width], at[width + 1], across),
               y - static_cast<float>(top));
}

void Warper::operator()(Pixels from, const Warp& warp, PixelsOut to) {
  prepare(from);
  const auto xx = static_cast<float>(warp.xx);
  const auto yx = static_cast<float>(warp.yx);
  for (std::int64_t y = 0; y < size_.rows; ++y) {
    if (warp.is_elastic) displace_row(warp, y);
    const double dy = static_cast<double>(y) - size_.middle_y();
    const double dx = -size_.middle_x();
    const auto from_x =
        static_cast<float>(size_.middle_x() + warp.xx * dx + warp.xy * dy + warp.shift_x);
    const auto from_y =
        static_cast<float>(size_.middle_y() + warp.yx * dx + warp.yy * dy + warp.shift_y);
    for (std::int64_t x = 0; x < size_.columns; ++x) {
      float source_x = from_x + xx * static_cast<float>(x);
      float source_y = from_y + yx * static_cast<float>(x);
      if (warp.is_elastic) {
        source_x += move_x_[static_cast<std::size_t>(x)];
        source_y += move_y_[static_cast<std::size_t>(x)];
      }
      to[size_.at(y, x)] = static_cast<std::uint8_t>(sample(source_x, source_y) + 0.5F);
    }
  }
}

}  // namespace digits
