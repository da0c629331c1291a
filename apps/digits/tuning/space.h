#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

/// What a search over settings tries: options of `digits train`, each with its values.
namespace digits::tuning {

/// How many values of a range a grid takes, unless told otherwise.
inline constexpr std::int64_t kGridPoints = 5;

/// How the values of a parameter are spread.
enum class Kind { choice, real, log, whole, log_whole };

struct Parameter {
  /// The option, without its dashes: "lr".
  std::string name;
  Kind kind = Kind::choice;
  /// The values as they are written on the command line; of a range: none.
  std::vector<std::string> choices{};
  /// The ends of a range, which belong to it.
  double low = 0;
  double high = 0;
  /// How many values of the range a grid takes.
  std::int64_t points = kGridPoints;

  /// One value only: the same for every trial.
  bool is_fixed() const { return kind == Kind::choice && choices.size() == 1; }
  bool operator==(const Parameter&) const = default;
};

using Space = std::vector<Parameter>;
/// A value for each parameter of a space, in its order.
using Values = std::vector<std::string>;

bool has_parameter(const Space& space, const std::string& name);

/// A parameter from the text of its values: "mlp,lenet" names them; "real:0..0.9", "log:1e-3..1",
/// "int:32..256" and "logint:8..512" are ranges, with "/7" behind them if a grid is to take 7
/// values. Throws Failure with Exit::wrong_use, beginning with the name, on anything else.
Parameter parse_parameter(const std::string& name, const std::string& text);
/// The same of "NAME=TEXT", as --param takes it.
Parameter parse_assignment(const std::string& assignment);
/// A parameter that takes one of these texts. Throws as parse_parameter does when there are none,
/// an empty one, or two alike.
Parameter choice_of(const std::string& name, std::vector<std::string> choices);
/// The text of a range, which parse_parameter reads.
std::string describe(const Parameter& parameter);

/// The value at `place`, which is in [0, 1).
std::string value_at(const Parameter& parameter, double place);
/// All values that a grid takes: the choices, or `points` of a range, its ends among them.
std::vector<std::string> grid_values(const Parameter& parameter);

nlohmann::ordered_json to_json(const Space& space);
/// Throws an exception of nlohmann's or Failure when the object is not what to_json makes.
Space space_from_json(const nlohmann::ordered_json& json);

}  // namespace digits::tuning
