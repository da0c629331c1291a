#pragma once

#include <complex>
#include <cstdint>
#include <memory>

/// Discrete Fourier transforms.
namespace gluino::kernels {

enum class Direction { forward, inverse };

/// The transform of n complex numbers, out[k] = sum over j of in[j] exp(-2 pi i j k / n), or with
/// exp(+...) the inverse, which is not divided by n. In double precision, in O(n log n) for all n.
/// One may serve any number of threads.
class Fourier {
 public:
  Fourier(std::int64_t n, Direction direction);
  ~Fourier();
  Fourier(const Fourier&) = delete;
  Fourier& operator=(const Fourier&) = delete;

  /// `in` and `out` are n numbers each, apart from each other.
  void run(const std::complex<double>* in, std::complex<double>* out) const;

 private:
  struct Plan;
  std::unique_ptr<const Plan> plan_;
};

}  // namespace gluino::kernels
