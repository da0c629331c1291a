#include <gluino/kernels/cpu/fourier/fourier.h>

#include <cmath>
#include <kissfft/kissfft.hh>
#include <numbers>
#include <vector>

namespace gluino::kernels {
namespace {

using Number = std::complex<double>;

// KissFFT's work grows with the square of a prime factor.
constexpr std::int64_t kLargestPrime = 61;

bool has_small_factors(std::int64_t n) {
  for (std::int64_t prime = 2; prime <= kLargestPrime; ++prime) {
    while (n % prime == 0) n /= prime;
  }
  return n == 1;
}

std::int64_t power_of_two_from(std::int64_t least) {
  std::int64_t power = 1;
  while (power < least) power *= 2;
  return power;
}

// Transforms of lengths with large prime factors as convolutions with a chirp (Bluestein, 1970):
// with w[j] = exp(-pi i j^2 / n) and j k = (j^2 + k^2 - (k - j)^2) / 2,
// out[k] = w[k] * sum over j of (in[j] w[j]) conj(w[k - j]).
class Chirp {
 public:
  Chirp(std::int64_t n, Direction direction)
      : n_(static_cast<std::size_t>(n)),
        length_(static_cast<std::size_t>(power_of_two_from(2 * n - 1))),
        there_(length_, false),
        back_(length_, true),
        chirp_(n_),
        spectrum_(length_) {
    const double sign = direction == Direction::forward ? -1 : 1;
    std::vector<Number> wave(length_);
    for (std::size_t j = 0; j < n_; ++j) {
      // j^2 modulo 2 n keeps the angle exact.
      const auto square = static_cast<double>(static_cast<unsigned __int128>(j) * j % (2 * n_));
      chirp_[j] = std::polar(1.0, sign * std::numbers::pi * square / static_cast<double>(n_));
      wave[j] = std::conj(chirp_[j]);
      if (j > 0) wave[length_ - j] = wave[j];
    }
    there_.transform(wave.data(), spectrum_.data());
  }

  void run(const Number* in, Number* out) const {
    std::vector<Number> padded(length_);
    std::vector<Number> product(length_);
    for (std::size_t j = 0; j < n_; ++j) padded[j] = in[j] * chirp_[j];
    there_.transform(padded.data(), product.data());
    for (std::size_t j = 0; j < length_; ++j) product[j] *= spectrum_[j];
    back_.transform(product.data(), padded.data());
    const double scale = 1 / static_cast<double>(length_);
    for (std::size_t k = 0; k < n_; ++k) out[k] = padded[k] * chirp_[k] * scale;
  }

 private:
  std::size_t n_;
  std::size_t length_;
  kissfft<double> there_;
  kissfft<double> back_;
  std::vector<Number> chirp_;
  std::vector<Number> spectrum_;
};

}  // namespace

struct Fourier::Plan {
  std::unique_ptr<const kissfft<double>> direct;
  std::unique_ptr<const Chirp> chirp;
};

Fourier::Fourier(std::int64_t n, Direction direction) {
  auto plan = std::make_unique<Plan>();
  if (has_small_factors(n)) {
    plan->direct = std::make_unique<kissfft<double>>(static_cast<std::size_t>(n),
                                                     direction == Direction::inverse);
  } else {
    plan->chirp = std::make_unique<Chirp>(n, direction);
  }
  plan_ = std::move(plan);
}

Fourier::~Fourier() = default;

void Fourier::run(const Number* in, Number* out) const {
  if (plan_->direct != nullptr) {
    plan_->direct->transform(in, out);
  } else {
    plan_->chirp->run(in, out);
  }
}

}  // namespace gluino::kernels
