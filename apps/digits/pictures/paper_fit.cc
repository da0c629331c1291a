#include <apps/digits/pictures/paper_fit.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace digits {
namespace {

Terms terms_at(double x, double y) { return {1, x, y, x * x, x * y, y * y}; }

// The sums of a weighted least-squares fit with the first `size` terms.
class Equations {
 public:
  explicit Equations(std::size_t size) : size_(size) {}

  void add(const Sample& sample, double weight) {
    const Terms t = terms_at(sample.x, sample.y);
    for (std::size_t i = 0; i < size_; ++i) {
      for (std::size_t j = 0; j <= i; ++j) matrix_[i][j] += weight * t[i] * t[j];
      for (std::size_t c = 0; c < 3; ++c) right_[c][i] += weight * t[i] * sample.colour[c];
    }
  }

  // By Cholesky's decomposition; a little is added to the diagonal, for too few samples.
  Surface solve() {
    const double ridge = 1e-6 * matrix_[0][0] + 1e-9;
    for (std::size_t i = 0; i < size_; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        double sum = matrix_[i][j] + (i == j ? ridge : 0);
        for (std::size_t k = 0; k < j; ++k) sum -= matrix_[i][k] * matrix_[j][k];
        matrix_[i][j] = i == j ? std::sqrt(std::max(sum, ridge)) : sum / matrix_[j][j];
      }
    }
    Surface surface;
    for (std::size_t c = 0; c < 3; ++c) surface.weights[c] = solve_for(right_[c]);
    return surface;
  }

 private:
  Terms solve_for(Terms x) const {
    for (std::size_t i = 0; i < size_; ++i) {
      for (std::size_t k = 0; k < i; ++k) x[i] -= matrix_[i][k] * x[k];
      x[i] /= matrix_[i][i];
    }
    for (std::size_t i = size_; i-- > 0;) {
      for (std::size_t k = i + 1; k < size_; ++k) x[i] -= matrix_[k][i] * x[k];
      x[i] /= matrix_[i][i];
    }
    return x;
  }

  std::size_t size_;
  std::array<Terms, kSurfaceTerms> matrix_{};
  std::array<Terms, 3> right_{};
};

std::vector<double> residuals(const std::vector<Sample>& samples, const Surface& surface) {
  std::vector<double> result(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    result[i] = distance(samples[i].colour, surface.at(samples[i].x, samples[i].y));
  }
  return result;
}

double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

// The deviation of the paper's samples, which may be few beside those of ink.
double noise_of(const std::vector<double>& residuals) {
  // Of a normal distribution, a fifth is less than this off the mean.
  constexpr double kOfFifth = 1 / 0.2533;
  const double first = kOfFifth * quantile(residuals, 0.2);
  std::vector<double> near;
  for (const double r : residuals) {
    if (r <= 3 * first) near.push_back(r);
  }
  return deviation_of(std::move(near));
}

// The narrowest that the paper's colours are taken to lie together, in levels of 255.
constexpr double kNarrow = 6;
constexpr double kWide = 96;

// From a first surface on, samples count the less the farther they are off; what is far is made
// stricter from step to step.
Surface tightened(const std::vector<Sample>& samples, Surface surface, std::size_t terms) {
  for (double scale = kWide; scale >= kNarrow; scale *= 0.6) {
    const std::vector<double> off = residuals(samples, surface);
    Equations equations(terms);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const double r = off[i] / scale;
      const double closeness = 1 / (1 + r * r);
      equations.add(samples[i], closeness * closeness);
    }
    surface = equations.solve();
  }
  return surface;
}

// What is so near belongs to the paper.
constexpr double kReach = 2.5 * kNarrow;

// The share of samples on the surface, and that of those at the border.
double support(const std::vector<Sample>& samples, const Surface& surface) {
  const std::vector<double> off = residuals(samples, surface);
  double all = 0;
  double border = 0;
  double border_samples = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double near = off[i] <= kReach ? 1 : 0;
    all += near;
    if (!samples[i].is_at_border) continue;
    border += near;
    border_samples += 1;
  }
  return all / static_cast<double>(samples.size()) + border / std::max(border_samples, 1.0);
}

Surface constant(const std::vector<Sample>& samples, bool at_border_only) {
  Surface surface;
  for (std::size_t c = 0; c < 3; ++c) {
    std::vector<double> values;
    for (const Sample& sample : samples) {
      if (sample.is_at_border || !at_border_only) values.push_back(sample.colour[c]);
    }
    surface.weights[c][0] = median(std::move(values));
  }
  return surface;
}

Surface least_squares(const std::vector<Sample>& samples, bool at_border_only, std::size_t terms) {
  Equations equations(terms);
  for (const Sample& sample : samples) {
    if (sample.is_at_border || !at_border_only) equations.add(sample, 1);
  }
  return equations.solve();
}

}  // namespace

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return values[static_cast<std::size_t>(place)];
}

double deviation_of(std::vector<double> sizes) {
  // Half of a normal distribution is less than this off the mean.
  constexpr double kOfHalf = 1 / 0.6745;
  return kOfHalf * median(std::move(sizes));
}

float distance(const Colour& a, const Colour& b) {
  float sum = 0;
  for (std::size_t c = 0; c < 3; ++c) sum += (a[c] - b[c]) * (a[c] - b[c]);
  return std::sqrt(sum / 3);
}

Colour Surface::at(double x, double y) const {
  const Terms t = terms_at(x, y);
  Colour colour;
  for (std::size_t c = 0; c < 3; ++c) {
    double sum = 0;
    for (std::size_t i = 0; i < kSurfaceTerms; ++i) sum += weights[c][i] * t[i];
    colour[c] = static_cast<float>(sum);
  }
  return colour;
}

Fit fit_surface(const std::vector<Sample>& samples) {
  // A surface with more terms must be better by this.
  constexpr double kWorthIt = 1.04;
  // One that does is flat, a slope, or bent.
  constexpr std::size_t kSizes[] = {1, 3, kSurfaceTerms};
  Surface best;
  double best_support = 0;
  for (const std::size_t terms : kSizes) {
    for (const bool at_border_only : {true, false}) {
      const Surface first = terms == 1 ? constant(samples, at_border_only)
                                       : least_squares(samples, at_border_only, terms);
      const Surface surface = tightened(samples, first, terms);
      const double found = support(samples, surface);
      if (found <= kWorthIt * best_support) continue;
      best = surface;
      best_support = found;
    }
  }
  const double noise = noise_of(residuals(samples, best));
  return {best, noise, std::max(kReach, 3 * noise)};
}

}  // namespace digits
