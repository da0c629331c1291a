#pragma once

#include <gluino/base/export.h>
#include <gluino/ndarray/ndarray.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

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
  /// One that is given all parameters, whatever their names' ends say.
  static Initializer for_any_name(Fill fill, std::string name = "custom");
  /// One that may leave what it does not fill itself to `of_net`, the initializer of the whole net,
  /// which refers to nothing where there is none.
  using FillPart =
      std::function<void(const std::string& name, const NDArray& array, const Initializer& of_net)>;
  static Initializer of_a_part(FillPart fill, std::string name = "custom");
  /// init::create(name), so that options may read {.bias_initializer = "zeros"}.
  Initializer(const std::string& name);  // NOLINT(google-explicit-constructor): options read well
  Initializer(const char* name);         // NOLINT(google-explicit-constructor): options read well

  bool defined() const { return impl_ != nullptr; }

  /// Fills `array` by what the end of the parameter's name says: "weight" as this initializer does;
  /// bias, beta, moving_mean, moving_inv_var, moving_avg and min with 0; gamma, moving_var and max
  /// with 1; a name that begins with "upsampling" bilinearly. Throws Error for other names.
  void operator()(const std::string& name, const NDArray& array) const;

  /// Fills `array` as a weight, whatever its name: what an initializer given for one parameter
  /// does. The name is for messages; `of_net` is the initializer of the others.
  void init_weight(const std::string& name, const NDArray& array,
                   const Initializer& of_net = {}) const;

  /// "xavier", "zero".
  const std::string& to_string() const;

 private:
  struct Impl {
    FillPart fill;
    std::string name;
    bool any_name = false;
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

struct OrthogonalOptions {
  double scale = 1.414;
  /// What the matrix is made from: "uniform" or "normal" random numbers.
  std::string rand_type = "uniform";
};

/// The array as a matrix of shape[0] rows: `scale` times rows that are orthonormal, or columns
/// where there are more rows than columns (Saxe et al., 2014). MXNet takes the same random numbers,
/// but the singular vectors of their matrix; here it is orthogonalised row by row.
GLUINO_API Initializer Orthogonal(const OrthogonalOptions& options = {});

/// The bias of an LSTM cell, (4 units, ...): the second of its four gates, the forget gate, gets
/// `forget_bias` and the others 0 (Jozefowicz et al., 2015). It is for that parameter alone: as the
/// initializer of a whole net it has no say about biases.
GLUINO_API Initializer LSTMBias(double forget_bias = 1);

struct FusedRNNOptions {
  /// For each matrix and bias by its name, "l0_i2h_i_weight". Without one: the initializer of the
  /// whole net.
  Initializer init{};
  std::int64_t num_hidden = 0;
  std::int64_t num_layers = 1;
  /// "rnn_relu", "rnn_tanh", "lstm" or "gru".
  std::string mode = "lstm";
  bool bidirectional = false;
  /// The forget gates' biases in LSTM cells.
  double forget_bias = 1;
};

/// The one vector in which all weights and biases of the operator RNN lie, of any width of its
/// inputs. Throws Error for options that are no net's and, when it is used, for other arrays.
GLUINO_API Initializer FusedRNN(const FusedRNNOptions& options);

/// Leaves each parameter to the initializer of the first pattern that matches the beginning of its
/// name, a regular expression. Throws Error for a wrong pattern, lists of different lengths and,
/// when it is used, for a name that none matches.
///
///     init::Mixed({"bias", ".*"}, {init::Zero(), init::Uniform(0.1)})
GLUINO_API Initializer Mixed(const std::vector<std::string>& patterns,
                             const std::vector<Initializer>& initializers);

/// Copies the array of the parameter's name ("arg:" and "aux:" before a name mean nothing), and
/// leaves the others to `default_init`. Throws Error, when it is used, for an array of another
/// shape and for a name that is missing without a default.
GLUINO_API Initializer Load(const std::map<std::string, NDArray>& arrays,
                            const Initializer& default_init = {});
/// The same with the arrays of a `.params` file.
GLUINO_API Initializer Load(const std::string& path, const Initializer& default_init = {});

/// Makes an initializer from its options as text.
using Factory = std::function<Initializer(const std::map<std::string, std::string>& options)>;

/// The initializer of that name in lower or upper case, as MXNet calls them ("xavier", "zeros",
/// "uniform"), with options as text: create("xavier", {{"factor_type", "in"}}). Throws Error,
/// listing what is known, for unknown names and options.
GLUINO_API Initializer create(const std::string& name,
                              const std::map<std::string, std::string>& options = {});

/// The same from the form that attributes of symbols have, `["xavier", {"magnitude": 2.24}]`, or
/// from a plain name. Throws Error for other text.
GLUINO_API Initializer create_from_json(const std::string& text);

/// Makes create() know one more name. Throws Error when it is taken.
GLUINO_API void register_initializer(const std::string& name, Factory factory);

}  // namespace gluino::init
