#pragma once

#include <gluino/base/export.h>
#include <gluino/ndarray/ndarray.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

/// How parameters get their first values. Random ones follow random::seed and are the numbers that
/// MXNet 1.9.1 draws on a CPU for that seed, bit for bit.
namespace gluino::init {

/// An initializer as a value: copies are cheap and share what they do, which never changes.
///
///     init::Initializer xavier = init::Xavier({.magnitude = 2.24});
///     xavier("conv0_weight", weight);
class GLUINO_API Initializer {
 public:
  /// Fills the array of a weight; gets the parameter's name.
  using Fill = std::function<void(const std::string& name, const NDArray& array)>;

  /// Refers to nothing; `defined()` tells. Stands for "not given" in options.
  Initializer() = default;
  /// A user's own way to fill weights. `name` is what to_string gives.
  explicit Initializer(Fill fill, std::string name = "custom");
  /// init::create(name), so that options may read {.bias_initializer = "zeros"}.
  Initializer(const std::string& name);  // NOLINT(google-explicit-constructor): options read well
  Initializer(const char* name);         // NOLINT(google-explicit-constructor): options read well

  bool defined() const { return impl_ != nullptr; }

  /// Fills `array` by what the end of the parameter's name says: "weight" as this initializer does;
  /// bias, beta, moving_mean, moving_inv_var, moving_avg and min with 0; gamma, moving_var and max
  /// with 1; a name that begins with "upsampling" bilinearly. Throws Error for other names.
  void operator()(const std::string& name, const NDArray& array) const;

  /// Fills `array` as a weight, whatever its name: what an initializer given for one parameter
  /// does. The name is for messages.
  void init_weight(const std::string& name, const NDArray& array) const;

  /// "xavier", "zero".
  const std::string& to_string() const;

 private:
  struct Impl {
    Fill fill;
    std::string name;
  };
  const Impl& impl() const;

  std::shared_ptr<const Impl> impl_;
};

/// All elements 0, 1, `value`; or a copy of the array `value`, broadcast and converted.
GLUINO_API Initializer Zero();
GLUINO_API Initializer One();
GLUINO_API Initializer Constant(double value);
GLUINO_API Initializer Constant(const NDArray& value);

/// Uniform in [-scale, scale).
GLUINO_API Initializer Uniform(double scale = 0.07);
/// Normally distributed with mean 0 and standard deviation `sigma`.
GLUINO_API Initializer Normal(double sigma = 0.01);

struct XavierOptions {
  /// "uniform": in [-scale, scale); "gaussian": with standard deviation scale.
  std::string rnd_type = "uniform";
  /// The factor is the number of inputs ("in"), of outputs ("out") or their mean ("avg").
  std::string factor_type = "avg";
  double magnitude = 3;
};

/// scale = sqrt(magnitude / factor); inputs are shape[1] and outputs shape[0], each times the size
/// of the kernel (Glorot and Bengio, 2010). Arrays of fewer than 2 axes are an Error.
GLUINO_API Initializer Xavier(const XavierOptions& options = {});

struct MSRAPreluOptions {
  std::string factor_type = "avg";
  /// The initial slope of the rectifier below zero.
  double slope = 0.25;
};

/// Gaussian Xavier with magnitude 2 / (1 + slope^2) (He et al., 2015).
GLUINO_API Initializer MSRAPrelu(const MSRAPreluOptions& options = {});

/// The weights of an upsampling by linear interpolation, for arrays of 4 axes.
GLUINO_API Initializer Bilinear();

/// Makes an initializer from its options as text.
using Factory = std::function<Initializer(const std::map<std::string, std::string>& options)>;

/// The initializer of that name in lower or upper case, as MXNet calls them ("xavier", "zeros",
/// "uniform"), with options as text: create("xavier", {{"factor_type", "in"}}). Throws Error,
/// listing what is known, for unknown names and options.
GLUINO_API Initializer create(const std::string& name,
                              const std::map<std::string, std::string>& options = {});

/// Makes create() know one more name. Throws Error when it is taken.
GLUINO_API void register_initializer(const std::string& name, Factory factory);

}  // namespace gluino::init
