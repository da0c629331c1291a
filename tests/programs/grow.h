#pragma once

#include <optional>
#include <vector>

#include "programs/dice.h"
#include "programs/generate.h"
#include "programs/program.h"

namespace gluino::programs {

/// Makes the nodes of a program, one after the other. Each is run as soon as it is drawn: what its
/// operator refuses, or makes too large or no numbers of, is drawn again. So shapes, types and
/// domains are asked of the operators themselves.
class Grower {
 public:
  Grower(const Recipe& recipe, Dice& dice);

  Program grow();
  /// What the nodes gave.
  const Values& values() const { return values_; }

 private:
  bool add_view();
  bool add_call();
  bool add_assign();
  bool add_source(const Op& op);
  std::optional<Value> input_for(const Op& op, const Sample& sample, const void* options,
                                 std::size_t input, const std::vector<Value>& given);
  std::optional<Value> parameter_for(const SampleInput& input, const Shape& shape, Kind kind);
  /// An existing value, or none.
  std::optional<Value> existing(const SampleInput& input, const Shape* shape);
  std::optional<Value> existing_state(const SampleInput& input, const Shape& shape) const;
  Value make_variable(Kind kind, const Shape& shape, const Fill& fill);
  std::shared_ptr<const void> options_for(const Op& op, const Sample& sample);
  std::vector<Shape> inferred(const Op& op, const void* options, const std::vector<Value>& given,
                              std::size_t count);
  std::vector<Mode> draw_modes();
  /// Runs a node; keeps it when its outputs are numbers of a decent size.
  bool keep(Node node);
  const NDArray& value(Value value) const;

  const Recipe& recipe_;
  Dice& dice_;
  Program program_;
  Values values_;
  /// What this program draws from.
  std::vector<const Op*> ops_;
  std::int64_t rows_ = 0;
};

}  // namespace gluino::programs
